"""Reading a network: from weights to a program and its verdict."""

import dataclasses
import functools

import numpy as np

from weightloom.discovery.network import Network
from weightloom.discovery.reading.candidates import Candidates
from weightloom.discovery.reading.canonical import Canonical, canonical
from weightloom.discovery.reading.merging import Curved, merges
from weightloom.discovery.reading.program import Program, polished
from weightloom.discovery.reading.roles import program as program_of
from weightloom.discovery.reading.sampling import normal_inputs
from weightloom.discovery.reading.verdict import Verdict, description_bits, verdict

# From nearly exact to coarse: what is not the same within 3e-2 of the variance is not called the same.
TOLERANCES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
SAMPLES = 512


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What was read from a network.

    Attributes:
        network: the network.
        program: the shortest program found for it.
        tolerance: the share of the output's variance that this program may differ by in each stage.
    """

    network: Network
    program: Program
    tolerance: float
    canonical: Canonical

    @functools.cached_property
    def verdict(self) -> Verdict:
        """How far the program stands for the network."""
        return verdict(self.network, self.canonical, self.program)


def read(network: Network) -> Reading:
    """Reads the program that a network runs.

    The stages: the exact canonical form; merging of units that do the same; patterns of weights; roles. They run at
    five tolerances, and the description of fewest bits is taken, its residual included.

    Args:
        network: a network of one hidden layer.

    Returns:
        The reading, with its verdict.

    Raises:
        InputError: if the network has another number of hidden layers.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.reading import read
        >>> read(wl.algorithms.double_sided(n=4, hidden=12, strength=3.0)).program.numbers
        3
    """
    form = canonical(network)
    x = normal_inputs(form.weight.shape[0], max(SAMPLES, 1 << int(np.ceil(np.log2(8 * (len(form.weight) + 1))))))
    values = form(x)
    curved = Curved(x, np.maximum(values.std(axis=0), 1e-150))
    best, fewest = None, np.inf
    candidates = Candidates(curved)
    for merged, tolerance in zip(merges(form, curved, TOLERANCES), TOLERANCES):
        candidate = polished(program_of(merged, candidates, tolerance), x, values)
        bits = description_bits(candidate, x, values)
        if bits < fewest:
            best, fewest = (candidate, tolerance), bits
    assert best is not None
    return Reading(network, *best, form)
