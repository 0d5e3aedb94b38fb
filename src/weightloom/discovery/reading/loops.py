"""What the members of a role read, said in index tuples: the inputs that stand out, before a common background."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from weightloom.discovery.reading.index_sets import background, index_set
from weightloom.discovery.reading.program import Role

LETTERS = "ijklmnpq"


class Loop(NamedTuple):
    """The inputs that the members of a role read.

    Attributes:
        kind: "once", "all", "neighbours", "ring" or "listed".
        slots: for each input that stands out its level and sign, in the order of the index tuple.
        background: the level and sign of all other inputs; None where they are not read.
        places: for each member the inputs that stand out, in the order of the slots.
    """

    kind: str
    slots: tuple[tuple[int, int], ...]
    background: tuple[int, int] | None
    places: tuple[tuple[int, ...], ...]

    @property
    def over(self) -> str:
        """What the index tuple runs over: "nothing", "every" input, "pairs" i < j, "ordered" pairs, or as `kind`."""
        if not self.slots:
            return "nothing"
        if self.kind != "all" or len(self.slots) > 2:
            return "listed" if self.kind in ("all", "once") else self.kind
        alike = len(self.slots) == 2 and self.slots[0][0] == self.slots[1][0] and self.background is None
        return "every" if len(self.slots) == 1 else "pairs" if alike else "ordered"

    @property
    def steps(self) -> list[int]:
        """Of neighbours and rings: how far each input lies behind the first."""
        return [place - min(self.places[0]) for place in self.places[0]]


def loop(role: Role, common: int | None = None) -> Loop:
    """What the members of a role run over.

    Args:
        role: a role that is not dense.
        common: the signed level that counts as background, 0 for none; the default is `background` of a member.

    Examples:
        >>> import numpy as np
        >>> pairs = np.array([[1, -1, 0], [0, 1, -1]])
        >>> role = Role(pairs, np.array([[3.3]]), None, np.array([[0.3]]), ((0,), (1,)))
        >>> loop(role)
        Loop(kind='neighbours', slots=((1, 1), (1, -1)), background=None, places=((0, 1), (1, 2)))
    """
    first = role.assignment[0]
    common = background(first) if common is None else common
    slots = _slots(first, common)
    return Loop(
        index_set(role.assignment),
        tuple((abs(value), int(np.sign(value))) for value in slots),
        (abs(common), int(np.sign(common))) if common else None,
        tuple(_places(row, slots, common) for row in role.assignment),
    )


def _slots(row: Int[np.ndarray, " inputs"], common: int) -> list[int]:
    """The signed levels of the inputs that stand out: by level, positive ones first."""
    return sorted((int(value) for value in row if value != common), key=lambda value: (abs(value), -value))


def _places(row: Int[np.ndarray, " inputs"], slots: list[int], common: int) -> tuple[int, ...]:
    """Which inputs fill the slots, each level's in rising order."""
    waiting = {value: list(np.flatnonzero(row == value)) for value in set(slots)}
    return tuple(int(waiting[value].pop(0)) for value in slots)
