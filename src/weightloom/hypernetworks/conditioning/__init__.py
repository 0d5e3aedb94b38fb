"""Conditioning: how a condition changes a network."""

from weightloom.hypernetworks.conditioning.all_weights import AllWeights as AllWeights
from weightloom.hypernetworks.conditioning.base import Conditioning as Conditioning
from weightloom.hypernetworks.conditioning.film import FiLM as FiLM
from weightloom.hypernetworks.conditioning.last_layer import LastLayer as LastLayer
from weightloom.hypernetworks.conditioning.low_rank import LowRank as LowRank
from weightloom.hypernetworks.conditioning.shift import Shift as Shift

CONDITIONINGS: dict[str, type[Conditioning]] = {
    "all-weights": AllWeights,
    "last-layer": LastLayer,
    "low-rank": LowRank,
    "film": FiLM,
    "shift": Shift,
}
