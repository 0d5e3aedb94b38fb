from ._table import NETWORKS as NETWORKS
from .activations import ACTIVATIONS as ACTIVATIONS
from .base import Architecture as Architecture, Layer as Layer, LayerLeaves as LayerLeaves, Parameters as Parameters
from .fourier_features import FourierFeatures as FourierFeatures
from .fourier_net import FourierNet as FourierNet
from .gabor_net import GaborNet as GaborNet
from .mlp import MLP as MLP
from .module_network import ModuleNetwork as ModuleNetwork
from .siren import SIREN as SIREN
