"""Rank correlations between scores, for example with the disagreement of linear probes."""

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.stats import rankdata

from weightloom.errors import InputError
from weightloom.similarity.scores.base import NORMAL_95

FEWEST_ENCODERS = 4


def score_correlations(table: xr.Dataset) -> xr.Dataset:
    """Spearman rank correlations between all scores, over pairs of different encoders.

    Signs are chosen so that larger is more similar for all scores. The two directions of a pair are averaged. A
    correlation of 1 with `disagreement` means that a score orders pairs exactly as the agreement of linear probes does.
    Pairs that share an encoder are not independent, so the confidence interval is a jackknife over encoders.

    Args:
        table: the table from `compare`. Floors are excluded.

    Returns:
        `correlation`, `low` and `high` over (score, other). `low` and `high` are a 95 % confidence interval.

    Raises:
        InputError: if `table` is not from `compare`, or has fewer than four encoders.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((300, 6))
        >>> features = {str(d): a[:, :d] for d in range(2, 7)}
        >>> result = wl.similarity.score_correlations(wl.similarity.compare(features, scores=["cka", "procrustes"]))
        >>> bool(result.correlation.sel(score="cka", other="procrustes") > 0.9)
        True
    """
    if not isinstance(table, xr.Dataset) or "value" not in table:
        raise InputError(f"a {type(table).__name__} cannot be used: give the table that `compare` returned.")
    if table.a.values.tolist() != table.b.values.tolist():
        raise InputError("the table compares some encoders with others: give a table of all pairs, without `against`.")
    values = table.value.sel(a=~table.a_is_floor, b=~table.b_is_floor).transpose("score", "a", "b")
    encoders = values.sizes["a"]
    if encoders < FEWEST_ENCODERS:
        raise InputError(f"{encoders} encoders give too few pairs to rank: give at least {FEWEST_ENCODERS} encoders.")
    sign = np.where(table.larger_is_more_similar.values, 1, -1)
    similar = sign[:, None, None] * (values.values + values.values.swapaxes(1, 2)) / 2
    correlation = _correlations(similar)
    subsets = [np.delete(np.arange(encoders), left_out) for left_out in range(encoders)]
    without = np.stack([_correlations(similar[:, subset][:, :, subset]) for subset in subsets])
    error = np.sqrt((encoders - 1) / encoders * np.square(without - without.mean(0)).sum(0))
    over = ("score", "other")
    variables = {
        "correlation": (over, correlation),
        "low": (over, np.maximum(correlation - NORMAL_95 * error, -1)),
        "high": (over, np.minimum(correlation + NORMAL_95 * error, 1)),
    }
    names = values.score.values
    return xr.Dataset(variables, {"score": names, "other": names}, {"encoders": encoders})


def _correlations(similar: Float[np.ndarray, "scores n n"]) -> Float[np.ndarray, "scores scores"]:
    """Spearman correlations over pairs. NaN for a score with the same value for all pairs."""
    first, second = np.triu_indices(similar.shape[1], 1)
    pairs = similar[:, first, second]
    # Values that differ only by rounding, relative to the largest value of the score, get the same rank.
    largest = np.abs(pairs).max(1, keepdims=True)
    ranks = rankdata(np.round(pairs / np.where(largest > 0, largest, 1), 6), axis=1)
    away = ranks - ranks.mean(1, keepdims=True)
    lengths = np.sqrt(np.square(away).sum(1))
    return away @ away.T / np.where(lengths > 0, lengths, np.nan)[:, None] / np.where(lengths > 0, lengths, np.nan)
