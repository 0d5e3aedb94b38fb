"""weightloom: the workbench for hypernetworks, H(c) = θ."""

from weightloom.errors import (
    InputError as InputError,
    RunError as RunError,
    WeightloomError as WeightloomError,
)
from weightloom.hypernetworks import (
    AttentionalHypernetwork as AttentionalHypernetwork,
    ParetoHypernetwork as ParetoHypernetwork,
)
from weightloom.networks import MLP as MLP
