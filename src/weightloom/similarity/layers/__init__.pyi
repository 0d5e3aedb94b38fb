from ._compare_layers import compare_layers as compare_layers
from .pooling import POOLS as POOLS, pool as pool
from .recording import layer_features as layer_features, layer_names as layer_names
