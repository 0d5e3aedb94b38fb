"""The interface of scores, their inputs and their results."""

import abc
import dataclasses
import functools
import math
import zlib
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float, Int

from weightloom._settings import Settings
from weightloom.errors import InputError
from weightloom.similarity.linear_probes import LinearProbes, fit
from weightloom.similarity.outputs import Outputs

INVARIANCES = ("orthogonal", "permutation", "scale", "shift", "linear")
"""Transformations of an encoder's features under which a score may be invariant."""
ORTHOGONAL, PERMUTATION, SCALE, SHIFT, LINEAR = INVARIANCES
RIGID = frozenset({ORTHOGONAL, PERMUTATION, SCALE, SHIFT})
NORMAL_95 = 1.959964
ROUNDING = 1e-13  # relative part of a squared length that is rounding
FEWEST_ORDERS = 20  # of the rows: with fewer, no p-value would be 0.05 or less
Kept = TypeVar("Kept")


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of scores: checked features of the same inputs, labels, and numbers of random draws.

    Attributes:
        features: for each encoder, features of shape (rows, d). d may differ between encoders.
        labels: classes 0 … k − 1, shape (rows,). None if no score needs labels.
        key: seed of all random numbers.
        nulls: number of permutations of the null distribution.
        seeds: number of hypernetworks, for scores that train one.
        split: number of encoders along a of the table; the others are along b. None if all encoders are along both.
        groups: the group 0, 1, … of each row. The null permutes rows within groups only. None for one group of all.
        outputs: the models' own outputs. None to train linear probes.
        progress: function that is called with the numbers of finished steps of a score and of all its steps.
    """

    features: tuple[Float[np.ndarray, "rows _"], ...]
    labels: Int[np.ndarray, " rows"] | None = None
    key: int = 0
    nulls: int = 200
    seeds: int = 10
    split: int | None = None
    groups: Int[np.ndarray, " rows"] | None = None
    outputs: Outputs | None = None
    progress: Callable[[int, int], None] | None = None

    @property
    def left(self) -> range:
        """Numbers of the encoders that are rows of the table."""
        return range(len(self.features) if self.split is None else self.split)

    @property
    def right(self) -> range:
        """Numbers of the encoders that are columns of the table."""
        return range(self.split or 0, len(self.features))

    @functools.cached_property
    def compact(self) -> tuple[Float[np.ndarray, "rows _"], ...]:
        """The features, those wider than there are rows rotated and shifted to as many axes as there are rows.

        This changes no distance between rows, and so no score that is invariant under rotations and shifts.
        """
        return tuple(map(compacted, self.features))

    def once(self, name: Hashable, compute: Callable[[], Kept]) -> Kept:
        """A quantity that several scores share, computed once.

        Args:
            name: what tells it from all others.
            compute: computes it.
        """
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    def forget(self, kind: str) -> None:
        """Frees quantities from `once` whose name is a tuple that begins with `kind`.

        Args:
            kind: the first entry of their names.
        """
        for name in [name for name in self._kept if isinstance(name, tuple) and name[0] == kind]:
            del self._kept[name]

    @functools.cached_property
    def _kept(self) -> dict[Hashable, Any]:
        return {}

    @property
    def rows(self) -> int:
        return len(self.features[0])

    @property
    def classes(self) -> int:
        return 0 if self.labels is None else int(self.labels.max()) + 1

    def generator(self, purpose: str) -> np.random.Generator:
        """A random generator for one purpose, in the same state on every call.

        Args:
            purpose: any name. Different names give different random numbers.
        """
        return np.random.default_rng([self.key, zlib.crc32(purpose.encode())])

    def dealt(self, parts: int, purpose: str) -> list[Int[np.ndarray, " _"]]:
        """Splits the rows at random into stratified parts of nearly equal size.

        Args:
            parts: number of parts.
            purpose: any name. Different names give different splits.
        """
        assert self.labels is not None
        order = np.lexsort((self.generator(purpose).random(self.rows), self.labels))
        return [np.sort(order[part::parts]) for part in range(parts)]

    @functools.cached_property
    def probes(self) -> LinearProbes:
        """Linear probes, one per encoder, trained on half of the rows and evaluated on the other half."""
        assert self.labels is not None
        first, second, *folds = self.dealt(4, "probes")
        return fit(self.compact, self.labels, np.concatenate([first, second]), (folds[0], folds[1]))

    @property
    def judged(self) -> Outputs:
        """The outputs that scores of predictions compare: the models' own, or those of probes for held-out rows."""
        if self.outputs is not None:
            return self.outputs
        return Outputs(self.probes.held_out, self.probes.labels, self.probes.held_out_rows)

    def shuffles(self, rows: int, chosen: Int[np.ndarray, " n"] | None = None) -> Int[np.ndarray, "nulls n"]:
        """Random permutations for the null distribution, one per draw. They stay within `groups`.

        Args:
            rows: number of rows to permute.
            chosen: which rows of the features they are. None for all rows in their order.

        Raises:
            InputError: if there are groups, and they leave fewer than 20 orders of these rows.
        """
        random = self.generator("shuffles")
        if self.groups is None:
            return random.permuted(np.tile(np.arange(rows), (self.nulls, 1)), axis=1)
        group = self.groups if chosen is None else self.groups[chosen]
        orders = math.exp(min(sum(math.lgamma(count + 1) for count in np.bincount(group)), 100))
        if orders < FEWEST_ORDERS - 0.5:
            raise InputError(
                f"blocks leave {orders:.0f} orders of {rows} rows, in {len(np.unique(group))} blocks: give larger "
                f"blocks, with at least {FEWEST_ORDERS} orders."
            )
        found = np.empty((self.nulls, rows), np.int64)
        keys = random.random((self.nulls, rows))
        found[:, np.argsort(group, kind="stable")] = np.lexsort((keys, np.broadcast_to(group, keys.shape)))
        return found


class Measured(NamedTuple):
    """The values of a score for all pairs of an encoder along a of the table and an encoder along b.

    They may be for all pairs of all encoders too, of which the table takes its part.

    Attributes:
        value: the score, shape (a, b). A directed score is trained on, or stitched from, the first
            encoder.
        null: the score with permuted rows of the second encoder, shape (draws, a, b).
        low: lower end of the 95 % confidence interval over inputs.
        high: upper end of the interval.
        spread: standard deviation over hypernetworks. None if the score trains none.
    """

    value: Float[np.ndarray, "a b"]
    null: Float[np.ndarray, "draws a b"]
    low: Float[np.ndarray, "a b"]
    high: Float[np.ndarray, "a b"]
    spread: Float[np.ndarray, "a b"] | None = None


class Score(Settings, abc.ABC):
    """A score of the similarity of two encoders. The tests check the declared properties of every score.

    Attributes:
        larger_is_more_similar: whether a larger value means more similar encoders.
        symmetric: whether value(a, b) = value(b, a).
        metric: whether the score is symmetric, 0 for an encoder with itself, and satisfies the triangle inequality.
        invariances: transformations of either encoder's features, from `INVARIANCES`, that do not change the value.
        self_value: value of an encoder with itself. None if it depends on the encoder.
        needs_labels: whether the score needs labels.
        note: short description of what the score measures.
        note_of_outputs: the same if the models' own outputs are given. Empty if the score does not use them.
        outputs_need_labels: whether it needs labels then, too.
    """

    larger_is_more_similar: ClassVar[bool]
    symmetric: ClassVar[bool]
    metric: ClassVar[bool]
    invariances: ClassVar[frozenset[str]]
    self_value: ClassVar[float | None]
    needs_labels: ClassVar[bool]
    note: ClassVar[str]
    note_of_outputs: ClassVar[str] = ""
    outputs_need_labels: ClassVar[bool] = True

    @abc.abstractmethod
    def measure(self, data: Inputs) -> Measured:
        """Computes the score of all pairs, its null distribution and its confidence interval.

        Args:
            data: the features, labels and numbers of random draws.
        """


def centred(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    """Shifts and scales features to mean 0 and mean squared length 1, in double precision."""
    away = features.astype(np.float64)
    away -= away.mean(0)
    away /= np.sqrt(np.einsum("id,id->i", away, away).mean())
    return away


def compacted(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows _"]:
    """Rotates features that are wider than there are rows to as many axes as rows, around their mean.

    Examples:
        >>> import numpy as np
        >>> wide = np.random.default_rng(0).standard_normal((4, 50))
        >>> narrow = compacted(wide)
        >>> narrow.shape, bool(np.allclose(np.linalg.norm(wide[0] - wide[1]), np.linalg.norm(narrow[0] - narrow[1])))
        ((4, 4), True)
    """
    rows, width = features.shape
    if width <= rows:
        return features
    away = features - features.mean(0, dtype=np.float64)
    gram = away @ away.T
    rotated: Float[np.ndarray, "rows rows"]
    try:
        # Much faster than eigenvectors. Without the addition, the matrix would be singular.
        rotated = np.linalg.cholesky(gram + ROUNDING * np.trace(gram) / rows * np.eye(rows))
    except np.linalg.LinAlgError:
        squares, axes = np.linalg.eigh(gram)
        rotated = axes * np.sqrt(np.maximum(squares, 0))
    return rotated


def over_pairs(
    data: Inputs, of_pair: Callable[[int, int], tuple[Any, ...]]
) -> list[Float[np.ndarray, "left right ..."]]:
    """Quantities of all pairs of a symmetric score, each computed once.

    Args:
        data: the encoders.
        of_pair: quantities of the pair of encoders with two numbers.

    Returns:
        Each quantity over the rows and columns of the table.
    """
    return over_directed_pairs(data, lambda a, b: (of_pair(a, b),) * 2)


def over_directed_pairs(
    data: Inputs, of_both: Callable[[int, int], tuple[tuple[Any, ...], tuple[Any, ...]]]
) -> list[Float[np.ndarray, "left right ..."]]:
    """Quantities of all pairs of a score whose two directions are computed together.

    Args:
        data: the encoders.
        of_both: quantities of the pair of encoders with two numbers, and of the same pair in the other direction.

    Returns:
        Each quantity over the rows and columns of the table.
    """
    known: dict[tuple[int, int], tuple[Any, ...]] = {}
    places = [(a, b) for a in data.left for b in data.right]
    for done, (a, b) in enumerate(places, 1):
        if (a, b) not in known:
            known[b, a], known[a, b] = reversed(of_both(a, b))
        if data.progress is not None:
            data.progress(done, len(places))
    of_rows = ([known[a, b] for b in data.right] for a in data.left)
    return [np.stack([np.stack(row) for row in one]) for one in zip(*(zip(*row) for row in of_rows))]


def jackknife_error(influence: Float[np.ndarray, "*pairs rows"]) -> Float[np.ndarray, "*pairs"]:
    """The standard error of a value over rows, by the infinitesimal jackknife (Efron 1982, chapter 6).

    It approximates the bootstrap for values that depend smoothly on the weights of rows. Unlike the bootstrap, it does
    not repeat rows, which would be nearest neighbours of themselves.

    Args:
        influence: derivative of the value by the weight of each row, at weights of 1.
    """
    rows = influence.shape[-1]
    away = influence - influence.mean(-1, keepdims=True)
    return np.asarray(np.sqrt(np.square(away).sum(-1) * rows / (rows - 1)))


def around(value: Float[np.ndarray, "*pairs"], error: Float[np.ndarray, "*pairs"]) -> tuple[np.ndarray, np.ndarray]:
    """The ends of a 95 % confidence interval, for a normal distribution."""
    return value - NORMAL_95 * error, value + NORMAL_95 * error
