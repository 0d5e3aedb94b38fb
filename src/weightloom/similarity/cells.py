"""What a similarity table says in words and numbers, for the terminal, the page and the figure alike."""

import itertools
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.errors import InputError

SIGNIFICANT = 0.05  # a p above it says: no more alike than inputs out of order
COLUMNS = ("value", "null", "p", "calibrated", "low", "high", "spread")


class Cell(NamedTuple):
    """One score of one pair of encoders.

    Attributes:
        score: the score's name.
        a: the first encoder; in directed scores the one that is trained on, or stitched from.
        b: the second encoder.
        numbers: the table's variables of `COLUMNS`, by name; NaN where one is undefined.
    """

    score: str
    a: str
    b: str
    numbers: dict[str, float]

    @property
    def is_significant(self) -> bool:
        """Whether the pair is more alike than inputs out of order are."""
        return self.numbers["p"] <= SIGNIFICANT

    def text(self, form: str = ".3g") -> str:
        """The value, in parentheses unless it is significant.

        Args:
            form: the number's format.
        """
        text = format(self.numbers["value"], form)
        if form.endswith("e"):
            text = text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")  # narrow enough for a cell
        text = "0.00" if text == "-0.00" else text
        return text if self.is_significant else f"({text})"


def cells(table: xr.Dataset) -> list[Cell]:
    """Every score of every pair, the last encoder running fastest.

    Args:
        table: what `weightloom.similarity.compare` returned, or some of its scores.

    Raises:
        InputError: if the table lacks its values or their p.

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
    """Each score's name and an arrow: ↑ if larger is more alike, ↓ if smaller is.

    Args:
        table: what `weightloom.similarity.compare` returned.

    Examples:
        >>> import xarray as xr
        >>> headings(xr.Dataset(coords={"score": ["gulp"], "larger_is_more_similar": ("score", [False])}))
        ['gulp ↓']
    """
    larger = table.larger_is_more_similar.values
    return [f"{score} {'↑' if up else '↓'}" for score, up in zip(table.score.values, larger)]


def check_has(table: xr.Dataset, *names: str) -> None:
    """Raise an InputError unless a table has these variables.

    Args:
        table: what should come from `weightloom.similarity.compare`.
        names: variables or coordinates.
    """
    lacking = [name for name in names if name not in table.variables]
    if lacking:
        raise InputError(f"the table lacks {', '.join(lacking)}: give what weightloom.similarity.compare returned.")


def format_for(values: Float[np.ndarray, "..."]) -> str:
    """The format that suits one score's values: two decimals, or a power of ten where these say too little.

    Args:
        values: all values of the score.

    Examples:
        >>> import numpy as np
        >>> format_for(np.array([0.2, 1.0])), format_for(np.array([1e-5]))
        ('.2f', '.1e')
    """
    largest = np.nanmax(np.abs(values), initial=0.0)
    return ".2f" if largest == 0 or 0.1 <= largest < 1000 else ".1e"
