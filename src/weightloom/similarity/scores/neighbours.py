"""Mutual nearest neighbours: the share of nearest neighbours that two encoders have in common."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.errors import InputError
from weightloom.similarity.scores.base import RIGID, SHIFT, Inputs, over_pairs
from weightloom.similarity.scores.kernels import LONG, KernelScore
from weightloom.similarity.scores.nearest import Neighbours, nearest
from weightloom.similarity.scores.shifts import sparse_cyclic_products


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
            features = data.features[number][data.generator("cyclic").permutation(data.rows)].astype(np.float64)
        return nearest(features, self.neighbours, data.generator(f"ties {number}"))

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
        [found] = over_pairs(data, lambda a, b: (sparse_cyclic_products(prepared[a].weights, prepared[b].weights),))
        return np.moveaxis(found, -1, 0)[1:]

    def matrix(self, features: Neighbours) -> Float[np.ndarray, "rows rows"]:
        return features.weights.toarray().astype(np.float32)

    def matrix_of(self, prepared: Neighbours) -> Float[np.ndarray, "rows rows"]:
        return self.matrix(prepared)
