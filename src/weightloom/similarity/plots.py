"""Figures of similarity tables and of connectors."""

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure

from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.figures.figure import many_panels, one_panel, root_figure
from weightloom.figures.notebook import html_figure
from weightloom.figures.saving import save_plot, svg_element
from weightloom.figures.style import INK, PALE, readable_on
from weightloom.similarity.cells import SIGNIFICANT, cells, check_has, format_for, headings
from weightloom.similarity.connectors import Connectors

NEEDED = ("value", "null_low", "null_high", "p", "larger_is_more_similar", "symmetric")
MOST_WRITTEN = 15  # encoders; with more, numbers in cells would be too small to read
CELL, BARE_CELL = (0.5, 0.36), (0.15, 0.15)  # inches, of a cell with and without a number
FRAME = (1.7, 1.15)  # inches, of labels and scale around the cells of a panel
WIDEST, LEAST = 15.0, 2.6
ARROWS = "↑: larger is more similar, ↓: smaller is more similar."
DARKER = " Darker is more similar."
HATCHED = " Hatched: 95\u00a0% of the null distribution of a typical pair."
EXPLANATION = ARROWS + DARKER + HATCHED
IN_PARENTHESES = f" In parentheses: p\u00a0>\u00a0{SIGNIFICANT:g}."
LETTERS = 17.0  # per inch of the caption


class Look(NamedTuple):
    """Options of a heat map, see `plot_similarity`."""

    limits: Sequence[Any] | None = None
    colours: str = "Blues"
    numbers: bool | None = None
    names: Sequence[str] | None = None

    def has_numbers(self, rows: int, columns: int) -> bool:
        """Whether cells of a map of this size have numbers."""
        return max(rows, columns) <= MOST_WRITTEN if self.numbers is None else self.numbers

    def size(self, rows: int, columns: int) -> tuple[float, float]:
        """Width and height of a panel in inches, with its labels, scale and title."""
        cell = CELL if self.has_numbers(rows, columns) else BARE_CELL
        return max(LEAST, FRAME[0] + cell[0] * columns), FRAME[1] + cell[1] * rows


USUAL = Look()


def plot_similarity(
    table: xr.Dataset,
    *,
    title: str | None = None,
    names: Sequence[str] | None = None,
    limits: Sequence[Any] | None = None,
    colours: str = "Blues",
    numbers: bool | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Plots a similarity table as heat maps, one panel per score.

    - Darker is more similar in every panel. The arrow shows whether larger or smaller values are more similar.
    - The hatched part of the colour scale contains 95 % of the null distribution of a typical pair.
    - Values in parentheses are not significant (p > 0.05).
    - A directed score is trained on, or stitched from, the encoder of the row.
    - With more than 15 encoders, cells have no numbers.
    - Layers, from `compare_layers`, are in the order in which the model calls them, from the bottom left.

    Args:
        table: the table from `weightloom.similarity.compare` or `compare_layers`.
        title: a title above all panels.
        names: names of the rows and of the columns of a map, such as ("layer of BERT", "layer of GPT-2").
        limits: ends of the colour scale of every panel, such as (0, 1). The default is the range of values and null.
        colours: name of a colour map of Matplotlib. Distances have it in reverse.
        numbers: whether cells have numbers. The default is up to 15 encoders.
        figure: an existing Figure or SubFigure to draw into; its style is kept. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if the table lacks a required variable, or an option is invalid.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> figure = wl.plot_similarity(wl.similarity.compare({"a": a, "b": a**2}, scores=["cka", "gulp"]))
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['cka ↑', 'gulp ↓']
    """
    check_has(table, *NEEDED)
    look = checked_look(limits, colours, numbers, names)
    table = table.transpose("score", "a", "b", ...)
    shape = table.sizes["a"], table.sizes["b"]
    width, height = look.size(*shape)
    panels = table.sizes["score"]
    columns = max(1, min(panels, int(WIDEST / width)))
    rows = -(-panels // columns)
    caption = ARROWS + DARKER * (colours == "Blues") + HATCHED + IN_PARENTHESES * look.has_numbers(*shape)
    lines = textwrap.wrap(caption, int(LETTERS * width * columns))
    above = 0.0 if title is None else 0.3
    with many_panels(figure, (width * columns, height * rows + above + 0.16 + 0.14 * len(lines))) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, score in zip(axes, table.score.values):
            _draw_score(panel, table.sel(score=[score]), look)
        for empty in axes[panels:]:
            empty.set_axis_off()
        figure.supxlabel("\n".join(lines), fontsize=8, color=INK)
        if title is not None:
            figure.suptitle(title)
    return root_figure(figure)


def draw_similarity(table: xr.Dataset, path: str | os.PathLike[str], **options: Any) -> Path:
    """Saves the figure of `plot_similarity` to a file.

    Args:
        table: as for `plot_similarity`.
        path: the file to write, with the suffix .svg, .png or .pdf.
        options: options of `plot_similarity`.

    Returns:
        The path.

    Raises:
        InputError: as `plot_similarity`, or if the path cannot be written.

    Examples:
        >>> import tempfile, numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wl.draw_similarity(table, f"{folder}/similarity.svg").name
        'similarity.svg'
    """
    return save_plot(path, lambda: plot_similarity(table, **options))


def plot_connectors(connectors: Connectors, *, ax: Axes | None = None) -> Figure:
    """Plots the accuracy of connectors as a heat map: held-out recall@1, the mean of both ways.

    With more than 15 encoders, cells have no numbers.

    Args:
        connectors: connectors from `weightloom.similarity.connect` or `connect_separately`.
        ax: existing Axes to draw into; their style is kept. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> grid = wl.similarity.connect({"a": a}, {"b": a[:, ::-1]}, steps=2, batch=8)
        >>> plot_connectors(grid).axes[0].get_title()
        'recall@1 ↑'
    """
    accuracy = connectors.accuracy.transpose("source", "target")
    texts = [[f"{value:.2f}" for value in row] for row in accuracy.values]
    with one_panel(ax, USUAL.size(*accuracy.shape)) as axes:
        written = texts if USUAL.has_numbers(*accuracy.shape) else None
        scale = _draw_matrix(axes, accuracy, Normalize(0, 1), "Blues", written)
        axes.set_xlabel("to")
        axes.set_ylabel("from")
        axes.set_title("recall@1 ↑")
        scale.ax.axhline(connectors.chance, color=INK, linewidth=0.8, linestyle=":")
    return root_figure(axes)


def connectors_html(connectors: Connectors) -> str:
    """HTML representation of connectors: a heading and the figure of `plot_connectors`.

    Args:
        connectors: connectors from `weightloom.similarity.connect` or `connect_separately`.
    """
    sources, targets = connectors.accuracy.sizes["source"], connectors.accuracy.sizes["target"]
    how = f"trained for {connectors.cost.steps:,} steps" if connectors.cost.steps else "in closed form"
    heading = (
        f"Connectors of {sources} × {targets} encoders, {how}. "
        f"Held-out recall@1; chance level is {connectors.chance:.2g}."
    )
    return html_figure(heading, plot_connectors(connectors))


def score_svg(table: xr.Dataset, score: str) -> str:
    """The panel of one score as an <svg> element, without the caption.

    Args:
        table: as for `plot_similarity`.
        score: name of a score in the table.
    """

    def panel() -> Figure:
        with one_panel(None, USUAL.size(table.sizes["a"], table.sizes["b"])) as axes:
            _draw_score(axes, table.sel(score=[score]).transpose("score", "a", "b", ...), USUAL)
        return root_figure(axes)

    return svg_element(panel)


def checked_look(limits: Any = None, colours: Any = "Blues", numbers: bool | None = None, names: Any = None) -> Look:
    """The options of `plot_similarity`.

    Raises:
        InputError: if one cannot be used.
    """
    if limits is not None and not (_are_two(limits, (int, float)) and -np.inf < limits[0] < limits[1] < np.inf):
        raise InputError(f"limits {shown(limits)} cannot be used: give two numbers in ascending order, such as (0, 1).")
    if not isinstance(colours, str) or colours not in matplotlib.colormaps:
        raise InputError(f"colours {shown(colours)} are unknown: give a colour map of Matplotlib, such as 'viridis'.")
    if names is not None and not _are_two(names, str):
        raise InputError(f"names {shown(names)} cannot be used: give one for the rows and one for the columns.")
    return Look(limits, colours, numbers, names)


def _are_two(given: Any, kind: Any) -> bool:
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    return is_list and len(given) == 2 and all(isinstance(one, kind) for one in given)


def _reversed(colours: str) -> str:
    return colours.removesuffix("_r") if colours.endswith("_r") else f"{colours}_r"


def _draw_score(panel: Axes, table: xr.Dataset, look: Look) -> None:
    [heading] = headings(table)
    panel.set_title(heading)
    values = table.value.isel(score=0)
    band = _typical(table.null_low), _typical(table.null_high)
    known = [end for end in (float(values.min()), float(values.max()), *band) if not np.isnan(end)] or [0.0, 1.0]
    ends = look.limits or (min(known), max(known))
    colours = look.colours if bool(table.larger_is_more_similar.all()) else _reversed(look.colours)
    texts = None
    if look.has_numbers(table.sizes["a"], table.sizes["b"]):
        form = format_for(values.values)
        flat = iter([cell.text(form) for cell in cells(table)])
        texts = [[next(flat) for _ in range(table.sizes["b"])] for _ in range(table.sizes["a"])]
    scale = _draw_matrix(panel, values, Normalize(*ends), colours, texts)
    if table.attrs.get("layers"):
        panel.invert_yaxis()
        panel.set_ylabel("layer of a")
        panel.set_xlabel("layer of b")
    elif not bool(table.symmetric.all()):
        panel.set_ylabel("from")
        panel.set_xlabel("to")
    if look.names is not None:
        panel.set_ylabel(look.names[0])
        panel.set_xlabel(look.names[1])
    scale.ax.set_ylim(*ends)
    scale.ax.axhspan(*band, facecolor="none", edgecolor=PALE, hatch="////", linewidth=0.8)


def _draw_matrix(
    panel: Axes, values: xr.DataArray, norm: Normalize, colours: str, texts: list[list[str]] | None
) -> Colorbar:
    """Draws a heat map of pairs of encoders, with optional texts in the cells. Returns its colour scale."""
    mapped = ScalarMappable(norm, colours)
    panel.imshow(values.values, cmap=mapped.get_cmap(), norm=norm, aspect="auto")
    for a, row in enumerate(texts or []):
        for b, text in enumerate(row):
            value = values.values[a, b]
            ink = INK if np.isnan(value) else readable_on(tuple(mapped.to_rgba(value)))
            panel.text(b, a, text, ha="center", va="center", fontsize=7, color=ink)
    rows, columns = values.dims
    panel.set_xticks(
        range(values.sizes[columns]), values[columns].values, rotation=30 if texts else 90,
        ha="right" if texts else "center", va="top", rotation_mode="anchor" if texts else "default",
    )  # fmt: skip
    panel.set_yticks(range(values.sizes[rows]), values[rows].values)
    panel.tick_params(length=0, labelsize=7)
    panel.spines[:].set_visible(False)
    scale = panel.figure.colorbar(mapped, ax=panel, pad=0.02, fraction=0.08)
    scale.ax.tick_params(labelsize=7)
    scale.outline.set_visible(False)
    return scale


def _typical(ends: xr.DataArray) -> float:
    """Median over pairs of different encoders, or over all pairs if there are no others."""
    apart = ends.where(ends.a != ends.b)
    return float((apart if apart.notnull().any() else ends).median())
