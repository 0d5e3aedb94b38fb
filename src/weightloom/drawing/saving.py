"""Figures as files: the same bytes from the same data, and whole or not at all."""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from weightloom.drawing.palette import INK
from weightloom.errors import InputError
from weightloom.store.atomic import write_file

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
        path: a file to write, ending in .svg, .png or .pdf, in a folder that exists.

    Returns:
        The same path.

    Raises:
        InputError: if the suffix is another, the folder is missing, or the path is a folder.

    Examples:
        >>> figure_path("net.svg").suffix
        '.svg'
    """
    checked = Path(path)
    if checked.suffix.lower() not in METADATA:
        raise InputError(f"figure {str(path)!r} ends in {checked.suffix or 'no suffix'}: use .svg, .png or .pdf.")
    if not os.path.isdir(checked.parent):
        raise InputError(f"figure {str(path)!r} cannot be written: there is no folder {str(checked.parent)!r}.")
    if os.path.isdir(checked):
        raise InputError(f"figure {str(path)!r} cannot be written: a folder has that name, use another.")
    return checked


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
    content = rendered(figure, path.suffix.lower())
    try:
        write_file(path, content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"figure {str(path)!r} cannot be written ({reason}): use another path or make room."
        ) from error
