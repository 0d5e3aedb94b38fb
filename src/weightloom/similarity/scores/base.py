"""What scores share: the features that they read, what they declare, and what they hand back."""

import abc
import dataclasses
import functools
import zlib
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from weightloom._settings import Settings
from weightloom.similarity.linear_probes import LinearProbes, fit

INVARIANCES = ("orthogonal", "permutation", "scale", "shift", "linear")
"""Changes of an encoder's features that may leave a score as it was."""
ORTHOGONAL, PERMUTATION, SCALE, SHIFT, LINEAR = INVARIANCES
RIGID = frozenset({ORTHOGONAL, PERMUTATION, SCALE, SHIFT})
NORMAL_95 = 1.959964


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """Checked features of the same inputs, and how carefully to measure.

    Attributes:
        features: per encoder, shape (rows, d) with its own d.
        labels: classes 0 … k − 1, shape (rows,); None where only scores without labels are asked for.
        key: all randomness comes from it.
        nulls: permutations of the null.
        seeds: hypernetworks per score that trains them.
    """

    features: tuple[Float[np.ndarray, "rows _"], ...]
    labels: Int[np.ndarray, " rows"] | None = None
    key: int = 0
    nulls: int = 200
    seeds: int = 10

    @property
    def rows(self) -> int:
        return len(self.features[0])

    @property
    def classes(self) -> int:
        return 0 if self.labels is None else int(self.labels.max()) + 1

    def generator(self, purpose: str) -> np.random.Generator:
        """Random numbers for one purpose, the same on every call.

        Args:
            purpose: any name; another one gives other numbers.
        """
        return np.random.default_rng([self.key, zlib.crc32(purpose.encode())])

    def dealt(self, parts: int, purpose: str) -> list[Int[np.ndarray, " _"]]:
        """The rows, dealt class by class into parts of nearly one size.

        Args:
            parts: how many.
            purpose: any name; another one gives another deal.
        """
        assert self.labels is not None
        order = np.lexsort((self.generator(purpose).random(self.rows), self.labels))
        return [np.sort(order[part::parts]) for part in range(parts)]

    @functools.cached_property
    def probes(self) -> LinearProbes:
        """A linear probe per encoder, trained on one half of the rows and read on the other."""
        assert self.labels is not None
        first, second, *folds = self.dealt(4, "probes")
        return fit(self.features, self.labels, np.concatenate([first, second]), (folds[0], folds[1]))

    def shuffles(self, rows: int) -> Int[np.ndarray, "nulls rows"]:
        """One random order of so many rows per draw of the null.

        Args:
            rows: how many.
        """
        return self.generator("shuffles").permuted(np.tile(np.arange(rows), (self.nulls, 1)), axis=1)


class Measured(NamedTuple):
    """A score of all ordered pairs of encoders.

    Attributes:
        value: shape (encoders, encoders); in a directed score the first is the one that is trained on or stitched from.
        null: the same with the rows of the second encoder out of order, shape (draws, encoders, encoders).
        low: lower end of the 95 % interval over inputs.
        high: upper end.
        spread: standard deviation over hypernetworks; None where none is trained.
    """

    value: Float[np.ndarray, "encoders encoders"]
    null: Float[np.ndarray, "draws encoders encoders"]
    low: Float[np.ndarray, "encoders encoders"]
    high: Float[np.ndarray, "encoders encoders"]
    spread: Float[np.ndarray, "encoders encoders"] | None = None


class Score(Settings, abc.ABC):
    """A way to say how alike two encoders are; what it declares is tested for every member.

    Attributes:
        larger_is_more_similar: the direction of the number.
        symmetric: value(a, b) = value(b, a).
        metric: symmetric, 0 for an encoder and itself, and no detour is shorter.
        invariances: changes of either encoder's features, from `INVARIANCES`, that leave the value as it was.
        self_value: the value of an encoder and itself; None where it depends on the encoder.
        needs_labels: whether it reads labels.
        note: what it measures, in a few words.
    """

    larger_is_more_similar: ClassVar[bool]
    symmetric: ClassVar[bool]
    metric: ClassVar[bool]
    invariances: ClassVar[frozenset[str]]
    self_value: ClassVar[float | None]
    needs_labels: ClassVar[bool]
    note: ClassVar[str]

    @abc.abstractmethod
    def measure(self, data: Inputs) -> Measured:
        """The score of all pairs, its null and its interval over inputs.

        Args:
            data: the encoders and how carefully to measure.
        """


def centred(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    """Features with mean 0 and a mean squared length of 1."""
    away = features - features.mean(0)
    return away / np.sqrt(np.square(away).sum(1).mean())


def jackknife_error(influence: Float[np.ndarray, "*pairs rows"]) -> Float[np.ndarray, "*pairs"]:
    """The standard error of a value, from how much it moves with the weight of each row.

    This is the infinitesimal jackknife (Efron 1982, chapter 6), what the bootstrap tends to where a value follows
    the weights smoothly. It needs no repeated rows, which would be neighbours of themselves.

    Args:
        influence: derivative of the value by the weight of each row, all weights being 1.
    """
    rows = influence.shape[-1]
    away = influence - influence.mean(-1, keepdims=True)
    return np.asarray(np.sqrt(np.square(away).sum(-1) * rows / (rows - 1)))


def around(value: Float[np.ndarray, "*pairs"], error: Float[np.ndarray, "*pairs"]) -> tuple[np.ndarray, np.ndarray]:
    """The ends of a 95 % interval."""
    return value - NORMAL_95 * error, value + NORMAL_95 * error
