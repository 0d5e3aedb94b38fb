"""The table of all scores of all pairs of encoders, with floors and errors."""

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
# Products of the null are rounded in single precision; what differs by less than this is a tie.
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
    """How alike encoders are in function, by many scores, each beside what unrelated features would score.

    Args:
        features: per encoder, its features of the same inputs, shape (rows, d) with its own d. Rows are in one order,
            or each is an `Encoded` with ids, and they are put in one order.
        labels: one label per row, of any kind; or an `Encoded` with ids. Without them, "all" leaves out the scores
            that need them.
        scores: "all", names of `weightloom.similarity.SCORES`, or members with settings of your own by any name.
        floors: features of further encoders that should be alike to nothing, such as one with random weights.
        gaussian: adds Gaussian features as one more floor.
        key: all randomness comes from it, a whole number or a JAX key.
        nulls: permutations of rows for the null. Scores from matrices over the rows use every cyclic shift of one
            random order in their place: rows − 1 draws.
        seeds: hypernetworks to train for the scores that need one.

    Returns:
        Over (score, a, b): `value`; `null`, the mean of the null, in which b's rows are out of order; `null_low` and
        `null_high`, where 95 % of it lie; `p`, the chance of a null at least as alike; `calibrated`, 0 at
        the null's mean and 1 for an encoder and itself, NaN where that is undefined; `low` and `high`, a 95 %
        interval over inputs; `spread`, the standard deviation over hypernetworks. In directed scores a is
        the encoder that is trained on, or stitched from. Over score: `draws`, and what the score declares.

    Raises:
        InputError: if something cannot be compared: says how many and which.

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
    found = {name: _variables(score, score.measure(data)) for name, score in chosen.items()}
    over = ("score", "a", "b")
    variables = {
        variable: (over, np.stack([one[variable] for one in found.values()])) for variable in next(iter(found.values()))
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
        "p": (1 + as_alike) / (1 + len(null)),
        "calibrated": _calibrated(score, value, mean, above if sign > 0 else -below),
        "low": low,
        "high": high,
        "spread": np.full_like(value, np.nan) if spread is None else spread,
        "draws": np.full_like(value, len(null)),
    }


def _calibrated(
    score: Score, value: Float[np.ndarray, "n n"], null: Float[np.ndarray, "n n"], alike: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "n n"]:
    """(value − null) / (self − null): for distances, whose self value is 0, that is 1 − value / null.

    It is undefined where the score of an encoder and itself is no fixed number, or no better than the null.
    """
    if score.self_value is None:
        return np.full_like(value, np.nan)
    sign = 1 if score.larger_is_more_similar else -1
    room = sign * score.self_value > alike
    return np.where(room, (value - null) / np.where(room, score.self_value - null, 1), np.nan)


def members(scores: str | Sequence[str] | Mapping[str, Score], labelled: bool) -> dict[str, Score]:
    """The scores that were asked for, by name.

    Args:
        scores: as for `compare`.
        labelled: whether there are labels.

    Raises:
        InputError: if a score is unknown or needs labels that are not there.

    Examples:
        >>> list(members(["cka", "gulp"], labelled=False))
        ['cka', 'gulp']
    """
    if isinstance(scores, Mapping):
        chosen = dict(scores)
        wrong = [name for name, score in chosen.items() if not isinstance(score, Score)]
        if wrong:
            raise InputError(f"score {wrong[0]!r} is a {type(chosen[wrong[0]]).__name__}: give a member with settings.")
    elif isinstance(scores, str) and scores == "all":
        chosen = {name: score for name, score in SCORES.items() if labelled or not score.needs_labels}
    else:
        names = list(scores) if isinstance(scores, Sequence) and not isinstance(scores, str) else [scores]
        unknown = [name for name in names if not isinstance(name, str) or name not in SCORES]
        if unknown:
            raise InputError(f"score {shown(unknown[0])} is unknown: use all, or some of {', '.join(SCORES)}.")
        chosen = {name: SCORES[name] for name in names}
    if not chosen:
        raise InputError(f"no score was asked for: use all, or some of {', '.join(SCORES)}.")
    needing = [name for name, score in chosen.items() if score.needs_labels]
    if needing and not labelled:
        raise InputError(f"{', '.join(needing)} need labels: give one per row, or leave them out.")
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
            f"nulls {nulls!r} and seeds {seeds!r} cannot be used: a null needs at least 20 draws, "
            "a spread at least 2 seeds."
        )
    check_encoders("features", features)
    check_encoders("floors", floors)
    taken = sorted(
        (features.keys() & floors.keys()) | ({GAUSSIAN} & (features.keys() | floors.keys()) if gaussian else set())
    )
    if taken:
        raise InputError(f"{', '.join(taken)} is the name of both an encoder and a floor: rename one.")
    if len(features) + len(floors) + gaussian < 2:
        raise InputError(f"there is nothing to compare {', '.join(features) or 'nothing'} with: give two encoders.")
    given = {name: encoded(name, one) for name, one in {**features, **floors}.items()}
    if LABELS in given and labels is not None:
        raise InputError(f"an encoder cannot have the name {LABELS!r}: rename it.")
    rows = aligned(given if labels is None else given | {LABELS: encoded(LABELS, labels)})
    numbers = None if labels is None else checked_labels(rows.pop(LABELS))
    arrays = {name: checked_features(name, one) for name, one in rows.items()}
    data = Inputs(tuple(arrays.values()), numbers, key, nulls, seeds)
    if not gaussian:
        return list(arrays), data
    width = int(np.median([one.shape[1] for one in arrays.values()]))
    noise = data.generator(GAUSSIAN).standard_normal((data.rows, width))
    return [*arrays, GAUSSIAN], Inputs((*data.features, noise), numbers, key, nulls, seeds)
