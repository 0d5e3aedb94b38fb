"""The house style of figures: colours and Matplotlib settings."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import matplotlib

INPUT = "#1f9d3a"
OUTPUT = "#e01fc8"
HIDDEN = "#6f6f6f"
POSITIVE = "#d3202e"
NEGATIVE = "#1f55cf"
INK = "#333333"
PALE = "#b5b5b5"
# Of roles of units: apart from one another, and from the colours above.
ROLES = ("#e08a00", "#7a4fc9", "#0f8f8f", "#8a5a2b", "#9a9a00", "#d97b9f")

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
    "svg.hashsalt": "weightloom",  # ids of elements would be random without it
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
# Settings of files and backends. The user's values apply when the user saves a figure.
OF_FILES = ("agg.", "backend", "pdf.", "pgf.", "ps.", "savefig.", "svg.")


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Context manager: replaces the user's Matplotlib settings with Matplotlib's defaults and the house style.

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


@contextlib.contextmanager
def house_looks() -> Iterator[None]:
    """Context manager like `house_style`, but the user's settings of files, such as `savefig.dpi`, are kept.

    Examples:
        >>> import matplotlib
        >>> with matplotlib.rc_context({"savefig.dpi": 77, "font.size": 30}), house_looks():
        ...     matplotlib.rcParams["savefig.dpi"], matplotlib.rcParams["font.size"]
        (77.0, 9.0)
    """
    of_files = {name: value for name, value in matplotlib.rcParams.copy().items() if name.startswith(OF_FILES)}
    of_files.pop("backend", None)
    with house_style():
        matplotlib.rcParams.update(of_files)
        yield


def readable_on(colour: tuple[float, ...]) -> str:
    """The text colour, black or white, with more contrast on a background. It is at least 4.5 to 1 (WCAG 2.1, AA).

    Args:
        colour: red, green and blue of the background, from 0 to 1. Further entries are ignored.

    Examples:
        >>> readable_on((1.0, 1.0, 0.8)), readable_on((0.1, 0.2, 0.5))
        ('black', 'white')
    """
    luminance = relative_luminance(colour)
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def relative_luminance(colour: tuple[float, ...]) -> float:
    """The relative luminance of an sRGB colour, from 0 for black to 1 for white (WCAG 2.1).

    Args:
        colour: red, green and blue, from 0 to 1. Further entries are ignored.

    Examples:
        >>> relative_luminance((1.0, 1.0, 1.0)), round(relative_luminance((1.0, 0.0, 0.0)), 4)
        (1.0, 0.2126)
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in map(float, colour[:3])]
    return round(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], 12)
