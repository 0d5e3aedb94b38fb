"""Finds the layers of an Equinox module."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import equinox as eqx
import jax

from weightloom.architectures.base import LayerLeaves

Path: TypeAlias = tuple[Any, ...]
"""Path from a module to one of its leaves, as `jax.tree_util.tree_leaves_with_path` returns it."""
Shapes: TypeAlias = Sequence[tuple[int, ...]]

# Layers that scale and shift each input separately.
ELEMENTWISE = (eqx.nn.LayerNorm, eqx.nn.RMSNorm, eqx.nn.GroupNorm, eqx.nn.BatchNorm)
CELLS = (eqx.nn.GRUCell, eqx.nn.LSTMCell)


def module_layers(module: Any, paths: Sequence[Path], shapes: Shapes) -> tuple[LayerLeaves, ...]:
    """Finds the layers of a module, in the order of its leaves.

    A submodule with a `weight` or a `bias` is a layer. Its outputs are on axis 0, as in Equinox. Embeddings,
    normalisations, recurrent cells and `WeightNorm` have special rules. In user-defined layers, a weight of shape
    (inputs, outputs) is recognised by the shape of the bias.

    Args:
        module: the module.
        paths: path of each floating-point leaf.
        shapes: shape of each floating-point leaf.

    Returns:
        The layers. Leaves are numbered in the order of `paths`.

    Examples:
        >>> import equinox as eqx, jax
        >>> norm = eqx.nn.LayerNorm(4)
        >>> paths = [path for path, _ in jax.tree_util.tree_leaves_with_path(eqx.filter(norm, eqx.is_array))]
        >>> [layer] = module_layers(norm, paths, [(4,), (4,)])
        >>> layer.weight, layer.bias, layer.inputs
        (0, 1, 1)
    """
    owners: dict[Path, dict[str, int]] = {}
    for number, path in enumerate(paths):
        if isinstance(path[-1], jax.tree_util.GetAttrKey):
            owners.setdefault(tuple(path[:-1]), {})[path[-1].name] = number
    found: list[LayerLeaves] = []
    for path, own in owners.items():
        parent = _at(module, path[:-1])
        if isinstance(parent, eqx.nn.WeightNorm) and parent.weight_name == "weight":
            found.extend(_normalised(_at(module, path), own, owners.get(path[:-1], {}).get("g"), shapes))
        else:
            found.extend(_layers_of(_at(module, path), own, shapes))
    # With Equinox's initialisation signals shrink with depth, so changes relative to inputs of order 1 are too large.
    return tuple(layer._replace(relative=True) for layer in found)


def _layers_of(owner: Any, own: Mapping[str, int], shapes: Shapes) -> Iterator[LayerLeaves]:
    weight, bias = own.get("weight"), own.get("bias")
    if isinstance(owner, CELLS) and {"weight_ih", "weight_hh"} <= own.keys():
        stacked = len(shapes[own["weight_ih"]]) - 2
        yield LayerLeaves(own["weight_ih"], bias, axis=0, stacked=stacked)
        yield LayerLeaves(own["weight_hh"], None, axis=0, stacked=stacked)
        if "bias_n" in own:
            yield LayerLeaves(None, own["bias_n"], axis=0, sized_by=own["weight_hh"], stacked=stacked)
    elif isinstance(owner, eqx.nn.WeightNorm) and "g" in own:
        stacked = _stacked(owner.layer, len(shapes[own["g"]]), True)
        yield LayerLeaves(own["g"], None, axis=owner.axis or 0, inputs=1, stacked=stacked)
    elif isinstance(owner, eqx.nn.Embedding) and weight is not None:
        yield LayerLeaves(weight, None, axis=1, inputs=1, stacked=len(shapes[weight]) - 2)
    elif weight is not None or bias is not None:
        yield from _plain(owner, weight, bias, shapes)


def _plain(owner: Any, weight: int | None, bias: int | None, shapes: Shapes) -> Iterator[LayerLeaves]:
    inputs = 1 if isinstance(owner, ELEMENTWISE) else None
    stacked = max(_stacked(owner, len(shapes[leaf]), leaf == weight) for leaf in (weight, bias) if leaf is not None)
    # A scalar has no axis of outputs.
    weight, bias = (leaf if leaf is not None and len(shapes[leaf]) > stacked else None for leaf in (weight, bias))
    if weight is None or bias is None or shapes[weight][stacked] == shapes[bias][stacked]:
        if weight is not None or bias is not None:
            yield LayerLeaves(weight, bias, axis=0, inputs=inputs, stacked=stacked)
    elif shapes[weight][-1] == shapes[bias][stacked]:
        yield LayerLeaves(weight, bias, axis=-1, inputs=inputs)
    else:
        yield LayerLeaves(weight, None, axis=0, inputs=inputs)
        yield LayerLeaves(None, bias, axis=0)


def _stacked(owner: Any, axes: int, is_weight: bool) -> int:
    """Number of leading axes over stacked layers, for layer classes with known shapes."""
    if isinstance(owner, eqx.nn.Linear):
        return axes - (2 if is_weight else 1)
    if isinstance(owner, eqx.nn.Conv | eqx.nn.ConvTranspose):
        return axes - owner.num_spatial_dims - (2 if is_weight else 1)
    if isinstance(owner, eqx.nn.LayerNorm | eqx.nn.RMSNorm):
        return axes - len(owner.shape)
    return axes - 1 if isinstance(owner, ELEMENTWISE) else 0


def _normalised(owner: Any, own: Mapping[str, int], norms: int | None, shapes: Shapes) -> Iterator[LayerLeaves]:
    """The layer inside `WeightNorm`: only its bias, because the scale of its weight has no effect."""
    if "bias" in own:
        stacked = _stacked(owner, len(shapes[own["bias"]]), False)
        yield LayerLeaves(None, own["bias"], axis=0, sized_by=norms, stacked=stacked)


def _at(module: Any, path: Path) -> Any:
    """The submodule at a path. None if the path contains other containers than modules, sequences and dictionaries."""
    for step in path:
        if isinstance(step, jax.tree_util.GetAttrKey):
            module = getattr(module, step.name, None)
        elif isinstance(step, jax.tree_util.SequenceKey):
            module = module[step.idx]
        elif isinstance(step, jax.tree_util.DictKey):
            module = module[step.key]
        else:
            return None
    return module
