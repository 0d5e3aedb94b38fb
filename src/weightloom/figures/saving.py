"""Figures as files: the same bytes from the same data, and whole or not at all."""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from weightloom.figures.palette import INK
from weightloom.runs.output import output_path, write_output

# No date, so that a figure's bytes depend on nothing but what it shows.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".png": {},
    ".pdf": {"CreationDate": None},
}

STYLE: Mapping[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "font.size": 9,
    "legend.columnspacing": 1.2,
    "legend.frameon": False,
    "legend.handletextpad": 0.2,
    "pdf.fonttype": 42,  # journals refuse Type 3 fonts
    "savefig.dpi": 300,
    "svg.hashsalt": "weightloom",  # element names would be random without it
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's defaults and the house's style, whatever the user's settings, until the block ends.

    Examples:
        >>> import matplotlib
        >>> with house_style():
        ...     matplotlib.rcParams["svg.hashsalt"]
        'weightloom'
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


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
