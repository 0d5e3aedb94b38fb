"""Generated networks g_θ: frozen descriptions, pure functions over shapes."""

from weightloom.networks.activations import ACTIVATIONS as ACTIVATIONS
from weightloom.networks.base import (
    Architecture as Architecture,
    Layer as Layer,
    LayerLeaves as LayerLeaves,
    Parameters as Parameters,
)
from weightloom.networks.fourier_features import FourierFeatures as FourierFeatures
from weightloom.networks.fourier_net import FourierNet as FourierNet
from weightloom.networks.gabor_net import GaborNet as GaborNet
from weightloom.networks.mlp import MLP as MLP
from weightloom.networks.module_network import ModuleNetwork as ModuleNetwork
from weightloom.networks.siren import SIREN as SIREN

NETWORKS: dict[str, type[Architecture]] = {
    "mlp": MLP,
    "siren": SIREN,
    "fourier-net": FourierNet,
    "gabor-net": GaborNet,
    "fourier-features": FourierFeatures,
}
