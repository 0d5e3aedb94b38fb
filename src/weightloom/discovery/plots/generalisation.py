"""Generalisation: loss at untrained sizes (Liao et al. 2023, figure 5)."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Real
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from weightloom.discovery.plots.measures import loss_label
from weightloom.errors import InputError
from weightloom.figures.cells import cell_edges
from weightloom.figures.figure import add_legend, one_panel, root_figure
from weightloom.figures.saving import save_plot
from weightloom.figures.style import INK, NEGATIVE, POSITIVE

SIZE = (4.8, 4.2)  # inches
PAPERS_SIZE = (16, 48)
CONTOURS = {0.07: POSITIVE, 0.15: NEGATIVE}  # loss: colour, as in the paper
WORST = 10.0  # ten times the loss of a constant network: higher losses have the same colour
STAR = "#ffd60a"
# Greys that contrast with both contours.
GREYS = ListedColormap([to_hex((level,) * 3) for level in np.linspace(1.0, 0.35, 256).tolist()])
REFINEMENT = 16


def plot_generalisation(
    dataset: xr.Dataset, trained: tuple[int, int] | None = None, *, ax: Axes | None = None
) -> Figure:
    """Plot the loss over the numbers of inputs and hidden neurons as a heat map.

    Both axes and the colours are logarithmic. The colour of a size is the median loss over draws. Losses above 10, ten
    times that of a constant network, have the same colour. Sizes without a finite positive median are blank. The red
    contour is at a loss of 0.07 and the blue contour at 0.15. A yellow star marks the trained size.

    Args:
        dataset: a Dataset with the variable loss (in units of the target's variance) over inputs, hidden and optionally
            draw, as `weightloom.generalisation` returns it.
        trained: the trained numbers of inputs and hidden neurons. The default is the dataset's attribute `trained`, or
            (16, 48), the paper's size, if the dataset does not have this attribute.
        ax: the Axes to draw into, without changing their style. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if the dataset lacks a coordinate or the loss, or if no loss is finite and positive.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> loss = (("inputs", "hidden"), np.array([[0.05, 0.04], [0.4, 0.1]]))
        >>> dataset = xr.Dataset({"loss": loss}, {"inputs": [8, 16], "hidden": [24, 48]})
        >>> plot_generalisation(dataset).axes[0].get_xlabel()
        'inputs'
    """
    loss = losses_by_size(dataset)
    inputs, hidden = (loss[name].values.astype(float) for name in ("inputs", "hidden"))
    values = loss.values.T
    star = tuple(trained or dataset.attrs.get("trained", PAPERS_SIZE))
    with one_panel(ax, SIZE) as axes:
        axes.set(xscale="log", yscale="log", xlabel="inputs", ylabel="hidden neurons")
        norm = LogNorm(min(np.nanmin(values), min(CONTOURS)), WORST)
        edges = cell_edges(inputs, axes.xaxis), cell_edges(hidden, axes.yaxis)
        mesh = axes.pcolormesh(*edges, values, norm=norm, cmap=GREYS, zorder=0)
        handles = _draw_contours(axes, inputs, hidden, values)
        if _within(star, axes):
            style: dict[str, Any] = {"color": STAR, "markeredgecolor": INK, "markersize": 15, "markeredgewidth": 0.8}
            handles += axes.plot(*star, marker="*", linestyle="", label="trained size", zorder=3, **style)
        for axis, sizes in ((axes.xaxis, inputs), (axes.yaxis, hidden)):
            axis.set_ticks(sizes, [f"{size:g}" for size in sizes])
            axis.set_ticks([], minor=True)
        bar = axes.figure.colorbar(mesh, ax=axes, extend="max", label=loss_label(dataset), shrink=0.9)
        bar.ax.yaxis.set_major_formatter("{x:g}")
        add_legend(axes, handles, own=ax is None, ncols=max(1, len(handles)), handletextpad=0.5)
    return root_figure(axes)


def draw_generalisation(
    dataset: xr.Dataset, path: str | os.PathLike[str], trained: tuple[int, int] | None = None
) -> Path:
    """Write the figure of `plot_generalisation` to a file.

    Args:
        dataset: as for `plot_generalisation`.
        path: the .svg, .png or .pdf file to write.
        trained: as for `plot_generalisation`.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_generalisation`, or if the path cannot be written.

    Examples:
        >>> import tempfile, numpy as np, xarray as xr
        >>> loss = (("inputs", "hidden"), np.array([[0.05, 0.04], [0.4, 0.1]]))
        >>> dataset = xr.Dataset({"loss": loss}, {"inputs": [8, 16], "hidden": [24, 48]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_generalisation(dataset, f"{folder}/sizes.svg").name
        'sizes.svg'
    """
    return save_plot(path, lambda: plot_generalisation(dataset, trained))


def losses_by_size(dataset: xr.Dataset) -> xr.DataArray:
    """Compute the median loss over draws, sorted by inputs and hidden.

    Args:
        dataset: as for `plot_generalisation`.

    Returns:
        The losses, shape (inputs, hidden), with NaN where the median is not finite and positive.

    Raises:
        InputError: if the dataset lacks a coordinate or the loss, or if no loss is finite and positive.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> loss = (("hidden", "inputs"), np.array([[0.4, np.inf]]))
        >>> losses_by_size(xr.Dataset({"loss": loss}, {"inputs": [8, 4], "hidden": [24]})).values.tolist()
        [[nan], [0.4]]
    """
    for name in ("inputs", "hidden"):
        if name not in dataset.coords or not dataset.sizes.get(name, 0):
            raise InputError(f"the dataset has no {name}: give a Dataset with the coordinates inputs and hidden.")
        if not (dataset[name] > 0).all():
            raise InputError(f"the dataset has {name} that are not positive: give sizes of at least 1.")
    if "loss" not in dataset or set(dataset.loss.dims) - {"draw"} != {"inputs", "hidden"}:
        raise InputError(
            "the dataset has no loss over inputs and hidden: give the Dataset that weightloom.generalisation returns."
        )
    try:
        loss = dataset.loss.astype(float)
    except (TypeError, ValueError) as error:
        raise InputError("the dataset has a loss that is not a number: give numbers.") from error
    loss = loss.where(np.isfinite(loss) & (loss > 0))
    if "draw" in loss.dims:
        # The median counts draws that are not finite as the worst ones.
        median = loss.fillna(np.inf).median("draw")
        loss = median.where(np.isfinite(median))
    if not loss.notnull().any():
        raise InputError("the dataset has no finite positive loss: give a Dataset with at least one.")
    return loss.transpose("inputs", "hidden").sortby(["inputs", "hidden"])


def _draw_contours(
    axes: Axes,
    inputs: Real[np.ndarray, " inputs"],
    hidden: Real[np.ndarray, " hidden"],
    values: Float[np.ndarray, "hidden inputs"],
) -> list[Line2D]:
    """Draw the contours that lie within the range of the values, and return their legend entries."""
    if min(values.shape) < 2:
        return []
    handles = []
    fine_inputs, fine_hidden = _refined(inputs), _refined(hidden)
    fine = _interpolated(np.log(values), inputs, fine_inputs)
    fine = _interpolated(fine.T, hidden, fine_hidden).T
    for level, colour in CONTOURS.items():
        if np.nanmin(fine) < math.log(level) < np.nanmax(fine):
            style: dict[str, Any] = {"colors": [colour], "linewidths": 2, "linestyles": "solid", "zorder": 2}
            axes.contour(fine_inputs, fine_hidden, fine, levels=[math.log(level)], **style)
            handles.append(Line2D([], [], color=colour, linewidth=2, label=f"loss {level:g}"))
    return handles


def _interpolated(
    values: Float[np.ndarray, "rows sizes"], sizes: Real[np.ndarray, " sizes"], fine: Float[np.ndarray, " fine"]
) -> Float[np.ndarray, "rows fine"]:
    return np.stack([np.interp(np.log(fine), np.log(sizes), row) for row in values])


def _refined(sizes: Real[np.ndarray, " sizes"]) -> Float[np.ndarray, " fine"]:
    places = np.arange(0, len(sizes) - 1 + 1e-9, 1 / REFINEMENT)
    return np.exp(np.interp(places, np.arange(len(sizes)), np.log(sizes)))


def _within(star: tuple[int, ...], axes: Axes) -> bool:
    limits = (axes.get_xlim(), axes.get_ylim())
    return all(min(ends) < place < max(ends) for place, ends in zip(star, limits))
