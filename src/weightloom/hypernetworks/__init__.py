"""Hypernetworks H: generators of the weights of other networks."""

from weightloom.hypernetworks.attentional import AttentionalHypernetwork as AttentionalHypernetwork
from weightloom.hypernetworks.base import Generated as Generated, Hypernetwork as Hypernetwork
from weightloom.hypernetworks.coded import CodedHypernetwork as CodedHypernetwork
from weightloom.hypernetworks.conditioning import (
    CONDITIONINGS as CONDITIONINGS,
    AllWeights as AllWeights,
    Conditioning as Conditioning,
    FiLM as FiLM,
    LastLayer as LastLayer,
    LowRank as LowRank,
    Shift as Shift,
)
from weightloom.hypernetworks.conditions import time_features as time_features, together as together
from weightloom.hypernetworks.pareto import ParetoHypernetwork as ParetoHypernetwork
