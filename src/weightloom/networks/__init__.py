"""Generated networks g_θ: frozen descriptions, pure functions over shapes."""

from weightloom.networks.activations import ACTIVATIONS as ACTIVATIONS
from weightloom.networks.base import (
    Architecture as Architecture,
    Layer as Layer,
    Parameters as Parameters,
)
from weightloom.networks.mlp import MLP as MLP
