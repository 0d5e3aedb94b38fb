"""The matrix figure: every score of every pair of encoders, beside what unrelated features would score."""

import os
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from weightloom.errors import InputError
from weightloom.figures.palette import INK, PALE
from weightloom.figures.saving import figure_path, house_style, rendered, save

READ = ("value", "null_low", "null_high", "p")
SIGNIFICANT = 0.05
CELL, FRAME = (0.5, 0.36), (1.7, 1.15)  # inches: a cell, and what surrounds the cells of a panel
WIDEST = 15.0


def plot(table: xr.Dataset) -> Figure:
    """The scores of `weightloom.similarity._compare` as a figure: a panel per score, values in its cells.

    Darker is more alike in every panel; the arrow says in which direction the number runs. The hatched part of
    the scale is where 95 % of a typical pair's null lie, and values in parentheses are not told from their own null
    (p > 0.05). In directed scores rows are the encoders that are trained on, or stitched from.

    Args:
        table: value, null_low, null_high and p over (score, a, b), with the coordinates that `compare` gives.

    Returns:
        A Matplotlib figure, which notebooks show.

    Raises:
        InputError: if the table lacks something.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> figure = wl.plot(wl.similarity.compare({"a": a, "b": a**2}, scores=["cka", "gulp"]))
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['cka ↑', 'gulp ↓']
    """
    lacking = [name for name in (*READ, "larger_is_more_similar", "symmetric") if name not in table.variables]
    if lacking:
        raise InputError(f"the table lacks {', '.join(lacking)}: give what weightloom.similarity._compare returned.")
    table = table.transpose("score", "a", "b", ...)
    with house_style():
        width = FRAME[0] + CELL[0] * table.sizes["b"]
        height = FRAME[1] + CELL[1] * table.sizes["a"]
        panels = table.sizes["score"]
        columns = max(1, min(panels, int(WIDEST / width)))
        rows = -(-panels // columns)
        figure = Figure(figsize=(width * columns, height * rows + 0.3), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, score in zip(axes, table.score.values):
            _draw(panel, table.sel(score=score))
        for empty in axes[panels:]:
            empty.set_axis_off()
        figure.supxlabel(
            "↑ larger, ↓ smaller is more alike; darker is more alike.  "
            "Hatched: 95 % of a typical pair's null.  In parentheses: p > 0.05.",
            fontsize=8, color=INK,
        )  # fmt: skip
    return figure


def draw_similarity(table: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Draws the scores of `weightloom.similarity._compare` into a file, as `plot` shows them.

    Args:
        table: what `compare` returned.
        path: the file to write: .svg, .png or .pdf.

    Returns:
        The path.

    Raises:
        InputError: if the path cannot be written or the table lacks something.

    Examples:
        >>> import tempfile, numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wl.draw_similarity(table, f"{folder}/similarity.svg").name
        'similarity.svg'
    """
    path = figure_path(path)
    with house_style():
        save(plot(table), path)
    return path


def similarity_svg(table: xr.Dataset) -> str:
    """The figure as an <svg> element to put into a page.

    Args:
        table: what `compare` returned.

    Raises:
        InputError: if the table lacks something.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> similarity_svg(wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"]))[:4]
        '<svg'
    """
    with house_style():
        text = rendered(plot(table), ".svg").decode()
    return text[text.index("<svg") :]


def _draw(panel: Axes, table: xr.Dataset) -> None:
    values = table.value.values
    larger = bool(table.larger_is_more_similar)
    band = _typical(table.null_low), _typical(table.null_high)
    ends = np.nanmin([values.min(), band[0]]), np.nanmax([values.max(), band[1]])
    norm = Normalize(*ends)
    colours = ScalarMappable(norm, "Blues" if larger else "Blues_r")
    panel.imshow(values, cmap=colours.get_cmap(), norm=norm, aspect="auto")
    written = _written(values)
    for (a, b), value in np.ndenumerate(values):
        shade = abs(float(norm(value)) - (0 if larger else 1))
        text = written[a][b]
        panel.text(
            b, a, f"({text})" if table.p.values[a, b] > SIGNIFICANT else text,
            ha="center", va="center", fontsize=7, color="white" if shade > 0.6 else INK,
        )  # fmt: skip
    panel.set_title(f"{table.score.item()} {'↑' if larger else '↓'}")
    panel.set_xticks(range(table.sizes["b"]), table.b.values, rotation=30, ha="right", rotation_mode="anchor")
    panel.set_yticks(range(table.sizes["a"]), table.a.values)
    panel.tick_params(length=0, labelsize=7)
    panel.spines[:].set_visible(False)
    if not bool(table.symmetric):
        panel.set_ylabel("from")
        panel.set_xlabel("to")
    scale = panel.figure.colorbar(colours, ax=panel, pad=0.02, fraction=0.08)
    scale.ax.axhspan(*band, facecolor="none", edgecolor=PALE, hatch="////", linewidth=0.8)
    scale.ax.tick_params(labelsize=7)
    scale.outline.set_visible(False)


def _typical(ends: xr.DataArray) -> float:
    """The median over pairs of different encoders."""
    return float(ends.where(ends.a != ends.b).median())


def _written(values: Float[np.ndarray, "a b"]) -> list[list[str]]:
    largest = np.abs(values).max()
    if largest == 0 or 0.1 <= largest < 1000:
        return [[f"{value:.2f}".replace("-0.00", "0.00") for value in row] for row in values]
    return [[f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e") for value in row] for row in values]
