"""The figures that `plot_*` functions return: notebooks show them, and they keep the house style wherever."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase, SubFigure

from weightloom.figures.style import house_looks, house_style

DOTS = 144  # per inch in notebooks: twice as fine as the page's, for screens of today
PAGE_DOTS = 72


class HouseFigure(Figure):
    """A Matplotlib figure in the house style, which notebooks show as the last value of a cell.

    The user's own settings of Matplotlib do not change it and are not changed by it. Those that say what a file is
    like, such as `savefig.dpi`, count as for any figure.
    """

    def draw(self, renderer: Any) -> None:
        """Draws in the house style: Matplotlib makes ticks only now, from the settings of this moment."""
        with house_looks():
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return shown(self)


def shown(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """A figure as a notebook shows it: PNG, and its width and height on the page.

    Args:
        figure: any figure of Matplotlib.

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
    """The figure that an Axes or a SubFigure lies in.

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
    """The Axes that a figure of one panel is drawn into: the user's, or those of a new figure in the house style.

    Args:
        ax: the user's Axes, whose style stays as it is, or None.
        size: of a new figure, in inches.

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
    """As `one_panel`, for drawings without axes: those of a new figure fill it.

    Args:
        ax: the user's Axes, whose style stays as it is, or None.
        size: of a new figure, in inches.

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
    """How much smaller (or larger) a drawing must be to fit Axes, before their layout.

    Args:
        axes: where it goes.
        size: the drawing's own, in inches.

    Examples:
        >>> share_that_fits(Figure(figsize=(4, 2)).add_axes((0, 0, 0.5, 1)), (2.0, 4.0))
        0.5
    """
    room, dots = axes.get_window_extent(), root_figure(axes).dpi
    return min(float(room.width) / size[0], float(room.height) / size[1]) / dots


@contextlib.contextmanager
def many_panels(figure: Figure | SubFigure | None, size: tuple[float, float]) -> Iterator[Figure | SubFigure]:
    """Where a figure of several panels is drawn: the user's (part of a) figure, or a new one in the house style.

    Args:
        figure: the user's Figure or SubFigure, whose style stays as it is, or None. It gets a constrained layout if it
            has no layout engine: legends outside of the panels need one.
        size: of a new figure, in inches.

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
    """Adds a legend below the panel of a figure of our own, and inside of the user's Axes.

    Args:
        axes: the panel.
        handles: the entries.
        own: whether the figure is ours.
        options: of the legend below, such as `ncols`.

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
