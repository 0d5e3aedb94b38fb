"""Arrays of the libraries that people use, as NumPy arrays. None of these libraries is imported here."""

import operator
import sys
import warnings
from typing import Any

import numpy as np
from jaxtyping import Shaped

from weightloom._words import listed, shown
from weightloom.errors import InputError

LARGE = 2**28  # bytes of a dense array that are worth a warning
NUMBERS = "biuf"


def as_array(name: str, given: Any) -> Shaped[np.ndarray, "..."]:
    """Converts features, labels or ids to a NumPy array.

    Numbers of half precision, such as bfloat16, become single precision. A sparse matrix becomes dense. A tensor of
    PyTorch is detached and moved to the CPU.

    Args:
        name: name of the array in messages.
        given: an array of NumPy, JAX, PyTorch, pandas or SciPy, or anything that NumPy converts.

    Raises:
        InputError: if it cannot be converted.

    Warns:
        UserWarning: if a sparse matrix takes more than 256 MB as a dense one.

    Examples:
        >>> import jax.numpy as jnp, scipy.sparse
        >>> as_array("a", jnp.ones(2, jnp.bfloat16)).dtype
        dtype('float32')
        >>> as_array("a", scipy.sparse.eye_array(2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    if type(given).__module__.startswith("scipy.sparse"):
        size = int(np.prod(given.shape)) * given.dtype.itemsize
        if size > LARGE:
            warnings.warn(f"{name} is sparse, and takes {size / 1e9:.1f} GB as a dense array.", stacklevel=3)
        given = given.toarray()
    elif hasattr(given, "detach"):
        given = given.detach().cpu()
        if given.is_floating_point() and given.element_size() < 4:
            given = given.float()
    elif is_a(given, "pandas", "DataFrame"):
        return _of_table(name, given)
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise InputError(f"{name} is not an array ({reason}): give one of shape (rows, …).") from None
    if array.dtype.kind == "V" and array.dtype.name.startswith(("bfloat16", "float")):
        return array.astype(np.float32)  # a type of ml_dtypes
    return array.astype(np.float32) if array.dtype == np.float16 else array


def index_of(given: Any) -> Any:
    """The index of a pandas table or column. None for anything else."""
    return given.index if is_a(given, "pandas", "DataFrame") or is_a(given, "pandas", "Series") else None


def is_a(given: Any, library: str, kind: str) -> bool:
    """Whether something is an instance of a class, such as "DataFrame" of "pandas". The library is not imported."""
    loaded = sys.modules.get(library)
    return loaded is not None and isinstance(given, operator.attrgetter(kind)(loaded))


def _of_table(name: str, table: Any) -> Shaped[np.ndarray, "rows columns"]:
    """The numbers of a pandas table. Missing numbers are NaN."""
    kinds = [getattr(kind, "kind", "O") for kind in table.dtypes]
    wrong = [column for column, kind in zip(table.columns, kinds) if kind not in NUMBERS]
    if wrong:
        raise InputError(f"{name} has columns without numbers ({listed(map(shown, wrong), 5)}): drop them.")
    sizes = [getattr(kind, "itemsize", 8) for kind in table.dtypes]
    return table.to_numpy(np.float32 if set(kinds) == {"f"} and max(sizes) <= 4 else np.float64, na_value=np.nan)
