"""Tables of data from files: CSV, Parquet and .npz."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from weightloom._validation import closest
from weightloom._words import shown
from weightloom.discovery.tasks.base import as_names
from weightloom.discovery.tasks.table import Table, from_data
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".parquet", ".npz")


def read_table(text: str, columns: Sequence[str] | None = None, loss: str | None = None) -> Table:
    """Make a task from a file of data.

    Args:
        text: `path/to/table.csv:target`, with a suffix of `SUFFIXES`; several targets with commas between them.
        columns: the names of the inputs. The default is all columns but the targets.
        loss: as in `Task.from_data`.

    Returns:
        The task. It has the name of the file, and `text` as its source.

    Raises:
        InputError: if the file cannot be read, lacks a column, or has data that cannot be used.
    """
    file, _, target = text.rpartition(":")
    path, targets = Path(file), tuple(part.strip() for part in target.split(",") if part.strip())
    frame = _read(path)
    known = [str(column) for column in frame.columns]
    frame.columns = known
    _refuse_twice(path, known)
    if not targets:
        raise InputError(f"{text!r} names no target: give path/to/table.csv:column, with one of {', '.join(known)}.")
    others = [name for name in known if name not in targets]
    inputs = others if columns is None else list(as_names(columns, argument="columns"))
    for name in (*targets, *inputs):
        if name not in known:
            raise InputError(f"{path} has no column {name!r}: {closest(name, known)}")
    if not inputs:
        raise InputError(f"{path} has no columns beside {target!r}: give a table with inputs.")
    wanted = frame[targets[0]] if len(targets) == 1 else frame[list(targets)]
    name = path.stem if path.stem.isidentifier() else "data"
    return from_data(frame[inputs], wanted, target=targets, loss=loss, name=name, source=text)


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".npz":
            return _read_arrays(path)
        separator = {".csv": ",", ".tsv": "\t"}[path.suffix]
        # pandas renames the second of two columns of one name.
        header = pd.read_csv(path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False)
        _refuse_twice(path, [name for name in header.iloc[0] if name])
        return pd.read_csv(path, sep=separator)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ImportError as error:
        raise InputError('Parquet files need the package pyarrow: pip install "weightloom[parquet]".') from error
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(f"{path} cannot be read as a table: {reason}.") from error


def _read_arrays(path: Path) -> "pd.DataFrame":
    """Arrays of shape (rows,) are columns of their names; an array X of shape (rows, n) is the columns X0, X1, …."""
    import pandas as pd

    columns: list[tuple[str, np.ndarray]] = []
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            array = arrays[name]
            if array.ndim not in (1, 2):
                raise InputError(f"{path}: array {name!r} has shape {shown(array.shape)}: give (rows,) or (rows, n).")
            parts = [(name, array)] if array.ndim == 1 else [(f"{name}{k}", part) for k, part in enumerate(array.T)]
            columns += parts
    _refuse_twice(path, [name for name, _ in columns])
    lengths = {len(column) for _, column in columns}
    if len(lengths) != 1:
        raise InputError(f"{path} has arrays of {len(lengths)} lengths: give arrays of as many rows each.")
    return pd.DataFrame(dict(columns))


def _refuse_twice(path: Path, names: Sequence[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"{path} has two columns {twice!r}: rename one.")
