"""Index sets: whether the members of a role run over every input, all pairs, neighbours, or a list."""

import itertools
import math
from collections import Counter

import numpy as np
from jaxtyping import Int

from weightloom.errors import InputError

# A role with more members than this is not written out.
MOST_MEMBERS = 4096


def index_set(assignment: Int[np.ndarray, "members inputs"]) -> str:
    """What the members of a role run over.

    Args:
        assignment: which level each member has on each input, signed, 0 for none.

    Returns:
        "once" for one member that reads all inputs alike, "all" for every choice of inputs, "neighbours" for all
        shifts of inputs that follow one another, "ring" for shifts that continue at the first input, and
        "listed" for anything else.

    Examples:
        >>> import numpy as np
        >>> index_set(np.eye(4, dtype=int)), index_set(np.array([[1, -1, 0], [0, 1, -1]]))
        ('all', 'neighbours')
    """
    rows = {_canonical(row) for row in assignment}
    first = assignment[0]
    if len(rows) != len(assignment):
        return "listed"
    if len(np.unique(first)) == 1:
        return "once"
    if len(rows) == 1 and len(first) > 1:
        return "listed"
    if len(rows) == _count(first):
        return "all"
    if rows == _shifts(first, around=False):
        return "neighbours"
    if rows == _shifts(first, around=True):
        return "ring"
    return "listed"


def members(first: Int[np.ndarray, " inputs"], kind: str, inputs: int) -> Int[np.ndarray, "members wanted"]:
    """The members of a role at another number of inputs.

    Args:
        first: the assignment of one member.
        kind: what the members run over.
        inputs: the number of inputs wanted.

    Returns:
        Assignments, shape (members, inputs wanted).

    Raises:
        InputError: if the members are listed, or if the pattern does not say what more inputs get.
    """
    if kind == "listed":
        raise InputError("the program lists inputs one by one: it has no form for another number of inputs.")
    if kind == "once":
        return np.full((1, inputs), first[0])
    common = background(first)
    special = np.flatnonzero(first != common)
    if inputs != len(first) and len(special) > 2:
        raise InputError("the pattern does not say what other numbers of inputs get: use the trained number.")
    if len(special) > inputs:
        raise InputError(f"the pattern reads {len(special)} inputs: give at least as many.")
    if kind == "all":
        return _choices(first, common, special, inputs)
    if kind == "ring":
        special = np.roll(special, -_start(special, len(first)))
    offsets = (special - special[0]) % len(first)
    last = inputs if kind == "ring" else inputs - int(offsets[-1])
    rows = np.full((last, inputs), common)
    for start, row in enumerate(rows):
        row[(start + offsets) % inputs] = first[special]
    return _without_mirrored(rows)


def _start(special: Int[np.ndarray, " special"], inputs: int) -> int:
    """Which of the inputs that stand out comes first on a ring: the one behind the widest gap."""
    return int(((special - np.roll(special, 1)) % inputs).argmax()) if len(special) > 1 else 0


def _choices(
    first: Int[np.ndarray, " inputs"], common: int, special: Int[np.ndarray, " special"], inputs: int
) -> Int[np.ndarray, "members wanted"]:
    """Every way to give the values that stand out to inputs."""
    counts = Counter(first[special].tolist())
    number = math.perm(inputs, len(special)) // math.prod(math.factorial(count) for count in counts.values())
    if number > 2 * MOST_MEMBERS:
        raise InputError(f"{number} members are too many: give fewer inputs.")
    rows = [np.full(inputs, common)]
    free = [tuple(range(inputs))]
    for value, count in counts.items():
        grown = [
            (row, places, chosen) for row, places in zip(rows, free) for chosen in itertools.combinations(places, count)
        ]
        free = [tuple(place for place in places if place not in chosen) for _, places, chosen in grown]
        rows = [row.copy() for row, _, _ in grown]
        for row, (_, _, chosen) in zip(rows, grown):
            row[list(chosen)] = value
    return _without_mirrored(np.array(rows))


def _without_mirrored(rows: Int[np.ndarray, "rows inputs"]) -> Int[np.ndarray, "members inputs"]:
    """The rows in their order, w and −w taken as one."""
    unique = {_canonical(row): row for row in rows[::-1]}
    return np.array(list(unique.values())[::-1])


def _canonical(row: Int[np.ndarray, " inputs"]) -> tuple[int, ...]:
    """The same for w and −w."""
    return max(tuple(row.tolist()), tuple((-row).tolist()))


def background(row: Int[np.ndarray, " inputs"]) -> int:
    """The level and sign of more than half of the inputs; 0, no weight, where an input has none or none prevails."""
    value, count = Counter(row.tolist()).most_common(1)[0]
    return int(value) if (row != 0).all() and 2 * count > len(row) else 0


def _count(row: Int[np.ndarray, " inputs"]) -> int:
    """How many different rows the permutations of one are, w and −w taken as one."""
    counts = Counter(row.tolist())
    total = math.factorial(len(row)) // math.prod(math.factorial(count) for count in counts.values())
    mirrored = counts == Counter((-row).tolist())
    return total // 2 if mirrored else total


def _shifts(row: Int[np.ndarray, " inputs"], around: bool) -> set[tuple[int, ...]]:
    read = np.flatnonzero(row != background(row))
    if around or not len(read):
        return {_canonical(np.roll(row, shift)) for shift in range(len(row))}
    start = np.roll(row, -int(read[0]))
    return {_canonical(np.roll(start, shift)) for shift in range(len(row) - int(read[-1] - read[0]))}
