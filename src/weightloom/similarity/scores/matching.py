"""Soft matching: the correlation of features after the best matching of one encoder's features with the other's."""

import dataclasses
import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment, linprog

from weightloom.errors import InputError
from weightloom.similarity.scores.base import PERMUTATION, SCALE, SHIFT, Inputs, Measured, jackknife_error
from weightloom.similarity.scores.blocks import BlockScore
from weightloom.similarity.scores.shifts import Draws

MOST_PAIRS = 2**24  # of features: a matrix of so many takes 128 MB
MOST_COPIES = 256  # of features below which an assignment of copies is faster than a linear program
NEAR = 8  # most correlated features of each feature, from which the linear program starts
TOLERANCE = 1e-9
CONSTANT = {np.dtype(np.float32): 1e-6}  # range of a feature, relative to its size, that is rounding; else 1e-12


@dataclasses.dataclass(frozen=True)
class SoftMatching(BlockScore):
    """The mean correlation Σᵢⱼ Tᵢⱼ corr(aᵢ, bⱼ) of matched features (Khosla and Williams 2024).

    T is the best of all plans that match every feature of one encoder with features of the other, each with the same
    total weight. Encoders of the same width are matched one to one. So the score is about single features: it changes
    with a rotation, and with the sign of a feature. Constant features are left out.

    The matching is optimal, not approximate. Each draw of the null needs one too: 200 draws of two encoders with 512
    features take 8 seconds, with 495 and 512 features 42 (`make benchmark-similarity-sizes`). Give fewer `nulls` for
    wider ones. Draws are shifts of blocks of rows, see `shifted_products`. The interval takes the plan as given.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, SoftMatching
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> SoftMatching().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.round(4).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    larger_is_more_similar: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = frozenset({PERMUTATION, SCALE, SHIFT})
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "correlation of features, each matched with its like"

    def measure(self, data: Inputs) -> Measured:
        widths = [max(data.features[number].shape[1] for number in side) for side in (data.left, data.right)]
        if math.prod(widths) > MOST_PAIRS:
            raise InputError(
                f"SoftMatching needs a matrix over all pairs of {widths[0]} and {widths[1]} features: give encoders "
                f"with at most {math.isqrt(MOST_PAIRS)} features, or leave out this score."
            )
        return super().measure(data)

    def prepare(self, data: Inputs, number: int, order: Int[np.ndarray, " rows"]) -> Float[np.ndarray, "rows c"]:
        return _standardised(data.features[number])[order]

    def pair(self, a: Float[np.ndarray, "rows p"], b: Float[np.ndarray, "rows q"], draws: Draws) -> tuple[Any, ...]:
        if not (a.size and b.size):
            return np.nan, np.nan, np.full(len(draws), np.nan)
        correlations = a.T @ b
        plan = best_plan(correlations)
        shares = scipy.sparse.csr_array((plan.share, (plan.row, plan.column)), correlations.shape)
        worth = shares.multiply(correlations)
        ends = np.square(a) @ worth.sum(axis=1) + np.square(b) @ worth.sum(axis=0)
        moved = np.einsum("id,id->i", a @ shares, b) - ends / 2
        null = [best_plan(one).total(one) for one in draws.products(a, b)]
        return plan.total(correlations), jackknife_error(moved), np.array(null)


class Plan(NamedTuple):
    """Which features are matched, with a sum of shares of 1. A pair may be listed more than once.

    Attributes:
        row: the features of the first encoder.
        column: those of the second one that they are matched with.
        share: the weight of each pair.
    """

    row: Int[np.ndarray, " n"]
    column: Int[np.ndarray, " n"]
    share: Float[np.ndarray, " n"]

    def total(self, worth: Float[np.ndarray, "p q"]) -> float:
        """The mean worth of the matched pairs.

        Args:
            worth: what a pair of features is worth.
        """
        return float(self.share @ worth[self.row, self.column])


def best_plan(worth: Float[np.ndarray, "p q"]) -> Plan:
    """The plan of largest total in which each row has shares of 1 / p, and each column shares of 1 / q.

    It is an assignment if one width is a multiple of the other, or if copies of the features fit: as many as the least
    common multiple of the widths. Otherwise it is the solution of a linear program. It has few pairs, so the program
    starts from the pairs of the most correlated features. Pairs that would improve its solution are added until there
    are none: the solution is then the best over all pairs.

    Args:
        worth: what a pair of features is worth.

    Examples:
        >>> import numpy as np
        >>> worth = np.array([[0.0, 1.0, 0.0], [1.0, 0.9, 0.0]])
        >>> round(best_plan(worth).total(worth), 3)
        0.667
    """
    few, many = worth.shape
    if few > many:
        other = best_plan(worth.T)
        return Plan(other.column, other.row, other.share)
    copies = math.lcm(few, many)
    if copies > max(many, MOST_COPIES):
        return _transported(worth)
    of_row, of_column = copies // few, copies // many
    row, column = linear_sum_assignment(worth.repeat(of_row, 0).repeat(of_column, 1), maximize=True)
    return Plan(row // of_row, column // of_column, np.full(copies, 1 / copies))


def _transported(worth: Float[np.ndarray, "p q"]) -> Plan:
    rows, columns = worth.shape
    # The staircase of pairs that share an interval of weight: it makes a plan possible.
    steps = np.unique(np.concatenate([np.arange(rows) * columns, np.arange(columns) * rows]))
    pairs = _best(worth)
    pairs[steps // columns, steps // rows] = True
    while True:
        row, column = np.nonzero(pairs)
        number = np.arange(len(row))
        sums = scipy.sparse.csc_array(
            (np.ones(2 * len(row)), (np.concatenate([row, rows + column]), np.concatenate([number, number]))),
            (rows + columns, len(row)),
        )
        found = linprog(
            -worth[row, column],
            A_eq=sums,
            b_eq=np.repeat([float(columns), float(rows)], [rows, columns]),
            method="highs-ds",
            options={
                "presolve": False,
                "primal_feasibility_tolerance": TOLERANCE,
                "dual_feasibility_tolerance": TOLERANCE,
            },
        )
        if found.status != 0:
            raise RuntimeError(f"no best matching of {rows} with {columns} features was found: {found.message}")
        prices = found.eqlin.marginals
        gain = worth + prices[:rows, None] + prices[rows:]
        better = (gain > TOLERANCE) & ~pairs
        if not better.any():
            return Plan(row, column, found.x / (rows * columns))
        pairs |= better & _best(np.where(better, gain, 0))


def _best(worth: Float[np.ndarray, "p q"]) -> Bool[np.ndarray, "p q"]:
    """The largest entries of each row and of each column."""
    best = np.zeros(worth.shape, bool)
    for axis in (0, 1):
        near = min(NEAR, worth.shape[axis])
        places = np.argpartition(-worth, near - 1, axis).take(range(near), axis)
        np.put_along_axis(best, places, True, axis)
    return best


def _standardised(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows c"]:
    """The features that are not constant, with mean 0 and length 1, in double precision."""
    varies = np.ptp(features, axis=0) > CONSTANT.get(features.dtype, 1e-12) * np.abs(features).max(0)
    away = features[:, varies].astype(np.float64)
    away -= away.mean(0)
    return away / np.linalg.norm(away, axis=0)
