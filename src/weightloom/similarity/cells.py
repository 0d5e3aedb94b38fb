"""Text of a similarity table, shared by the terminal, the page and the figure."""

import itertools
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.errors import InputError

SIGNIFICANT = 0.05  # a pair with a larger p is not significantly more similar than with permuted inputs
UNDEFINED = "undefined"
COLUMNS = ("value", "null", "p", "p_corrected", "calibrated", "low", "high", "spread")  # those that a table has


class Cell(NamedTuple):
    """One score of one pair of encoders.

    Attributes:
        score: the score's name.
        a: the first encoder. A directed score is trained on, or stitched from, this encoder.
        b: the second encoder.
        numbers: the variables in `COLUMNS` that the table has, by name. NaN if undefined.
    """

    score: str
    a: str
    b: str
    numbers: dict[str, float]

    @property
    def is_significant(self) -> bool:
        """Whether the pair is significantly more similar than with permuted inputs."""
        return self.numbers["p"] <= SIGNIFICANT

    def text(self, form: str = ".3g") -> str:
        """The value as text, in parentheses if it is not significant. A value that is 0 / 0 is "undefined".

        Args:
            form: format specification of the number.
        """
        if np.isnan(self.numbers["value"]):
            return UNDEFINED
        text = format(self.numbers["value"], form)
        if form.endswith("e"):
            text = text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")  # narrow enough for a cell
        text = "0.00" if text == "-0.00" else text
        return text if self.is_significant else f"({text})"


def cells(table: xr.Dataset) -> list[Cell]:
    """The cells of a table in the order (score, a, b), with b varying fastest.

    Args:
        table: the table from `weightloom.similarity.compare`, or some of its scores.

    Raises:
        InputError: if the table lacks a required variable.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"one": a, "two": a[:, ::-1]}, scores=["cka"])
        >>> [(cell.a, cell.b, cell.text(".2f")) for cell in cells(table)][:2]
        [('one', 'one', '1.00'), ('one', 'two', '1.00')]
    """
    check_has(table, "value", "p", "larger_is_more_similar", "symmetric")
    table = table.transpose("score", "a", "b", ...)
    names = [name for name in COLUMNS if name in table]
    arrays = [table[name].values.ravel().tolist() for name in names]
    places = itertools.product(*(table[axis].values.tolist() for axis in ("score", "a", "b")))
    return [
        Cell(str(score), str(a), str(b), dict(zip(names, numbers)))
        for (score, a, b), numbers in zip(places, zip(*arrays))
    ]


def headings(table: xr.Dataset) -> list[str]:
    """Names of the scores, each with an arrow: ↑ if larger is more similar, ↓ if smaller is.

    Args:
        table: the table from `weightloom.similarity.compare`.

    Examples:
        >>> import xarray as xr
        >>> headings(xr.Dataset(coords={"score": ["gulp"], "larger_is_more_similar": ("score", [False])}))
        ['gulp ↓']
    """
    larger = table.larger_is_more_similar.values
    return [f"{score} {'↑' if up else '↓'}" for score, up in zip(table.score.values, larger)]


def check_has(table: xr.Dataset, *names: str) -> None:
    """Checks that a table has variables.

    Args:
        table: a table from `weightloom.similarity.compare`.
        names: names of required variables or coordinates.

    Raises:
        InputError: if one is missing.
    """
    lacking = [name for name in names if name not in table.variables]
    if lacking:
        raise InputError(f"the table lacks {', '.join(lacking)}: give a table from weightloom.similarity.compare.")


def format_for(values: Float[np.ndarray, "..."]) -> str:
    """Chooses the number format of a score: two decimals, or scientific if the values are very small or large.

    Args:
        values: all values of the score.

    Examples:
        >>> import numpy as np
        >>> format_for(np.array([0.2, 1.0])), format_for(np.array([1e-5]))
        ('.2f', '.1e')
    """
    largest = np.nanmax(np.abs(values), initial=0.0)
    return ".2f" if largest == 0 or 0.1 <= largest < 1000 else ".1e"
