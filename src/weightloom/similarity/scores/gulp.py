"""GULP: how far the predictions of ridge regressions on two encoders can be apart."""

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

    It is the largest over all targets of norm 1 in closed form.
    It is ‖K_A − K_B‖ of K_A = A (Σ_A + λ)⁻¹ Aᵀ / rows, from features with mean 0 and mean squared length 1: a metric.
    With λ → 0 it sees only the span of the features, with large λ it orders pairs as CKA does.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Gulp, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> bool(Gulp().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.max() < 1e-3)
        True
    """

    penalty: float = setting(0.01, "λ, the penalty of the ridge predictors.", gt=0)
    larger_is_more_similar: ClassVar[bool] = False
    metric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 0.0
    note: ClassVar[str] = "largest gap between ridge predictors"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        return (features @ self._inverse(features) @ features.T) / np.float32(len(features))

    def corrections(self, features: Sequence[Float[np.ndarray, "rows _"]]) -> Float[np.ndarray, "n n rows"]:
        """The covariances and the mean squared lengths follow the weights too."""
        n, rows = len(features), len(features[0])
        inverses = [self._inverse(own) for own in features]
        lengths = [np.square(own).sum(1) for own in features]
        moved = np.empty((n, n, rows))
        for a, own in enumerate(features):
            for b, other in enumerate(features):
                cross = inverses[a] @ (own.T @ other / rows)
                pull = cross @ inverses[b] @ cross.T
                moved[a, b] = np.einsum("id,id->i", own @ pull, own) + self.penalty * np.trace(pull) * lengths[a]
        return -(moved + moved.swapaxes(0, 1)) / rows

    def _inverse(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "d d"]:
        covariance = features.T @ features / len(features)
        return np.linalg.inv(covariance + self.penalty * np.eye(len(covariance), dtype=features.dtype))
