"""Arrays of numbers as zarr version 3 stores them, in the one form that weightloom writes.

A folder holds `zarr.json` and one file per chunk. Only this form is read back: little-endian numbers with a
CRC-32C behind them. So no codec is ever looked up by a name that a file gives (numcodecs has one that
unpickles), and each chunk is one durable file, which zarr's own store does not promise. Any zarr library
reads what is written here (https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html).
"""

import dataclasses
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from jaxtyping import Shaped

from weightloom.errors import RunError
from weightloom.runs.json_files import differences

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)


@dataclasses.dataclass(frozen=True)
class ArrayLayout:
    """What `zarr.json` says of one array.

    Args:
        dims: a name per axis.
        shape: the length of each axis, at least 1.
        chunk: the shape of one chunk: the array's own, or its own but for a first axis of length 1.
        dtype: a name from `DTYPES`.
        attributes: JSON values for whoever reads the array.

    Examples:
        >>> from weightloom.runs.arrays import ArrayLayout
        >>> layout = ArrayLayout(("step", "beta"), (100, 30), (1, 30), "float32", {})
        >>> layout.chunk_name(7)
        'c.7.0'
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    dtype: str
    attributes: dict[str, Any]

    def chunk_name(self, index: int = 0) -> str:
        """The file of the chunk at this index of the first axis."""
        position = (index, *[0] * (len(self.shape) - 1)) if self.shape else ()
        return ".".join(["c", *map(str, position)])

    def to_json(self) -> dict[str, Any]:
        """The content of `zarr.json`."""
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": self.dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(self.chunk)}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
            "fill_value": _FILL_VALUES[np.dtype(self.dtype).kind],
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            "attributes": self.attributes,
            "dimension_names": list(self.dims),
        }

    @staticmethod
    def from_json(document: Any, file: Path) -> "ArrayLayout":
        """The layout that a `zarr.json` describes.

        Raises:
            RunError: naming the file and the entry that weightloom would not have written.
        """
        try:
            layout = ArrayLayout(
                dims=tuple(str(name) for name in document["dimension_names"]),
                shape=tuple(int(length) for length in document["shape"]),
                chunk=tuple(int(length) for length in document["chunk_grid"]["configuration"]["chunk_shape"]),
                dtype=DTYPES[DTYPES.index(document["data_type"])],
                attributes=dict(document["attributes"]),
            )
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise RunError(f"{file} describes no array that weightloom writes ({error!r}).") from error
        wrong = differences(document, layout.to_json())
        if wrong:
            raise RunError(f"{file} describes no array that weightloom writes: {wrong[0]}.")
        whole_or_rows = layout.chunk in (layout.shape, (1, *layout.shape[1:]))
        if len(layout.dims) != len(layout.shape) or min(layout.shape, default=1) < 1 or not whole_or_rows:
            raise RunError(
                f"{file}: entries 'shape' {layout.shape}, 'chunk_shape' {layout.chunk} and 'dimension_names' "
                f"{layout.dims} do not fit one another."
            )
        return layout

    def encode(self, values: Shaped[np.ndarray, "..."]) -> bytes:
        """The content of a chunk's file for the chunk's values."""
        content = values.astype(np.dtype(self.dtype).newbyteorder("<")).tobytes()
        return content + google_crc32c.value(content).to_bytes(4, "little")

    def decode(self, content: bytes, file: Path) -> Shaped[np.ndarray, "..."]:
        """The values of a chunk, shape `chunk`, from the content of its file.

        Raises:
            RunError: naming the file, if its length or its checksum is wrong.
        """
        numbers, check = content[:-4], content[-4:]
        dtype = np.dtype(self.dtype)
        # Python's whole numbers, because a hostile shape overflows NumPy's.
        expected = dtype.itemsize
        for length in self.chunk:
            expected *= length
        if len(content) != expected + 4:
            raise RunError(f"{file} has {len(content)} bytes in place of {expected + 4}: it was truncated or changed.")
        if google_crc32c.value(numbers).to_bytes(4, "little") != check:
            raise RunError(f"{file} does not fit its own checksum: it was changed or damaged.")
        return np.frombuffer(numbers, dtype.newbyteorder("<")).astype(dtype).reshape(self.chunk)


_FILL_VALUES = {"b": False, "i": -1, "u": 0, "f": "NaN"}
