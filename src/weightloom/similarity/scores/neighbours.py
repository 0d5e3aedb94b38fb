"""Mutual nearest neighbours: the share of nearest neighbours that two encoders have in common."""

import dataclasses
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.errors import InputError
from weightloom.similarity.scores.base import RIGID
from weightloom.similarity.scores.kernels import KernelScore


@dataclasses.dataclass(frozen=True)
class MutualNeighbours(KernelScore):
    """The share of a row's k nearest neighbours that two encoders have in common (Huh et al. 2024, appendix A).

    Nearest neighbours have the largest cosine similarity after centring. The share is the cosine between the 0/1
    matrices "j is a neighbour of i" of the two encoders. Its expectation for unrelated encoders is k / (rows − 1).

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, MutualNeighbours
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> MutualNeighbours().measure(Inputs((a, -a))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    neighbours: int = setting(10, "k, the number of neighbours.", ge=1)
    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    symmetric_matrices: ClassVar[bool] = False
    note: ClassVar[str] = "shared nearest neighbours"

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        if self.neighbours >= len(features):
            raise InputError(
                f"neighbours {self.neighbours} is too large for {len(features)} rows: give at most {len(features) - 1}."
            )
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        directions = features / np.where(lengths > 0, lengths, 1)
        closeness = directions @ directions.T
        np.fill_diagonal(closeness, -np.inf)
        nearest = np.argpartition(closeness, -self.neighbours, axis=1)[:, -self.neighbours :]
        adjacency = np.zeros_like(closeness)
        np.put_along_axis(adjacency, nearest, 1, axis=1)
        return adjacency
