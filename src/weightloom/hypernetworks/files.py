"""Hypernetworks as files: safetensors, strict in both directions."""

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
    """Writes the arrays of a hypernetwork into a safetensors file, which appears whole or not at all.

    Each array has the name of its place, such as `base.layers.0.weight`. Half-precision bfloat16 is written in single
    precision, complex numbers as pairs, and a JAX key as its words. The file also describes the hypernetwork by its
    class, its settings and its target.

    Args:
        path: the file; its folder exists. A file that is there is replaced.
        hypernetwork: a hypernetwork, or any pytree of arrays, such as a pair of a hypernetwork and an `eqx.nn.State`.
            `eqx.filter(hypernetwork, wl.trainable(hypernetwork))` leaves a frozen base network out.

    Raises:
        InputError: if there is no array to write, or the file cannot be written.
        RunError: naming an array with values that are not finite.

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
        raise InputError(f"{shown(hypernetwork)} has no array to write: give a hypernetwork.")
    try:
        save_tree(Path(path), jax.tree.map(_stored, arrays), {"hypernetwork": _described(hypernetwork)})
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}): give a file in a folder that exists and lets you write."
        ) from error


def load(path: str | os.PathLike[str], like: Tree) -> Tree:
    """Reads what `save` wrote into a hypernetwork of the same form. Nothing in the file is executed.

    Args:
        path: the file.
        like: a hypernetwork made with the same arguments, whatever its key; only its form matters. With
            `eqx.filter_eval_shape` it needs no memory.

    Returns:
        The same hypernetwork with the arrays of the file.

    Raises:
        RunError: naming the file and the entry, if the file cannot be read or was changed, if it describes another
            hypernetwork, or if an array is missing, unexpected, misshapen, of another dtype or not finite.

    Examples:
        See `save`.
    """
    arrays, rest = eqx.partition(like, _is_array_or_form)
    if not jax.tree.leaves(arrays):
        raise InputError(f"{shown(like)} has no array to read: give a hypernetwork as `like`.")
    found, metadata = load_tree(Path(path), jax.tree.map(_stored_form, arrays))
    _check_description(Path(path), metadata.get("hypernetwork"), _described(like))
    return eqx.combine(jax.tree.map(_restored, found, arrays), rest)


def _is_array_or_form(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _stored(leaf: Any) -> Any:
    """An array as the file has it: of a dtype that NumPy and safetensors share."""
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
    """The class and the settings of a hypernetwork, and of everything in it, as JSON values."""
    if isinstance(thing, ModuleNetwork):
        return {"class": type(thing).__name__, "module": thing.name, "generated": _plain(thing.generated)}
    if not dataclasses.is_dataclass(thing) or not isinstance(thing, eqx.Module | Architecture):
        return _plain(thing)
    found = {"class": type(thing).__name__}
    for field in dataclasses.fields(thing):  # type: ignore[arg-type] # mypy sees that a module is no plain dataclass
        value = getattr(thing, field.name, None)
        is_setting = isinstance(thing, Architecture) or field.metadata.get("static", False)
        inner = isinstance(value, eqx.Module | Architecture)
        described = _described(value) if is_setting or inner else None
        if described is not None:
            found[field.name] = described
    return found


def _plain(value: Any) -> Any:
    """A number, a text, or a list of them; None for everything else."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple) and value and all(_plain(part) is not None for part in value):
        return [_plain(part) for part in value]
    return None


def _check_description(path: Path, found: Any, expected: Any, place: str = "") -> None:
    """Compares what both have: a later version may know more settings, or fewer."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted(found.keys() & expected.keys()):
            _check_description(path, found[name], expected[name], f"{place}.{name}" if place else name)
    elif found is not None and expected is not None and found != expected:
        raise RunError(
            f"{path}: the saved hypernetwork has {place or 'description'} {shown(found)} in place of "
            f"{shown(expected)}: give a `like` that was made with the same arguments."
        )
