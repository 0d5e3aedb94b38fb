"""Figures in the house style, as returned by `plot_*` functions, and their panels."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase, SubFigure

from weightloom.figures.style import house_looks, house_style

DOTS = 144  # per inch, in notebooks: twice the resolution of the page, for high-resolution screens
PAGE_DOTS = 72


class HouseFigure(Figure):
    """A Matplotlib figure in the house style, with a notebook representation.

    It ignores the user's Matplotlib settings and does not change them. Settings of files, such as `savefig.dpi`, apply
    as for any figure.
    """

    def draw(self, renderer: Any) -> None:
        """Draws the figure in the house style, because Matplotlib creates ticks only when it draws."""
        with house_looks():
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return shown(self)


def shown(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """The notebook representation of a figure: a PNG, and its width and height on the page in pixels.

    Args:
        figure: any Matplotlib figure.

    Examples:
        >>> content, size = shown(HouseFigure(figsize=(2, 1)))
        >>> content[1:4], size
        (b'PNG', {'width': 144, 'height': 72})
    """
    content = io.BytesIO()
    with house_looks():
        figure.savefig(content, format="png", dpi=DOTS)
    width, height = figure.get_size_inches()
    return content.getvalue(), {"width": round(PAGE_DOTS * width), "height": round(PAGE_DOTS * height)}


def root_figure(part: Axes | FigureBase) -> Figure:
    """The figure that contains an Axes or a SubFigure.

    Examples:
        >>> figure = Figure()
        >>> root_figure(figure.subfigures(1, 2)[1].subplots()) is figure
        True
    """
    while not isinstance(part, Figure):
        part = part.figure
    return part


@contextlib.contextmanager
def one_panel(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Yields the Axes for a figure with one panel: the given Axes, or those of a new figure in the house style.

    Args:
        ax: existing Axes, whose style is kept, or None.
        size: size of a new figure, in inches.

    Examples:
        >>> with one_panel(None, (2.0, 1.0)) as axes:
        ...     root_figure(axes).get_size_inches().tolist()
        [2.0, 1.0]
    """
    if ax is not None:
        yield ax
        return
    with house_style():
        yield HouseFigure(figsize=size, layout="constrained").subplots()


@contextlib.contextmanager
def full_panel(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Yields Axes like `one_panel`, but the Axes of a new figure fill it. For drawings without axis labels.

    Args:
        ax: existing Axes, whose style is kept, or None.
        size: size of a new figure, in inches.

    Examples:
        >>> with full_panel(None, (2.0, 1.0)) as axes:
        ...     share_that_fits(axes, (2.0, 1.0))
        1.0
    """
    if ax is not None:
        yield ax
        return
    with house_style():
        yield HouseFigure(figsize=size).add_axes((0, 0, 1, 1))


def share_that_fits(axes: Axes, size: tuple[float, float]) -> float:
    """The factor by which to scale a drawing so that it fits into Axes, before layout.

    Args:
        axes: the Axes to draw into.
        size: size of the drawing, in inches.

    Examples:
        >>> share_that_fits(Figure(figsize=(4, 2)).add_axes((0, 0, 0.5, 1)), (2.0, 4.0))
        0.5
    """
    room, dots = axes.get_window_extent(), root_figure(axes).dpi
    return min(float(room.width) / size[0], float(room.height) / size[1]) / dots


@contextlib.contextmanager
def many_panels(figure: Figure | SubFigure | None, size: tuple[float, float]) -> Iterator[Figure | SubFigure]:
    """Yields the figure for several panels: the given Figure or SubFigure, or a new figure in the house style.

    Args:
        figure: an existing Figure or SubFigure, whose style is kept, or None. A figure without a layout engine gets the
            constrained layout, because legends outside the panels need one.
        size: size of a new figure, in inches.

    Examples:
        >>> with many_panels(None, (2.0, 1.0)) as figure:
        ...     figure.get_size_inches().tolist()
        [2.0, 1.0]
    """
    if figure is not None:
        if root_figure(figure).get_layout_engine() is None:
            root_figure(figure).set_layout_engine("constrained")
        yield figure
        return
    with house_style():
        yield HouseFigure(figsize=size, layout="constrained")


def add_legend(axes: Axes, handles: Sequence[Artist], own: bool, **options: Any) -> None:
    """Adds a legend: below the panel of a new figure, or inside existing Axes of the user.

    Args:
        axes: the Axes of the panel.
        handles: entries of the legend.
        own: whether weightloom created the figure.
        options: options of a legend below the panel, such as `ncols`.

    Examples:
        >>> axes = Figure().subplots()
        >>> add_legend(axes, axes.plot([0, 1], label="line"), own=False)
        >>> axes.get_legend().get_texts()[0].get_text()
        'line'
    """
    if own:
        root_figure(axes).legend(handles=list(handles), loc="outside lower center", **options)
    elif handles:
        axes.legend(handles=list(handles), loc="best", frameon=True)
