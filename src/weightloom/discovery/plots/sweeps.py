"""Sweeps: one line per seed over β at one step (Liao et al. 2023, figures 2 and 4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes

from weightloom._words import listed
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots.measures import over_seed_step_beta, running
from weightloom.errors import InputError
from weightloom.figures.style import INK, PALE

MARKER_AREA = 24.0  # square points, for up to four seeds
LEAST_AREA = 7.0


def sweeps_at(measures: xr.Dataset, step: int | None, *names: str) -> xr.Dataset:
    """Select variables at one step, each of shape (seed, beta), with ascending β.

    Args:
        measures: a Dataset over seed, step and beta.
        step: a measured step. None stands for the last one.
        names: the variables to select.

    Returns:
        A Dataset of only these variables.

    Raises:
        InputError: if a coordinate or a variable is missing, or if the step was not measured.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> loss = (("seed", "step", "beta"), np.array([[[0.1, 0.4]]]))
        >>> measures = xr.Dataset({"loss": loss}, {"seed": [0], "step": [9], "beta": [1.0, 1e-3]})
        >>> sweeps_at(measures, None, "loss").loss.values.tolist()
        [[0.4, 0.1]]
    """
    chosen = over_seed_step_beta(measures, *names)
    steps = chosen.step.values
    if step is not None and step not in steps:
        raise InputError(f"step {step} was not measured: the measured steps are {listed(steps)}.")
    return chosen.sel(step=steps[-1] if step is None else step)


def drawable(*values: Float[np.ndarray, "seeds betas"], step: int, what: str) -> list[np.ndarray]:
    """Replace all values of a network by NaN if any of them is not finite, so that figures omit the network.

    Args:
        values: the values on the axes of a figure, each of shape (seed, beta).
        step: the step, for the error message.
        what: the names of the values, for the error message.

    Returns:
        The values with NaN for the omitted networks.

    Raises:
        InputError: if no network has only finite values.

    Examples:
        >>> import numpy as np
        >>> [v.tolist() for v in drawable(np.array([[1.0, 2.0]]), np.array([[np.inf, 3.0]]), step=9, what="loss")]
        [[[nan, 2.0]], [[nan, 3.0]]]
    """
    finite = np.logical_and.reduce([np.isfinite(value) for value in values])
    if not finite.any():
        raise InputError(f"measures have no finite {what} at step {step}: choose another step.")
    return [np.where(finite, value, np.nan) for value in values]


def draw_sweeps(
    axes: Axes,
    across: Float[np.ndarray, "seeds betas"],
    up: Float[np.ndarray, "seeds betas"],
    algorithms: Shaped[np.ndarray, "seeds betas"],
    colours: Sequence[str] | None = None,
) -> None:
    """Draw one line per seed over β, with a marker for the algorithm of each network.

    Args:
        axes: the Axes to draw into.
        across: the horizontal positions, shape (seeds, betas).
        up: the vertical positions, shape (seeds, betas).
        algorithms: names from `weightloom.discovery.algorithms.names.ALGORITHMS`, shape (seeds, betas).
        colours: one colour per seed. The default is pale grey.

    Examples:
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> axes = Figure().subplots()
        >>> draw_sweeps(axes, np.ones((1, 2)), np.ones((1, 2)), np.array([["mixed", "convexity"]]))
        >>> len(axes.lines)
        1
    """
    for seed in range(len(across)):
        colour = PALE if colours is None else colours[seed]
        axes.plot(across[seed], up[seed], color=colour, linewidth=1.0, zorder=1)
    area = max(LEAST_AREA, MARKER_AREA / max(1.0, len(across) / 4) ** 0.5)
    for algorithm, label in ALGORITHMS.items():
        chosen = running(algorithms, algorithm)
        axes.scatter(
            across[chosen], up[chosen], s=area, marker=label.marker, color=label.colour,
            edgecolors=INK, linewidths=0.4, zorder=2,
        )  # fmt: skip
