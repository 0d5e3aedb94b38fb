"""Scores of the nearest neighbours that two encoders have in common."""

import dataclasses
from typing import Any, ClassVar, NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int

from weightloom._settings import setting
from weightloom.errors import InputError
from weightloom.similarity.scores.base import RIGID, SHIFT, Inputs, Measured, around, jackknife_error, over_pairs
from weightloom.similarity.scores.kernels import LONG, KernelScore, draws_of, draws_within, order_of
from weightloom.similarity.scores.nearest import MOST_DENSE, Neighbours, directions_of, nearest
from weightloom.similarity.scores.shifts import by_diagonal, sparse_cyclic_products, sums_at_shifts

ROUNDING = 1e-9  # relative, of weights


@dataclasses.dataclass(frozen=True)
class MutualNeighbours(KernelScore):
    """The share of a row's k nearest neighbours that two encoders have in common (Huh et al. 2024, appendix A).

    Nearest neighbours have the largest cosine similarity after centring. The share is the cosine between the matrices
    "j is a neighbour of i" of the two encoders. Its expectation for unrelated encoders is k / (rows − 1). Rows at the
    same distance share the remaining places equally, see `nearest`. So the score does not depend on the order of rows,
    and the permutation test is exact for features with ties, such as integers or dead units.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, MutualNeighbours
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> MutualNeighbours().measure(Inputs((a, -a))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    neighbours: int = setting(10, "k, the number of neighbours.", ge=1)
    centre: bool = setting(
        True,
        "Whether cosines are those after centring. Without it, as in Huh et al., a shift of the features changes the "
        "score, and a common large mean makes all rows near neighbours.",
    )
    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    symmetric_matrices: ClassVar[bool] = False
    note: ClassVar[str] = "shared nearest neighbours"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.centre:
            object.__setattr__(self, "invariances", RIGID - {SHIFT})

    def prepare(self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int) -> Neighbours:
        if self.neighbours >= len(features):
            raise InputError(
                f"neighbours {self.neighbours} is too large for {len(features)} rows: give at most {len(features) - 1}."
            )
        if not self.centre:
            features = data.features[number][order_of(data)].astype(np.float64)
        return self.nearest(features, data.generator(f"ties {number}"))

    def nearest(self, features: Float[np.ndarray, "rows d"], random: np.random.Generator) -> Neighbours:
        """The nearest neighbours of every row.

        Args:
            features: features, shape (rows, d).
            random: generator of the samples of large ties.
        """
        return nearest(features, self.neighbours, random)

    def pair(self, a: Neighbours, b: Neighbours, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        if a is b:
            return a.influence.sum() / 2, a.influence
        common = a.weights.multiply(b.weights).tocsr()
        parts = common.sum(axis=1) + common.sum(axis=0)
        return parts.sum() / 2, parts

    def shifted(self, prepared: list[Neighbours], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        meeting = max(one.weights.nnz for one in prepared) ** 2 / data.rows
        if data.rows <= LONG and meeting > data.rows**2:
            return super().shifted(prepared, data)
        return draws_of(data, lambda a, b: sparse_cyclic_products(prepared[a].weights, prepared[b].weights))

    def within(self, prepared: list[Neighbours], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        return draws_within(data, [one.weights for one in prepared], _moved, self.at_draw)

    def at_draw(self, a: scipy.sparse.csr_array, b: scipy.sparse.csr_array) -> float:
        """The product of two encoders.

        Args:
            a: weights of the neighbours of the first one.
            b: those of the second one.
        """
        return float(a.multiply(b).sum())

    def matrix_of(self, prepared: Neighbours) -> Float[np.ndarray, "rows rows"]:
        return prepared.weights.toarray().astype(np.float32)


@dataclasses.dataclass(frozen=True)
class CKNNA(MutualNeighbours):
    """Centred kernel nearest-neighbour alignment: CKA over pairs of nearest neighbours (Huh et al. 2024, appendix A).

    Each encoder gives a matrix: the cosine of row i with its k nearest neighbours j, minus the mean cosine of row i
    with all rows, and 0 elsewhere. The score is the cosine between two such matrices. So common neighbours count by how
    near they are. Ties are shared as in `MutualNeighbours`. The interval takes neighbours and means as given.

    This is the formula of the paper. The authors' code differs: it centres after the choice of neighbours, by unbiased
    HSIC. `centre=False` leaves the features as they are, as they do.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import CKNNA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> CKNNA().measure(Inputs((a, -a))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    note: ClassVar[str] = "shared nearest neighbours, weighted by their cosines"

    def nearest(self, features: Float[np.ndarray, "rows d"], random: np.random.Generator) -> Neighbours:
        directions = directions_of(features)
        means = directions @ directions.mean(0)
        return nearest(directions, self.neighbours, random, lambda row, cosine: cosine - means[row])


@dataclasses.dataclass(frozen=True)
class NeighbourJaccard(MutualNeighbours):
    """The mean over rows of |N_A ∩ N_B| / |N_A ∪ N_B|, for the k nearest neighbours N of the row (Wang et al. 2022).

    It is another scale of `MutualNeighbours`: a row that shares a part s of its neighbours counts s / (2 − s). Rows at
    the same distance share places in parts. Intersections are then sums of the smaller parts, and unions of the larger.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, NeighbourJaccard
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> NeighbourJaccard().measure(Inputs((a, -a))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    note: ClassVar[str] = "shared nearest neighbours, over those of either encoder"

    def nearest(self, features: Float[np.ndarray, "rows d"], random: np.random.Generator) -> Neighbours:
        found = super().nearest(features, random)
        if np.abs(found.weights.sum(axis=1) - self.neighbours).max() > ROUNDING * self.neighbours:
            raise InputError(
                f"NeighbourJaccard cannot compare ties of so many of {len(features)} rows: give at most {MOST_DENSE} "
                "rows, or use MutualNeighbours."
            )
        return found

    def at_draw(self, a: scipy.sparse.csr_array, b: scipy.sparse.csr_array) -> float:
        common = a.minimum(b).sum(axis=1)
        return float((common / (2 * self.neighbours - common)).mean())

    def pair(self, a: Neighbours, b: Neighbours, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        common = a.weights.minimum(b.weights)
        union = 2 * self.neighbours - common.sum(axis=1)
        share = common.sum(axis=1) / union
        as_neighbour = ((1 + share) / union) @ common - (share / union) @ (a.weights + b.weights)
        return share.mean(), (share + as_neighbour) / data.rows

    def shifted(self, prepared: list[Neighbours], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        levels = [_levels(one.weights) for one in prepared]
        return draws_of(data, lambda a, b: self._at_shifts(levels[a], levels[b]))

    def _at_shifts(self, a: "_Levels", b: "_Levels") -> Float[np.ndarray, " rows"]:
        """The score at every cyclic shift of the rows: two rows meet at one shift, and only their overlap counts.

        The overlap is the sum of the smaller weights of neighbours at the same offset. With a weight of 1 or a share,
        the smaller of two weights is a sum of four products.
        """
        whole, tied = b.whole.T.tocsr(), b.tied.T.tocsr()
        met = (a.whole + a.tied) @ np.diff((whole + tied).indptr)

        def parts(start: int, stop: int) -> scipy.sparse.coo_array:
            first, second, share = a.whole[start:stop], a.tied[start:stop], a.share[start:stop]
            both = (second @ tied).tocoo()
            both.data *= np.minimum(share[both.row], b.share[both.col])
            once = (first @ tied).multiply(b.share[None]) + (second @ whole).multiply(share[:, None])
            overlap = (first @ whole + once + both).tocoo()
            overlap.data /= 2 * self.neighbours - overlap.data
            return overlap

        return sums_at_shifts(met.astype(np.int64), parts) / len(met)

    def measure(self, data: Inputs) -> Measured:
        prepared = self.prepare_all(data)
        value, influence = over_pairs(data, lambda a, b: self.pair(prepared[a], prepared[b], data))
        return Measured(value, self.draws(prepared, data), *around(value, jackknife_error(influence)))


def _moved(weights: scipy.sparse.csr_array, order: Int[np.ndarray, " rows"]) -> scipy.sparse.csr_array:
    """The same neighbours with rows in another order."""
    places = np.argsort(order)
    row = np.repeat(places, np.diff(weights.indptr))
    return scipy.sparse.csr_array((weights.data, (row, places[weights.indices])), weights.shape)


class _Levels(NamedTuple):
    """Neighbours by wrapped diagonal: those with a place of their own, and those of a tie, which share places.

    Attributes:
        whole: 1 for each neighbour with weight 1.
        tied: 1 for each other neighbour.
        share: the weight of each of the others of a row.
    """

    whole: scipy.sparse.csr_array
    tied: scipy.sparse.csr_array
    share: Float[np.ndarray, " rows"]


def _levels(weights: scipy.sparse.csr_array) -> _Levels:
    is_whole = weights.data >= 1 - ROUNDING
    share = np.zeros(weights.shape[0])
    row = np.repeat(np.arange(len(share)), np.diff(weights.indptr))
    share[row[~is_whole]] = weights.data[~is_whole]
    whole, tied = (by_diagonal(_at(weights, chosen)) for chosen in (is_whole, ~is_whole))
    return _Levels(whole, tied, share)


def _at(weights: scipy.sparse.csr_array, chosen: Bool[np.ndarray, " n"]) -> scipy.sparse.csr_array:
    """1 at some entries of a sparse matrix, 0 elsewhere."""
    found = scipy.sparse.csr_array(weights, copy=True)
    found.data = chosen.astype(np.float64)
    found.eliminate_zeros()
    return found
