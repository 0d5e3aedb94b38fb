"""Saves and loads hypernetworks as safetensors files."""

import dataclasses
import os
from pathlib import Path
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from weightloom._words import shown
from weightloom.architectures import Architecture, ModuleNetwork
from weightloom.errors import InputError, RunError
from weightloom.runs.tensors import load_tree, save_tree

Tree = TypeVar("Tree")


def save(path: str | os.PathLike[str], hypernetwork: PyTree) -> None:
    """Saves the arrays of a hypernetwork to a safetensors file.

    The write is atomic: after a crash the file is complete or unchanged. Each array is named after its path, such as
    `base.layers.0.weight`. bfloat16 is stored as float32, complex arrays as pairs of reals, and JAX keys as key data.
    The file also contains the hypernetwork's class, settings and target, for the checks of `load`.

    Args:
        path: the file. Its folder must exist; an existing file is replaced.
        hypernetwork: a hypernetwork, or any pytree of arrays, such as a hypernetwork and an `eqx.nn.State`. Use
            `eqx.filter(hypernetwork, wl.trainable(hypernetwork))` to leave out a frozen base network.

    Raises:
        InputError: if there is no array to save, or if the file cannot be written.
        RunError: if an array contains values that are not finite. The message names it.

    Examples:
        >>> import tempfile, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.FiLM(wl.MLP((2, 8, 1)), width=3, key=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wl.save(f"{folder}/film.safetensors", hypernetwork)
        ...     loaded = wl.load(f"{folder}/film.safetensors", like=wl.FiLM(wl.MLP((2, 8, 1)), width=3, key=1))
        >>> bool((loaded.emission == hypernetwork.emission).all())
        True
    """
    arrays = eqx.filter(hypernetwork, eqx.is_array)
    if not jax.tree.leaves(arrays):
        raise InputError(f"{shown(hypernetwork)} has no array to save: give a hypernetwork.")
    try:
        save_tree(Path(path), jax.tree.map(_stored, arrays), {"hypernetwork": _described(hypernetwork)})
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}): give a path in an existing folder with write permission."
        ) from error


def load(path: str | os.PathLike[str], like: Tree) -> Tree:
    """Loads a hypernetwork from a file that `save` wrote. Nothing in the file is executed.

    Args:
        path: the file.
        like: a hypernetwork created with the same arguments and any key. Its arrays are replaced. It may come from
            `eqx.filter_eval_shape`, which allocates no arrays.

    Returns:
        The hypernetwork with the arrays from the file.

    Raises:
        InputError: if `like` contains no array.
        RunError: if the file cannot be read or was changed, if it contains a different hypernetwork, or if an array is
            missing, unexpected, not finite, or of another shape or dtype. The message names the entry.

    Examples:
        See `save`.
    """
    arrays, rest = eqx.partition(like, _is_array_or_form)
    if not jax.tree.leaves(arrays):
        raise InputError(f"{shown(like)} contains no array: give a hypernetwork as `like`.")
    found, metadata = load_tree(Path(path), jax.tree.map(_stored_form, arrays))
    _check_description(Path(path), metadata.get("hypernetwork"), _described(like))
    return eqx.combine(jax.tree.map(_restored, found, arrays), rest)


def _is_array_or_form(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _stored(leaf: Any) -> Any:
    """Converts an array to a dtype that NumPy and safetensors support."""
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.key_data(leaf)
    if jnp.iscomplexobj(leaf):
        return jnp.stack([leaf.real, leaf.imag], axis=-1)
    return leaf.astype(jnp.float32) if leaf.dtype.kind == "V" else leaf


def _stored_form(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.eval_shape(_stored, leaf)


def _restored(stored: Any, like: Any) -> Any:
    if jnp.issubdtype(like.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(stored, impl=jax.random.key_impl(jnp.empty(like.shape, like.dtype)))
    if jnp.issubdtype(like.dtype, jnp.complexfloating):
        return jax.lax.complex(stored[..., 0], stored[..., 1])
    return stored.astype(like.dtype)


def _described(thing: Any) -> Any:
    """Classes and settings of a hypernetwork and its parts, as JSON values."""
    if isinstance(thing, ModuleNetwork):
        return {"class": type(thing).__name__, "module": thing.name, "generated": _plain(thing.generated)}
    if isinstance(thing, dict):
        found = {name: _described(part) for name, part in thing.items() if isinstance(part, eqx.Module)}
        return found or None
    if not dataclasses.is_dataclass(thing) or not isinstance(thing, eqx.Module | Architecture):
        return _plain(thing)
    found = {"class": type(thing).__name__}
    for field in dataclasses.fields(thing):  # type: ignore[arg-type] # mypy sees that a module is no plain dataclass
        value = getattr(thing, field.name, None)
        is_setting = isinstance(thing, Architecture) or field.metadata.get("static", False)
        inner = isinstance(value, eqx.Module | Architecture | dict)
        described = _described(value) if is_setting or inner else None
        if described is not None:
            found[field.name] = described
    return found


def _plain(value: Any) -> Any:
    """A number, a string, or a list of them as it is in JSON. None for any other value."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple) and value and all(_plain(part) is not None for part in value):
        return [_plain(part) for part in value]
    return None


def _check_description(path: Path, found: Any, expected: Any, place: str = "") -> None:
    """Compares the entries that both have, because other versions may have other settings."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted(found.keys() & expected.keys()):
            _check_description(path, found[name], expected[name], f"{place}.{name}" if place else name)
    elif found is not None and expected is not None and found != expected:
        raise RunError(
            f"{path}: the saved hypernetwork has {place or 'description'} {shown(found)} instead of "
            f"{shown(expected)}: give a `like` created with the same arguments."
        )
