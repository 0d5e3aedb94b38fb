"""From evidence to labels: what algorithm each input and the whole network runs, and how clearly."""

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from weightloom.architectures import MLP, Architecture, Parameters
from weightloom.architectures.protocols import ParametrisedNetwork
from weightloom.discovery.algorithms import names
from weightloom.discovery.algorithms.names import NAMED
from weightloom.discovery.classification.evidence import Evidence, gather_evidence
from weightloom.discovery.classification.thresholds import (
    DENSE_LOCALITY,
    EVENNESS,
    EXPLAINED_SHARE,
    KINK_SHARE,
    LOCALITY,
    NAMED_SHARE,
    NORM_SHARE_OF_CONVEXITY,
    NORM_SHARE_OF_KINKS,
    ONE_SIGNED_SHARE,
    WEAKER_SIDE,
)

ALGORITHMS = tuple(names.ALGORITHMS)
"""The names that a label can have."""


class Classification(NamedTuple):
    """What algorithm a network runs.

    Attributes:
        algorithm: one of "convexity", "pudding+", "pudding-" and "double-sided" if at least three
            quarters of the inputs run it; "mixed" if as many run some algorithm, but not one;
            "unknown" otherwise.
        margin: how far the evidence is from another label, between 0 at the boundary and 1.
        inputs: what each input runs, one of the four algorithms or "unknown".
    """

    algorithm: str
    margin: float
    inputs: tuple[str, ...]


def classify(network: ParametrisedNetwork) -> Classification:
    """Names the algorithm by which a network computes the L1 norm (Liao et al. 2023, section 2.1).

    A label is a claim about weights and function together, so a network that does not compute the
    norm, or computes it in another way, is "unknown", and so are networks of any other depth than one
    hidden layer or with several outputs. Scaling the outputs and permuting inputs or hidden neurons
    change nothing. Flipping the signs of all inputs swaps the two puddings. With a single input, dense
    and local weights are the same thing and count as local.

    The evidence and its thresholds replace the paper's three hand-picked boundaries (figure 2), and
    `docs/results/classification.md` reports what they decide.

    Args:
        network: the network to read.

    Returns:
        The network's algorithm, its margin, and the algorithm of each input. The margin is the
        clearance of the piece of evidence that decides: 0 at its threshold and 1 at the end of its
        range. For a named network it is how far it is from losing the name, for "unknown" how far
        from having another label.

    Examples:
        >>> from weightloom.discovery.algorithms import pudding
        >>> from weightloom.discovery.classification import classify
        >>> classify(pudding(n=4, hidden=12, sign=-1)).inputs
        ('pudding-', 'pudding-', 'pudding-', 'pudding-')
    """
    return classify_parameters(network.architecture, network.parameters)


def classify_parameters(architecture: Architecture, parameters: Parameters) -> Classification:
    """Names the algorithm of a network that nobody holds yet, as `classify` does.

    Args:
        architecture: the network's description.
        parameters: its (weight, bias) pairs.

    Returns:
        The network's algorithm, its margin, and the algorithm of each input.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.classification import classify_parameters
        >>> from weightloom.architectures import MLP
        >>> classify_parameters(MLP((2, 1)), [(np.ones((2, 1)), np.zeros(1))])
        Classification(algorithm='unknown', margin=1.0, inputs=('unknown', 'unknown'))
    """
    if isinstance(architecture, MLP) and len(architecture.sizes) == 3 and architecture.sizes[-1] == 1:
        return judge(gather_evidence(architecture, parameters))
    return Classification("unknown", 1.0, ("unknown",) * architecture.sizes[0])


def judge(evidence: Evidence) -> Classification:
    """Labels for the evidence: each input's by its clearest algorithm, the network's by three quarters.

    Args:
        evidence: what a network shows.

    Returns:
        The classification.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.classification import Evidence, judge
        >>> dense = Evidence(0.6, 1.0, 1.0, 0.1, np.zeros(4), np.full(4, 0.5), np.ones(4))
        >>> judge(dense).algorithm
        'convexity'
    """
    clearances = _clearances(evidence)
    best = clearances.max(axis=0)
    labels = tuple(
        NAMED[winner] if clearance >= 0 else "unknown" for winner, clearance in zip(clearances.argmax(axis=0), best)
    )
    single = np.array([_of_three_quarters(row) for row in clearances])
    some = _of_three_quarters(best)
    if single.max() >= 0:
        return Classification(NAMED[single.argmax()], float(single.max()), labels)
    if some >= 0:
        return Classification("mixed", float(min(some, -single.max())), labels)
    return Classification("unknown", float(-some), labels)


def _clearances(evidence: Evidence) -> Float[np.ndarray, "algorithms inputs"]:
    """How clearly each input runs each algorithm: an algorithm's weakest piece of evidence decides."""
    explained = min(_above(evidence.explained, EXPLAINED_SHARE), _above(evidence.one_signed, ONE_SIGNED_SHARE))
    dense = evidence.locality[evidence.locality < LOCALITY]
    is_dense = min(
        explained,
        _above(evidence.norm, NORM_SHARE_OF_CONVEXITY),
        _below(dense.mean() if dense.size else 0.0, DENSE_LOCALITY),
    )
    has_kinks = min(explained, _above(evidence.norm, NORM_SHARE_OF_KINKS), _above(evidence.kink, KINK_SHARE))
    is_local = np.minimum(_above(evidence.locality, LOCALITY), _above(evidence.evenness, EVENNESS))
    local = np.minimum(is_local, has_kinks)
    weaker_side = np.minimum(evidence.negative, 1 - evidence.negative)
    by_algorithm = {
        "convexity": np.minimum(_below(evidence.locality, LOCALITY), is_dense),
        "pudding+": np.minimum(_above(evidence.negative, 1 - WEAKER_SIDE), local),
        "pudding-": np.minimum(_below(evidence.negative, WEAKER_SIDE), local),
        "double-sided": np.minimum(_above(2 * weaker_side, 2 * WEAKER_SIDE), local),
    }
    return np.stack([by_algorithm[name] for name in NAMED])


def _of_three_quarters(clearances: Float[np.ndarray, " inputs"]) -> float:
    """The largest clearance that at least three quarters of the inputs have."""
    needed = math.ceil(NAMED_SHARE * len(clearances))
    return float(np.sort(clearances)[-needed])


def _above(share: ArrayLike, threshold: float) -> Any:
    """Clearance of shares above a threshold: −1 at 0, 0 at the threshold, 1 at 1."""
    distance = np.asarray(share) - threshold
    return np.clip(np.where(distance >= 0, distance / (1 - threshold), distance / threshold), -1, 1)


def _below(share: ArrayLike, threshold: float) -> Any:
    """Clearance of shares below a threshold: 1 at 0, 0 at the threshold, −1 at 1."""
    return -_above(share, threshold)
