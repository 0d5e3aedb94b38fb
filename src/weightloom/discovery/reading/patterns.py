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
        counts, n = Counter(self.assignment.tolist()).values(), len(self.assignment)
        return sum(count * math.log2(n / count) for count in counts) + math.log2(2 * MOST_LEVELS)


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
    magnitudes = np.abs(weight)
    order = np.argsort(-magnitudes, kind="stable")
    sign = np.where(weight < 0, -1, 1)
    found = []
    for groups in _clusterings(magnitudes[order], min(MOST_LEVELS, len(weight))):
        assignment = np.empty(len(weight), int)
        assignment[order] = np.repeat(np.arange(len(groups)) + 1, [len(group) for group in groups])
        levels = np.array([group.mean() for group in groups])
        if len(groups) < len(weight):
            found.append(Pattern(sign * assignment, levels))
        if len(groups) > 1:
            found.append(Pattern(np.where(assignment == len(groups), 0, sign * assignment), levels[:-1]))
    return [*found, dense(weight)]


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
    counts = Counter(assignment.tolist())
    most = max(map(abs, counts), default=0)
    return tuple((counts[level], counts[-level]) for level in range(1, most + 1))


def _mirrored(counts: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((negative, positive) for positive, negative in counts)


def _clusterings(values: Float[np.ndarray, " inputs"], most: int) -> list[list[Float[np.ndarray, " group"]]]:
    """The best division of sorted values into 1, 2, … groups, by the sum of squares within them."""
    n = len(values)
    total, squares = np.concatenate([[0], np.cumsum(values)]), np.concatenate([[0], np.cumsum(values**2)])
    start, end = np.meshgrid(np.arange(n), np.arange(1, n + 1), indexing="ij")
    size = np.maximum(end - start, 1)
    within = np.where(end > start, squares[end] - squares[start] - (total[end] - total[start]) ** 2 / size, np.inf)
    best, cuts, divisions = within[0], [], []
    for groups in range(1, most + 1):
        if groups > 1:
            # best[e] over the first e + 1 values; the last group starts at s, after best[s − 1].
            options = np.concatenate([np.full((1, n), np.inf), best[:-1, None] + within[1:]])
            cuts.append(options.argmin(axis=0))
            best = options.min(axis=0)
        edges, last = [n], n
        for cut in reversed(cuts):
            last = int(cut[last - 1])
            edges.append(last)
        divisions.append(np.split(values, edges[:0:-1]) if len(edges) > 1 else [values])
    return divisions
