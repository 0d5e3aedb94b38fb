"""Scores that compare the distances between rows: representational similarity analysis, and distance correlation."""

import dataclasses
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import squareform
from sklearn.metrics.pairwise import euclidean_distances

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID, Inputs, Measured
from weightloom.similarity.scores.kernels import KernelScore

ROUNDING = 1e-12  # relative part of a squared distance that is rounding


class DistanceScore(KernelScore):
    """A kernel score of a matrix of distances between rows, which is computed in double precision."""

    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0

    def prepare(
        self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int
    ) -> Float[np.ndarray, "rows rows"]:
        self.check_rows(data)
        return self.matrix(features).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class RSA(DistanceScore):
    """Representational similarity analysis: the correlation of distances between rows (Kriegeskorte et al. 2008).

    Distances are Euclidean. Those that differ by rounding only share their ranks. If all rows are equally far from each
    other, the score is undefined (NaN). The interval takes the ranks of distances as given.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import RSA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> RSA().measure(Inputs((a, 3 * a[:, ::-1]))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    correlation: str = setting(
        "spearman", "'spearman': of the ranks of distances. 'pearson': of distances.", choices=("spearman", "pearson")
    )
    note: ClassVar[str] = "rank correlation of distances between inputs"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        distances = squareform(_distances(features), checks=False)
        if self.correlation == "spearman":
            distances = _ranks(distances)
        away = distances - distances.mean()
        length = np.sqrt(np.square(away).mean())
        if length <= ROUNDING * distances.max():  # all rows are equally far from each other
            return np.zeros((len(features), len(features)))
        return squareform(away / length)


@dataclasses.dataclass(frozen=True)
class DistanceCorrelation(DistanceScore):
    """Distance correlation of two sets of features (Székely, Rizzo and Bakirov 2007, definition 3).

    It is between 0 and 1, and for infinitely many inputs it is 0 only for independent features. With few inputs it is
    far from 0 for unrelated features, so compare it with its null distribution.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import DistanceCorrelation, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> DistanceCorrelation().measure(Inputs((a, 3 * a[:, ::-1]))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    note: ClassVar[str] = "dependence of any form, from distances between inputs"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        distances = _distances(features)
        means = distances.mean(1)
        return distances - means - means[:, None] + means.mean()

    def measure(self, data: Inputs) -> Measured:
        """The square root of the cosine of doubly centred distances."""
        value, null, low, high, _ = super().measure(data)
        return Measured(*(np.sqrt(np.maximum(one, 0)) for one in (value, null, low, high)))


def _distances(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
    distances = euclidean_distances(features)
    return (distances + distances.T) / 2


def _ranks(distances: Float[np.ndarray, " pairs"]) -> Float[np.ndarray, " pairs"]:
    """Ranks from 0. Distances whose squares differ by rounding only get their mean rank."""
    order = distances.argsort()
    squares = np.square(distances[order])
    group = np.cumsum(np.diff(squares, prepend=squares[0]) > ROUNDING * squares[-1])
    ranks = np.empty(len(order))
    ranks[order] = (np.bincount(group, np.arange(len(order))) / np.bincount(group))[group]
    return ranks
