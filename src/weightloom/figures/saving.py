"""Saving figures: atomically, and with the same bytes for the same data."""

import io
import os
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from weightloom.figures.style import house_style
from weightloom.runs.output import output_path, write_output

# No date, so that the bytes of a file depend only on the figure.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".png": {},
    ".pdf": {"CreationDate": None},
}


def figure_path(path: str | os.PathLike[str]) -> Path:
    """Checks the path of a figure.

    Args:
        path: a file with the suffix .svg, .png or .pdf in an existing folder. Inside a run folder, only paths below
            `figures/` are accepted.

    Returns:
        The path as a `Path`.

    Raises:
        InputError: if the file cannot be written.

    Examples:
        >>> figure_path("net.svg").suffix
        '.svg'
    """
    return output_path(path, METADATA, "figure")


def rendered(figure: Figure, suffix: str) -> bytes:
    """Renders a figure to the content of a file.

    Args:
        figure: a figure that was drawn in the same `house_style()` block.
        suffix: .svg, .png or .pdf.

    Examples:
        >>> with house_style():
        ...     rendered(Figure(figsize=(1, 1)), ".png")[1:4]
        b'PNG'
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format=suffix[1:], metadata=METADATA[suffix])
    return drawn.getvalue()


def svg_element(plot: Callable[[], Figure]) -> str:
    """Renders a figure to an <svg> element, for pages and notebooks.

    Args:
        plot: function that returns the figure.

    Examples:
        >>> svg_element(lambda: Figure(figsize=(1, 1)))[:4]
        '<svg'
    """
    with house_style():
        text = rendered(plot(), ".svg").decode()
    return text[text.index("<svg") :]


def save(figure: Figure, path: Path) -> None:
    """Writes a figure to a file, atomically.

    Args:
        figure: a figure that was drawn in the same `house_style()` block.
        path: the file, from `figure_path`.

    Raises:
        InputError: if the file cannot be written. No partial file remains.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder, house_style():
        ...     save(Figure(figsize=(1, 1)), pathlib.Path(folder, "empty.png"))
        ...     [file.name for file in pathlib.Path(folder).iterdir()]
        ['empty.png']
    """
    write_output(path, rendered(figure, path.suffix.lower()), "figure")


def save_plot(path: str | os.PathLike[str], plot: Callable[[], Figure]) -> Path:
    """Plots a figure and writes it to a file, in the house style. All `draw_*` functions use it.

    Args:
        path: the file to write, with the suffix .svg, .png or .pdf. It is checked before the figure is plotted.
        plot: function that returns the figure.

    Returns:
        The path.

    Raises:
        InputError: if the path cannot be written. Exceptions of `plot` are passed on.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_plot(f"{folder}/empty.svg", lambda: Figure(figsize=(1, 1))).name
        'empty.svg'
    """
    path = figure_path(path)
    with house_style():
        save(plot(), path)
    return path
