from ._compare import compare as compare, members as members
from ._score_correlations import score_correlations as score_correlations
from .connectors import (
    Connectors as Connectors,
    connect as connect,
    connect_by_ridge as connect_by_ridge,
    connect_separately as connect_separately,
)
from .features import Encoded as Encoded
from .files import read as read, read_labels as read_labels
from .layers import (
    POOLS as POOLS,
    compare_layers as compare_layers,
    layer_features as layer_features,
    layer_names as layer_names,
    pool as pool,
)
from .scores import DEFAULT_SCORES as DEFAULT_SCORES, SCORES as SCORES
from .writing import write as write
