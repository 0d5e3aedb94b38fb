"""Centred kernel alignment: linear, debiased, and with a Gaussian kernel."""

import dataclasses
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from sklearn.metrics.pairwise import euclidean_distances

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID
from weightloom.similarity.scores.kernels import KernelScore

MEDIAN_ROWS = 500


@dataclasses.dataclass(frozen=True)
class CKA(KernelScore):
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

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        return features @ features.T


@dataclasses.dataclass(frozen=True)
class DebiasedCKA(CKA):
    """Linear CKA with unbiased estimates of HSIC (Song et al. 2012, eq. 5). It is about 0 for unrelated features.

    The estimate is the product of U-centred Gram matrices: their diagonals are 0 and their rows sum to 0 (Székely and
    Rizzo 2014).
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


@dataclasses.dataclass(frozen=True)
class GaussianCKA(CKA):
    """CKA with the Gaussian kernel exp(−‖x − y‖² / 2σ²) (Kornblith et al. 2019, section 3)."""

    bandwidth: float = setting(
        1.0,
        "σ divided by the median distance between rows. The median is estimated from at most 500 random rows.",
        gt=0,
    )
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
