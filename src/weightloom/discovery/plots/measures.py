"""Checking and sorting of measures for figures."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Bool
from matplotlib.lines import Line2D

from weightloom.discovery.algorithms.names import ALGORITHMS, Algorithm
from weightloom.errors import InputError
from weightloom.figures.style import INK

DIMENSIONS = ("seed", "step", "beta")


def over_seed_step_beta(measures: xr.Dataset, *names: str, labels: Mapping[str, Algorithm] = ALGORITHMS) -> xr.Dataset:
    """Select variables of shape (seed, step, beta) and sort them along each coordinate.

    Args:
        measures: a Dataset with the coordinates seed, step and beta, in any order.
        names: the variables to select.
        labels: which algorithms are known.

    Returns:
        A Dataset of only these variables, with ascending coordinates.

    Raises:
        InputError: if a coordinate or a variable is missing, empty or of another shape, if a β is not positive, or if
            an algorithm is unknown.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> loss = (("seed", "step", "beta"), np.array([[[0.1, 0.4]]]))
        >>> measures = xr.Dataset({"loss": loss}, {"seed": [0], "step": [9], "beta": [1.0, 1e-3]})
        >>> over_seed_step_beta(measures, "loss").loss.values.tolist()
        [[[0.4, 0.1]]]
    """
    for name in DIMENSIONS:
        if name not in measures.coords or not measures.sizes.get(name, 0):
            raise InputError(f"measures have no {name}: give a Dataset with the coordinates {', '.join(DIMENSIONS)}.")
    for name in names:
        if name not in measures:
            raise InputError(
                f"measures have no {name!r}, which this figure needs: their variables are "
                f"{', '.join(map(str, measures)) or 'none'}."
            )
        if set(measures[name].dims) != set(DIMENSIONS):
            raise InputError(
                f"measures have {name!r} over {', '.join(map(str, measures[name].dims))}: "
                f"give it over {', '.join(DIMENSIONS)}."
            )
    if not (measures.beta > 0).all():
        raise InputError("measures have a β that is not positive: give positive β for the logarithmic axis.")
    chosen = measures[list(names)].transpose(*DIMENSIONS).sortby(list(DIMENSIONS))
    if "algorithm" in names:
        _check_algorithms(chosen.algorithm.values, labels)
    return chosen


def loss_label(measures: xr.Dataset) -> str:
    """The label of an axis of losses, with their unit.

    Args:
        measures: a Dataset with the variable loss, whose attribute `units` is the unit if it is another than the
            target's variance.

    Examples:
        >>> import xarray as xr
        >>> loss_label(xr.Dataset({"loss": ((), 0.1, {"units": "cross-entropy in nats"})}))
        'loss (cross-entropy in nats)'
    """
    return f"loss ({measures.loss.attrs.get('units', 'variance of the target')})"


def algorithm_handles(algorithms: np.ndarray, labels: Mapping[str, Algorithm] = ALGORITHMS) -> list[Line2D]:
    """Make legend entries for the algorithms that occur, in the order of the labels.

    Args:
        algorithms: names of algorithms, any shape.
        labels: their colours and markers, such as those of an atlas.

    Returns:
        One marker per algorithm.

    Examples:
        >>> import numpy as np
        >>> [handle.get_label() for handle in algorithm_handles(np.array(["pudding-", "convexity"]))]
        ['convexity', 'pudding (−)']
    """
    return [
        Line2D(
            [], [], linestyle="", marker=label.marker, color=label.colour, label=label.legend,
            markersize=6, markeredgecolor=INK, markeredgewidth=0.5,
        )
        for algorithm, label in labels.items()
        if running(algorithms, algorithm).any()
    ]  # fmt: skip


def running(algorithms: np.ndarray, algorithm: str) -> Bool[np.ndarray, "..."]:
    """Whether each network runs the named algorithm, with the shape of `algorithms`.

    Examples:
        >>> import numpy as np
        >>> running(np.array(["mixed", "convexity"]), "mixed").tolist()
        [True, False]
    """
    return algorithms.astype(object) == algorithm


def _check_algorithms(algorithms: np.ndarray, labels: Mapping[str, Algorithm]) -> None:
    unknown = sorted(set(map(str, algorithms.ravel().tolist())) - set(labels))
    if unknown:
        raise InputError(f"algorithm {unknown[0]!r} is unknown: use one of {', '.join(labels)}.")
