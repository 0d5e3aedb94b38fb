"""Programs with a random draw in them: w ~ D, tested by drawing again."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom.discovery.network import Network
from weightloom.discovery.reading.canonical import canonical
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.sampling import FRESH, normal_inputs
from weightloom.discovery.roles import bimodality
from weightloom.errors import InputError

SAMPLES = 512
DRAWS = 200
# A network is typical where neither of its two ranks is among the 1.25 % smallest or largest: in 95 % of draws.
LEVEL = 0.05
# The mean of the draws must say at least so much about the network.
EXPLAINED = 0.5


class Drawn(NamedTuple):
    """The program f(x) = c + ℓ·x + Σⱼ vⱼ e(wⱼ·x + bⱼ), where every weight is an independent draw from a distribution D.

    D is the distribution of all weights of the network's first layer; (vⱼ, bⱼ) are drawn from the network's neurons.
    The program says that which weight stands where does not matter (Liao et al. 2023, section 2.5 and eq. 4). It leaves
    c and ℓ as they are: trained networks cancel the line that independent draws have.

    Attributes:
        mean: of D.
        std: of D.
        bimodality: Sarle's coefficient of D: 1/3 for a normal distribution, 1 for two points.
        explained: R² of the mean of 200 draws against the network without its line: the share of the curvature.
        fresh: R² of one draw, in the same way; the median.
        rank: the share of draws that lie closer to the mean of the draws than the network does.
        sharing: the share of draws whose neurons concentrate their weights less, by the mean of Σᵢ wᵢ⁴/(Σᵢ wᵢ²)².
            Both ranks are uniform over 0 to 1 for networks that are draws themselves.

    Examples:
        >>> import weightloom as wl
        >>> drawn(wl.algorithms.convexity(n=4, hidden=20, seed=1)).state
        'drawn'
    """

    mean: float
    std: float
    bimodality: float
    explained: float
    fresh: float
    rank: float
    sharing: float

    @property
    def state(self) -> str:
        """ "drawn" where the network is a typical draw and the draws' mean explains half of it; else "unread"."""
        typical = all(LEVEL / 4 <= rank <= 1 - LEVEL / 4 for rank in (self.rank, self.sharing))
        return "drawn" if typical and self.explained >= EXPLAINED else "unread"

    def __str__(self) -> str:
        return (
            f"{self.state}: w ~ D with mean {self.mean:.3g} and standard deviation {self.std:.3g}; "
            f"R² {self.explained:.4f} of the mean of {DRAWS} draws, {self.fresh:.4f} of one draw; "
            f"{self.rank:.1%} of the draws are closer to their mean than the network, {self.sharing:.1%} concentrate "
            "their weights less"
        )


def drawn(network: Network, seed: int = 0) -> Drawn:
    """Draws a network's weights again and compares the draws with the network.

    Args:
        network: a network of one hidden layer and one output.
        seed: of the draws.

    Returns:
        The program and what the comparison gave.

    Raises:
        InputError: if the network has another number of hidden layers than one, or several outputs.

    Examples:
        >>> import weightloom as wl
        >>> found = drawn(wl.algorithms.convexity(n=4, hidden=20, seed=1))
        >>> found.state, round(found.bimodality, 1)
        ('drawn', 0.3)
    """
    form = canonical(network)
    if len(form.constant) > 1:
        raise InputError(f"{network.architecture} cannot be drawn again: give a network of one output.")
    (weight, bias), (readout, _) = (
        (np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in network.parameters
    )
    x = normal_inputs(len(weight), SAMPLES, seed=FRESH)
    values = form(x)
    curved = Curved(x, np.ones(1))
    generator = np.random.default_rng(seed)
    draws, shared = np.empty((SAMPLES, DRAWS)), np.empty(DRAWS)
    for k in range(DRAWS):
        chosen = generator.integers(len(bias), size=len(bias))
        redrawn = generator.choice(weight.ravel(), weight.shape)
        shared[k] = _concentration(redrawn)
        draws[:, k] = (form.nonlinearity.function(x @ redrawn + bias[chosen]) @ readout[chosen])[:, 0]
    draws, target = curved.part(draws), curved.part(values)
    centre = draws.mean(axis=1, keepdims=True)
    # Each draw is compared with the mean of the others, as the network is with a mean that it is not part of.
    others = (DRAWS * centre - draws) / (DRAWS - 1)
    distance = float(np.mean((target - centre) ** 2))
    variance = max(float(np.mean(target**2)), 1e-300)
    return Drawn(
        mean=float(weight.mean()),
        std=float(weight.std()),
        bimodality=bimodality(weight.ravel()),
        explained=1 - distance / variance,
        fresh=1 - float(np.median(np.mean((draws - target) ** 2, axis=0))) / variance,
        rank=float(np.mean(np.mean((draws - others) ** 2, axis=0) < distance)),
        sharing=float(np.mean(shared < _concentration(weight))),
    )


def _concentration(weight: Float[np.ndarray, "inputs hidden"]) -> float:
    """The mean over neurons of Σᵢ wᵢ⁴/(Σᵢ wᵢ²)²: 1 where every neuron reads one input."""
    squares = np.square(weight)
    return float(np.mean(np.square(squares).sum(axis=0) / np.maximum(squares.sum(axis=0) ** 2, 1e-300)))
