"""Reading, aligning and checking features and labels."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy
from jaxtyping import Float, Int, Shaped

from weightloom._words import listed, shown
from weightloom.errors import InputError

SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")
ID, LABEL = ("ids", "id"), ("labels", "label", "y")
FEWEST_ROWS, FEWEST_OF_A_CLASS = 20, 4
SHOWN = 5


class Encoded(NamedTuple):
    """Features of one encoder, or labels, with optional ids of the rows.

    Attributes:
        values: features of shape (rows, d), or labels of shape (rows,).
        ids: one unique id per row. None if all encoders have the same order of rows.
    """

    values: Shaped[np.ndarray, "rows ..."]
    ids: Shaped[np.ndarray, " rows"] | None = None


def read(path: str | os.PathLike[str]) -> dict[str, Encoded]:
    """Reads features from a file: .npy, .npz, .safetensors or .parquet. No code from the file is executed.

    - .npz and .safetensors: the array `ids` or `id` has the ids of the rows. Every other array is one encoder, except
      labels.
    - .parquet: the column `id` or `ids` has the ids of the rows. All other columns, of numbers or of lists of numbers,
      are the features of one encoder, except labels.

    Args:
        path: the file.

    Returns:
        The encoders by name. The name is the file's name without its suffix, or `file:array` if the file has several.

    Raises:
        InputError: if the file cannot be read or has no features.

    Examples:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.savez(f"{folder}/small.npz", features=np.ones((3, 2)), ids=[7, 8, 9])
        ...     {name: one.values.shape for name, one in read(f"{folder}/small.npz").items()}
        {'small': (3, 2)}
    """
    path = _path(path)
    arrays = _arrays(path)
    ids = next((arrays.pop(name) for name in ID if name in arrays), None)
    features = {name: array for name, array in arrays.items() if name not in LABEL}
    if not features:
        raise InputError(f"{path} has no features: give a file with an array of shape (rows, d).")
    if len(features) == 1:
        [only] = features.values()
        return {path.stem: Encoded(only, ids)}
    return {f"{path.stem}:{name}": Encoded(array, ids) for name, array in features.items()}


def read_labels(path: str | os.PathLike[str]) -> Encoded:
    """Reads labels from a file: its array `labels`, `label` or `y`, or its only array.

    Args:
        path: a file, as for `read`.

    Returns:
        The labels, with the ids of their rows if the file has them.

    Raises:
        InputError: if the file cannot be read, or it has several arrays and none has one of these names.

    Examples:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/y.npy", [0, 1, 1])
        ...     read_labels(f"{folder}/y.npy").values.tolist()
        [0, 1, 1]
    """
    arrays = _arrays(_path(path), labels=True)
    ids = next((arrays.pop(name) for name in ID if name in arrays), None)
    named = [arrays[name] for name in LABEL if name in arrays] or list(arrays.values())
    if len(named) != 1 and not set(LABEL) & arrays.keys():
        raise InputError(f"{path} has {len(named)} arrays ({listed(arrays, SHOWN)}): name the one of labels `labels`.")
    return Encoded(named[0], ids)


def aligned(encoders: Mapping[str, Encoded]) -> dict[str, Shaped[np.ndarray, "rows ..."]]:
    """Sorts the rows of all encoders in the order of the first one, by their ids.

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
    (first, reference), *_ = encoders.items()
    without = [name for name, one in encoders.items() if one.ids is None]
    if without and len(without) < len(encoders):
        raise InputError(
            f"{len(without)} of {len(encoders)} inputs have no ids{_among(without)}: give ids to all or to none."
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
        given: an array, anything that NumPy converts to an array, or an `Encoded`.

    Raises:
        InputError: if it cannot be converted to an array, or is a scalar.
    """
    values, ids = given if isinstance(given, Encoded) else (given, None)
    try:
        values = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is not an array ({str(error).rstrip('.')}): give one of shape (rows, …).") from None
    if values.ndim == 0:
        raise InputError(f"{name} is {shown(given)}: give an array with one row per input.")
    return Encoded(values, None if ids is None else np.asarray(ids))


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


def checked_features(name: str, values: Any) -> Float[np.ndarray, "rows d"]:
    """Validates features and converts them to double precision.

    Args:
        name: name of the encoder in error messages.
        values: features, shape (rows, d).

    Raises:
        InputError: if the features are not finite numbers of shape (rows, d), have fewer than 20 rows, or are the same
            in all rows.
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.dtype.kind not in "biuf" or array.shape[1] == 0:
        raise InputError(f"{name} has shape {array.shape} and dtype {array.dtype}: give numbers of shape (rows, d).")
    if len(array) < FEWEST_ROWS:
        raise InputError(f"{name} has {len(array)} rows: give at least {FEWEST_ROWS}.")
    array = array.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(array).all(1))
    if len(wrong):
        raise InputError(
            f"{name} has values that are not finite in {len(wrong)} of {len(array)} rows{_among(wrong.tolist())}: "
            "remove these rows from every encoder."
        )
    if np.ptp(array, axis=0).max() <= 1e-12 * np.abs(array).max():
        raise InputError(f"{name} has the same features in all {len(array)} rows: give features that vary.")
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
    array = np.asarray(values)
    if (
        array.ndim != 1
        or array.dtype.kind not in "biufUS"
        or (array.dtype.kind == "f" and not np.isfinite(array).all())
    ):
        raise InputError(f"labels have shape {array.shape} and dtype {array.dtype}: give one finite label per row.")
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


def _check_ids(name: str, one: Encoded) -> None:
    if one.ids is None:
        return
    ids = np.asarray(one.ids)
    if ids.shape != one.values.shape[:1]:
        raise InputError(f"{name} has {len(one.values)} rows and ids of shape {ids.shape}: give one id per row.")
    names, counts = np.unique(ids, return_counts=True)
    twice = names[counts > 1].tolist()
    if twice:
        raise InputError(f"{name} has {len(twice)} ids more than once{_among(twice)}: give each row a unique id.")


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{shown(path)} is not a path: give the path of a {', '.join(SUFFIXES)} file.")
    return Path(path)


def _arrays(path: Path, labels: bool = False) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path} ends in {suffix or 'no suffix'}: use {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if not path.is_file():
        raise InputError(f"{path} is not a file: give the path of an existing file.")
    try:
        if suffix == ".npy":
            return {path.stem: np.load(path, allow_pickle=False)}
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        if suffix == ".safetensors":
            return dict(safetensors.numpy.load_file(path))
        return _parquet(path, labels)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, safetensors.SafetensorError) as error:
        raise InputError(f"{path} cannot be read as {suffix}: {str(error).splitlines()[0].rstrip('.')}.") from error


def _parquet(path: Path, labels: bool) -> dict[str, Any]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            f"{path} is a Parquet file and needs pyarrow: pip install 'weightloom[parquet]', or save it as .npz."
        ) from None
    columns = pyarrow.parquet.read_table(path).to_pydict()
    named = {name: np.array(columns.pop(name)) for name in (*ID, *LABEL) if name in columns}
    if labels and set(LABEL) & named.keys():
        return named
    rest = [np.array(column) for column in columns.values()]
    if labels and len(rest) == 1 and rest[0].ndim == 1:
        return named | {"label": rest[0]}
    return named | ({"features": np.column_stack(rest)} if rest else {})


def _among(items: Sequence[Any]) -> str:
    """A list of items in parentheses, for messages. Empty if there are no items."""
    return f" ({listed(items, SHOWN)})" if items else ""
