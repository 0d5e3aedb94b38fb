"""The Procrustes distance: the distance between features after the best rotation."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from weightloom._settings import setting
from weightloom.similarity.scores.base import Inputs, Measured, centred, jackknife_error
from weightloom.similarity.scores.blocks import BlockScore
from weightloom.similarity.scores.shifts import Draws

TIED = 1e-9  # variances, relative to each other, and correlations that differ by less are equal


@dataclasses.dataclass(frozen=True)
class Procrustes(BlockScore):
    """The distance min ‖A − B Q‖ over rotations Q, for centred features of norm 1 (Williams et al. 2021, section 2).

    Its square is 2 − 2 ‖AᵀB‖₊, where ‖·‖₊ is the sum of singular values. Widths may differ, without padding. Features
    are first projected to their leading principal components, as in Williams et al., because the null distribution
    needs one singular value decomposition per draw and pair. The distance remains a metric with the same invariances.
    Draws of the null are shifts of blocks of rows in random order, see `shifted_products`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, Procrustes
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> bool(Procrustes().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.max() < 2e-3)
        True
    """

    components: int = setting(100, "Number of principal components to keep. Narrower features are not projected.", ge=1)
    larger_is_more_similar: ClassVar[bool] = False
    metric: ClassVar[bool] = True
    self_value: ClassVar[float | None] = 0.0
    note: ClassVar[str] = "distance after the best rotation"

    def measure(self, data: Inputs) -> Measured:
        return data.once(("distances", self.components), lambda: self._distances(data))

    def _distances(self, data: Inputs) -> Measured:
        squares = super().measure(data)[:4]
        return Measured(*(np.sqrt(np.maximum(one, 0)) for one in squares))

    def prepare(self, data: Inputs, number: int, order: Int[np.ndarray, " rows"]) -> Float[np.ndarray, "rows c"]:
        return self._leading(data.compact[number])[order]

    def pair(self, a: Float[np.ndarray, "rows p"], b: Float[np.ndarray, "rows q"], draws: Draws) -> tuple[Any, ...]:
        """The squared distance, its standard error and its draws of the null."""
        if np.isnan(a).any() or np.isnan(b).any():
            return np.nan, np.nan, np.full(len(draws), np.nan)
        left, singular, right = np.linalg.svd(a.T @ b, full_matrices=False)
        lengths = np.square(a).sum(1) + np.square(b).sum(1)
        moved = singular.sum() * lengths - 2 * np.einsum("id,id->i", a @ left, b @ right.T)
        shifted = 2 - 2 * nuclear_norms(np.stack(list(draws.products(a, b))))
        return 2 - 2 * singular.sum(), jackknife_error(moved), shifted

    def _leading(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows c"]:
        """Projects features to their leading principal components and normalises them to Frobenius norm 1.

        They are NaN if the last component that is kept and the first one that is not have the same variance, so that
        the components are arbitrary.
        """
        away = centred(features)
        if self.components < away.shape[1]:
            variances, axes = np.linalg.eigh(away.T @ away)
            away = away @ axes[:, -self.components :]
            dropped, kept = variances[-self.components - 1 : len(variances) - self.components + 1]
            if kept - dropped <= TIED * kept and dropped > TIED * variances[-1]:
                return np.full_like(away, np.nan)
        return away / np.linalg.norm(away)


@dataclasses.dataclass(frozen=True)
class AngularProcrustes(Procrustes):
    """The angle arccos ‖AᵀB‖₊ after the best rotation, in radians (Williams et al. 2021, section 2).

    A and B are centred features of norm 1. The angle is the length of an arc, and the Procrustes distance d of its
    chord, so the angle is 2 arcsin(d / 2). It is at most π / 2 and ranks pairs as d does. Projection, null and interval
    are those of `Procrustes`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import AngularProcrustes, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> bool(AngularProcrustes().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.max() < 2e-3)
        True
    """

    note: ClassVar[str] = "angle after the best rotation"

    def measure(self, data: Inputs) -> Measured:
        value, null, low, high, _ = super().measure(data)
        return Measured(*(2 * np.arcsin(np.minimum(one / 2, np.sqrt(0.5))) for one in (value, null, low, high)))


def nuclear_norms(products: Float[np.ndarray, "draws c e"]) -> Float[np.ndarray, " draws"]:
    """Sums of singular values, from the eigenvalues of the smaller Gram matrix."""
    if products.shape[1] > products.shape[2]:
        products = products.transpose(0, 2, 1)
    grams = products @ products.transpose(0, 2, 1)
    return np.sqrt(np.maximum(np.linalg.eigvalsh(grams), 0)).sum(-1)
