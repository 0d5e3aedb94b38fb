from ._audit import Audit as Audit, audit as audit
from .attentional.hypernetwork import AttentionalHypernetwork as AttentionalHypernetwork
from .base import Generated as Generated, Hypernetwork as Hypernetwork
from .calling import call as call
from .coded import CodedHypernetwork as CodedHypernetwork
from .conditioning import (
    CONDITIONINGS as CONDITIONINGS,
    AllWeights as AllWeights,
    Chunked as Chunked,
    Conditioning as Conditioning,
    FiLM as FiLM,
    LastLayer as LastLayer,
    LowRank as LowRank,
    Shift as Shift,
)
from .conditions import concatenate as concatenate, time_features as time_features
from .continual import output_regulariser as output_regulariser
from .files import load as load, save as save
from .frozen import Frozen as Frozen, trainable as trainable
from .pareto import ParetoHypernetwork as ParetoHypernetwork
from .preferences import (
    SCALARISATIONS as SCALARISATIONS,
    hypervolume as hypervolume,
    sample_preferences as sample_preferences,
    scalarise as scalarise,
)
from .shared import SharedHypernetwork as SharedHypernetwork
