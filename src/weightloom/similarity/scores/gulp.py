"""GULP: the largest distance between the predictions of ridge regressions on two encoders."""

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID
from weightloom.similarity.scores.kernels import KernelScore


@dataclasses.dataclass(frozen=True)
class Gulp(KernelScore):
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

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        return (features @ self._inverse(features) @ features.T) / np.float32(len(features))

    def corrections(self, features: Sequence[Float[np.ndarray, "rows _"]]) -> Float[np.ndarray, "n n rows"]:
        """Influences of rows through the covariances and the mean squared lengths."""
        n, rows = len(features), len(features[0])
        inverses = [self._inverse(array) for array in features]
        lengths = [np.square(array).sum(1) for array in features]
        moved = np.empty((n, n, rows))
        for a, first in enumerate(features):
            for b, second in enumerate(features):
                cross = inverses[a] @ (first.T @ second / rows)
                pull = cross @ inverses[b] @ cross.T
                moved[a, b] = np.einsum("id,id->i", first @ pull, first) + self.penalty * np.trace(pull) * lengths[a]
        return -(moved + moved.swapaxes(0, 1)) / rows

    def _inverse(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "d d"]:
        covariance = features.T @ features / len(features)
        return np.linalg.inv(covariance + self.penalty * np.eye(len(covariance), dtype=features.dtype))
