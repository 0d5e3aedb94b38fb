"""Scores of canonical correlations: SVCCA and PWCCA."""

import dataclasses
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.similarity.scores.base import (
    ORTHOGONAL,
    RIGID,
    Inputs,
    Measured,
    Score,
    around,
    centred,
    jackknife_error,
    over_directed_pairs,
    over_pairs,
)
from weightloom.similarity.scores.procrustes import nuclear_norms
from weightloom.similarity.scores.shifts import blocks_for, each_shifted_product

ROUNDING = 1e-10  # part of the variance that may be rounding
TIED = 1e-9  # variances, relative to each other, and correlations that differ by less are equal


@dataclasses.dataclass(frozen=True)
class SVCCA(Score):
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
    symmetric: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    needs_labels: ClassVar[bool] = False
    note: ClassVar[str] = "mean canonical correlation of the leading principal components"

    def measure(self, data: Inputs) -> Measured:
        bases = [_basis(array, self.variance) for array in _in_random_order(data.compact, data)]
        blocks = blocks_for(data.rows, data.nulls + 1)

        def of_pair(a: int, b: int) -> tuple[Any, ...]:
            found = _canonical(bases[a], bases[b])
            most = len(found.correlations)
            null = [nuclear_norms(one[None])[0] / most for one in each_shifted_product(bases[a], bases[b], blocks)]
            return found.correlations.mean(), jackknife_error(found.influence.mean(1)), np.array(null)

        return _measured(over_pairs(data, of_pair))


@dataclasses.dataclass(frozen=True)
class PWCCA(Score):
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
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID - {ORTHOGONAL}
    self_value: ClassVar[float | None] = 1.0
    needs_labels: ClassVar[bool] = False
    note: ClassVar[str] = "canonical correlations, weighted by the first encoder's features"

    def measure(self, data: Inputs) -> Measured:
        bases = [_basis(array, self.variance) for array in _in_random_order(data.compact, data)]
        loadings = [basis.T @ array for basis, array in zip(bases, _in_random_order(data.features, data))]
        blocks = blocks_for(data.rows, data.nulls + 1)

        def of_both(a: int, b: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
            found = _canonical(bases[a], bases[b])
            weights = [
                _weights(found.correlations, axes, loadings[number])
                for axes, number in ((found.left, a), (found.right, b))
            ]
            null = np.array(
                [
                    (rho @ _weights(rho, left, loadings[a]), rho @ _weights(rho, right.T, loadings[b]))
                    for left, rho, right in map(_decomposed, each_shifted_product(bases[a], bases[b], blocks))
                ]
            )
            forward, backward = (
                (found.correlations @ own, jackknife_error(found.influence @ own), draws)
                for own, draws in zip(weights, null.T)
            )
            return forward, backward

        return _measured(over_directed_pairs(data, of_both))


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


def _in_random_order(
    features: tuple[Float[np.ndarray, "rows _"], ...], data: Inputs
) -> list[Float[np.ndarray, "rows _"]]:
    """Features with mean 0, in the random order of the shifts."""
    order = data.generator("blocks").permutation(data.rows)
    return [centred(array)[order] for array in features]


def _basis(away: Float[np.ndarray, "rows d"], variance: float) -> Float[np.ndarray, "rows c"]:
    """An orthonormal basis of the principal components with a part of the variance."""
    variances, axes = (one[..., ::-1] for one in np.linalg.eigh(away.T @ away))
    sums = np.cumsum(np.maximum(variances, 0))
    last = variances[np.searchsorted(sums, (variance - ROUNDING) * sums[-1])]
    kept = variances >= max(last * (1 - TIED), ROUNDING * variances[0])
    return away @ axes[:, kept] / np.sqrt(variances[kept])


def _measured(
    of_pairs: list[Float[np.ndarray, "left right ..."]],
) -> Measured:
    value, error, null = of_pairs
    return Measured(value, np.moveaxis(null, -1, 0), *around(value, error))
