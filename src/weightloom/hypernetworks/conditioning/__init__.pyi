from ._table import CONDITIONINGS as CONDITIONINGS
from .all_weights import AllWeights as AllWeights
from .base import Conditioning as Conditioning
from .chunked import Chunked as Chunked
from .film import FiLM as FiLM
from .last_layer import LastLayer as LastLayer
from .low_rank import LowRank as LowRank
from .shift import Shift as Shift
