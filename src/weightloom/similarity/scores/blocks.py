"""Scores of pairs of encoders, each with draws of the null of its own: shifts of blocks of rows."""

import abc
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, over_directed_pairs, over_pairs
from weightloom.similarity.scores.shifts import Draws, Orders, Shifts, blocks_for


class BlockScore(Score):
    """A score with draws of the null that shift blocks of rows, in random order, see `shifted_products`.

    If rows have groups, draws are random orders within groups instead.
    """

    symmetric: ClassVar[bool] = True
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    needs_labels: ClassVar[bool] = False

    @abc.abstractmethod
    def prepare(self, data: Inputs, number: int, order: Int[np.ndarray, " rows"]) -> Any:
        """What pairs are computed from.

        Args:
            data: the inputs of the score.
            number: number of the encoder.
            order: the random order of the rows.
        """

    @abc.abstractmethod
    def pair(self, a: Any, b: Any, draws: Draws) -> Any:
        """The value of two encoders, its standard error, and its draws of the null, shape (draws,).

        Of a score that is not symmetric, these three for either direction.

        Args:
            a: what `prepare` made of the first encoder.
            b: what it made of the second one.
            draws: the draws of the null.
        """

    def measure(self, data: Inputs) -> Measured:
        order = data.generator("blocks").permutation(data.rows)
        prepared = [self.prepare(data, number, order) for number in range(len(data.features))]
        draws = (
            Shifts(blocks_for(data.rows, data.nulls + 1))
            if data.groups is None
            else Orders(data.shuffles(data.rows, order))
        )

        def of_pair(a: int, b: int) -> Any:
            return self.pair(prepared[a], prepared[b], draws)

        found: list[Float[np.ndarray, "left right ..."]]
        found = over_pairs(data, of_pair) if self.symmetric else over_directed_pairs(data, of_pair)
        value, error, null = found
        return Measured(value, np.moveaxis(null, -1, 0), *around(value, error))
