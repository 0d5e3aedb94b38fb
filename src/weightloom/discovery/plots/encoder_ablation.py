"""The encoder ablation: loss with the encoder against loss without it (Liao et al. 2023, figure 4)."""

import os
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from weightloom.discovery.plots.measures import algorithm_handles
from weightloom.discovery.plots.sweeps import draw_sweeps, drawable, sweeps_at
from weightloom.figures.saving import figure_path, house_style, save

SIZE = (4.6, 4.6)  # inches
MARGIN = 1.25  # factor between the outermost network and the frame


def draw_encoder_ablation(measures: xr.Dataset, path: str | os.PathLike[str], step: int | None = None) -> Path:
    """Draws the loss with the encoder against the loss without it, one line per seed over β.

    Without the encoder, the channels sample from the decoder's p instead of q, so that nothing that
    was memorised arrives (section 2.3). On the black dotted diagonal the encoder makes no difference:
    a hypernetwork with networks there assigns hidden neurons at random. Markers are those of the
    algorithms. Networks of which a loss is not a finite positive number are left out.

    Args:
        measures: variables loss and loss_without_encoder (both in units of the target's variance) and
            algorithm (names from `weightloom.figures.palette.ALGORITHMS`), each of shape
            (seed, step, beta).
        path: the file to write: .svg, .png or .pdf.
        step: a training step that was measured; the last one unless given.

    Returns:
        The path.

    Raises:
        InputError: if the path cannot be written, the measures lack something (an Adam baseline has
            no encoder), or the step was not measured.

    Examples:
        >>> import pathlib, tempfile, numpy as np, xarray as xr
        >>> losses = {"loss": [0.1, 0.4], "loss_without_encoder": [9.0, 0.4]}
        >>> values = losses | {"algorithm": ["pudding+", "convexity"]}
        >>> measures = xr.Dataset(
        ...     {name: (("seed", "step", "beta"), np.array([[row]])) for name, row in values.items()},
        ...     {"seed": [0], "step": [9], "beta": [1e-3, 1.0]},
        ... )
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_encoder_ablation(measures, pathlib.Path(folder, "ablation.svg")).name
        'ablation.svg'
    """
    path = figure_path(path)
    at = sweeps_at(measures, step, "loss", "loss_without_encoder", "algorithm")
    losses = [at[name].values.astype(float) for name in ("loss", "loss_without_encoder")]
    positive = [np.where(loss > 0, loss, np.nan) for loss in losses]
    with_it, without = drawable(*positive, step=int(at.step), what="losses with and without the encoder")
    with house_style():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        across = np.array([np.nanmin(with_it) / MARGIN, np.nanmax(with_it) * MARGIN])
        lowest = min(across[0], np.nanmin(without) / MARGIN)
        highest = max(across[1], np.nanmax(without) * MARGIN)
        axes.set(xscale="log", yscale="log", xlim=across, ylim=(lowest, highest))
        axes.set(xlabel="loss (variance of the target)", ylabel="loss without the encoder")
        axes.plot(
            across, across, color="black", linestyle=":", linewidth=1.2, zorder=1.5, label="encoder makes no difference"
        )
        axes.legend(loc="lower right", handletextpad=0.6)
        draw_sweeps(axes, with_it, without, at.algorithm.values)
        seeds = len(with_it)
        axes.set_title(f"step {int(at.step):,}, {seeds} seed{'s' * (seeds > 1)}", loc="left")
        handles = algorithm_handles(at.algorithm.values[np.isfinite(with_it)])
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))
        save(figure, path)
    return path
