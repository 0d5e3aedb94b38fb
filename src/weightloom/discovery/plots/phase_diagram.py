"""The phase diagram: which algorithm runs, over training step and β (Liao et al. 2023, figure 3)."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from weightloom.discovery.plots.measures import algorithm_handles, over_seed_step_beta, running
from weightloom.figures.cells import cell_edges
from weightloom.figures.palette import ALGORITHMS, INK
from weightloom.figures.saving import figure_path, house_style, save

FEW_COLUMNS = 4
MARKERS_ACROSS = 6


def draw_phase_diagram(measures: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Draws the algorithm over training step and β into a file, one panel per seed.

    Each network is one cell, of the colour of its algorithm; some cells also carry the algorithm's marker.
    The step axis is logarithmic where the steps are spaced that way.

    Args:
        measures: the variable algorithm (names from `weightloom.figures.palette.ALGORITHMS`), of shape
            (seed, step, beta).
        path: the file to write: .svg, .png or .pdf.

    Returns:
        The path.

    Raises:
        InputError: if the path cannot be written or the measures lack something.

    Examples:
        >>> import pathlib, tempfile, numpy as np, xarray as xr
        >>> algorithm = (("seed", "step", "beta"), np.array([[["pudding+", "convexity"]]]))
        >>> measures = xr.Dataset({"algorithm": algorithm}, {"seed": [0], "step": [9], "beta": [1e-3, 1.0]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_phase_diagram(measures, pathlib.Path(folder, "phases.svg")).name
        'phases.svg'
    """
    path = figure_path(path)
    measures = over_seed_step_beta(measures, "algorithm")
    steps = measures.step.values.astype(float)
    betas = measures.beta.values.astype(float)
    seeds = measures.seed.values
    columns = min(len(seeds), max(FEW_COLUMNS, math.isqrt(len(seeds) - 1) + 1))
    rows = -(-len(seeds) // columns)
    with house_style():
        figure = Figure(figsize=(max(4.0, 0.8 + 1.55 * columns), 1.1 + 1.7 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for panel, seed, algorithms in zip(panels, seeds, measures.algorithm.values):
            _draw_cells(panel, steps, betas, algorithms.T)
            panel.set_title(f"seed {seed}")
        for empty in panels[len(seeds) :]:
            empty.set_axis_off()
        for lowest in panels[max(0, len(seeds) - columns) : len(seeds)]:
            lowest.tick_params(labelbottom=True)
        figure.supxlabel("training step", fontsize=9)
        figure.supylabel("β (loss per nat)", fontsize=9)
        handles = algorithm_handles(measures.algorithm.values)
        figure.legend(handles=handles, loc="outside upper center", ncols=3 if columns < FEW_COLUMNS else 6)
        save(figure, path)
    return path


def _draw_cells(
    panel: Axes,
    steps: Float[np.ndarray, " steps"],
    betas: Float[np.ndarray, " betas"],
    algorithms: Shaped[np.ndarray, "betas steps"],
) -> None:
    panel.set_xscale(**_step_scale(steps))
    panel.set_yscale("log")
    panel.pcolormesh(
        cell_edges(steps, panel.xaxis), cell_edges(betas, panel.yaxis),
        sum(code * running(algorithms, name) for code, name in enumerate(ALGORITHMS)),
        cmap=ListedColormap([label.colour for label in ALGORITHMS.values()]),
        vmin=-0.5, vmax=len(ALGORITHMS) - 0.5,
        rasterized=True,  # a path for each of thousands of cells makes megabytes
    )  # fmt: skip
    some_betas, some_steps = np.meshgrid(_some(len(betas)), _some(len(steps)), indexing="ij")
    for algorithm, label in ALGORITHMS.items():
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
    # Step 0 has no logarithm; this scale is linear up to the step after it and logarithmic from there.
    return {"value": "log"} if steps[0] > 0 else {"value": "asinh", "linear_width": steps[1]}


def _some(cells: int) -> np.ndarray:
    stride = -(-cells // MARKERS_ACROSS)
    return np.arange(stride // 2, cells, stride)
