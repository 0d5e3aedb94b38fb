"""The encoder ablation: loss without the encoder against loss with it (Liao et al. 2023, figure 4)."""

import os
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from weightloom.discovery.plots.measures import algorithm_handles, loss_label
from weightloom.discovery.plots.sweeps import draw_sweeps, drawable, sweeps_at
from weightloom.figures.figure import add_legend, one_panel, root_figure
from weightloom.figures.saving import save_plot

SIZE = (4.6, 4.6)  # inches
MARGIN = 1.25  # ratio between the limit of an axis and the outermost network


def plot_encoder_ablation(measures: xr.Dataset, step: int | None = None, *, ax: Axes | None = None) -> Figure:
    """Plot the loss without the encoder against the loss with it, one line per seed over β.

    Without the encoder, the channels sample from the decoder's p instead of q, so that they transmit no memorised
    information (section 2.3). On the dotted diagonal the encoder makes no difference: these hypernetworks assign hidden
    neurons at random. Markers show the algorithms. Networks with a loss that is not finite and positive are omitted.

    Args:
        measures: a Dataset with the variables loss and loss_without_encoder (in units of the target's variance) and
            algorithm (names from `weightloom.discovery.algorithms.names.ALGORITHMS`), each of shape (seed, step, beta).
        step: a measured step. The default is the last one.
        ax: the Axes to draw into, without changing their style. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if a variable is missing (an Adam baseline has no encoder), or if the step was not measured.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> losses = {"loss": [0.1, 0.4], "loss_without_encoder": [9.0, 0.4]}
        >>> values = losses | {"algorithm": ["pudding+", "convexity"]}
        >>> measures = xr.Dataset(
        ...     {name: (("seed", "step", "beta"), np.array([[row]])) for name, row in values.items()},
        ...     {"seed": [0], "step": [9], "beta": [1e-3, 1.0]},
        ... )
        >>> plot_encoder_ablation(measures).axes[0].get_ylabel()
        'loss without the encoder'
    """
    at = sweeps_at(measures, step, "loss", "loss_without_encoder", "algorithm")
    losses = [at[name].values.astype(float) for name in ("loss", "loss_without_encoder")]
    positive = [np.where(loss > 0, loss, np.nan) for loss in losses]
    with_it, without = drawable(*positive, step=int(at.step), what="losses with and without the encoder")
    with one_panel(ax, SIZE) as axes:
        across = np.array([np.nanmin(with_it) / MARGIN, np.nanmax(with_it) * MARGIN])
        lowest = min(across[0], np.nanmin(without) / MARGIN)
        highest = max(across[1], np.nanmax(without) * MARGIN)
        axes.set(xscale="log", yscale="log", xlim=across, ylim=(lowest, highest))
        axes.set(xlabel=loss_label(measures), ylabel="loss without the encoder")
        diagonal = axes.plot(
            across, across, color="black", linestyle=":", linewidth=1.2, zorder=1.5, label="encoder makes no difference"
        )
        draw_sweeps(axes, with_it, without, at.algorithm.values)
        seeds = len(with_it)
        axes.set_title(f"step {int(at.step):,}, {seeds} seed{'s' * (seeds > 1)}", loc="left")
        handles = algorithm_handles(at.algorithm.values[np.isfinite(with_it)])
        if ax is None:
            axes.legend(loc="lower right", handletextpad=0.6)
            add_legend(axes, handles, own=True, ncols=min(len(handles), 4))
        else:
            add_legend(axes, diagonal + handles, own=False)
    return root_figure(axes)


def draw_encoder_ablation(measures: xr.Dataset, path: str | os.PathLike[str], step: int | None = None) -> Path:
    """Write the figure of `plot_encoder_ablation` to a file.

    Args:
        measures: as for `plot_encoder_ablation`.
        path: the .svg, .png or .pdf file to write.
        step: as for `plot_encoder_ablation`.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_encoder_ablation`, or if the path cannot be written.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_encoder_ablation(wl.open_run("l1-paper").measures, f"{folder}/ablation.svg").name
        'ablation.svg'
    """
    return save_plot(path, lambda: plot_encoder_ablation(measures, step))
