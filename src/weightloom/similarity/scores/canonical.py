"""Scores of canonical correlations: SVCCA and PWCCA."""

import dataclasses
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from weightloom._settings import setting
from weightloom.similarity.scores.base import ORTHOGONAL, RIGID, Inputs, centred, jackknife_error
from weightloom.similarity.scores.blocks import BlockScore
from weightloom.similarity.scores.procrustes import TIED, nuclear_norms
from weightloom.similarity.scores.shifts import Draws

ROUNDING = 1e-10  # part of the variance that may be rounding


@dataclasses.dataclass(frozen=True)
class SVCCA(BlockScore):
    """The mean canonical correlation of the leading principal components (Raghu et al. 2017, section 2).

    Each encoder is projected to the fewest principal components with 99 % of its variance. The mean is over as many
    correlations as the narrower one has components. Components of the same variance as the last one are kept as well,
    because a choice among them would be arbitrary.

    It is biased: if both encoders keep k components of n rows, unrelated features score about √(k / n). If they keep
    more components than rows together, some correlations are 1 for any features.

    The interval takes the number of components and their axes as given. Draws of the null are shifts of blocks of rows,
    see `shifted_products`. Each draw needs the singular values of one matrix over pairs of components.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import SVCCA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> SVCCA().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    variance: float = setting(0.99, "Part of the variance that the principal components keep, up to 1.", gt=0, le=1)
    larger_is_more_similar: ClassVar[bool] = True
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "mean canonical correlation of the leading principal components"

    def prepare(self, data: Inputs, number: int, order: Int[np.ndarray, " rows"]) -> Float[np.ndarray, "rows c"]:
        return _basis(centred(data.compact[number])[order], self.variance)

    def pair(self, a: Float[np.ndarray, "rows p"], b: Float[np.ndarray, "rows q"], draws: Draws) -> tuple[Any, ...]:
        found = _canonical(a, b)
        null = [nuclear_norms(one[None])[0] / len(found.correlations) for one in draws.products(a, b)]
        return found.correlations.mean(), jackknife_error(found.influence.mean(1)), np.array(null)


@dataclasses.dataclass(frozen=True)
class PWCCA(BlockScore):
    """The mean canonical correlation with more weight on directions that matter to the first encoder.

    The weight of a canonical variate h of the first encoder is Σⱼ |⟨h, aⱼ⟩| over its centred features aⱼ (Morcos,
    Raghu and Bengio 2018, section 2). So the score depends on the first encoder's axes, and on the direction. The
    authors' code takes the narrower encoder as the first one in both directions. Variates of equal correlation are not
    unique: each then has the root mean square of |⟨h, aⱼ⟩| over them, which is the same for any choice.

    If the encoders have more independent features than rows together, some correlations are 1 for any features. The
    interval takes the weights as given. Draws of the null are shifts of blocks of rows, see `shifted_products`. Each
    draw needs a singular value decomposition over pairs of features: 200 draws of two encoders with 512 features take
    34 seconds (`make benchmark-similarity-sizes`). Fewer components, as with `variance=0.99`, are faster.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import PWCCA, Inputs
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> PWCCA().measure(Inputs((a, a[:, :2]))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    variance: float = setting(
        1.0,
        "Part of the variance that the principal components keep, up to 1. 1 keeps all above rounding, which is 1e-10 "
        "of the variance.",
        gt=0,
        le=1,
    )
    larger_is_more_similar: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID - {ORTHOGONAL}
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "canonical correlations, weighted by the first encoder's features"

    def prepare(self, data: Inputs, number: int, order: Int[np.ndarray, " rows"]) -> "Loaded":
        basis = _basis(centred(data.compact[number])[order], self.variance)
        return Loaded(basis, basis.T @ centred(data.features[number])[order])

    def pair(self, a: "Loaded", b: "Loaded", draws: Draws) -> tuple[tuple[Any, ...], ...]:
        found = _canonical(a.basis, b.basis)
        weights = [
            _weights(found.correlations, axes, one.loadings) for axes, one in ((found.left, a), (found.right, b))
        ]
        null = np.array(
            [
                (rho @ _weights(rho, left, a.loadings), rho @ _weights(rho, right.T, b.loadings))
                for left, rho, right in map(_decomposed, draws.products(a.basis, b.basis))
            ]
        )
        return tuple(
            (found.correlations @ own, jackknife_error(found.influence @ own), draws)
            for own, draws in zip(weights, null.T)
        )


class Loaded(NamedTuple):
    """One encoder: a basis of its principal components, and its centred features in it."""

    basis: Float[np.ndarray, "rows c"]
    loadings: Float[np.ndarray, "c d"]


class Canonical(NamedTuple):
    """Canonical correlations of two encoders, in descending order.

    Attributes:
        correlations: the correlations.
        left: the variates of the first encoder, in its basis.
        right: those of the second one.
        influence: derivative of each correlation by the weight of each row.
    """

    correlations: Float[np.ndarray, " c"]
    left: Float[np.ndarray, "p c"]
    right: Float[np.ndarray, "q c"]
    influence: Float[np.ndarray, "rows c"]


def _canonical(a: Float[np.ndarray, "rows p"], b: Float[np.ndarray, "rows q"]) -> Canonical:
    """The canonical correlations are the singular values of the product of orthonormal bases (Björck and Golub 1973).

    The influence of a row with variates x and y on their correlation ρ is x y − ρ (x² + y²) / 2 (Romanazzi 1992).
    """
    left, correlations, right = _decomposed(a.T @ b)
    x, y = a @ left, b @ right.T
    return Canonical(correlations, left, right.T, x * y - correlations * (np.square(x) + np.square(y)) / 2)


def _decomposed(
    product: Float[np.ndarray, "p q"],
) -> tuple[Float[np.ndarray, "p c"], Float[np.ndarray, " c"], Float[np.ndarray, "c q"]]:
    left, correlations, right = np.linalg.svd(product, full_matrices=False)
    return left, np.minimum(correlations, 1), right


def _weights(
    correlations: Float[np.ndarray, " c"], axes: Float[np.ndarray, "p c"], loadings: Float[np.ndarray, "p d"]
) -> Float[np.ndarray, " c"]:
    """The weights of PWCCA, with sum 1. `axes` are the variates, and `loadings` the features, in one basis."""
    starts = np.flatnonzero(np.diff(correlations, prepend=np.inf) < -TIED)
    if len(starts) == 1:  # all correlations are equal, so weights do not matter
        return np.full(len(correlations), 1 / len(correlations))
    sizes = np.diff(starts, append=len(correlations))
    squares = np.add.reduceat(np.square(axes.T @ loadings), starts) / sizes[:, None]
    weights = np.repeat(np.sqrt(squares).sum(1), sizes)
    return np.asarray(weights / weights.sum())


def _basis(away: Float[np.ndarray, "rows d"], variance: float) -> Float[np.ndarray, "rows c"]:
    """An orthonormal basis of the principal components with a part of the variance."""
    variances, axes = (one[..., ::-1] for one in np.linalg.eigh(away.T @ away))
    sums = np.cumsum(np.maximum(variances, 0))
    last = variances[np.searchsorted(sums, (variance - ROUNDING) * sums[-1])]
    kept = variances >= max(last * (1 - TIED), ROUNDING * variances[0])
    return away @ axes[:, kept] / np.sqrt(variances[kept])
