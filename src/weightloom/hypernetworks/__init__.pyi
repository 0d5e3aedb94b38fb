from .attentional.hypernetwork import AttentionalHypernetwork as AttentionalHypernetwork
from .base import Generated as Generated, Hypernetwork as Hypernetwork
from .coded import CodedHypernetwork as CodedHypernetwork
from .conditioning import (
    CONDITIONINGS as CONDITIONINGS,
    AllWeights as AllWeights,
    Conditioning as Conditioning,
    FiLM as FiLM,
    LastLayer as LastLayer,
    LowRank as LowRank,
    Shift as Shift,
)
from .conditions import concatenate as concatenate, time_features as time_features
from .pareto import ParetoHypernetwork as ParetoHypernetwork
