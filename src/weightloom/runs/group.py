"""A folder of arrays as zarr version 3 groups them, in the one form that weightloom writes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from weightloom.errors import RunError
from weightloom.runs.arrays import ArrayLayout
from weightloom.runs.contents import read_file
from weightloom.runs.json_files import checksum, differences, parse_json, verify_checksum


@dataclasses.dataclass(frozen=True)
class Group:
    """What the `zarr.json` files of a group say.

    The group's own file repeats the layout of every array (zarr's consolidated metadata, so that
    others open the group in one read) under a checksum, and each array's file has to say the same.

    Args:
        attributes: JSON values for whoever reads the group.
        layouts: the arrays by name.
    """

    attributes: dict[str, Any]
    layouts: dict[str, ArrayLayout]

    def files(self) -> dict[str, bytes]:
        """Contents of all `zarr.json` files, by name relative to the group's folder."""
        document = self._to_json()
        document["attributes"]["checksum"] = checksum(document)
        arrays = {f"{name}/zarr.json": _dump(layout.to_json()) for name, layout in self.layouts.items()}
        return {"zarr.json": _dump(document), **arrays}

    @staticmethod
    def open(path: Path) -> "Group":
        """Reads the `zarr.json` files of a group's folder.

        Raises:
            RunError: naming the file and the entry that is missing, changed or not of weightloom's form.
        """
        file = path / "zarr.json"
        document = parse_json(file)
        try:
            attributes = document["attributes"]
            given = attributes.pop("checksum", None)
            entries = document["consolidated_metadata"]["metadata"].items()
        except (AttributeError, KeyError, TypeError) as error:
            raise RunError(f"{file} describes no group that weightloom writes ({error!r}).") from error
        verify_checksum(document, given, file)
        group = Group(attributes, {name: ArrayLayout.from_json(entry, file) for name, entry in entries})
        wrong = differences(document, group._to_json())
        if wrong:
            raise RunError(f"{file} describes no group that weightloom writes: {wrong[0]}.")
        for name, layout in group.layouts.items():
            if not name.isidentifier():
                raise RunError(f"{file} names an array {name!r}: weightloom writes plain names only.")
            wrong = differences(parse_json(path / name / "zarr.json"), layout.to_json())
            if wrong:
                raise RunError(f"{path / name / 'zarr.json'} does not fit {file}: {wrong[0]}.")
        return group

    def read_chunk(self, path: Path, name: str, index: int = 0) -> Shaped[np.ndarray, "..."]:
        """The values of one chunk of an array.

        Args:
            path: the group's folder.
            name: the array.
            index: the chunk's place along the first axis.

        Raises:
            RunError: naming the file, if it is missing or damaged.
        """
        layout = self.layouts[name]
        file = path / name / layout.chunk_name(index)
        return layout.decode(read_file(file), file)

    def _to_json(self) -> dict[str, Any]:
        return {
            "zarr_format": 3,
            "node_type": "group",
            "attributes": dict(self.attributes),
            "consolidated_metadata": {
                "kind": "inline",
                "must_understand": False,
                "metadata": {name: layout.to_json() for name, layout in self.layouts.items()},
            },
        }


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2).encode()
