"""Sweeps: every seed of one training step as a line over its β (Liao et al. 2023, figures 2 and 4)."""

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

MARKER_AREA = 24.0  # square points, of up to four seeds
LEAST_AREA = 7.0


def sweeps_at(measures: xr.Dataset, step: int | None, *names: str) -> xr.Dataset:
    """The named variables at one step, each of shape (seed, beta), with β ascending.

    Args:
        measures: a dataset over seed, step and beta.
        step: a training step that was measured; the last one if None.
        names: the variables that a figure needs.

    Returns:
        A dataset of these variables alone.

    Raises:
        InputError: if the measures lack something or the step was not measured.

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
        raise InputError(f"step {step} was not measured: choose one of {listed(steps)}.")
    return chosen.sel(step=steps[-1] if step is None else step)


def drawable(*values: Float[np.ndarray, "seeds betas"], step: int, what: str) -> list[np.ndarray]:
    """The values with NaN wherever one of them is not finite, which leaves these networks out.

    Args:
        values: what the axes of a figure show, each of shape (seed, beta).
        step: the training step, for the error's sentence.
        what: the values' names, for the error's sentence.

    Returns:
        The values, as given but for NaN.

    Raises:
        InputError: if nothing is finite.

    Examples:
        >>> import numpy as np
        >>> [v.tolist() for v in drawable(np.array([[1.0, 2.0]]), np.array([[np.inf, 3.0]]), step=9, what="loss")]
        [[[nan, 2.0]], [[nan, 3.0]]]
    """
    finite = np.logical_and.reduce([np.isfinite(value) for value in values])
    if not finite.any():
        raise InputError(f"measures have no finite {what} at step {step}: there is nothing to draw.")
    return [np.where(finite, value, np.nan) for value in values]


def draw_sweeps(
    axes: Axes,
    across: Float[np.ndarray, "seeds betas"],
    up: Float[np.ndarray, "seeds betas"],
    algorithms: Shaped[np.ndarray, "seeds betas"],
    colours: Sequence[str] | None = None,
) -> None:
    """Draws every seed as a line over its β, with a marker of its algorithm at each network.

    Args:
        axes: where to draw.
        across: horizontal positions, shape (seeds, betas).
        up: vertical positions, shape (seeds, betas).
        algorithms: names from `weightloom.discovery.algorithms.names.ALGORITHMS`, shape (seeds, betas).
        colours: one colour per seed's line; pale grey unless given.

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
