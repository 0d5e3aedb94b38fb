"""Reads and checks a user's module: names of leaves, selections, hashes and sizes."""

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from weightloom._words import listed, shown
from weightloom.architectures.base import LayerLeaves
from weightloom.errors import InputError


def name_of(path: Any) -> str:
    """Name of a leaf in messages and files, such as `layers.0.weight`."""
    return jax.tree_util.keystr(path, simple=True, separator=".")


def chosen_leaves(module: Any, where: Callable[[Any], Any], names: Sequence[str]) -> tuple[int, ...]:
    """Indices of the floating-point leaves that `where` selects.

    Args:
        module: the user's module.
        where: function from the module to submodules or arrays.
        names: names of all floating-point leaves, for messages.

    Raises:
        InputError: if the function fails or selects no floating-point leaf.
    """
    arrays, rest = eqx.partition(module, eqx.is_inexact_array)
    marked = jax.tree.unflatten(jax.tree.structure(arrays), map(_Mark, range(len(names))))
    try:
        picked = jax.tree.leaves(where(eqx.combine(marked, rest)))
    except Exception as error:
        raise InputError(
            f"`where` failed for {type(module).__name__} ({shown(error, 200)}): "
            "give a function from the module to its submodules or arrays, such as `lambda module: module.layers[-1]`."
        ) from error
    chosen = {leaf.number for leaf in picked if isinstance(leaf, _Mark)}
    if not chosen:
        raise InputError(
            f"`where` selects no floating-point array of {type(module).__name__}: select some of {listed(names)}."
        )
    return tuple(sorted(chosen))


class _Mark:
    """Placeholder for an array while `where` is called."""

    def __init__(self, number: int) -> None:
        self.number = number


def generated_part(layer: LayerLeaves, generated: tuple[int, ...] | None) -> LayerLeaves | None:
    """Removes the arrays of a layer that are not generated. Returns None if no array is left.

    Args:
        layer: a layer of the module.
        generated: indices of the generated leaves, None for all leaves.
    """
    if generated is None:
        return layer
    weight, bias = (leaf if leaf in generated else None for leaf in (layer.weight, layer.bias))
    if weight is None and bias is None:
        return None
    if weight is None and layer.weight is not None and layer.axis == 0:
        return layer._replace(weight=None, bias=bias, sized_by=layer.weight)
    return layer._replace(weight=weight, bias=bias)


def form_of(leaf: Any) -> Any:
    """The shape and dtype of an array; any other leaf unchanged.

    Args:
        leaf: an array or a hashable object.
    """
    return (leaf.shape, leaf.dtype) if eqx.is_array(leaf) else leaf


def fingerprint(leaf: Any) -> str:
    """SHA-256 of an array's bytes.

    Args:
        leaf: an array or a JAX key.
    """
    array = np.asarray(jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf)
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def check_rest(module: Any) -> None:
    """Checks that everything except the floating-point arrays is hashable and not traced.

    Args:
        module: the user's module.

    Raises:
        InputError: if a leaf or a static field is invalid. The message names it.
    """
    name = type(module).__name__
    for path, leaf in jax.tree_util.tree_leaves_with_path(eqx.filter(module, eqx.is_inexact_array, inverse=True)):
        place = name_of(path)
        if isinstance(leaf, jax.core.Tracer):
            raise InputError(
                f"leaf {place!r} of {name} is an array of dtype {leaf.dtype} created inside jax.jit or another "
                "transformation: create the module outside of it, or create this array with NumPy."
            )
        try:
            hash(form_of(leaf))
        except TypeError as error:
            raise InputError(
                f"leaf {place!r} of {name} cannot be hashed ({error}): replace it by an array, a tuple or a function."
            ) from error
    for place, value in _static_fields(module):
        try:
            hash(value)
        except TypeError as error:
            raise InputError(
                f"the static field {place!r} of {name} cannot be hashed ({error}): "
                "replace it by a tuple, a text, a number or a function."
            ) from error


def _static_fields(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Name and value of every static field of a module and its submodules."""
    for path, part in jax.tree_util.tree_leaves_with_path(node, is_leaf=lambda x: isinstance(x, eqx.Module)):
        if not isinstance(part, eqx.Module):
            continue
        own = ".".join(filter(None, [place, name_of(path)]))
        for field in dataclasses.fields(part):
            value = getattr(part, field.name, None)
            below = ".".join(filter(None, [own, field.name]))
            if field.metadata.get("static", False):
                yield below, value
            else:
                yield from _static_fields(value, below)


def vector_sizes(
    module: Any, layers: Sequence[LayerLeaves], shapes: Sequence[tuple[int, ...]], inputs: int | None
) -> tuple[int, ...]:
    """(inputs, outputs) of a module that maps a vector to a vector, () for any other module.

    Args:
        module: the user's module.
        layers: layers of the module. The first weight determines the default of `inputs`.
        shapes: shapes of the floating-point leaves.
        inputs: length of the input vector, or None.

    Raises:
        InputError: if `inputs` is given and the module does not map a vector of that length to a vector.
    """
    given, weights = inputs, [shapes[layer.weight] for layer in layers if layer.weight is not None]
    if inputs is None:
        if not callable(module) or not weights or len(weights[0]) < 2:
            return ()
        inputs = math.prod(weights[0][1:])
    try:
        output = eqx.filter_eval_shape(module, jax.ShapeDtypeStruct((inputs,), jnp.float32))
    except Exception as error:
        if given is None:
            return ()
        raise InputError(
            f"{type(module).__name__} cannot be called with one input of shape ({inputs},) ({shown(str(error), 200)}): "
            "leave out `inputs`, or give a module that maps a vector to a vector and the right `inputs`."
        ) from error
    shape = getattr(output, "shape", None)
    if shape is not None and len(shape) == 1:
        return (inputs, shape[0])
    if given is None:
        return ()
    raise InputError(
        f"{type(module).__name__} returns {'shape ' + str(shape) if shape is not None else 'no array'} for one input: "
        "leave out `inputs`, or return a vector."
    )
