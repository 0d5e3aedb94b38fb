"""Hidden neurons' first-layer weights, each read as one strong weight over an even background."""

import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

# As many normal weights as give the reference locality to 1 %.
REFERENCE_WEIGHTS = 2**18


class Rows(NamedTuple):
    """Each hidden neuron's weights as a background plus an excess at one input.

    The algorithms' rows leave nothing over: a plum over an even background (Liao et al. 2023, eq. 3),
    or a strong weight over none (eq. 1).

    Args:
        strongest: input of the neuron's strongest weight, shape (hidden,).
        excess: that weight over the background, shape (hidden,).
        concentration: share of the excess in the squared deviations from the background, between 0
            and 1; 0 where the excess is no larger than the background, shape (hidden,).
    """

    strongest: Int[np.ndarray, " hidden"]
    excess: Float[np.ndarray, " hidden"]
    concentration: Float[np.ndarray, " hidden"]

    @property
    def has_plum(self) -> np.ndarray:
        """Whether most of the neuron's deviation from its background is one weight, shape (hidden,)."""
        return self.concentration > 1 / 2


def read_rows(weight: Float[np.ndarray, "inputs hidden"]) -> Rows:
    """Reads each hidden neuron's weights as one strong weight over an even background.

    The background is the mean of the neuron's other weights. With two inputs there is only one other
    weight, which cannot show a background to be even, so that it is taken to be 0.

    Args:
        weight: first-layer weights, shape (inputs, hidden).

    Returns:
        The reading, one entry per hidden neuron.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.classification.rows import read_rows
        >>> rows = read_rows(np.array([[0.1, 0.2], [-2.9, 0.2], [0.1, 0.2]]))
        >>> rows.strongest[0], rows.excess.round(6).tolist(), rows.has_plum.tolist()
        (np.int64(1), [-3.0, 0.0], [True, False])
    """
    inputs, hidden = weight.shape
    strongest = np.abs(weight).argmax(axis=0)
    peak = weight[strongest, np.arange(hidden)]
    others = np.where(np.arange(inputs)[:, None] == strongest, np.nan, weight)
    background = np.zeros(hidden) if inputs <= 2 else np.nanmean(others, axis=0)
    excess = peak - background
    rest = np.nansum(np.square(others - background), axis=0)
    stands_out = np.abs(excess) > np.abs(background)
    concentration = np.divide(excess**2, excess**2 + rest, out=np.zeros(hidden), where=stands_out)
    return Rows(strongest, excess, concentration)


def localities(rows: Rows, curvatures: Float[np.ndarray, "inputs hidden"]) -> Float[np.ndarray, " inputs"]:
    """How far each input's curvature comes from neurons that read this input alone.

    It is the mean concentration of the neurons over their shares of the input's curvature, counted
    for the neurons whose strongest weight is at this input, and put on a scale where rows of
    independent normal weights have 0 on average, and rows of single weights have 1.

    Args:
        rows: the reading of the hidden neurons' weights.
        curvatures: mean curvature from each neuron along each input, shape (inputs, hidden).

    Returns:
        Localities of at most 1, shape (inputs,). A single input has 1, with nothing to tell it from.
    """
    inputs = len(curvatures)
    if inputs == 1:
        return np.ones(1)
    reference = _dense_share(inputs)
    return (_local_share(rows, curvatures) - reference) / (1 - reference)


def _local_share(rows: Rows, curvatures: Float[np.ndarray, "inputs hidden"]) -> Float[np.ndarray, " inputs"]:
    inputs, hidden = curvatures.shape
    convex = np.maximum(curvatures, 0)
    local = per_input(rows.strongest, convex[rows.strongest, np.arange(hidden)] * rows.concentration, inputs)
    total = convex.sum(axis=1)
    return np.divide(local, total, out=np.zeros(inputs), where=total > 0)


def per_input(
    strongest: Int[np.ndarray, " hidden"], values: Float[np.ndarray, " hidden"], inputs: int
) -> Float[np.ndarray, " inputs"]:
    """Sums the neurons' values by the input of each neuron's strongest weight."""
    return np.bincount(strongest, values, minlength=inputs)


@functools.lru_cache(maxsize=256)
def _dense_share(inputs: int) -> float:
    # A neuron on swish's bend has curvature in proportion to w²/‖w‖ along an input of weight w.
    weight = np.random.default_rng(0).standard_normal((inputs, max(REFERENCE_WEIGHTS // inputs, 256)))
    curvatures = np.square(weight) / np.sqrt(np.square(weight).sum(axis=0))
    return float(_local_share(read_rows(weight), curvatures).mean())
