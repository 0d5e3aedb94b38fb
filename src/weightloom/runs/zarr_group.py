"""Zarr groups of numerical arrays. zarr-python reads and writes them; every file is checked before it is read.

Only one encoding is accepted: little-endian numbers followed by a CRC-32C, one file per chunk. zarr-python therefore
never loads a codec that a file names, which matters because numcodecs has a codec that unpickles. Any Zarr library can
read the files (https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html).
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
    """The content of one array's `zarr.json`.

    Args:
        dims: one name per axis.
        shape: length of each axis, at least 1.
        chunk: shape of one chunk: the shape of the array, or that shape with a first axis of length 1.
        dtype: a name from `DTYPES`.
        attributes: the array's attributes, as JSON values.

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
        """File name of the chunk with index `place` along the first axis."""
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
        """Reads the content of a `zarr.json`.

        Raises:
            RunError: if the content is not in weightloom's format. The message names the file and the entry.
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
            raise RunError(f"{file} does not describe an array in the format of weightloom ({error!r}).") from error
        wrong = differences({"storage_transformers": []} | document, {"storage_transformers": []} | form.to_json())
        if wrong:
            raise RunError(f"{file} does not describe an array in the format of weightloom: {wrong[0]}.")
        whole_or_rows = form.chunk in (form.shape, (1, *form.shape[1:]))
        if len(form.dims) != len(form.shape) or min(form.shape, default=1) < 1 or not whole_or_rows:
            raise RunError(
                f"{file}: entries 'shape' {form.shape}, 'chunk_shape' {form.chunk} and 'dimension_names' "
                f"{form.dims} are inconsistent."
            )
        return form


@dataclasses.dataclass(frozen=True)
class ZarrGroup:
    """A Zarr group whose `zarr.json` files have been checked.

    The group's `zarr.json` contains a copy of every array's `zarr.json`, protected by a checksum. Each array's file
    must be equal to its copy.

    Args:
        path: the group's folder.
        attributes: the group's attributes, as JSON values.
        forms: the content of each array's `zarr.json`, by array name.
    """

    path: Path
    attributes: dict[str, Any]
    forms: dict[str, ArrayForm]

    @staticmethod
    def open(path: Path) -> "ZarrGroup":
        """Checks the `zarr.json` files of a group's folder.

        Raises:
            RunError: if a file or an entry is missing, damaged or not in weightloom's format. The message names it.
        """
        file = path / "zarr.json"
        document = parse_json(file)
        try:
            attributes = document["attributes"]
            given = attributes.pop("checksum", None)
            entries = document["consolidated_metadata"]["metadata"]
            forms = {name: ArrayForm.from_json(entry, file) for name, entry in entries.items()}
        except (AttributeError, KeyError, TypeError) as error:
            raise RunError(f"{file} does not describe a group in the format of weightloom ({error!r}).") from error
        verify_checksum(document, given, file)
        wrong = differences(document, _group_document(attributes, entries))
        if wrong:
            raise RunError(f"{file} does not describe a group in the format of weightloom: {wrong[0]}.")
        for name, entry in entries.items():
            if not name.isidentifier():
                raise RunError(f"{file} names an array {name!r}: the name must be an identifier.")
            wrong = differences(parse_json(path / name / "zarr.json"), entry)
            if wrong:
                raise RunError(f"{path / name / 'zarr.json'} does not match {file}: {wrong[0]}.")
        return ZarrGroup(path, attributes, forms)

    def read_chunk(self, name: str, place: int = 0) -> Shaped[np.ndarray, "..."]:
        """Reads one chunk of an array with zarr-python.

        Args:
            name: name of the array.
            place: index of the chunk along the first axis.

        Raises:
            RunError: if the chunk's file is missing or damaged.
        """
        import zarr

        form = self.forms[name]
        file = self.path / name / form.chunk_name(place)
        content = read_file(file)
        # Python integers, because a malicious shape could overflow NumPy's.
        expected = np.dtype(form.dtype).itemsize
        for length in form.chunk:
            expected *= length
        if len(content) != expected + 4:
            raise RunError(f"{file} has {len(content)} bytes in place of {expected + 4}: it was truncated or modified.")
        # Pass only the checked bytes to zarr-python, in a store in memory.
        alone = dataclasses.replace(form, shape=form.chunk, attributes={})
        store = _memory_store({"zarr.json": json.dumps(alone.to_json()).encode(), alone.chunk_name(): content})
        try:
            return np.asarray(zarr.open_array(store, mode="r")[...]).reshape(form.chunk)
        except ValueError as error:
            raise RunError(f"{file} does not match its checksum: it was modified or damaged.") from error


def group_files(
    arrays: Mapping[str, tuple[Shaped[np.ndarray, "..."], Sequence[str]]],
    attributes: dict[str, Any],
    by_rows: str,
) -> dict[str, bytes]:
    """The files of a Zarr group, made by zarr-python.

    Args:
        arrays: by name, an array of finite floats and the names of its axes.
        attributes: the group's attributes, as JSON values.
        by_rows: name of the array that is split into one chunk per index of its first axis. Other arrays have one
            chunk.

    Returns:
        File contents by name relative to the group's folder.

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
        # zarr-python skips chunks that contain only the fill value. The fill value is NaN, and all values are finite.
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
