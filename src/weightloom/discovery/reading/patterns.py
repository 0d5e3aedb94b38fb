"""Patterns of weights: which inputs a unit reads with which of a few levels."""

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

MOST_LEVELS = 4


class Pattern(NamedTuple):
    """Weights that take few levels: w = sign(assignment) · levels[|assignment| − 1], and 0 where that is 0.

    Attributes:
        assignment: for each input the number of its level, from 1, with the weight's sign; 0 for no weight.
        levels: the magnitudes, the largest first.
    """

    assignment: Int[np.ndarray, " inputs"]
    levels: Float[np.ndarray, " levels"]

    @property
    def weight(self) -> Float[np.ndarray, " inputs"]:
        """The weights themselves."""
        return spread(self.assignment, self.levels)

    @property
    def dense(self) -> bool:
        """Whether every input has a level of its own, so that nothing was found."""
        return len(self.levels) == len(self.assignment) > 1

    @property
    def structure_bits(self) -> float:
        """Bits that say which input has which level, by the entropy of the assignment."""
        return float(entropies(self.assignment[None])[0])


def spread(
    assignment: Int[np.ndarray, "*members inputs"], levels: Float[np.ndarray, "*rows levels"]
) -> Float[np.ndarray, "*members inputs"]:
    """The weights of an assignment: one row of levels for each row of it, or one row for all."""
    table = np.concatenate([np.zeros((*levels.shape[:-1], 1)), levels], axis=-1)
    places = np.abs(assignment)
    if table.ndim == 1 or len(table) == 1:
        return np.sign(assignment) * table.reshape(-1)[places]
    table = np.broadcast_to(table, (*assignment.shape[:-1], table.shape[-1]))
    return np.sign(assignment) * np.take_along_axis(table, places, axis=-1)


def patterns(weight: Float[np.ndarray, " inputs"]) -> list[Pattern]:
    """The ways to write weights with one to four levels, or with as many as there are inputs.

    The magnitudes are clustered so that the squared error is smallest, exactly, by dynamic programming. Each
    clustering is given as it is, and with its smallest level replaced by 0.

    Args:
        weight: a unit's weights.

    Returns:
        Patterns, the last one with a level of its own for every input.

    Examples:
        >>> import numpy as np
        >>> for pattern in patterns(np.array([3.0, -3.1, 0.1, 0.0]))[:3]:
        ...     print(pattern.assignment, pattern.levels)
        [ 1 -1  1  1] [1.55]
        [ 1 -1  2  2] [3.05 0.05]
        [ 1 -1  0  0] [3.05]
    """
    return [*(Pattern(assignment[0], levels[0]) for assignment, levels in written(weight[None])), dense(weight)]


def written(
    weight: Float[np.ndarray, "units inputs"],
) -> list[tuple[Int[np.ndarray, "units inputs"], Float[np.ndarray, "units _"]]]:
    """The patterns of many units but the last one of each, pattern by pattern: assignments and levels.

    Args:
        weight: weights, one row for each unit.
    """
    magnitudes, inputs = np.abs(weight), weight.shape[1]
    order = np.argsort(-magnitudes, axis=1, kind="stable")
    rank = np.argsort(order, axis=1)
    values = np.take_along_axis(magnitudes, order, axis=1)
    sign = np.where(weight < 0, -1, 1)
    found = []
    for starts in _clusterings(values, min(MOST_LEVELS, inputs)):
        ends = np.append(starts[:, 1:], np.full((len(weight), 1), inputs), axis=1)
        assignment = sign * (starts[:, None] <= rank[:, :, None]).sum(axis=2)
        inside = (starts[:, None] <= np.arange(inputs)[:, None]) & (np.arange(inputs)[:, None] < ends[:, None])
        levels = (values[:, :, None] * inside).sum(axis=1) / (ends - starts)
        groups = starts.shape[1]
        if groups < inputs:
            found.append((assignment, levels))
        if groups > 1:
            found.append((np.where(np.abs(assignment) == groups, 0, assignment), levels[:, :-1]))
    return found


def entropies(assignment: Int[np.ndarray, "units inputs"]) -> Float[np.ndarray, " units"]:
    """Bits that say which input has which level, for each unit.

    Args:
        assignment: of patterns with as many levels.
    """
    inputs = assignment.shape[1]
    alike = (assignment[:, :, None] == assignment[:, None]).sum(axis=2)
    return np.log2(inputs / alike).sum(axis=1) + math.log2(2 * MOST_LEVELS)


def dense(weight: Float[np.ndarray, " inputs"]) -> Pattern:
    """A pattern with a level of its own for every input, in the order of the inputs."""
    return Pattern(np.where(weight < 0, -1, 1) * (np.arange(len(weight)) + 1), np.abs(weight))


def signature(assignment: Int[np.ndarray, " inputs"]) -> tuple[tuple[int, int], ...]:
    """How many inputs have each level with either sign: the same for units that differ by a permutation of inputs.

    Args:
        assignment: of a pattern.

    Returns:
        For each level the numbers of positive and negative weights, of w or −w, whichever comes first.

    Examples:
        >>> import numpy as np
        >>> signature(np.array([0, 1, -2, 0, 2])) == signature(np.array([2, 0, 0, -2, -1]))
        True
    """
    plus = _counts(assignment)
    return max(plus, _mirrored(plus))


def oriented(assignment: Int[np.ndarray, " inputs"]) -> int:
    """1 where the assignment has its signature as it is, −1 where its negative has.

    If both have, the first input that is read gets a positive sign.
    """
    plus = _counts(assignment)
    minus = _mirrored(plus)
    if plus != minus:
        return 1 if plus > minus else -1
    leading = np.flatnonzero(np.abs(assignment) == 1)
    return int(np.sign(assignment[leading[0]])) if len(leading) else 1


def _counts(assignment: Int[np.ndarray, " inputs"]) -> tuple[tuple[int, int], ...]:
    values = assignment.tolist()
    most = max(map(abs, values), default=0)
    # Counting a few levels in a list is the fastest way.
    count = Counter(values).__getitem__ if most > MOST_LEVELS else values.count
    return tuple([(count(level), count(-level)) for level in range(1, most + 1)])


def _mirrored(counts: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((negative, positive) for positive, negative in counts)


def _clusterings(values: Float[np.ndarray, "units inputs"], most: int) -> list[Int[np.ndarray, "units groups"]]:
    """Where the groups start in the best division of sorted values into 1, 2, … groups, by their sums of squares."""
    units, n = values.shape
    zero = np.zeros((units, 1))
    total = np.concatenate([zero, np.cumsum(values, axis=1)], axis=1)
    squares = np.concatenate([zero, np.cumsum(values**2, axis=1)], axis=1)
    start, end = np.meshgrid(np.arange(n), np.arange(1, n + 1), indexing="ij")
    size = np.maximum(end - start, 1)
    errors = squares[:, end] - squares[:, start] - (total[:, end] - total[:, start]) ** 2 / size
    within = np.where(end > start, errors, np.inf)
    best, every = within[:, 0], np.arange(units)
    cuts: list[Int[np.ndarray, "units inputs"]] = []
    divisions = []
    for groups in range(1, most + 1):
        if groups > 1:
            # best[e] over the first e + 1 values; the last group starts at s, after best[s − 1].
            first = np.full((units, 1, n), np.inf)
            options = np.concatenate([first, best[:, :-1, None] + within[:, 1:]], axis=1)
            cuts.append(options.argmin(axis=1))
            best = options.min(axis=1)
        starts = np.zeros((units, groups), int)
        last = np.full(units, n)
        for group, cut in enumerate(reversed(cuts), start=1):
            last = cut[every, last - 1]
            starts[:, -group] = last
        divisions.append(starts)
    return divisions
