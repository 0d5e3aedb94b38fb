"""Reading features and labels from files."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from weightloom._words import listed, shown
from weightloom.errors import InputError
from weightloom.similarity.arrays import NUMBERS
from weightloom.similarity.features import SHOWN, Encoded

SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")
ID, LABEL = ("ids", "id"), ("labels", "label", "y")


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
            return dict(safetensors.numpy.load_file(path))  # bfloat16 too, as `as_array` reads it
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
    wrong = [name for name, column in zip(columns, rest) if column.dtype.kind not in NUMBERS]
    if wrong:
        raise InputError(
            f"{path} has columns without numbers ({listed(wrong, SHOWN)}): drop them, or name the one of ids `id` and "
            "the one of labels `label`."
        )
    return named | ({"features": np.column_stack(rest)} if rest else {})
