"""Centred kernel alignment: linear, debiased, and with a Gaussian kernel."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from sklearn.metrics.pairwise import euclidean_distances

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID, Inputs, Measured
from weightloom.similarity.scores.kernels import LONG, KernelScore
from weightloom.similarity.scores.linear import FEATURES_PER_ROW, Factor, LinearScore, cross_product, inner
from weightloom.similarity.scores.shifts import shifted_products, shifted_squares

MEDIAN_ROWS = 500
ROUNDING = 1e-6  # a smaller part of a product that cancels is rounding


@dataclasses.dataclass(frozen=True)
class CKA(LinearScore):
    """Linear CKA ‖AᵀB‖² / (‖AᵀA‖ ‖BᵀB‖) of centred features (Kornblith et al., ICML 2019, eq. 4).

    It is biased: unrelated features score high if they are wide relative to the number of rows. Compare it with its
    null distribution, or use `DebiasedCKA`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import CKA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> CKA().measure(Inputs((a, 3 * a[:, ::-1]))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "alignment of the features' Gram matrices"

    def prepare(self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int) -> Factor:
        return Factor(number, features.astype(np.float32), np.einsum("id,id->i", features, features))

    def pair(self, a: Factor, b: Factor, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        def product() -> tuple[Any, Float[np.ndarray, " rows"]]:
            rows = data.rows
            if rows <= LONG and a.rows.shape[1] * b.rows.shape[1] > FEATURES_PER_ROW * rows:
                parts = 2 * np.einsum("ij,ij->i", _gram(a, data), _gram(b, data), dtype=np.float64)
                return parts.sum() / 2, parts
            cross = cross_product(a.rows, b.rows)
            return np.square(cross).sum(), 2 * inner(a.rows @ cross.astype(np.float32), b.rows)

        return data.once(("product", a.number, b.number), product)

    def measure(self, data: Inputs) -> Measured:
        found = super().measure(data)
        data.forget("gram")  # large, and not needed again: all products are known
        return found

    def at_blocks(self, a: Factor, b: Factor, blocks: int, data: Inputs) -> Float[np.ndarray, " blocks"]:
        return data.once(("shifts", a.number, b.number), lambda: shifted_squares(a.rows, b.rows, blocks))


@dataclasses.dataclass(frozen=True)
class DebiasedCKA(CKA):
    """Linear CKA with unbiased estimates of HSIC (Song et al. 2012, eq. 5). It is about 0 for unrelated features.

    The estimate is the product of U-centred Gram matrices: their diagonals are 0 and their rows sum to 0 (Székely and
    Rizzo 2014). If all rows are equally far from each other, this matrix is 0, and the score is undefined (NaN).

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import CKA, DebiasedCKA, Inputs
        >>> unrelated = Inputs(tuple(np.random.default_rng(0).standard_normal((2, 50, 30))))
        >>> [float(score.measure(unrelated).value[0, 1].round(2)) for score in (CKA(), DebiasedCKA())]
        [0.41, 0.07]
    """

    note: ClassVar[str] = "cka without its bias for wide features"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        gram = features @ features.T
        np.fill_diagonal(gram, 0)
        rows = len(gram)
        sums = gram.sum(1, dtype=np.float64)
        share = (sums / (rows - 2)).astype(np.float32)
        gram -= share[:, None]
        gram -= share
        gram += np.float32(sums.sum() / ((rows - 1) * (rows - 2)))
        np.fill_diagonal(gram, 0)
        return gram

    def pair(self, a: Factor, b: Factor, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        """The product of the U-centred Gram matrices, from the features.

        Rows of F have mean 0, so a row of K sums to minus its diagonal entry without it. With Ũ for a U-centred matrix,
        ⟨Ũ_A, Ũ_B⟩ = Σᵢⱼ K_Aᵢⱼ Ũ_Bᵢⱼ, because the rows of Ũ_B sum to 0 and its diagonal is 0.
        """
        biased, parts = super().pair(a, b, data)
        k, u, _ = _centring(a)
        m, v, e = _centring(b)
        with_gram = parts / 2 - k * m + v * k - (_gram_times(a, v) - k * v) - e * k
        with_shift = _gram_times(b, u) - m * u - v * (u.sum() - u) - (v @ u - v * u) + e * (u.sum() - u)
        found = with_gram - with_shift
        total = found.sum()
        return (0.0 if abs(total) <= ROUNDING * biased else total), 2 * found

    def at_blocks(self, a: Factor, b: Factor, blocks: int, data: Inputs) -> Float[np.ndarray, " blocks"]:
        along = shifted_products(a.lengths[:, None], b.lengths[:, None], blocks).ravel()
        return super().at_blocks(a, b, blocks, data) + _debiasing(a, b, along)

    def at_draw(self, a: Factor, b: Factor) -> float:
        return super().at_draw(a, b) + float(_debiasing(a, b, a.lengths @ b.lengths))


def _debiasing(a: Factor, b: Factor, along: Any) -> Any:
    """What the product of U-centred Gram matrices has more than that of Gram matrices with the product `along` of
    their diagonals.
    """
    rows = len(a.lengths)
    return a.lengths.sum() * b.lengths.sum() / ((rows - 1) * (rows - 2)) - along * (1 + 2 / (rows - 2))


def _gram(one: Factor, data: Inputs) -> Float[np.ndarray, "rows rows"]:
    return data.once(("gram", one.number), lambda: one.rows @ one.rows.T)


def _centring(one: Factor) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"], float]:
    """The diagonal of K, and what U-centring subtracts from each row and column and adds to all entries."""
    rows = len(one.lengths)
    return one.lengths, -one.lengths / (rows - 2), -one.lengths.sum() / ((rows - 1) * (rows - 2))


def _gram_times(one: Factor, vector: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " rows"]:
    return one.rows @ (vector @ one.rows)


@dataclasses.dataclass(frozen=True)
class GaussianCKA(KernelScore):
    """CKA with the Gaussian kernel exp(−‖x − y‖² / 2σ²) (Kornblith et al. 2019, section 3).

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import GaussianCKA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> GaussianCKA().measure(Inputs((a, 3 * a[:, ::-1]))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    bandwidth: float = setting(
        1.0,
        "σ divided by the median distance between rows. The median is estimated from at most 500 random rows.",
        gt=0,
    )
    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "alignment of Gaussian kernels, in which near pairs count most"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        squares = euclidean_distances(features, squared=True)
        some = squares[:MEDIAN_ROWS]
        median = np.median(some[some > 0]) if (some > 0).any() else 1.0
        kernel = np.exp(squares * np.float32(-0.5 / (self.bandwidth**2 * median)))
        means = kernel.mean(1, dtype=np.float64).astype(np.float32)
        kernel -= means[:, None]
        kernel -= means
        kernel += means.mean(dtype=np.float64).astype(np.float32)
        return kernel
