"""Layers of Equinox modules, by their path in the module."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax

from weightloom.errors import InputError
from weightloom.similarity.layers.patterns import first_array


def equinox_layers(model: eqx.Module) -> list[str]:
    """Paths of all callable modules inside a module, such as "layers.0"."""
    return [".".join(map(str, path)) for path, _ in _modules(model)]


def record_equinox(
    model: eqx.Module, names: Sequence[str], batch: Any, call: Callable[..., Any] | None
) -> dict[str, Any]:
    """Outputs of layers for one batch, in the order in which they are called.

    Args:
        model: the module, for one input, without a batch axis. It is called with `jax.vmap`.
        names: paths of the layers.
        batch: the inputs: an array or a tree of arrays, with a leading axis of inputs.
        call: function of (model, input) that runs the model for one input. None to call the model itself.

    Raises:
        InputError: if a layer is called inside a transformation of JAX, such as `jax.lax.scan`.
    """
    paths = {".".join(map(str, path)): path for path, _ in _modules(model)}

    def run(one: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        recorded = eqx.nn.inference_mode(model)
        for name in sorted(names, key=lambda name: -len(paths[name])):  # inner modules first, so that paths stay
            where = functools.partial(_at, path=paths[name])
            recorded = eqx.tree_at(where, recorded, replace_fn=functools.partial(_Recorded, name=name, found=found))
        recorded(one) if call is None else call(recorded, one)
        return found

    try:
        found = eqx.filter_jit(jax.vmap(run))(batch)
    except jax.errors.UnexpectedTracerError:
        raise InputError(
            "a layer is called inside a transformation of JAX, such as jax.lax.scan, which hides its output: choose "
            "the layer around it, or give a function that returns the features."
        ) from None
    order = [name for name in _order(run, batch) if name in found]
    return {name: found[name] for name in order}


def _order(run: Callable[[Any], dict[str, Any]], batch: Any) -> list[str]:
    """Names in the order of calls: jit sorts the keys of dictionaries."""
    names: list[str] = []

    def trace(one: Any) -> None:
        names.extend(run(one))

    jax.eval_shape(jax.vmap(trace), batch)
    return names


class _Recorded(eqx.Module):
    """A layer that keeps what it returns."""

    layer: Any
    name: str = eqx.field(static=True)
    found: dict[str, Any] = eqx.field(static=True)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        output = self.layer(*inputs, **options)
        calls = sum(1 for known in self.found if known.split(":")[0] == self.name)
        array = first_array(output)
        if array is not None:
            self.found[self.name if not calls else f"{self.name}:{calls + 1}"] = array
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
