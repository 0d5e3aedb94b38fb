"""Grounding: do the scores order pairs of encoders as the disagreement of their probes does?"""

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.stats import rankdata

from weightloom.errors import InputError
from weightloom.similarity.scores.base import NORMAL_95

FEWEST_ENCODERS = 4


def score_correlations(table: xr.Dataset) -> xr.Dataset:
    """Rank correlations of every two scores over pairs of different encoders.

    All scores are turned so that larger is more alike; a correlation of 1 with `disagreement` then says that the score
    orders pairs exactly as the agreement of the probes does. The two directions of a pair are averaged first.
    Pairs that share an encoder are not independent: the interval is a jackknife that leaves out one encoder at a time.

    Args:
        table: what `compare` returned; floors are left out.

    Returns:
        Over (score, other): `correlation`, Spearman's, and the ends `low` and `high` of its 95 % interval.

    Raises:
        InputError: if there are fewer than four encoders.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((300, 6))
        >>> features = {str(d): a[:, :d] for d in range(2, 7)}
        >>> found = wl.similarity.score_correlations(wl.similarity.compare(features, scores=["cka", "procrustes"]))
        >>> bool(found.correlation.sel(score="cka", other="procrustes") > 0.9)
        True
    """
    if not isinstance(table, xr.Dataset) or "value" not in table:
        raise InputError(f"a {type(table).__name__} cannot be used: give the table that `compare` returned.")
    values = table.value.sel(a=~table.a_is_floor, b=~table.b_is_floor).transpose("score", "a", "b")
    encoders = values.sizes["a"]
    if encoders < FEWEST_ENCODERS:
        raise InputError(f"{encoders} encoders make too few pairs to rank: give at least {FEWEST_ENCODERS}.")
    sign = np.where(table.larger_is_more_similar.values, 1, -1)
    alike = sign[:, None, None] * (values.values + values.values.swapaxes(1, 2)) / 2
    correlation = _correlations(alike)
    kept = [np.delete(np.arange(encoders), left_out) for left_out in range(encoders)]
    without = np.stack([_correlations(alike[:, own][:, :, own]) for own in kept])
    error = np.sqrt((encoders - 1) / encoders * np.square(without - without.mean(0)).sum(0))
    over = ("score", "other")
    variables = {
        "correlation": (over, correlation),
        "low": (over, np.maximum(correlation - NORMAL_95 * error, -1)),
        "high": (over, np.minimum(correlation + NORMAL_95 * error, 1)),
    }
    names = values.score.values
    return xr.Dataset(variables, {"score": names, "other": names}, {"encoders": encoders})


def _correlations(alike: Float[np.ndarray, "scores n n"]) -> Float[np.ndarray, "scores scores"]:
    """Spearman's correlations over pairs; NaN for a score that has one value only."""
    first, second = np.triu_indices(alike.shape[1], 1)
    pairs = alike[:, first, second]
    # Values that only rounding tells apart are one rank; scores have units of their own.
    largest = np.abs(pairs).max(1, keepdims=True)
    ranks = rankdata(np.round(pairs / np.where(largest > 0, largest, 1), 6), axis=1)
    away = ranks - ranks.mean(1, keepdims=True)
    lengths = np.sqrt(np.square(away).sum(1))
    return away @ away.T / np.where(lengths > 0, lengths, np.nan)[:, None] / np.where(lengths > 0, lengths, np.nan)
