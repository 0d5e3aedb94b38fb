"""Features and labels of encoders: aligning their rows, and checking them."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from weightloom._checks import is_whole
from weightloom._words import listed, shown
from weightloom.errors import InputError
from weightloom.similarity.arrays import NUMBERS, as_array, index_of

FEWEST_ROWS, FEWEST_OF_A_CLASS = 20, 4
SMALLEST, LARGEST = 1e-15, 1e15  # of the largest feature: squares in single precision are neither 0 nor infinite
SHOWN = 5


class Encoded(NamedTuple):
    """Features of one encoder, or labels, with optional ids of the rows.

    Attributes:
        values: features of shape (rows, d), or labels of shape (rows,).
        ids: one unique id per row. None if all encoders have the same order of rows.
    """

    values: Shaped[np.ndarray, "rows ..."]
    ids: Shaped[np.ndarray, " rows"] | None = None


def aligned(encoders: Mapping[str, Encoded]) -> dict[str, Shaped[np.ndarray, "rows ..."]]:
    """Sorts the rows of all encoders in the order of the first one, by their ids.

    If all ids are the numbers 0, 1, 2, … of the rows, in this order, encoders without ids are aligned with them.

    Args:
        encoders: features, and possibly labels, by name.

    Returns:
        Values by name, with rows in the same order.

    Raises:
        InputError: if ids do not match, only some encoders have ids, or numbers of rows differ. The message says how
            many rows are at fault, and which.

    Examples:
        >>> import numpy as np
        >>> a = Encoded(np.array([[1.0], [2.0]]), np.array(["x", "y"]))
        >>> b = Encoded(np.array([[20.0], [10.0]]), np.array(["y", "x"]))
        >>> aligned({"a": a, "b": b})["b"].tolist()
        [[10.0], [20.0]]
    """
    if all(one.ids is None or _are_row_numbers(one.ids) for one in encoders.values()):
        encoders = {name: Encoded(one.values) for name, one in encoders.items()}
    (first, reference), *_ = encoders.items()
    without = [name for name, one in encoders.items() if one.ids is None]
    if without and len(without) < len(encoders):
        raise InputError(
            f"{len(without)} of {len(encoders)} inputs have no ids{_among(without)}, and the others have, from "
            "`Encoded` or a pandas index: give ids to all or to none."
        )
    for name, one in encoders.items():
        _check_ids(name, one)
    if without:
        lengths = {name: len(one.values) for name, one in encoders.items()}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise InputError(f"numbers of rows differ ({counts}): give the same inputs in the same order, or ids.")
        return {name: one.values for name, one in encoders.items()}
    assert reference.ids is not None
    ordered = {}
    for name, one in encoders.items():
        assert one.ids is not None
        places = {key: place for place, key in enumerate(one.ids.tolist())}
        wanted = reference.ids.tolist()
        missing = [key for key in wanted if key not in places]
        extra = sorted(places.keys() - set(wanted), key=places.__getitem__)
        if missing or extra:
            raise InputError(
                f"ids of {name} and {first} do not match: {name} lacks {len(missing)} of {len(wanted)}"
                f"{_among(missing)} and has {len(extra)} that {first} lacks{_among(extra)}: give the same inputs."
            )
        ordered[name] = one.values[[places[key] for key in wanted]]
    return ordered


def encoded(name: str, given: Any) -> Encoded:
    """Converts features or labels to an `Encoded`.

    Args:
        name: name of the encoder in error messages.
        given: anything that `as_array` converts, or an `Encoded`. The index of a pandas table is the ids of its rows.

    Raises:
        InputError: if it cannot be converted to an array, or is a scalar.
    """
    values, ids = given if isinstance(given, Encoded) else (given, index_of(given))
    array = as_array(name, values)
    if array.ndim == 0:
        raise InputError(f"{name} is {shown(given)}: give an array with one row per input.")
    return Encoded(array, None if ids is None else as_array(f"ids of {name}", ids))


def check_encoders(kind: str, given: Any) -> None:
    """Checks that encoders are given as a mapping from names.

    Args:
        kind: name of the argument in error messages, such as "features".
        given: the encoders.

    Raises:
        InputError: if they are not a mapping.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"{kind} are a {type(given).__name__}: give a dictionary from names of encoders to arrays.")
    unnamed = [name for name in given if not isinstance(name, str)]
    if unnamed:
        raise InputError(f"{kind} have the name {shown(unnamed[0])}: give names that are strings.")


def checked_features(name: str, values: Any) -> Float[np.ndarray, "rows d"]:
    """Validates features.

    Args:
        name: name of the encoder in error messages.
        values: features, shape (rows, d).

    Returns:
        The features: in single precision if they were given in single or half precision, else in double precision.

    Raises:
        InputError: if the features are not finite numbers of shape (rows, d), have fewer than 20 rows, are the same in
            all rows, or are too large or too small for single precision.
    """
    array = as_array(name, values)
    if array.ndim > 2 and array.dtype.kind in NUMBERS:
        raise InputError(
            f"{name} has shape {array.shape}: give shape (rows, d), for example from weightloom.similarity.pool("
            'features, "mean").'
        )
    if array.ndim != 2 or array.dtype.kind not in NUMBERS or array.shape[1] == 0:
        raise InputError(f"{name} has shape {array.shape} and dtype {array.dtype}: give numbers of shape (rows, d).")
    if len(array) < FEWEST_ROWS:
        raise InputError(f"{name} has {len(array)} rows: give at least {FEWEST_ROWS}.")
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    largest = np.abs(array).max()
    if not np.isfinite(largest):
        wrong = np.flatnonzero(~np.isfinite(array).all(1))
        raise InputError(
            f"{name} has values that are not finite in {len(wrong)} of {len(array)} rows{_among(wrong.tolist())}: "
            "remove these rows from every encoder."
        )
    rounding = 1e-12 if array.dtype == np.float64 else 1e-6
    if np.ptp(array, axis=0).max() <= rounding * largest:
        raise InputError(f"{name} has the same features in all {len(array)} rows: give features that vary.")
    if not SMALLEST <= largest <= LARGEST:
        raise InputError(
            f"{name} has features up to {largest:.3g}: rescale them, so that the largest lies between {SMALLEST:g} and "
            f"{LARGEST:g}."
        )
    return array


def checked_labels(values: Any) -> Int[np.ndarray, " rows"]:
    """Validates labels and converts them to numbers 0 … k − 1.

    Args:
        values: labels of any type, shape (rows,).

    Returns:
        The classes, shape (rows,).

    Raises:
        InputError: if there are fewer than two classes, a class has fewer than 4 rows, or a label is invalid.
    """
    array = _one_per_row("labels", "label", values)
    names, numbers, counts = np.unique(array, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise InputError(f"all {len(array)} labels are {listed(names.tolist(), SHOWN)}: give at least two classes.")
    rare = names[counts < FEWEST_OF_A_CLASS].tolist()
    if rare:
        raise InputError(
            f"{len(rare)} of {len(names)} classes have fewer than {FEWEST_OF_A_CLASS} rows{_among(rare)}: "
            "remove or merge these classes."
        )
    return numbers.astype(np.int64)


def checked_blocks(values: Any) -> Int[np.ndarray, " rows"]:
    """Validates the blocks of rows and converts them to numbers 0 … k − 1.

    Args:
        values: the block of each row, of any type, shape (rows,).

    Raises:
        InputError: if they are not one finite value per row.
    """
    return np.unique(_one_per_row("blocks", "block", values), return_inverse=True)[1].astype(np.int64)


def _one_per_row(name: str, single: str, values: Any) -> Shaped[np.ndarray, " rows"]:
    """Numbers or strings, one per row."""
    array = as_array(name, values)
    if array.dtype.kind == "O" and all(isinstance(one, str) for one in array.ravel().tolist()):
        array = array.astype(str)
    if array.dtype.kind == "O" and all(is_whole(one, -(2**62)) for one in array.ravel().tolist()):
        array = array.astype(np.int64)
    if (
        array.ndim != 1
        or array.dtype.kind not in "biufUS"
        or (array.dtype.kind == "f" and not np.isfinite(array).all())
    ):
        raise InputError(f"{name} have shape {array.shape} and dtype {array.dtype}: give one finite {single} per row.")
    return array


def _are_row_numbers(ids: Shaped[np.ndarray, " rows"]) -> bool:
    return ids.ndim == 1 and ids.dtype.kind in "iu" and bool((ids == np.arange(len(ids))).all())


def _check_ids(name: str, one: Encoded) -> None:
    if one.ids is None:
        return
    ids = np.asarray(one.ids)
    if ids.shape != one.values.shape[:1]:
        raise InputError(f"{name} has {len(one.values)} rows and ids of shape {ids.shape}: give one id per row.")
    counts = collections.Counter(ids.tolist())
    twice = [key for key, count in counts.items() if count > 1]
    if twice:
        raise InputError(f"{name} has {len(twice)} ids more than once{_among(twice)}: give each row a unique id.")


def _among(items: Sequence[Any]) -> str:
    """A list of items in parentheses, for messages. Empty if there are no items."""
    return f" ({listed(items, SHOWN)})" if items else ""
