"""Writing a similarity table to a file of any kind: data, a page, or a figure."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from weightloom.errors import InputError
from weightloom.runs.json_files import record_bytes
from weightloom.runs.output import output_path, write_output
from weightloom.similarity.cells import check_has

LARGEST_WHOLE = 2**31 - 1  # of NetCDF 3


def write(table: xr.Dataset, path: str | os.PathLike[str], **options: Any) -> Path:
    """Writes a similarity table to a file. The ending of its name says what is written.

    | ending | content |
    |---|---|
    | .csv | one row per score and pair, with all numbers |
    | .json | the whole table, as from `table.to_dict()`. Undefined numbers are null |
    | .nc | the whole table as NetCDF. `xarray.load_dataset(path)` gives it back, also to `wl.plot` |
    | .html | the page of `report_similarity` |
    | .svg, .png, .pdf | the figure of `plot_similarity` |

    Args:
        table: the table from `compare` or `compare_layers`.
        path: the file.
        options: options of `plot_similarity`, for a figure only, such as `title`.

    Returns:
        The path. The file appears whole or not at all.

    Raises:
        InputError: if the path has another ending or cannot be written, the table lacks a required variable, or an
            option cannot be used.

    Examples:
        >>> import tempfile, numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wl.similarity.write(table, f"{folder}/scores.csv").read_text().splitlines()[0][:17]
        'score,a,b,value,n'
    """
    checked = writable(path)
    check_has(table, "value", "p", "larger_is_more_similar", "symmetric")
    suffix = checked.suffix.lower()
    if options and suffix not in FIGURES:
        raise InputError(f"{', '.join(options)} cannot be used for {suffix}: give a figure, such as {path}.svg.")
    if suffix == ".html":
        from weightloom.similarity.page import report_similarity

        return report_similarity(table, checked)
    if suffix in FIGURES:
        from weightloom.similarity.plots import draw_similarity

        return draw_similarity(table, checked, **options)
    try:
        content = CONTENTS[suffix](table)
    except UnicodeEncodeError as error:
        raise InputError(f"the table cannot be written as {suffix} ({error.reason}): rename the encoders.") from error
    write_output(checked, content, "table")
    return checked


def writable(path: str | os.PathLike[str]) -> Path:
    """Checks a path for `write`, before the work on the table starts.

    Args:
        path: the file.

    Raises:
        InputError: if it cannot be written.

    Examples:
        >>> writable("scores.csv").suffix
        '.csv'
    """
    return output_path(path, [*CONTENTS, ".html", *FIGURES], "table")


def _csv(table: xr.Dataset) -> bytes:
    rows = table.transpose("score", "a", "b", ...).to_dataframe(dim_order=["score", "a", "b"])
    text: str = rows.reset_index().to_csv(index=False)
    return text.encode()


def _json(table: xr.Dataset) -> bytes:
    content = table.to_dict(data="array")
    for part in (*content["data_vars"].values(), *content["coords"].values()):
        values = part["data"]
        is_number = values.dtype.kind == "f"
        part["data"] = np.where(np.isfinite(values), values.astype(object), None) if is_number else values
    return record_bytes(content)


def _netcdf(table: xr.Dataset) -> bytes:
    # NetCDF 3 has whole numbers of 32 bits. Random keys may have more.
    wide = {name: str(one) for name, one in table.attrs.items() if isinstance(one, int) and one > LARGEST_WHOLE}
    return bytes(table.assign_attrs(wide).to_netcdf(engine="scipy"))


FIGURES = (".svg", ".png", ".pdf")
CONTENTS: Mapping[str, Callable[[xr.Dataset], bytes]] = MappingProxyType({".csv": _csv, ".json": _json, ".nc": _netcdf})
