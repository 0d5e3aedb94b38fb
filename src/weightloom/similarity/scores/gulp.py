"""GULP: the largest distance between the predictions of ridge regressions on two encoders."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID, Inputs
from weightloom.similarity.scores.linear import Factor, LinearScore, cross_product, inner
from weightloom.similarity.scores.shifts import shifted_squares


@dataclasses.dataclass(frozen=True)
class Gulp(LinearScore):
    """The largest distance between ridge predictors on two encoders (Boix-Adsera et al. 2022, definition 1).

    The maximum over all targets of norm 1 has a closed form: ‖K_A − K_B‖ with K_A = A (Σ_A + λ)⁻¹ Aᵀ / rows, for
    features with mean 0 and mean squared length 1. It is a metric. For λ → 0 it depends only on the span of the
    features. For large λ it orders pairs like CKA.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Gulp, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> bool(Gulp().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.max() < 1e-3)
        True
    """

    penalty: float = setting(0.01, "The ridge penalty λ.", gt=0)
    larger_is_more_similar: ClassVar[bool] = False
    metric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 0.0
    note: ClassVar[str] = "largest gap between ridge predictors"

    def prepare(self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int) -> Factor:
        """Whitened features A (Σ_A + λ)^(−1/2) / √rows."""
        values, vectors = np.linalg.eigh(features.T @ features / len(features))
        whitening = vectors / np.sqrt(np.maximum(values, 0) + self.penalty)
        rows = features @ whitening / np.sqrt(len(features))
        return Factor(number, rows.astype(np.float32), np.einsum("id,id->i", features, features), whitening)

    def pair(self, a: Factor, b: Factor, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        """The product, and its derivative: also through the covariances and the mean squared lengths."""
        cross = cross_product(a.rows, b.rows)
        single = cross.astype(np.float32)
        toward_b = a.rows @ single
        parts = 2 * inner(toward_b, b.rows)
        for one, toward, pull in ((a, toward_b, single), (b, b.rows @ single.T, single.T)):
            assert one.whitening is not None
            trace = np.square(one.whitening @ pull).sum()
            parts -= inner(toward, toward) + self.penalty * trace * one.lengths / len(one.lengths)
        return np.square(cross).sum(), parts

    def at_blocks(self, a: Factor, b: Factor, blocks: int, data: Inputs) -> Float[np.ndarray, " blocks"]:
        return shifted_squares(a.rows, b.rows, blocks)
