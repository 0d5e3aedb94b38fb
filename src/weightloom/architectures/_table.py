"""The table of architectures of generated networks."""

from weightloom.architectures.base import Architecture
from weightloom.architectures.fourier_features import FourierFeatures
from weightloom.architectures.fourier_net import FourierNet
from weightloom.architectures.gabor_net import GaborNet
from weightloom.architectures.mlp import MLP
from weightloom.architectures.siren import SIREN

NETWORKS: dict[str, type[Architecture]] = {
    "mlp": MLP,
    "siren": SIREN,
    "fourier-net": FourierNet,
    "gabor-net": GaborNet,
    "fourier-features": FourierFeatures,
}
"""Architecture classes by name."""
