"""Decomposition of each hidden neuron's weights into one strong weight and an even background."""

import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

# With this many normal weights, the reference locality is accurate to 1 %.
REFERENCE_WEIGHTS = 2**18


class Rows(NamedTuple):
    """Each hidden neuron's weights as an even background plus an excess at one input.

    The decomposition is exact for the paper's algorithms: a plum on an even background (Liao et al. 2023, eq. 3), or a
    strong weight without a background (eq. 1).

    Args:
        strongest: the input of the neuron's strongest weight, shape (hidden,).
        excess: the strongest weight minus the background, shape (hidden,).
        concentration: the share of the excess in the sum of squared deviations from the background, between 0 and 1. It
            is 0 if the excess is not larger than the background. Shape (hidden,).
    """

    strongest: Int[np.ndarray, " hidden"]
    excess: Float[np.ndarray, " hidden"]
    concentration: Float[np.ndarray, " hidden"]

    @property
    def has_plum(self) -> np.ndarray:
        """Whether the concentration exceeds 1/2, so that the neuron has one strong weight, shape (hidden,)."""
        return self.concentration > 1 / 2


def read_rows(weight: Float[np.ndarray, "inputs hidden"]) -> Rows:
    """Decompose each hidden neuron's weights into one strong weight and an even background.

    The background is the mean of the neuron's other weights. For one or two inputs, the background is 0, because a
    single other weight does not show whether it is even.

    Args:
        weight: the first-layer weights, shape (inputs, hidden).

    Returns:
        The decomposition, with one entry per hidden neuron.

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
    """Measure the share of each input's curvature that comes from neurons that read only this input.

    The locality of an input is the sum of the concentrations of the neurons whose strongest weight is at this input,
    weighted by their shares of the input's curvature. It is rescaled to 0 on average for independent normal weights,
    and to 1 for single weights.

    Args:
        rows: the decomposition of the hidden neurons' weights.
        curvatures: the mean curvature of each neuron along each input, shape (inputs, hidden).

    Returns:
        The localities, at most 1, shape (inputs,). The locality of a single input is 1.
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
    """Sum the neurons' values by the input of each neuron's strongest weight."""
    return np.bincount(strongest, values, minlength=inputs)


@functools.lru_cache(maxsize=256)
def _dense_share(inputs: int) -> float:
    # At the bend of swish, the mean curvature along an input with weight w is proportional to w²/‖w‖.
    weight = np.random.default_rng(0).standard_normal((inputs, max(REFERENCE_WEIGHTS // inputs, 256)))
    curvatures = np.square(weight) / np.sqrt(np.square(weight).sum(axis=0))
    return float(_local_share(read_rows(weight), curvatures).mean())
