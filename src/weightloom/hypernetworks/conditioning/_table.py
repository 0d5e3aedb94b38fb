"""Conditioning: how a condition changes a network: the table of the members."""

from weightloom.hypernetworks.conditioning.all_weights import AllWeights
from weightloom.hypernetworks.conditioning.base import Conditioning
from weightloom.hypernetworks.conditioning.chunked import Chunked
from weightloom.hypernetworks.conditioning.film import FiLM
from weightloom.hypernetworks.conditioning.last_layer import LastLayer
from weightloom.hypernetworks.conditioning.low_rank import LowRank
from weightloom.hypernetworks.conditioning.shift import Shift

CONDITIONINGS: dict[str, type[Conditioning]] = {
    "all-weights": AllWeights,
    "last-layer": LastLayer,
    "low-rank": LowRank,
    "film": FiLM,
    "shift": Shift,
    "chunked": Chunked,
}
"""The conditionings by name."""
