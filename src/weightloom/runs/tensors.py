"""Reading and writing pytrees of arrays as safetensors files, with strict checks."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
from jaxtyping import PyTree

from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import write_file

_NUMERIC = "biuf"


def save_tree(path: Path, tree: PyTree, metadata: dict[str, Any]) -> None:
    """Writes a pytree of arrays to a safetensors file, atomically.

    Each array is stored under its path in the tree, such as `layers.0.weight`. The metadata of the file has one
    entry, `weightloom`: JSON with `metadata` and a checksum.

    Args:
        path: the file to write.
        tree: a pytree of numerical arrays of any shapes. Functions, strings and JAX keys are not accepted.
        metadata: JSON values by name. The name `checksum` is reserved.

    Raises:
        InputError: if a leaf is not a numerical array, or two leaves have the same name.
        RunError: if a value is not finite.
        OSError: if the file cannot be written.

    Examples:
        >>> import tempfile, numpy as np
        >>> from weightloom.runs import load_tree, save_tree
        >>> tree = {"layers": [np.ones(2)]}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_tree(Path(folder, "net.safetensors"), tree, {"step": 100})
        ...     load_tree(Path(folder, "net.safetensors"), tree)
        ({'layers': [array([1., 1.])]}, {'step': 100})
    """
    write_file(path, tree_bytes(path, tree, metadata))


def tree_bytes(path: Path, tree: PyTree, metadata: dict[str, Any]) -> bytes:
    """The content of the file that `save_tree` writes.

    Args:
        path: the file's path, used in error messages only.
        tree: as for `save_tree`.
        metadata: as for `save_tree`.

    Raises:
        InputError: if a leaf is not a numerical array, or two leaves have the same name.
        RunError: if a value is not finite.

    Examples:
        >>> import numpy as np
        >>> content = tree_bytes(Path("net.safetensors"), {"weight": np.ones(2)}, {})
        >>> safetensors.numpy.load(content)["weight"]
        array([1., 1.])
    """
    return arrays_bytes(arrays_of(tree, path), metadata)


def arrays_bytes(arrays: Mapping[str, np.ndarray], metadata: dict[str, Any]) -> bytes:
    """The content of a safetensors file with the given arrays.

    Args:
        arrays: arrays by name.
        metadata: JSON values by name. The name `checksum` is reserved.
    """
    native = {name: _native(array) for name, array in arrays.items()}
    sealed = metadata | {"checksum": _checksum(native, metadata)}
    # A single entry, because the order in which safetensors writes several entries changes from call to call.
    entry = {"weightloom": json.dumps(sealed, sort_keys=True)}
    return safetensors.numpy.save(native, metadata=entry)


def arrays_of(tree: PyTree, owner: Path | str) -> dict[str, np.ndarray]:
    """The leaves of a pytree as NumPy arrays by name. The name is the path in the tree, such as `layers.0.weight`.

    Args:
        tree: a pytree of numerical arrays of any shapes.
        owner: name of the file or run in error messages.

    Raises:
        InputError: if a leaf is not a numerical array, or two leaves have the same name.
        RunError: if a value is not finite.
    """
    arrays = {name: _native(leaf) for name, leaf in _named_leaves(tree).items()}
    for name, array in arrays.items():
        _check_finite(owner, name, array)
    return arrays


def tree_of(arrays: Mapping[str, np.ndarray], like: PyTree, owner: Path | str) -> PyTree:
    """Builds a pytree from named arrays: the inverse of `arrays_of`, with the checks of `load_tree`.

    Args:
        arrays: arrays by name.
        like: a pytree with the expected structure, shapes and dtypes, as for `load_tree`.
        owner: name of the file or run in error messages.

    Raises:
        RunError: if an array is missing, unexpected, not finite, or has another shape or dtype.
    """
    expected = _named_leaves(like)
    for name in sorted(expected.keys() - arrays.keys()):
        raise RunError(f"{owner}: entry {name!r} is missing: the file is from another run, or was damaged.")
    for name in sorted(arrays.keys() - expected.keys()):
        raise RunError(f"{owner}: entry {name!r} is unexpected: the file is from another run, or was damaged.")
    for name, leaf in expected.items():
        _check_like(owner, name, arrays[name], leaf)
        _check_finite(owner, name, arrays[name])
    leaves = [
        array if isinstance(leaf, np.ndarray | np.generic) else jnp.asarray(array)
        for leaf, array in (
            (leaf, arrays[name].astype(leaf.dtype.newbyteorder("="), copy=False)) for name, leaf in expected.items()
        )
    ]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def load_tree(path: Path, like: PyTree) -> tuple[PyTree, dict[str, Any]]:
    """Reads a pytree from a file that `save_tree` wrote.

    Args:
        path: the safetensors file.
        like: a pytree with the expected structure, shapes and dtypes: arrays or `jax.ShapeDtypeStruct`s. Where `like`
            has single precision, the file may have half precision.

    Returns:
        The tree and the metadata. Leaves are NumPy arrays where `like` has NumPy arrays, and JAX arrays elsewhere.

    Raises:
        RunError: if the file cannot be read, was modified after it was written, or contains an array that is missing,
            unexpected, not finite, or of another shape or dtype. The message names the file and the array.

    Examples:
        See `save_tree`.
    """
    arrays, sealed = _read(path)
    tree = tree_of(arrays, like, path)
    return tree, _verified(path, arrays, sealed)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Reads all arrays of a file and its metadata. The caller checks names, shapes and dtypes.

    Args:
        path: the safetensors file.

    Returns:
        Arrays by name, and the metadata.

    Raises:
        RunError: if the file cannot be read, or was modified after it was written.
    """
    arrays, sealed = _read(path)
    return arrays, _verified(path, arrays, sealed)


def _verified(path: Path, arrays: Mapping[str, np.ndarray], sealed: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in sealed.items() if name != "checksum"}
    if sealed.get("checksum") != _checksum(arrays, metadata):
        raise RunError(f"{path}: entry 'checksum' does not match the other entries: the file was modified or damaged.")
    return metadata


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    if path.is_symlink() or not path.is_file():
        raise RunError(f"{path} is missing or not a regular file: restore it, or train the run again.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, the file is not a mapping
            sealed = json.loads((file.metadata() or {})["weightloom"])
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise RunError(f"{path} is not a valid safetensors file of weightloom: {error}.") from error
    if not isinstance(sealed, dict):
        raise RunError(f"{path}: entry 'weightloom' of its metadata is not a JSON object.")
    return arrays, sealed


def _named_leaves(tree: PyTree) -> dict[str, Any]:
    leaves = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        if name in leaves or name == "__metadata__":
            raise InputError(f"two leaves of the tree would have the name {name!r} in the file: rename one.")
        if getattr(getattr(leaf, "dtype", None), "kind", "none") not in _NUMERIC:
            raise InputError(
                f"leaf {name!r} of the tree is {leaf!r:.60}: a file takes arrays of floats, integers and booleans only."
            )
        leaves[name] = leaf
    return leaves


def _native(leaf: Any) -> np.ndarray:
    return np.asarray(leaf, dtype=leaf.dtype.newbyteorder("="), order="C")


def _check_like(owner: Path | str, name: str, array: np.ndarray, leaf: Any) -> None:
    if array.shape != leaf.shape:
        raise RunError(f"{owner}: entry {name!r} has shape {array.shape} in place of {leaf.shape}.")
    halved = array.dtype == np.float16 and leaf.dtype == np.float32
    if array.dtype != leaf.dtype.newbyteorder("=") and not halved:
        raise RunError(f"{owner}: entry {name!r} has dtype {array.dtype} in place of {leaf.dtype}.")


def _check_finite(owner: Path | str, name: str, array: np.ndarray) -> None:
    wrong = int((~np.isfinite(array)).sum())
    if wrong:
        raise RunError(f"{owner}: entry {name!r} has {wrong} of {array.size} values that are not finite.")


def _checksum(arrays: Mapping[str, np.ndarray], metadata: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.name} {array.shape} ".encode("utf-8", "surrogatepass"))
        digest.update(array.tobytes())
    return digest.hexdigest()
