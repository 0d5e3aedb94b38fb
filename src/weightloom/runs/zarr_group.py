"""Zarr groups of plain numbers: zarr-python writes and reads them, after every file has been checked.

Only one form is accepted: little-endian numbers with a CRC-32C behind them, one file per chunk. So zarr never looks up
a codec by a name that a file gives (numcodecs has one that unpickles). Any Zarr library reads what is written here
(https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html).
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from weightloom.errors import RunError
from weightloom.runs.contents import read_file
from weightloom.runs.json_files import checksum, differences, parse_json, verify_checksum
from weightloom.runs.limits import DTYPES

_FILL_VALUES = {"b": False, "i": -1, "u": 0, "f": "NaN"}
_SEPARATOR = {"name": "default", "configuration": {"separator": "."}}


@dataclasses.dataclass(frozen=True)
class ArrayForm:
    """What the `zarr.json` of one array says.

    Args:
        dims: a name per axis.
        shape: the length of each axis, at least 1.
        chunk: the shape of one chunk: the array's own, or its own but for a first axis of length 1.
        dtype: a name from `DTYPES`.
        attributes: JSON values for whoever reads the array.

    Examples:
        >>> from weightloom.runs.zarr_group import ArrayForm
        >>> ArrayForm(("step", "beta"), (100, 30), (1, 30), "float32", {}).chunk_name(7)
        'c.7.0'
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    dtype: str
    attributes: dict[str, Any]

    def chunk_name(self, place: int = 0) -> str:
        """The file of the chunk at this place along the first axis."""
        position = (place, *[0] * (len(self.shape) - 1)) if self.shape else ()
        return ".".join(["c", *map(str, position)])

    def to_json(self) -> dict[str, Any]:
        """The content of `zarr.json`."""
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": self.dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(self.chunk)}},
            "chunk_key_encoding": _SEPARATOR,
            "fill_value": _FILL_VALUES[np.dtype(self.dtype).kind],
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            "attributes": self.attributes,
            "dimension_names": list(self.dims),
        }

    @staticmethod
    def from_json(document: Any, file: Path) -> "ArrayForm":
        """The form that a `zarr.json` describes.

        Raises:
            RunError: naming the file and the entry that weightloom would not have written.
        """
        try:
            form = ArrayForm(
                dims=tuple(str(name) for name in document["dimension_names"]),
                shape=tuple(int(length) for length in document["shape"]),
                chunk=tuple(int(length) for length in document["chunk_grid"]["configuration"]["chunk_shape"]),
                dtype=DTYPES[DTYPES.index(document["data_type"])],
                attributes=dict(document["attributes"]),
            )
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise RunError(f"{file} describes no array that weightloom writes ({error!r}).") from error
        wrong = differences({"storage_transformers": []} | document, {"storage_transformers": []} | form.to_json())
        if wrong:
            raise RunError(f"{file} describes no array that weightloom writes: {wrong[0]}.")
        whole_or_rows = form.chunk in (form.shape, (1, *form.shape[1:]))
        if len(form.dims) != len(form.shape) or min(form.shape, default=1) < 1 or not whole_or_rows:
            raise RunError(
                f"{file}: entries 'shape' {form.shape}, 'chunk_shape' {form.chunk} and 'dimension_names' "
                f"{form.dims} do not fit one another."
            )
        return form


@dataclasses.dataclass(frozen=True)
class ZarrGroup:
    """A group whose `zarr.json` files have been checked.

    The group's own file repeats that of every array under a checksum, and each array's file has to say the same.

    Args:
        path: the group's folder.
        attributes: JSON values for whoever reads the group.
        forms: the arrays by name.
    """

    path: Path
    attributes: dict[str, Any]
    forms: dict[str, ArrayForm]

    @staticmethod
    def open(path: Path) -> "ZarrGroup":
        """Checks the `zarr.json` files of a group's folder.

        Raises:
            RunError: naming the file and the entry that is missing, changed or not of weightloom's form.
        """
        file = path / "zarr.json"
        document = parse_json(file)
        try:
            attributes = document["attributes"]
            given = attributes.pop("checksum", None)
            entries = document["consolidated_metadata"]["metadata"]
            forms = {name: ArrayForm.from_json(entry, file) for name, entry in entries.items()}
        except (AttributeError, KeyError, TypeError) as error:
            raise RunError(f"{file} describes no group that weightloom writes ({error!r}).") from error
        verify_checksum(document, given, file)
        wrong = differences(document, _group_document(attributes, entries))
        if wrong:
            raise RunError(f"{file} describes no group that weightloom writes: {wrong[0]}.")
        for name, entry in entries.items():
            if not name.isidentifier():
                raise RunError(f"{file} names an array {name!r}: weightloom writes plain names only.")
            wrong = differences(parse_json(path / name / "zarr.json"), entry)
            if wrong:
                raise RunError(f"{path / name / 'zarr.json'} does not fit {file}: {wrong[0]}.")
        return ZarrGroup(path, attributes, forms)

    def read_chunk(self, name: str, place: int = 0) -> Shaped[np.ndarray, "..."]:
        """The values of one chunk of an array, read by zarr-python.

        Args:
            name: the array.
            place: the chunk's place along the first axis.

        Raises:
            RunError: naming the file, if it is missing or damaged.
        """
        import zarr

        form = self.forms[name]
        file = self.path / name / form.chunk_name(place)
        content = read_file(file)
        # Python's whole numbers, because a hostile shape overflows NumPy's.
        expected = np.dtype(form.dtype).itemsize
        for length in form.chunk:
            expected *= length
        if len(content) != expected + 4:
            raise RunError(f"{file} has {len(content)} bytes in place of {expected + 4}: it was truncated or changed.")
        # Zarr is given the bytes that were checked, and nothing else to read.
        alone = dataclasses.replace(form, shape=form.chunk, attributes={})
        store = _memory_store({"zarr.json": json.dumps(alone.to_json()).encode(), alone.chunk_name(): content})
        try:
            return np.asarray(zarr.open_array(store, mode="r")[...]).reshape(form.chunk)
        except ValueError as error:
            raise RunError(f"{file} does not fit its own checksum: it was changed or damaged.") from error


def group_files(
    arrays: Mapping[str, tuple[Shaped[np.ndarray, "..."], Sequence[str]]],
    attributes: dict[str, Any],
    by_rows: str,
) -> dict[str, bytes]:
    """The files of a group, written by zarr-python.

    Args:
        arrays: finite floats and the names of their axes, by name.
        attributes: JSON values for whoever reads the group.
        by_rows: the array that has one chunk for each place along its first axis; others have one chunk.

    Returns:
        Contents by name relative to the group's folder.

    Examples:
        >>> import numpy as np
        >>> from weightloom.runs.zarr_group import group_files
        >>> sorted(group_files({"u": (np.zeros((2, 3)), ("t", "x"))}, {}, by_rows="u"))
        ['u/c.0.0', 'u/c.1.0', 'u/zarr.json', 'zarr.json']
    """
    import zarr

    files: dict[str, bytes] = {}
    entries: dict[str, Any] = {}
    for name, (values, dims) in arrays.items():
        chunk = (1, *values.shape[1:]) if name == by_rows else values.shape
        entries[name] = ArrayForm(tuple(dims), values.shape, chunk, values.dtype.name, {}).to_json()
        written: dict[str, Any] = {"zarr.json": json.dumps(entries[name], indent=2).encode()}
        # Zarr writes no chunk that holds the fill value only: NaN, which finite numbers are not.
        zarr.open_array(_memory_store(written), mode="r+")[...] = values
        files |= {f"{name}/{key}": content.to_bytes() for key, content in written.items()}
    document = _group_document(dict(attributes), entries)
    document["attributes"]["checksum"] = checksum(document)
    return {"zarr.json": json.dumps(document, indent=2).encode()} | files


def _group_document(attributes: dict[str, Any], entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": attributes,
        "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": entries},
    }


def _memory_store(files: dict[str, Any]) -> Any:
    from zarr.core.buffer import default_buffer_prototype
    from zarr.storage import MemoryStore

    for name, content in files.items():
        files[name] = default_buffer_prototype().buffer.from_bytes(content)
    return MemoryStore(files)
