"""How a score compares with its null: p-values, their correction for many pairs, and calibrated values."""

import numpy as np
from jaxtyping import Float

from weightloom.similarity.scores import Score

# Relative tolerance of ties between a value and the null, which is computed in single precision.
TIE = 1e-5


def p_of(
    value: Float[np.ndarray, "a b"],
    null: Float[np.ndarray, "draws a b"],
    sign: int = 1,
    drawn: Float[np.ndarray, "draws #a #b"] | None = None,
) -> Float[np.ndarray, "a b"]:
    """The probability under the null of a pair at least as similar: the share of the draws and the pair itself.

    Values that differ by less than 1e-5 of the largest one are equal.

    Args:
        value: the score of each pair. NaN gives NaN.
        null: the score in each draw.
        sign: 1 if larger is more similar, else −1.
        drawn: what to compare the pairs with in place of their own draws.

    Examples:
        >>> p_of(np.array([[0.5, 2.0]]), np.arange(4.0)[:, None, None] * np.ones((1, 2))).tolist()
        [[0.8, 0.6]]
    """
    tie = TIE * np.maximum(np.abs(value), np.abs(null).max(0))
    as_similar = (sign * ((null if drawn is None else drawn) - value) >= -tie).sum(0)
    return np.where(np.isnan(value), np.nan, (1 + as_similar) / (1 + len(null)))


def holm(p: Float[np.ndarray, "n n"], symmetric: bool) -> Float[np.ndarray, "n n"]:
    """Holm's correction of the p-values of all pairs of different encoders (Holm 1979). The diagonal is NaN.

    It holds for any dependence between pairs.

    Args:
        p: p-values of the pairs. NaN is no test.
        symmetric: whether (a, b) and (b, a) are one test.

    Examples:
        >>> holm(np.array([[0.1, 0.01, 0.02], [0.01, 0.1, 0.5], [0.02, 0.5, 0.1]]), True)[0].tolist()
        [nan, 0.03, 0.04]
    """
    found = np.full_like(p, np.nan)
    tests = ~np.isnan(p) & (np.triu(np.ones_like(p, bool), 1) if symmetric else ~np.eye(len(p), dtype=bool))
    values = p[tests]
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1)
    values[order] = raised
    found[tests] = values
    return np.fmax(found, found.T) if symmetric else found


def calibrated(
    score: Score, value: Float[np.ndarray, "a b"], null: Float[np.ndarray, "a b"], similar: Float[np.ndarray, "a b"]
) -> Float[np.ndarray, "a b"]:
    """(value − null) / (self − null). For distances, whose self value is 0, this is 1 − value / null.

    It is NaN if the score of an encoder with itself depends on the encoder, or lies within the null's range.
    """
    if score.self_value is None:
        return np.full_like(value, np.nan)
    sign = 1 if score.larger_is_more_similar else -1
    room = sign * score.self_value > similar
    return np.where(room, (value - null) / np.where(room, score.self_value - null, 1), np.nan)
