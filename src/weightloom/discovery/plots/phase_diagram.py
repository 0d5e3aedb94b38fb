"""The phase diagram: the algorithm over training step and β (Liao et al. 2023, figure 3)."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import EngFormatter

from weightloom.discovery.algorithms.names import ALGORITHMS, Algorithm
from weightloom.discovery.plots.measures import algorithm_handles, over_seed_step_beta, running
from weightloom.figures.cells import cell_edges
from weightloom.figures.figure import many_panels, root_figure
from weightloom.figures.saving import save_plot
from weightloom.figures.style import INK

if TYPE_CHECKING:
    from weightloom.discovery.atlas import Atlas

FEW_COLUMNS = 4
MARKERS_ACROSS = 6
LONG = 16  # characters of a legend's entry


def plot_phase_diagram(measures: "xr.Dataset | Atlas", *, figure: Figure | SubFigure | None = None) -> Figure:
    """Plot the algorithm over training step and β, one panel per seed.

    Each cell is a network, in the colour of its algorithm. Some cells also show the marker of the algorithm. The step
    axis is logarithmic for log-spaced steps.

    Args:
        measures: a Dataset with the variable algorithm (names from
            `weightloom.discovery.algorithms.names.ALGORITHMS`), shape (seed, step, beta); or the atlas of a run, such
            as `run.atlas("all", most=240)`, whose families are shown.
        figure: the Figure or SubFigure to draw into, without changing its style. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if a coordinate or the variable is missing.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> algorithm = (("seed", "step", "beta"), np.array([[["pudding+", "convexity"]]]))
        >>> measures = xr.Dataset({"algorithm": algorithm}, {"seed": [0], "step": [9], "beta": [1e-3, 1.0]})
        >>> plot_phase_diagram(measures).axes[0].get_title()
        'seed 0'
    """
    labels = ALGORITHMS if isinstance(measures, xr.Dataset) else measures.labels
    measures = over_seed_step_beta(
        measures if isinstance(measures, xr.Dataset) else measures.measures, "algorithm", labels=labels
    )
    steps = measures.step.values.astype(float)
    betas = measures.beta.values.astype(float)
    seeds = measures.seed.values
    columns = min(len(seeds), max(FEW_COLUMNS, math.isqrt(len(seeds) - 1) + 1))
    rows = -(-len(seeds) // columns)
    handles = algorithm_handles(measures.algorithm.values, labels)
    across = 3 if columns < FEW_COLUMNS else 6
    if max(len(label.legend) for label in labels.values()) > LONG:
        across = max(1, across // 3)
    above = 0.17 * max(0, -(-len(handles) // across) - 2)
    with many_panels(figure, (max(4.0, 0.8 + 1.55 * columns), 1.1 + 1.7 * rows + above)) as figure:
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for panel, seed, algorithms in zip(panels, seeds, measures.algorithm.values):
            _draw_cells(panel, steps, betas, algorithms.T, labels)
            panel.set_title(f"seed {seed}")
        for empty in panels[len(seeds) :]:
            empty.set_axis_off()
        for lowest in panels[max(0, len(seeds) - columns) : len(seeds)]:
            lowest.tick_params(labelbottom=True)
        figure.supxlabel("training step", fontsize=9)
        figure.supylabel("β (loss per nat)", fontsize=9)
        figure.legend(handles=handles, loc="outside upper center", ncols=across)
    return root_figure(figure)


def draw_phase_diagram(measures: "xr.Dataset | Atlas", path: str | os.PathLike[str]) -> Path:
    """Write the figure of `plot_phase_diagram` to a file.

    Args:
        measures: as for `plot_phase_diagram`.
        path: the .svg, .png or .pdf file to write.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_phase_diagram`, or if the path cannot be written.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_phase_diagram(wl.open_run("l1-paper").measures, f"{folder}/phases.svg").name
        'phases.svg'
    """
    return save_plot(path, lambda: plot_phase_diagram(measures))


def _draw_cells(
    panel: Axes,
    steps: Float[np.ndarray, " steps"],
    betas: Float[np.ndarray, " betas"],
    algorithms: Shaped[np.ndarray, "betas steps"],
    labels: Mapping[str, Algorithm],
) -> None:
    panel.set_xscale(**_step_scale(steps))
    panel.set_yscale("log")
    panel.pcolormesh(
        cell_edges(steps, panel.xaxis), cell_edges(betas, panel.yaxis),
        sum(code * running(algorithms, name) for code, name in enumerate(labels)),
        cmap=ListedColormap([label.colour for label in labels.values()]),
        vmin=-0.5, vmax=len(labels) - 0.5,
        rasterized=True,  # thousands of vector cells would take megabytes
    )  # fmt: skip
    some_betas, some_steps = np.meshgrid(_some(len(betas)), _some(len(steps)), indexing="ij")
    for algorithm, label in labels.items():
        chosen = running(algorithms[some_betas, some_steps], algorithm)
        panel.scatter(
            steps[some_steps[chosen]], betas[some_betas[chosen]], s=9, marker=label.marker,
            color="white", edgecolors=INK, linewidths=0.4,
        )  # fmt: skip
    if len(steps) < 3:
        panel.set_xticks(steps)
    panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    panel.minorticks_off()


def _step_scale(steps: Float[np.ndarray, " steps"]) -> dict[str, Any]:
    gaps = np.diff(steps)
    if len(steps) < 3 or gaps[-1] < 4 * gaps[0]:
        return {"value": "linear"}
    # Step 0 has no logarithm. The asinh scale is linear up to the next step and logarithmic above.
    return {"value": "log"} if steps[0] > 0 else {"value": "asinh", "linear_width": steps[1]}


def _some(cells: int) -> np.ndarray:
    stride = -(-cells // MARKERS_ACROSS)
    return np.arange(stride // 2, cells, stride)
