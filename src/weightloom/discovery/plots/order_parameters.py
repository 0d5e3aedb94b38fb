"""Order parameter space: networks by α₁, α₂ and α₃ (Liao et al. 2023, figure 2)."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots.measures import algorithm_handles
from weightloom.discovery.plots.sweeps import draw_sweeps, drawable, sweeps_at
from weightloom.errors import InputError
from weightloom.figures.figure import many_panels, root_figure
from weightloom.figures.saving import save_plot
from weightloom.figures.style import INK

SIZE = (7.0, 4.0)  # inches
ORDER_PARAMETERS = ("double_sidedness", "strongest_connection", "seed_dependence")
# The share of the colour at the lowest β in the colour of a line. It is more than half to distinguish both directions.
START_SHARE = 0.6
NEAREST_TO_ZERO = 1.0  # an axis that reaches 0 is linear below this value: an ideal pudding has α₁ = 1

# Picked by hand, like those of the paper. The classifier does not use them. In one (16, 48, 1) run with four seeds, α₂
# was at most 2.02 for convexity and at least 2.01 for puddings, and α₁ was at most 4.6 for puddings and at least 5.7
# for the two double-sided networks. For smaller networks the ranges overlap more. α₃ is 0 if the assignment of neurons
# is the same in every draw, and 1 if every draw has a new assignment.
BOUNDARIES: Mapping[str, float] = {"strongest_connection": 2.0, "double_sidedness": 5.0, "seed_dependence": 0.5}


def plot_order_parameters(
    measures: xr.Dataset,
    step: int | None = None,
    boundaries: Mapping[str, float] | None = None,
    *,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Plot the networks of one step in order parameter space, one line per seed over β.

    The left panel shows the double-sidedness α₁ over the strongest connection α₂, and the right panel the seed
    dependence α₃ over α₂ (eqs. 5–7). Markers show the algorithms. The colour of a line mixes the colours of the
    algorithms at its lowest and highest β. The legend gives the number of seeds for each such pair. The axes of α₁ and
    α₂ are logarithmic; the axis of α₁ is linear near 0 if α₁ reaches 0. Networks with an order parameter that is not
    finite are omitted.

    Args:
        measures: a Dataset with the variables double_sidedness, strongest_connection, seed_dependence (dimensionless)
            and algorithm (names from `weightloom.discovery.algorithms.names.ALGORITHMS`), each of shape
            (seed, step, beta).
        step: a measured step. The default is the last one.
        boundaries: the values at which to draw dotted phase boundaries, by order parameter. An empty mapping draws
            none. The default is `BOUNDARIES`, picked by hand.
        figure: the Figure or SubFigure to draw into, without changing its style. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if a variable is missing (an Adam baseline has no seed dependence), if the step was not measured, or
            if `boundaries` has a key that is not an order parameter.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> values = {
        ...     "double_sidedness": [30.0, 2.0],
        ...     "strongest_connection": [4.0, 1.0],
        ...     "seed_dependence": [0.0, 0.9],
        ...     "algorithm": ["double-sided", "convexity"],
        ... }
        >>> measures = xr.Dataset(
        ...     {name: (("seed", "step", "beta"), np.array([[row]])) for name, row in values.items()},
        ...     {"seed": [0], "step": [9], "beta": [1e-3, 1.0]},
        ... )
        >>> [axes.get_ylabel() for axes in plot_order_parameters(measures).axes]
        ['double-sidedness α₁', 'seed dependence α₃']
    """
    boundaries = _checked(BOUNDARIES if boundaries is None else boundaries)
    at = sweeps_at(measures, step, *ORDER_PARAMETERS, "algorithm")
    values = [at[name].values.astype(float) for name in ORDER_PARAMETERS]
    sidedness, strongest, dependence = drawable(*values, step=int(at.step), what="order parameters")
    strongest = np.where(strongest > 0, strongest, np.nan)  # α₂ = 0 if all weights are 0
    ends = _ends(at.algorithm.values)
    colours = [_mixed(*pair) for pair in ends]
    with many_panels(figure, SIZE) as figure:
        left, right = figure.subplots(1, 2, sharex=True)
        for axes, up in ((left, sidedness), (right, dependence)):
            draw_sweeps(axes, strongest, up, at.algorithm.values, colours)
            axes.set(xscale="log", xlabel="strongest connection α₂")
            _few_plain_ticks(axes.xaxis, strongest)
        left.set_ylabel("double-sidedness α₁")
        right.set_ylabel("seed dependence α₃")
        _scale(left, sidedness)
        # Every figure shows the range from no dependence on the key (0) to independent draws (1).
        right.set_ylim(-0.05, max(1.1, 1.05 * np.nanmax(dependence)))
        _draw_boundaries(left, right, boundaries)
        seeds = len(ends)
        left.set_title(f"step {int(at.step):,}, {seeds} seed{'s' * (seeds > 1)}", loc="left")
        lines = _line_handles(ends)
        markers = algorithm_handles(at.algorithm.values[np.isfinite(sidedness)])
        figure.legend(handles=markers, loc="outside upper center", ncols=len(markers))
        figure.legend(handles=lines, loc="outside lower center", ncols=min(2, len(lines)), handletextpad=0.6)
    return root_figure(figure)


def draw_order_parameters(
    measures: xr.Dataset,
    path: str | os.PathLike[str],
    step: int | None = None,
    boundaries: Mapping[str, float] | None = None,
) -> Path:
    """Write the figure of `plot_order_parameters` to a file.

    Args:
        measures: as for `plot_order_parameters`.
        path: the .svg, .png or .pdf file to write.
        step: as for `plot_order_parameters`.
        boundaries: as for `plot_order_parameters`.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_order_parameters`, or if the path cannot be written.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_order_parameters(wl.open_run("l1-paper").measures, f"{folder}/orders.svg").name
        'orders.svg'
    """
    return save_plot(path, lambda: plot_order_parameters(measures, step, boundaries))


def _checked(boundaries: Mapping[str, float]) -> Mapping[str, float]:
    if unknown := sorted(set(boundaries) - set(ORDER_PARAMETERS)):
        raise InputError(f"boundary {unknown[0]!r} is unknown: use the order parameters {', '.join(ORDER_PARAMETERS)}.")
    return boundaries


def _ends(algorithms: Shaped[np.ndarray, "seeds betas"]) -> list[tuple[str, str]]:
    """Each seed's algorithms at its lowest and its highest β."""
    return [(str(row[0]), str(row[-1])) for row in algorithms]


def _mixed(start: str, end: str) -> str:
    first, last = (np.array(to_rgb(ALGORITHMS[name].colour)) for name in (start, end))
    return to_hex(tuple((START_SHARE * first + (1 - START_SHARE) * last).tolist()))


def _line_handles(ends: list[tuple[str, str]]) -> list[Line2D]:
    order = list(ALGORITHMS)
    groups = sorted(Counter(ends).items(), key=lambda group: [order.index(name) for name in group[0]])
    return [
        Line2D(
            [], [], color=_mixed(*pair), linewidth=2,
            label=f"{' → '.join(ALGORITHMS[name].legend for name in pair)}: {count} seed{'s' * (count > 1)}",
        )
        for pair, count in groups
    ]  # fmt: skip


def _scale(axes: Axes, sidedness: Float[np.ndarray, "seeds betas"]) -> None:
    if np.nanmin(sidedness) > 0:
        axes.set_yscale("log")
    else:
        axes.set_yscale("symlog", linthresh=NEAREST_TO_ZERO, linscale=0.3)
    _few_plain_ticks(axes.yaxis, sidedness)


def _few_plain_ticks(axis: Axis, values: Float[np.ndarray, "seeds betas"]) -> None:
    """Set ticks at 1, 2, 3 and 5 times powers of ten if the values span less than two decades."""
    positive = values[values > 0]
    if axis.get_scale() == "log" and positive.max() < 100 * positive.min():
        axis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def _draw_boundaries(left: Axes, right: Axes, boundaries: Mapping[str, float]) -> None:
    style: dict[str, Any] = {"color": INK, "linestyle": ":", "linewidth": 1.2, "zorder": 0.5, "gid": "boundary"}
    strongest = boundaries.get("strongest_connection")
    if strongest is not None:
        for axes in (left, right):
            axes.axvline(strongest, **style)
    if "double_sidedness" in boundaries:
        # The convexity algorithm is on the left of the first boundary and has no second one.
        start = left.get_xlim()[0] if strongest is None else strongest
        low, high = left.get_xlim()
        left.plot([start, max(high, 1.05 * start)], [boundaries["double_sidedness"]] * 2, **style)
        left.set_xlim(low, max(high, 1.05 * start))
    if "seed_dependence" in boundaries:
        right.axhline(boundaries["seed_dependence"], **style)
