"""Kernel scores whose matrices are products K = F Fᵀ of features F, such as linear CKA.

Their products are computed between features: ⟨K_A, K_B⟩ = ‖F_Aᵀ F_B‖². With many rows, no matrix over rows is needed.
"""

import abc
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom.similarity.scores.base import Inputs
from weightloom.similarity.scores.kernels import LONG, KernelScore, draws_of, draws_within
from weightloom.similarity.scores.shifts import blocks_for

FEATURES_PER_ROW = 20  # pairs of features per row above which products of matrices over rows are faster
PORTION = 4096  # rows whose products are summed in single precision


class Factor(NamedTuple):
    """Features of one encoder.

    Attributes:
        number: number of the encoder.
        rows: features F with K = F Fᵀ, in single precision.
        lengths: squared length of each row before whitening.
        whitening: the matrix that `rows` were multiplied by. None if there is none.
    """

    number: int
    rows: Float[np.ndarray, "rows d"]
    lengths: Float[np.ndarray, " rows"]
    whitening: Float[np.ndarray, "d d"] | None = None


class LinearScore(KernelScore):
    """A kernel score with matrices K = F Fᵀ.

    Up to 4,096 rows, the null distribution uses all cyclic shifts of the rows, as for any kernel score. With more rows
    it uses shifts of blocks of rows, see `shifted_products`.
    """

    @abc.abstractmethod
    def prepare(self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int) -> Factor: ...

    @abc.abstractmethod
    def pair(self, a: Factor, b: Factor, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]: ...

    @abc.abstractmethod
    def at_blocks(self, a: Factor, b: Factor, blocks: int, data: Inputs) -> Float[np.ndarray, " blocks"]:
        """The product of two encoders with the rows of the second one shifted by 0, 1, 2, … blocks of rows.

        Args:
            a: what `prepare` made of the first encoder.
            b: what it made of the second one.
            blocks: number of blocks.
            data: the inputs of the score.
        """

    def shifted(self, prepared: list[Factor], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        if data.rows <= LONG or max(one.rows.shape[1] for one in prepared) >= data.rows:
            return super().shifted(prepared, data)
        blocks = blocks_for(data.rows, data.nulls + 1)
        return draws_of(data, lambda a, b: self.at_blocks(prepared[a], prepared[b], blocks, data))

    def within(self, prepared: list[Factor], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        widest = max(one.rows.shape[1] for one in prepared)
        if data.rows <= LONG and widest**2 > FEATURES_PER_ROW * data.rows:
            return super().within([self.matrix_of(one) for one in prepared], data)
        return draws_within(
            data,
            prepared,
            lambda one, order: one._replace(rows=one.rows[order], lengths=one.lengths[order]),
            self.at_draw,
        )

    def at_draw(self, a: Factor, b: Factor) -> float:
        """The product of two encoders, without its derivative.

        Args:
            a: the first encoder.
            b: the second one.
        """
        return float(np.square(cross_product(a.rows, b.rows)).sum())

    def matrix_of(self, prepared: Factor) -> Float[np.ndarray, "rows rows"]:
        return self.matrix(prepared.rows)

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        return features @ features.T


def cross_product(a: Float[np.ndarray, "rows d"], b: Float[np.ndarray, "rows e"]) -> Float[np.ndarray, "d e"]:
    """AᵀB of features in single precision, summed over portions of rows in double precision."""
    found = np.zeros((a.shape[1], b.shape[1]))
    for start in range(0, len(a), PORTION):
        found += a[start : start + PORTION].T @ b[start : start + PORTION]
    return found


def inner(a: Float[np.ndarray, "rows d"], b: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, " rows"]:
    """Inner products of rows."""
    return np.einsum("id,id->i", a, b).astype(np.float64)
