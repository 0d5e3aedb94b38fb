"""Reading features from files, putting rows in one order, and refusing what cannot be compared."""

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
    """Rows of one encoder (or labels), and possibly what they are rows of.

    Attributes:
        values: features of shape (rows, d), or labels of shape (rows,).
        ids: one per row, all different; None where the order of rows says it.
    """

    values: Shaped[np.ndarray, "rows ..."]
    ids: Shaped[np.ndarray, " rows"] | None = None


def read(path: str | os.PathLike[str]) -> dict[str, Encoded]:
    """Reads the features in a file: .npy, .npz, .safetensors or .parquet.

    In an .npz or .safetensors file, an array `ids` gives the ids of the rows and every other array is an encoder,
    except labels. In a Parquet file, a column `id` gives them; all other columns are the features of one encoder,
    numbers or lists of numbers, except a column `label`. Nothing in a file is executed.

    Args:
        path: the file.

    Returns:
        Arrays by name: the file's name without its suffix, and `name:array` where there are several.

    Raises:
        InputError: if the file cannot be read or has no features in it.

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
        raise InputError(f"{path} has no features in it: give an array of shape (rows, d).")
    if len(features) == 1:
        [only] = features.values()
        return {path.stem: Encoded(only, ids)}
    return {f"{path.stem}:{name}": Encoded(array, ids) for name, array in features.items()}


def read_labels(path: str | os.PathLike[str]) -> Encoded:
    """Reads labels: the only array of a file, or the one named `labels`, `label` or `y`.

    Args:
        path: a file, as for `read`.

    Returns:
        The labels and, where the file has them, the ids of their rows.

    Raises:
        InputError: if the file cannot be read or it is not clear which array holds the labels.

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
        raise InputError(f"{path} has {len(named)} arrays ({listed(arrays, SHOWN)}): name the labels `labels`.")
    return Encoded(named[0], ids)


def aligned(encoders: Mapping[str, Encoded]) -> dict[str, Shaped[np.ndarray, "rows ..."]]:
    """The values of all, their rows in the first one's order.

    Args:
        encoders: features, and possibly labels, by name.

    Returns:
        Values by name, row by row of the same inputs.

    Raises:
        InputError: if ids do not match, some have none, or lengths differ: says how many and which.

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
            told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise InputError(f"numbers of rows differ ({told}): give the same inputs in the same order, or ids.")
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
                f"{_among(missing)} and has {len(extra)} that {first} lacks{_among(extra)}."
            )
        ordered[name] = one.values[[places[key] for key in wanted]]
    return ordered


def encoded(name: str, given: Any) -> Encoded:
    """What was given for one encoder, or for labels, as rows.

    Args:
        name: of the encoder.
        given: an array, anything that NumPy makes one of, or an `Encoded`.

    Raises:
        InputError: if it has no rows.
    """
    values, ids = given if isinstance(given, Encoded) else (given, None)
    try:
        values = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is no array ({str(error).rstrip('.')}): give one of shape (rows, …).") from None
    if values.ndim == 0:
        raise InputError(f"{name} is {shown(given)}: give an array with a row for every input.")
    return Encoded(values, None if ids is None else np.asarray(ids))


def check_encoders(kind: str, given: Any) -> None:
    """Checks that encoders have names.

    Args:
        kind: what they are called, such as "features".
        given: the encoders.

    Raises:
        InputError: if they are no mapping from names.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"{kind} are a {type(given).__name__}: give a dictionary of arrays by the encoders' names.")


def checked_features(name: str, values: Any) -> Float[np.ndarray, "rows d"]:
    """Features as double precision, or the reason why they cannot be used.

    Args:
        name: of the encoder.
        values: features, shape (rows, d).

    Raises:
        InputError: if they are no finite numbers of that shape, too few rows, or the same in all rows.
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.dtype.kind not in "biuf" or array.shape[1] == 0:
        raise InputError(f"{name} has shape {array.shape} and dtype {array.dtype}: give numbers of shape (rows, d).")
    if len(array) < FEWEST_ROWS:
        raise InputError(f"{name} has {len(array)} rows: scores need at least {FEWEST_ROWS}.")
    array = array.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(array).all(1))
    if len(wrong):
        raise InputError(
            f"{name} has values that are not finite in {len(wrong)} of {len(array)} rows{_among(wrong.tolist())}: "
            "drop these rows from every encoder."
        )
    if np.ptp(array, axis=0).max() <= 1e-12 * np.abs(array).max():
        raise InputError(f"{name} has the same features in all {len(array)} rows: there is nothing to compare.")
    return array


def checked_labels(values: Any) -> Int[np.ndarray, " rows"]:
    """Labels as numbers 0 … k − 1, or the reason why they cannot be used.

    Args:
        values: labels of any kind, shape (rows,).

    Raises:
        InputError: if there is one class only, a class of too few rows, or a value that is no label.
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
            "drop or merge them."
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
        raise InputError(f"{name} has {len(twice)} ids more than once{_among(twice)}: give every row its own.")


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{shown(path)} is no path: give the name of a file that ends in {', '.join(SUFFIXES)}.")
    return Path(path)


def _arrays(path: Path, labels: bool = False) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path} ends in {suffix or 'no suffix'}: use {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if not path.is_file():
        raise InputError(f"{path} is no file.")
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
            f"{path} needs pyarrow to be read: pip install 'weightloom[parquet]', or save it as .npz."
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
    """Which ones, in brackets; nothing where there are none."""
    return f" ({listed(items, SHOWN)})" if items else ""
