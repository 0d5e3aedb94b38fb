"""The front: loss against KL of the networks of one step over β (Liao et al. 2023, section 2)."""

import os
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator

from weightloom.discovery.plots.measures import algorithm_handles, loss_label
from weightloom.discovery.plots.sweeps import draw_sweeps, drawable, sweeps_at
from weightloom.figures.figure import many_panels, root_figure
from weightloom.figures.saving import save_plot

SIZE = (7.0, 3.8)  # inches
LINEAR_BELOW = 1.0  # nats: the KL of a simple network is about 0 and has no logarithm


def plot_front(measures: xr.Dataset, step: int | None = None, *, figure: Figure | SubFigure | None = None) -> Figure:
    """Plot the front of one step, one line per seed.

    The left panel shows loss against KL, and the right panel shows loss over β for the same networks. Markers show the
    algorithms. The KL axis is linear from 0 to 1 nat and logarithmic above. A KL that is negative by rounding is drawn
    at 0. Networks with a loss or KL that is not finite are omitted.

    Args:
        measures: a Dataset with the variables loss (in units of the target's variance), kl (nats) and algorithm (names
            from `weightloom.discovery.algorithms.names.ALGORITHMS`), each of shape (seed, step, beta).
        step: a measured step. The default is the last one.
        figure: the Figure or SubFigure to draw into, without changing its style. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if a variable is missing, or if the step was not measured.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> values = {"loss": [0.1, 0.4], "kl": [90.0, 0.0], "algorithm": ["pudding+", "convexity"]}
        >>> measures = xr.Dataset(
        ...     {name: (("seed", "step", "beta"), np.array([[row]])) for name, row in values.items()},
        ...     {"seed": [0], "step": [9], "beta": [1e-3, 1.0]},
        ... )
        >>> [axes.get_xlabel() for axes in plot_front(measures).axes]
        ['KL (nats; linear below 1)', 'β (loss per nat)']
    """
    front = sweeps_at(measures, step, "loss", "kl", "algorithm")
    values = front.loss.values.astype(float), np.maximum(front.kl.values.astype(float), 0.0)
    loss, kl = drawable(*values, step=int(front.step), what="loss and KL")
    betas = np.broadcast_to(front.beta.values.astype(float), loss.shape)
    with many_panels(figure, SIZE) as figure:
        against_kl, over_beta = figure.subplots(1, 2, sharey=True)
        _scale_axes(against_kl, over_beta, kl, loss)
        against_kl.set_ylabel(loss_label(measures))
        draw_sweeps(against_kl, kl, loss, front.algorithm.values)
        draw_sweeps(over_beta, betas, loss, front.algorithm.values)
        against_kl.set_title(f"step {int(front.step):,}, {len(loss)} seed{'s' * (len(loss) > 1)}", loc="left")
        handles = algorithm_handles(front.algorithm.values[np.isfinite(loss)])
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return root_figure(figure)


def draw_front(measures: xr.Dataset, path: str | os.PathLike[str], step: int | None = None) -> Path:
    """Write the figure of `plot_front` to a file.

    Args:
        measures: as for `plot_front`.
        path: the .svg, .png or .pdf file to write.
        step: as for `plot_front`.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_front`, or if the path cannot be written.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_front(wl.open_run("l1-paper").measures, f"{folder}/front.svg").name
        'front.svg'
    """
    return save_plot(path, lambda: plot_front(measures, step))


def _scale_axes(
    against_kl: Axes,
    over_beta: Axes,
    kl: Float[np.ndarray, "seeds betas"],
    loss: Float[np.ndarray, "seeds betas"],
) -> None:
    lowest, highest = np.nanmin(kl), np.nanmax(kl)
    if lowest > LINEAR_BELOW:
        against_kl.set(xscale="log", xlabel="KL (nats)")
    elif highest > LINEAR_BELOW:
        against_kl.set_xscale("symlog", linthresh=LINEAR_BELOW, linscale=0.5)
        against_kl.set(xlabel=f"KL (nats; linear below {LINEAR_BELOW:g})", xlim=(-0.1, 1.5 * highest))
    else:
        against_kl.set(xlabel="KL (nats)", xlim=(-0.04, 1.04))
    over_beta.set(xscale="log", xlabel="β (loss per nat)")
    if 0 < 2 * np.nanmin(loss) < np.nanmax(loss):
        against_kl.set_yscale("log")
        against_kl.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        against_kl.yaxis.set_major_formatter("{x:g}")
        against_kl.yaxis.set_minor_formatter("")
