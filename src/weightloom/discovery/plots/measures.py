"""Measures of a training as figures read them: checked, and in the order seed, step, β ascending."""

import numpy as np
import xarray as xr
from jaxtyping import Bool
from matplotlib.lines import Line2D

from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.errors import InputError
from weightloom.figures.style import INK

DIMENSIONS = ("seed", "step", "beta")


def over_seed_step_beta(measures: xr.Dataset, *names: str) -> xr.Dataset:
    """The named variables, each of shape (seed, step, beta), with β ascending.

    Args:
        measures: a dataset with coordinates seed, step and beta, their values in any order.
        names: the variables that a figure needs.

    Returns:
        A dataset of these variables alone, sorted along each coordinate.

    Raises:
        InputError: if a coordinate or a variable is missing, empty or of another shape, a β is not
            positive, or an algorithm has a name that the palette does not know.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> loss = (("seed", "step", "beta"), np.array([[[0.1, 0.4]]]))
        >>> measures = xr.Dataset({"loss": loss}, {"seed": [0], "step": [9], "beta": [1.0, 1e-3]})
        >>> over_seed_step_beta(measures, "loss").loss.values.tolist()
        [[[0.4, 0.1]]]
    """
    for name in DIMENSIONS:
        if name not in measures.coords or not measures.sizes.get(name, 0):
            raise InputError(f"measures have no {name}: a figure needs coordinates {', '.join(DIMENSIONS)}.")
    for name in names:
        if name not in measures:
            raise InputError(f"measures have no {name!r}: they have {', '.join(map(str, measures)) or 'none'}.")
        if set(measures[name].dims) != set(DIMENSIONS):
            raise InputError(
                f"measures' {name!r} has dimensions {', '.join(map(str, measures[name].dims))}: "
                f"they must be {', '.join(DIMENSIONS)}."
            )
    if not (measures.beta > 0).all():
        raise InputError("measures have a β that is not positive: the figures' β axis is logarithmic.")
    chosen = measures[list(names)].transpose(*DIMENSIONS).sortby(list(DIMENSIONS))
    if "algorithm" in names:
        _check_algorithms(chosen.algorithm.values)
    return chosen


def algorithm_handles(algorithms: np.ndarray) -> list[Line2D]:
    """Legend entries of the algorithms that occur, in the palette's order.

    Args:
        algorithms: names of algorithms, of any shape.

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
        for algorithm, label in ALGORITHMS.items()
        if running(algorithms, algorithm).any()
    ]  # fmt: skip


def running(algorithms: np.ndarray, algorithm: str) -> Bool[np.ndarray, "..."]:
    """Where the named algorithm runs, of the shape of `algorithms`.

    Examples:
        >>> import numpy as np
        >>> running(np.array(["mixed", "convexity"]), "mixed").tolist()
        [True, False]
    """
    return algorithms.astype(object) == algorithm


def _check_algorithms(algorithms: np.ndarray) -> None:
    unknown = sorted(set(map(str, algorithms.ravel().tolist())) - set(ALGORITHMS))
    if unknown:
        raise InputError(f"algorithm {unknown[0]!r} has no colour: use one of {', '.join(ALGORITHMS)}.")
