"""Layers of Equinox modules, by their path in the module."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax

from weightloom.errors import InputError
from weightloom.similarity.layers.patterns import first_array, keep


def equinox_layers(model: eqx.Module) -> list[str]:
    """Paths of all callable modules inside a module, such as "layers.0"."""
    return [".".join(map(str, path)) for path, _ in _modules(model)]


def equinox_recorder(
    model: eqx.Module, names: Sequence[str], call: Callable[..., Any] | None
) -> Callable[[Any], dict[str, Any]]:
    """A function from a batch to the outputs of layers, in the order in which they are called.

    It compiles once for all batches of one shape. A batch is an array or a tree of arrays, with a leading axis of
    inputs.

    Args:
        model: the module, for one input, without a batch axis. It is called with `jax.vmap`.
        names: paths of the layers.
        call: function of (model, input) that runs the model for one input. None to call the model itself.

    Raises:
        InputError: if a layer is called inside a transformation of JAX, such as `jax.lax.scan`. By the function.
    """
    paths = {".".join(map(str, path)): path for path, _ in _modules(model)}
    arrays, rest = eqx.partition(eqx.nn.inference_mode(model), eqx.is_array)

    def run(arrays: Any, one: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        recorded = eqx.combine(arrays, rest)
        for name in sorted(names, key=lambda name: -len(paths[name])):  # inner modules first, so that paths stay
            where = functools.partial(_at, path=paths[name])
            recorded = eqx.tree_at(where, recorded, replace_fn=functools.partial(_Recorded, name=name, found=found))
        recorded(one) if call is None else call(recorded, one)
        return found

    @eqx.filter_jit
    def outputs(arrays: Any, batch: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        order: list[str] = []

        def of_one(one: Any) -> tuple[Any, ...]:
            found = run(arrays, one)
            order.extend(found)  # apart from the arrays, because JAX sorts the keys of dictionaries
            return tuple(found.values())

        found = jax.vmap(of_one)(batch)
        return tuple(order), found

    def record(batch: Any) -> dict[str, Any]:
        try:
            return dict(zip(*outputs(arrays, batch)))
        except jax.errors.UnexpectedTracerError:
            raise InputError(
                "a layer is called inside a transformation of JAX, such as jax.lax.scan, which hides its output: "
                "choose the layer around it, or give a function that returns the features."
            ) from None

    return record


class _Recorded(eqx.Module):
    """A layer that keeps what it returns."""

    layer: Any
    name: str = eqx.field(static=True)
    found: dict[str, Any] = eqx.field(static=True)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        output = self.layer(*inputs, **options)
        keep(self.found, self.name, first_array(output))
        return output


def _modules(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    entries: list[tuple[str | int, Any]] = []
    if isinstance(node, eqx.Module):
        if path and callable(node):
            yield path, node
        entries = [(one.name, getattr(node, one.name, None)) for one in dataclasses.fields(node)]
    elif isinstance(node, tuple | list):
        entries = list(enumerate(node))
    elif isinstance(node, Mapping):
        entries = list(node.items())
    for key, entry in entries:
        yield from _modules(entry, (*path, key))


def _at(model: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        model = getattr(model, str(key)) if isinstance(model, eqx.Module) else model[key]
    return model
