"""The classifier: labels for a network and for each of its inputs, from evidence."""

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
"""The possible labels."""


class Classification(NamedTuple):
    """The algorithm that a network runs.

    Attributes:
        algorithm: "convexity", "pudding+", "pudding-" or "double-sided" if at least three quarters of the inputs run
            this algorithm; "mixed" if at least three quarters of the inputs run any of them; "unknown" otherwise.
        margin: the distance of the evidence from another label, from 0 at the boundary to 1.
        inputs: the label of each input: one of the four algorithms, or "unknown".
    """

    algorithm: str
    margin: float
    inputs: tuple[str, ...]


def classify(network: ParametrisedNetwork) -> Classification:
    """Classify the algorithm by which a network computes the L1 norm (Liao et al. 2023, section 2.1).

    A label depends on the weights and on the function. A network is "unknown" if it does not compute the L1 norm or
    computes it in another way, and also if it does not have exactly one hidden layer and one output. The label is
    invariant under scaling of the output and under permutations of inputs or hidden neurons. Flipping the signs of all
    inputs swaps pudding+ and pudding-. For a single input, all weights count as local.

    The evidence and its thresholds replace the paper's three hand-picked boundaries (figure 2).
    `docs/results/classification.md` reports the accuracy.

    Args:
        network: the network.

    Returns:
        The network's algorithm, its margin, and the algorithm of each input. The margin is the distance of the decisive
        piece of evidence from its threshold: 0 at the threshold and 1 at the end of its range. For a named algorithm,
        it is the distance from losing the label; for "unknown", it is the distance from any other label.

    Examples:
        >>> from weightloom.discovery.algorithms import pudding
        >>> from weightloom.discovery.classification import classify
        >>> classify(pudding(n=4, hidden=12, sign=-1)).inputs
        ('pudding-', 'pudding-', 'pudding-', 'pudding-')
    """
    return classify_parameters(network.architecture, network.parameters)


def classify_parameters(architecture: Architecture, parameters: Parameters) -> Classification:
    """Classify a network that is given as an architecture and parameters.

    Args:
        architecture: the architecture.
        parameters: the (weight, bias) pairs of its layers.

    Returns:
        The same as `classify`.

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
    """Classify a network by its evidence.

    The label of an input is the algorithm with the largest clearance. The label of the network is that of at least
    three quarters of its inputs.

    Args:
        evidence: the evidence.

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
    of_any = _of_three_quarters(best)
    if single.max() >= 0:
        return Classification(NAMED[single.argmax()], float(single.max()), labels)
    if of_any >= 0:
        return Classification("mixed", float(min(of_any, -single.max())), labels)
    return Classification("unknown", float(-of_any), labels)


def _clearances(evidence: Evidence) -> Float[np.ndarray, "algorithms inputs"]:
    """The clearance of each algorithm at each input, which is that of the weakest piece of evidence."""
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
    """The largest clearance that at least three quarters of the inputs reach."""
    needed = math.ceil(NAMED_SHARE * len(clearances))
    return float(np.sort(clearances)[-needed])


def _above(share: ArrayLike, threshold: float) -> Any:
    """The clearance of shares above a threshold: −1 at 0, 0 at the threshold, 1 at 1."""
    distance = np.asarray(share) - threshold
    return np.clip(np.where(distance >= 0, distance / (1 - threshold), distance / threshold), -1, 1)


def _below(share: ArrayLike, threshold: float) -> Any:
    """The clearance of shares below a threshold: 1 at 0, 0 at the threshold, −1 at 1."""
    return -_above(share, threshold)
