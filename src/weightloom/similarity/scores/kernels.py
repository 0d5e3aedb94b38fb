"""Scores based on products ⟨K_A, K_B⟩ of matrices over rows, with an exact null distribution."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from weightloom.errors import InputError
from weightloom.similarity.scores.base import Inputs, Measured, Score, around, centred, jackknife_error, over_pairs
from weightloom.similarity.scores.shifts import products_of, spectra_of

LONG = 4096
"""Rows above which no score that can do without keeps a matrix over all pairs of rows."""
MOST_ROWS = 30_000  # of a score that cannot: a matrix of so many rows takes 3.6 GB


class KernelScore(Score):
    """A score based on products ⟨K_A, K_B⟩ of one matrix per encoder: their cosine, or the distance ‖K_A − K_B‖.

    The influence of a row on a product is twice its part of the sum, plus what it contributes through quantities that
    the matrices are computed from.
    """

    symmetric: ClassVar[bool] = True
    needs_labels: ClassVar[bool] = False
    symmetric_matrices: ClassVar[bool] = True

    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        """The matrix of one encoder. A score whose `prepare` and `matrix_of` do without it need not have it.

        Args:
            features: features of the encoder with mean 0 and mean squared length 1, shape (rows, d).
        """
        raise NotImplementedError

    def prepare(self, features: Float[np.ndarray, "rows d"], data: Inputs, number: int) -> Any:
        """What products and shifts are computed from. By default, the matrix.

        Args:
            features: as for `matrix`, in double precision and in the random order of the shifts.
            data: the inputs of the score.
            number: number of the encoder.
        """
        self.check_rows(data)
        return self.matrix(features.astype(np.float32))

    def check_rows(self, data: Inputs) -> None:
        """Checks that a matrix over all pairs of rows fits into memory.

        Args:
            data: the inputs of the score.

        Raises:
            InputError: if there are too many rows.
        """
        if data.rows > MOST_ROWS:
            raise InputError(
                f"{type(self).__name__} needs a matrix over all pairs of {data.rows} rows: give at most {MOST_ROWS} "
                "rows, or leave out this score."
            )

    def pair(self, a: Any, b: Any, data: Inputs) -> tuple[Any, Float[np.ndarray, " rows"]]:
        """The product of two encoders and its derivative by each row's weight.

        Args:
            a: what `prepare` made of the first encoder.
            b: what it made of the second one.
            data: the inputs of the score.
        """
        parts = shares(a, b, self.symmetric_matrices)
        return parts.sum() / 2, parts

    def shifted(self, prepared: list[Any], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        """The products at shifts of the second encoder's rows, without the shift by 0.

        Args:
            prepared: what `prepare` made of each encoder. The list may be emptied.
            data: the inputs of the score.
        """
        self.check_rows(data)
        spectra = []
        while prepared:  # free each matrix after use, because with many rows they fill the memory
            spectra.append(spectra_of(self.matrix_of(prepared.pop(0)), self.symmetric_matrices))
        left, right = ([spectra[number] for number in side] for side in (data.left, data.right))
        return products_of(left, right, data.rows, self.symmetric_matrices)[1:]

    def within(self, prepared: list[Any], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        """The products with rows of the second encoder in random orders within groups.

        Args:
            prepared: what `prepare` made of each encoder.
            data: the inputs of the score, with groups.
        """
        return draws_within(
            data,
            prepared,
            lambda one, order: one.take(order, 0).take(order, 1),
            lambda a, b: float(np.einsum("ij,ij->i", a, b, dtype=np.float64).sum()),
        )

    def draws(self, prepared: list[Any], data: Inputs) -> Float[np.ndarray, "draws left right"]:
        """The products in each draw of the null.

        Args:
            prepared: what `prepare` made of each encoder. The list may be emptied.
            data: the inputs of the score.
        """
        return self.shifted(prepared, data) if data.groups is None else self.within(prepared, data)

    def matrix_of(self, prepared: Any) -> Float[np.ndarray, "rows rows"]:
        """The matrix of one encoder.

        Args:
            prepared: what `prepare` made of the encoder.
        """
        return prepared

    def prepare_all(self, data: Inputs) -> list[Any]:
        """What `prepare` makes of each encoder.

        Args:
            data: the inputs of the score.
        """
        order = order_of(data)
        return [self.prepare(centred(array)[order], data, number) for number, array in enumerate(data.compact)]

    def measure(self, data: Inputs) -> Measured:
        prepared = self.prepare_all(data)
        own = [self.pair(one, one, data) for one in prepared]
        product, influence = over_pairs(
            data, lambda a, b: own[a] if a == b else self.pair(prepared[a], prepared[b], data)
        )
        sides = [
            (np.array([own[number][0] for number in side]), np.stack([own[number][1] for number in side]))
            for side in (data.left, data.right)
        ]
        combined = _cosine if self.larger_is_more_similar else _distance
        return combined(product, influence, self.draws(prepared, data), *sides)


def _cosine(
    product: Float[np.ndarray, "a b"],
    influence: Float[np.ndarray, "a b rows"],
    shifted: Float[np.ndarray, "q a b"],
    left: tuple[Float[np.ndarray, " a"], Float[np.ndarray, "a rows"]],
    right: tuple[Float[np.ndarray, " b"], Float[np.ndarray, "b rows"]],
) -> Measured:
    """The cosine of the matrices. It is NaN where a matrix is 0, and so has no direction.

    `left` and `right` are the products of encoders with themselves, and their derivatives by each row's weight.
    """
    (first, of_first), (second, of_second) = left, right
    squares = first[:, None] * second
    lengths = np.sqrt(np.where((first[:, None] > 0) & (second > 0), squares, np.nan))
    value = product / lengths
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (of_first / first[:, None])[:, None] + of_second / second[:, None]
    moved = influence / lengths[..., None] - value[..., None] * relative / 2
    return Measured(value, shifted / lengths, *around(value, jackknife_error(moved)))


def _distance(
    product: Float[np.ndarray, "a b"],
    influence: Float[np.ndarray, "a b rows"],
    shifted: Float[np.ndarray, "q a b"],
    left: tuple[Float[np.ndarray, " a"], Float[np.ndarray, "a rows"]],
    right: tuple[Float[np.ndarray, " b"], Float[np.ndarray, "b rows"]],
) -> Measured:
    (first, of_first), (second, of_second) = left, right
    own = first[:, None] + second
    square = own - 2 * product
    ends = around(square, jackknife_error(of_first[:, None] + of_second - 2 * influence))
    squares = (square, own - 2 * shifted, *ends)
    return Measured(*(np.sqrt(np.maximum(one, 0)) for one in squares))


def draws_of(
    data: Inputs, at_shifts: Callable[[int, int], Float[np.ndarray, " shifts"]]
) -> Float[np.ndarray, "draws left right"]:
    """Quantities of all pairs at all shifts of the second encoder's rows, without the shift by 0.

    Args:
        data: the encoders.
        at_shifts: the quantity of the pair of encoders with two numbers, at shifts by 0, 1, 2, …
    """
    [found] = over_pairs(data, lambda a, b: (at_shifts(a, b),))
    return np.moveaxis(found, -1, 0)[1:]


def order_of(data: Inputs) -> Int[np.ndarray, " rows"]:
    """The random order of the rows in which kernel scores prepare them."""
    return data.generator("cyclic").permutation(data.rows)


def draws_within(
    data: Inputs,
    prepared: Sequence[Any],
    moved: Callable[[Any, Int[np.ndarray, " rows"]], Any],
    product: Callable[[Any, Any], float],
) -> Float[np.ndarray, "draws left right"]:
    """Quantities of all pairs, with rows of the second encoder in random orders within groups.

    Args:
        data: the encoders.
        prepared: what the score made of each encoder.
        moved: one encoder with its rows in another order.
        product: the quantity of two encoders, which does not depend on their order.
    """
    orders = data.shuffles(data.rows, order_of(data))
    found = np.empty((len(orders), len(data.left), len(data.right)))
    for draw, order in enumerate(orders):
        for column, b in enumerate(data.right):
            other = moved(prepared[b], order)
            for row, a in enumerate(data.left if data.split is not None else data.left[: column + 1]):
                found[draw, row, column] = product(prepared[a], other)
                if data.split is None:
                    found[draw, column, row] = found[draw, row, column]
        if data.progress is not None:
            data.progress(draw + 1, len(orders))
    return found


def shares(
    a: Float[np.ndarray, "rows rows"], b: Float[np.ndarray, "rows rows"], symmetric: bool
) -> Float[np.ndarray, " rows"]:
    """Derivative of Σ wᵢ wⱼ Aᵢⱼ Bᵢⱼ by each weight, at weights of 1."""
    rows = np.einsum("ij,ij->i", a, b, dtype=np.float64)
    return 2 * rows if symmetric else rows + np.einsum("ij,ij->j", a, b, dtype=np.float64)
