"""`compare`: scores of all pairs of encoders, with null distributions and confidence intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom._checks import is_whole
from weightloom._keys import AnyKey, as_seed
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.similarity.features import aligned, check_encoders, checked_features, checked_labels, encoded
from weightloom.similarity.scores import SCORES, Inputs, Measured, Score

LABELS = "labels"
GAUSSIAN = "gaussian"
# Relative tolerance of ties between a value and the null, which is computed in single precision.
TIE = 1e-5


def compare(
    features: Mapping[str, Any],
    labels: Any = None,
    scores: str | Sequence[str] | Mapping[str, Score] = "all",
    *,
    floors: Mapping[str, Any] | None = None,
    gaussian: bool = False,
    key: AnyKey = 0,
    nulls: int = 200,
    seeds: int = 10,
) -> xr.Dataset:
    """Measures the similarity of all pairs of encoders with several scores, and compares it with a null distribution.

    The null distribution of a score is its distribution for unrelated features: those of b with permuted rows.

    Args:
        features: for each encoder, features of the same inputs, shape (rows, d). d may differ between encoders. Rows
            must have the same order, or be given as `Encoded` with ids, by which they are sorted.
        labels: one label per row, of any type, or an `Encoded` with ids. Without labels, "all" excludes the scores
            that need them.
        scores: "all", names from `weightloom.similarity.SCORES`, or `Score` objects by name.
        floors: features of reference encoders that should be similar to no other, such as encoders with random weights.
        gaussian: whether to add Gaussian features as a reference encoder.
        key: random key, a whole number or a JAX key.
        nulls: number of permutations of the null distribution, at least 20. Scores based on a matrix over rows use
            all cyclic shifts of one random order instead, which are rows − 1 draws.
        seeds: number of hypernetworks, at least 2, for scores that train one.

    Returns:
        A dataset. Variables over (score, a, b), where a directed score is trained on, or stitched from, a:

        - `value`: the score.
        - `null`, `null_low`, `null_high`: the mean of the null distribution, and its central 95 % range.
        - `p`: the p-value, the probability under the null of a pair at least as similar.
        - `calibrated`: the score rescaled so that the mean of the null is 0 and an encoder with itself is 1. NaN if
          this is undefined.
        - `low`, `high`: a 95 % confidence interval over inputs.
        - `spread`: the standard deviation over hypernetworks.

        Over score: `draws`, the number of draws of the null, and the coordinates `larger_is_more_similar`, `symmetric`
        and `note`.

    Raises:
        InputError: if an argument is invalid, or the features or labels cannot be compared. The message says how many
            rows or classes are at fault, and which.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((300, 5))
        >>> table = wl.similarity.compare({"a": a, "rotated": a[:, ::-1], "other": a**3}, scores=["cka"])
        >>> table.value.sel(score="cka", a="a").round(2).values.tolist()
        [1.0, 1.0, 0.5]
    """
    chosen = members(scores, labels is not None)
    key = as_seed(key)
    names, data = _inputs(features, labels, {} if floors is None else floors, gaussian, key, nulls, seeds)
    results = {name: _variables(score, score.measure(data)) for name, score in chosen.items()}
    over = ("score", "a", "b")
    variables = {
        variable: (over, np.stack([result[variable] for result in results.values()]))
        for variable in next(iter(results.values()))
    }
    is_floor = [name in (floors or {}) or (gaussian and name == GAUSSIAN) for name in names]
    coordinates: dict[str, Any] = {
        "score": list(chosen),
        "a": names,
        "b": names,
        "a_is_floor": ("a", is_floor),
        "b_is_floor": ("b", is_floor),
        "larger_is_more_similar": ("score", [score.larger_is_more_similar for score in chosen.values()]),
        "symmetric": ("score", [score.symmetric for score in chosen.values()]),
        "note": ("score", [score.note for score in chosen.values()]),
    }
    table = xr.Dataset(variables, coordinates, {"rows": data.rows, "key": key, "nulls": nulls, "seeds": seeds})
    return table.assign(draws=table.draws.isel(a=0, b=0, drop=True))


def _variables(score: Score, measured: Measured) -> dict[str, Float[np.ndarray, "n n"]]:
    value, null, low, high, spread = measured
    sign = 1 if score.larger_is_more_similar else -1
    mean = null.mean(0)
    below, above = np.quantile(null, (0.025, 0.975), axis=0)
    tie = TIE * np.maximum(np.abs(value), np.abs(null).max(0))
    as_alike = (sign * (null - value) >= -tie).sum(0)
    return {
        "value": value,
        "null": mean,
        "null_low": below,
        "null_high": above,
        "p": np.where(np.isnan(value), np.nan, (1 + as_alike) / (1 + len(null))),
        "calibrated": _calibrated(score, value, mean, above if sign > 0 else -below),
        "low": low,
        "high": high,
        "spread": np.full_like(value, np.nan) if spread is None else spread,
        "draws": np.full_like(value, len(null)),
    }


def _calibrated(
    score: Score, value: Float[np.ndarray, "n n"], null: Float[np.ndarray, "n n"], alike: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "n n"]:
    """(value − null) / (self − null). For distances, whose self value is 0, this is 1 − value / null.

    It is NaN if the score of an encoder with itself depends on the encoder, or lies within the null's range.
    """
    if score.self_value is None:
        return np.full_like(value, np.nan)
    sign = 1 if score.larger_is_more_similar else -1
    room = sign * score.self_value > alike
    return np.where(room, (value - null) / np.where(room, score.self_value - null, 1), np.nan)


def members(scores: str | Sequence[str] | Mapping[str, Score], labelled: bool) -> dict[str, Score]:
    """Resolves the argument `scores` of `compare` to scores by name.

    Args:
        scores: as for `compare`.
        labelled: whether labels are given.

    Raises:
        InputError: if a score is unknown, no score is given, or a score needs labels and none are given.

    Examples:
        >>> list(members(["cka", "gulp"], labelled=False))
        ['cka', 'gulp']
    """
    if isinstance(scores, Mapping):
        chosen = dict(scores)
        wrong = [name for name, score in chosen.items() if not isinstance(score, Score)]
        if wrong:
            raise InputError(f"score {wrong[0]!r} is a {type(chosen[wrong[0]]).__name__}: give a Score, such as CKA().")
    elif isinstance(scores, str) and scores == "all":
        chosen = {name: score for name, score in SCORES.items() if labelled or not score.needs_labels}
    else:
        names = list(scores) if isinstance(scores, Sequence) and not isinstance(scores, str) else [scores]
        unknown = [name for name in names if not isinstance(name, str) or name not in SCORES]
        if unknown:
            raise InputError(f"score {shown(unknown[0])} is unknown: use all, or some of {', '.join(SCORES)}.")
        chosen = {name: SCORES[name] for name in names}
    if not chosen:
        raise InputError(f"no score was given: use all, or some of {', '.join(SCORES)}.")
    needing = [name for name, score in chosen.items() if score.needs_labels]
    if needing and not labelled:
        raise InputError(f"{', '.join(needing)} need labels: give one label per row, or leave out these scores.")
    return chosen


def _inputs(
    features: Mapping[str, Any],
    labels: Any,
    floors: Mapping[str, Any],
    gaussian: bool,
    key: int,
    nulls: int,
    seeds: int,
) -> tuple[list[str], Inputs]:
    if not (is_whole(nulls, 20) and is_whole(seeds, 2)):
        raise InputError(
            f"nulls {nulls!r} and seeds {seeds!r} cannot be used: give at least 20 nulls and at least 2 seeds."
        )
    check_encoders("features", features)
    check_encoders("floors", floors)
    taken = sorted(
        (features.keys() & floors.keys()) | ({GAUSSIAN} & (features.keys() | floors.keys()) if gaussian else set())
    )
    if taken:
        raise InputError(f"{', '.join(taken)} is the name of both an encoder and a floor: rename one.")
    if len(features) + len(floors) + gaussian < 2:
        given = ", ".join([*features, *floors, *([GAUSSIAN] if gaussian else [])]) or "no encoder"
        raise InputError(f"{given} alone cannot be compared: give at least two encoders.")
    rows_of = {name: encoded(name, one) for name, one in {**features, **floors}.items()}
    if LABELS in rows_of and labels is not None:
        raise InputError(f"an encoder has the reserved name {LABELS!r}: rename it.")
    rows = aligned(rows_of if labels is None else rows_of | {LABELS: encoded(LABELS, labels)})
    numbers = None if labels is None else checked_labels(rows.pop(LABELS))
    arrays = {name: checked_features(name, one) for name, one in rows.items()}
    data = Inputs(tuple(arrays.values()), numbers, key, nulls, seeds)
    if not gaussian:
        return list(arrays), data
    width = int(np.median([one.shape[1] for one in arrays.values()]))
    noise = data.generator(GAUSSIAN).standard_normal((data.rows, width))
    return [*arrays, GAUSSIAN], Inputs((*data.features, noise), numbers, key, nulls, seeds)
