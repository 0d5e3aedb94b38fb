"""Figures as files: the same bytes from the same data, and whole or not at all."""

import io
import os
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from weightloom.figures.style import house_style
from weightloom.runs.output import output_path, write_output

# No date, so that a figure's bytes depend on nothing but what it shows.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".png": {},
    ".pdf": {"CreationDate": None},
}


def figure_path(path: str | os.PathLike[str]) -> Path:
    """The path of a figure, checked before any work is done for it.

    Args:
        path: a file to write, ending in .svg, .png or .pdf, in a folder that exists; within a run's, below `figures/`.

    Returns:
        The same path.

    Raises:
        InputError: if it cannot be written there.

    Examples:
        >>> figure_path("net.svg").suffix
        '.svg'
    """
    return output_path(path, METADATA, "figure")


def rendered(figure: Figure, suffix: str) -> bytes:
    """A figure as the content of a file.

    Args:
        figure: the figure, drawn and rendered within one `house_style()`.
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
    """A figure as an <svg> element for pages and notebooks.

    Args:
        plot: makes the figure.

    Examples:
        >>> svg_element(lambda: Figure(figsize=(1, 1)))[:4]
        '<svg'
    """
    with house_style():
        text = rendered(plot(), ".svg").decode()
    return text[text.index("<svg") :]


def save(figure: Figure, path: Path) -> None:
    """Writes a figure so that it appears whole or not at all.

    Args:
        figure: the figure, drawn and saved within one `house_style()`.
        path: where to, as `figure_path` returns it.

    Raises:
        InputError: if the file cannot be written; nothing half-written is left.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder, house_style():
        ...     save(Figure(figsize=(1, 1)), pathlib.Path(folder, "empty.png"))
        ...     [file.name for file in pathlib.Path(folder).iterdir()]
        ['empty.png']
    """
    write_output(path, rendered(figure, path.suffix.lower()), "figure")


def save_plot(path: str | os.PathLike[str], plot: Callable[[], Figure]) -> Path:
    """Makes a figure and writes it, all in the house style: what every `draw_*` does.

    Args:
        path: the file to write: .svg, .png or .pdf; it is checked before anything is plotted.
        plot: makes the figure.

    Returns:
        The path.

    Raises:
        InputError: if the path cannot be written, and whatever `plot` raises.

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
