"""`compare`: scores of all pairs of encoders, with null distributions and confidence intervals."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom._checks import is_whole
from weightloom._keys import AnyKey, as_seed
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.similarity.features import (
    aligned,
    check_encoders,
    checked_blocks,
    checked_features,
    checked_labels,
    encoded,
)
from weightloom.similarity.outputs import check_names, checked_outputs
from weightloom.similarity.scores import SCORES, Inputs, Measured, Score
from weightloom.similarity.scores._table import GROUPS
from weightloom.similarity.significance import calibrated, holm, p_of

LABELS, BLOCKS = "labels", "blocks"
GAUSSIAN = "gaussian"


def compare(
    features: Mapping[str, Any],
    labels: Any = None,
    scores: str | Sequence[str] | Mapping[str, Score] = "default",
    *,
    against: Mapping[str, Any] | None = None,
    floors: Mapping[str, Any] | None = None,
    blocks: Any = None,
    outputs: Mapping[str, Any] | None = None,
    gaussian: bool = False,
    key: AnyKey = 0,
    nulls: int = 200,
    seeds: int = 10,
    progress: Callable[[str, int, int], None] | None = None,
) -> xr.Dataset:
    """Measures the similarity of all pairs of encoders with several scores, and compares it with a null distribution.

    The null distribution of a score is its distribution for unrelated features: those of b with permuted rows.

    Args:
        features: for each encoder, features of the same inputs, shape (rows, d). d may differ between encoders. Rows
            must have the same order, or be given as `Encoded` with ids, by which they are sorted.
        labels: one label per row, of any type, or an `Encoded` with ids. Without labels, "default" and "all" exclude
            the scores that need them.
        scores: "default" for `weightloom.similarity.DEFAULT_SCORES`, which take seconds for features of any width;
            "all"; names from `weightloom.similarity.SCORES`; or `Score` objects by name.
        against: encoders to compare with those in `features`. The table then has `features` along a and `against` along
            b, and no other pair is computed. Floors are along b. None to compare all encoders with each other.
        floors: features of reference encoders that should be similar to no other, such as encoders with random weights.
        blocks: the block of each row, of any type, or an `Encoded` with ids, such as the subject of several images, or
            a stretch of time. The null then permutes rows within blocks only. It keeps what all encoders know of a
            block, so p says whether they agree on more than that. None to permute all rows.
        outputs: for each encoder and floor, the logits that its model gives, shape (rows, classes). `disagreement`,
            `jensen-shannon` and `accuracy-difference` then compare these for all rows, in place of linear probes. Only
            the last one needs labels: the numbers of the columns, or as many classes as columns, in ascending order.
        gaussian: whether to add Gaussian features as a reference encoder.
        key: random key, a whole number or a JAX key.
        nulls: number of permutations of the null distribution, at least 20. Without blocks, scores based on a matrix
            over rows use all cyclic shifts of one random order instead, which are rows − 1 draws.
        seeds: number of hypernetworks, at least 2, for scores that train one.
        progress: function that is called with the name of the score that is computed, and the numbers of its finished
            steps and of all its steps. Steps are pairs of encoders, or draws of the null.

    Returns:
        A dataset. Variables over (score, a, b), where a directed score is trained on, or stitched from, a:

        - `value`: the score.
        - `null`, `null_low`, `null_high`: the mean of the null distribution, and its central 95 % range.
        - `p`: the p-value, the probability under the null of a pair at least as similar.
        - `p_corrected`: p, corrected for all pairs of the table. In a table of `against` it is the probability under
          the null that any pair is at least as similar (Westfall and Young 1993, single step): each draw permutes the
          rows of all encoders along b in the same way. In a table of all pairs it is Holm's correction of p (Holm
          1979) over pairs of different encoders, which is at least pairs / (1 + draws): give enough `nulls`.
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
    chosen = members(scores, labels is not None, outputs is not None)
    key = as_seed(key)
    given = _Given(features, against, {} if floors is None else floors, gaussian)
    data = _inputs(given, _Beside(labels, blocks, outputs), key, nulls, seeds)
    names = [*given.names, *([GAUSSIAN] if gaussian else [])]
    sides = [[names[number] for number in side] for side in (data.left, data.right)]
    is_floor = [[number >= given.encoders for number in side] for side in (data.left, data.right)]
    if progress is not None:
        data = dataclasses.replace(data, progress=lambda done, total: progress(name, done, total))
    results = {}
    for name, score in chosen.items():
        results[name] = _variables(score, _block(score.measure(data), data), data.split is not None)
    over = ("score", "a", "b")
    variables = {
        variable: (over, np.stack([result[variable] for result in results.values()]))
        for variable in next(iter(results.values()))
    }
    coordinates: dict[str, Any] = {
        "score": list(chosen),
        "a": sides[0],
        "b": sides[1],
        "a_is_floor": ("a", is_floor[0]),
        "b_is_floor": ("b", is_floor[1]),
        "larger_is_more_similar": ("score", [score.larger_is_more_similar for score in chosen.values()]),
        "symmetric": ("score", [score.symmetric for score in chosen.values()]),
        "note": ("score", [_note(score, outputs is not None) for score in chosen.values()]),
    }
    table = xr.Dataset(variables, coordinates, {"rows": data.rows, "key": key, "nulls": nulls, "seeds": seeds})
    if data.groups is not None:
        table.attrs["blocks"] = int(data.groups.max()) + 1
    return table.assign(draws=table.draws.isel(a=0, b=0, drop=True))


def _note(score: Score, has_outputs: bool) -> str:
    return (score.note_of_outputs if has_outputs else "") or score.note


def _block(measured: Measured, data: Inputs) -> Measured:
    """The part of a table of `against`, if a score computed all pairs of all encoders."""
    if data.split is None or measured.value.shape != (len(data.features),) * 2:
        return measured
    block = (..., slice(0, data.split), slice(data.split, None))
    value, null, low, high, spread = measured
    return Measured(value[block], null[block], low[block], high[block], None if spread is None else spread[block])


def _variables(score: Score, measured: Measured, is_block: bool) -> dict[str, Float[np.ndarray, "a b"]]:
    value, null, low, high, spread = measured
    sign = 1 if score.larger_is_more_similar else -1
    mean = null.mean(0)
    below, above = np.quantile(null, (0.025, 0.975), axis=0)
    p = p_of(value, null, sign)
    if is_block:
        best = np.where(np.isnan(null), -np.inf, sign * null).max((1, 2))
        corrected = p_of(value, null, sign, sign * best[:, None, None])
    else:
        corrected = holm(p, score.symmetric)
    return {
        "value": value,
        "null": mean,
        "null_low": below,
        "null_high": above,
        "p": p,
        "p_corrected": corrected,
        "calibrated": calibrated(score, value, mean, above if sign > 0 else -below),
        "low": low,
        "high": high,
        "spread": np.full_like(value, np.nan) if spread is None else spread,
        "draws": np.full_like(value, len(null)),
    }


def members(
    scores: str | Sequence[str] | Mapping[str, Score], labelled: bool, outputs: bool = False
) -> dict[str, Score]:
    """Resolves the argument `scores` of `compare` to scores by name.

    Args:
        scores: as for `compare`.
        labelled: whether labels are given.
        outputs: whether the models' own outputs are given.

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
    elif isinstance(scores, str) and scores in GROUPS:
        chosen = {name: SCORES[name] for name in GROUPS[scores]}
        chosen = {name: score for name, score in chosen.items() if labelled or not _needs_labels(score, outputs)}
    else:
        names = list(scores) if isinstance(scores, Sequence) and not isinstance(scores, str) else [scores]
        unknown = [name for name in names if not isinstance(name, str) or name not in SCORES]
        if unknown:
            raise InputError(f"score {shown(unknown[0])} is unknown: use default, all, or some of {', '.join(SCORES)}.")
        chosen = {name: SCORES[name] for name in names}
    if not chosen:
        raise InputError(f"no score was given: use default, all, or some of {', '.join(SCORES)}.")
    needing = [name for name, score in chosen.items() if _needs_labels(score, outputs)]
    if needing and not labelled:
        raise InputError(f"{', '.join(needing)} need labels: give one label per row, or leave out these scores.")
    return chosen


def _needs_labels(score: Score, outputs: bool) -> bool:
    return score.needs_labels and not (outputs and score.note_of_outputs and not score.outputs_need_labels)


class _Beside(NamedTuple):
    """What is given beside features, for the same rows."""

    labels: Any
    blocks: Any
    outputs: Mapping[str, Any] | None


class _Given(NamedTuple):
    """The encoders of a table: those along a, those along b if they are others, and floors."""

    features: Mapping[str, Any]
    against: Mapping[str, Any] | None
    floors: Mapping[str, Any]
    gaussian: bool

    @property
    def encoders(self) -> int:
        """Number of encoders that are no floors."""
        return len(self.features) + len(self.against or {})

    @property
    def names(self) -> list[str]:
        """Names of all encoders, in their order in `Inputs`, without the Gaussian features."""
        return [*self.features, *(self.against or {}), *self.floors]

    def check(self) -> None:
        """Checks that encoders are mappings, that there are enough, and that names differ within a side."""
        check_encoders("features", self.features)
        check_encoders("floors", self.floors)
        if self.against is not None:
            check_encoders("against", self.against)
        beside = self.features if self.against is None else self.against
        own = {GAUSSIAN} if self.gaussian else set()
        taken = sorted((beside.keys() & self.floors.keys()) | (own & (beside.keys() | self.floors.keys())))
        if taken:
            raise InputError(f"{', '.join(taken)} is the name of both an encoder and a floor: rename one.")
        if self.against is not None and not (self.features and self.against):
            raise InputError(
                "there is nothing to compare: give at least one encoder in `features` and one in `against`."
            )
        if len(self.names) + self.gaussian < 2:
            alone = ", ".join([*self.names, *([GAUSSIAN] if self.gaussian else [])]) or "no encoder"
            raise InputError(f"{alone} alone cannot be compared: give at least two encoders.")


def _inputs(given: _Given, also: _Beside, key: int, nulls: int, seeds: int) -> Inputs:
    if not (is_whole(nulls, 20) and is_whole(seeds, 2)):
        raise InputError(
            f"nulls {nulls!r} and seeds {seeds!r} cannot be used: give at least 20 nulls and at least 2 seeds."
        )
    given.check()
    sides = [given.features, given.against or {}, given.floors]
    # A name may be on both sides.
    rows_of = {(side, name): encoded(name, one) for side, part in enumerate(sides) for name, one in part.items()}
    known = {place: _known(place, given) for place in rows_of}
    beside = {
        name: encoded(name, one) for name, one in ((LABELS, also.labels), (BLOCKS, also.blocks)) if one is not None
    }
    if also.outputs is not None:
        check_encoders("outputs", also.outputs)
        check_names([name for part in sides for name in part], also.outputs, given.gaussian)
        beside |= {f"outputs of {name}": encoded(f"outputs of {name}", also.outputs[name]) for name in known.values()}
    taken = [name for name in beside if name in known.values()]
    if taken:
        raise InputError(f"an encoder has the reserved name {taken[0]!r}: rename it.")
    rows = aligned({known[place]: one for place, one in rows_of.items()} | beside)
    labels = rows.pop(LABELS, None)
    numbers = None if labels is None else checked_labels(labels)
    groups = checked_blocks(rows.pop(BLOCKS)) if BLOCKS in beside else None
    outputs = None
    if also.outputs is not None:
        outputs = checked_outputs({name: rows.pop(f"outputs of {name}") for name in known.values()}, labels, numbers)
    arrays = tuple(checked_features(name, one) for name, one in rows.items())
    split = None if given.against is None else len(given.features)
    data = Inputs(arrays, numbers, key, nulls, seeds, split, groups, outputs)
    if groups is not None:
        data.shuffles(data.rows)  # refuses blocks that leave too few orders, before any score is computed
    if not given.gaussian:
        return data
    width = int(np.median([one.shape[1] for one in arrays]))
    noise = data.generator(GAUSSIAN).standard_normal((data.rows, width))
    return dataclasses.replace(data, features=(*arrays, noise))


def _known(place: tuple[int, str], given: _Given) -> str:
    """The name of an encoder in messages, which tells the sides of a table apart if both have the name."""
    side, name = place
    both = given.against is not None and name in given.features and (name in given.against or name in given.floors)
    return f"{name} along {'a' if side == 0 else 'b'}" if both else name
