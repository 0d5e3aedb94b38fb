"""The interface of conditioning: a trained base network, and changes of it that depend on a condition."""

import abc
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from weightloom._checks import check_positive, check_whole, check_widths
from weightloom._keys import AnyKey, as_key
from weightloom.architectures import Architecture, LayerLeaves
from weightloom.architectures.base import check_architecture
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.trunk import features, initial_trunk


class Block(NamedTuple):
    """Numbers that a conditioning emits together: their shape, and their deviation for a condition of order 1."""

    shape: tuple[int, ...]
    spread: Float[Array, ""] | float


class Conditioning(Hypernetwork):
    """θ = change(θ₀, H(c)): the base network θ₀ is trained, and a trunk emits what the condition c changes.

    The trunk is an MLP with swish after its hidden layers and a linear map behind them; with `hidden=()` it is that
    map alone, as in DINo. The map has no bias: for the condition 0 a linear trunk always generates the base network,
    and any trunk does so at the start. A change starts `scale` times as large as what it changes, for a condition of
    order 1: a generator whose raw outputs stand in for weights dies or explodes with their number.
    What a member leaves unchanged does not depend on the condition and gets no axis under `vmap` over conditions.

    `CodedHypernetwork` is the plainer relative: it owns a table of codes, and emits all parameters of a network of
    (weight, bias) pairs without a base. Here the codes belong to the caller, who may also condition on time.

    Args:
        target: the architecture that it generates.
        width: entries of the condition.
        hidden: widths of the trunk's hidden layers; () for a linear trunk.
        scale: of the changes at the start, relative to what they change.
        key: initialises the base network and the trunk, a whole number or a JAX key.

    Raises:
        InputError: if a width or the scale cannot be used, or if the target has nothing that this member changes.
    """

    base: PyTree[Float[Array, "..."]]
    hidden: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    emission: Float[Array, "features emitted"]
    target: Architecture = eqx.field(static=True)
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __init_subclass__(cls, init: bool = True, **options: Any) -> None:
        """Takes `init=False`: it tells type checkers that a member has this constructor, not one of its fields."""
        super().__init_subclass__(**options)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        key: AnyKey,
    ) -> None:
        check_whole(width=width)
        check_widths(hidden=hidden)
        check_positive(scale=scale)
        check_architecture(target)
        base_key, emission_key, *hidden_keys = jax.random.split(as_key(key), len(hidden) + 2)
        self.target = target
        self.base = target.initial(base_key)
        blocks = self.blocks(jax.tree.leaves(self.base))
        if not blocks:
            raise InputError(
                f"{type(self).__name__} finds nothing to change in {target}: "
                "use another conditioning, or a network with such layers."
            )
        self.shapes = tuple(block.shape for block in blocks)
        self.hidden = initial_trunk(hidden_keys, (width, *hidden))
        inputs = (width, *hidden)[-1]
        spread = jnp.concatenate([jnp.full(math.prod(block.shape), scale * block.spread) for block in blocks])
        self.emission = jax.random.normal(emission_key, (inputs, spread.size)) * spread / math.sqrt(inputs)

    @property
    def width(self) -> int:
        """Entries of the condition."""
        return (self.hidden[0][0] if self.hidden else self.emission).shape[0]

    @abc.abstractmethod
    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """What the trunk emits.

        Args:
            leaves: of the base network.

        Returns:
            Each array's shape and the deviation of its numbers, in the order of the emission.
        """

    @abc.abstractmethod
    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """The leaves of the generated network: those of the base network, changed by what the trunk emitted.

        Args:
            leaves: of the base network.
            emitted: an array for each of `blocks`.
        """

    def __call__(self, condition: Float[Array, " width"]) -> PyTree[Float[Array, "..."]]:
        """The parameters of the target's network for one condition.

        Args:
            condition: a code, features of time, or both, shape (width,).

        Returns:
            Parameters, shaped as in the target's `shapes`.

        Raises:
            InputError: if the condition has another shape.
        """
        shape = jnp.shape(condition)
        if shape != (self.width,):
            raise InputError(
                f"a condition of shape {shape} was given to a hypernetwork of width {self.width}: "
                f"give shape ({self.width},), and use jax.vmap for several conditions."
            )
        flat = features(self.hidden, jnp.asarray(condition)) @ self.emission
        emitted, start = [], 0
        for shape in self.shapes:
            end = start + math.prod(shape)
            emitted.append(flat[start:end].reshape(shape))
            start = end
        leaves, structure = jax.tree.flatten(self.base)
        return jax.tree.unflatten(structure, self.change(leaves, emitted))


def outputs(layer: LayerLeaves, leaves: Sequence[Float[Array, "..."]]) -> int:
    """How many outputs a layer has."""
    if layer.weight is not None:
        return leaves[layer.weight].shape[layer.axis]
    return 0 if layer.bias is None else leaves[layer.bias].shape[0]


def fan_in(layer: LayerLeaves, leaves: Sequence[Float[Array, "..."]]) -> int:
    """How many weights an output of a layer has; 0 for a layer of biases only."""
    return 0 if layer.weight is None else leaves[layer.weight].size // outputs(layer, leaves)


def magnitude(layer: LayerLeaves, leaves: Sequence[Float[Array, "..."]]) -> Float[Array, ""]:
    """The deviation of a layer's outputs for inputs of order 1: the right size for a change of its biases."""
    if layer.weight is not None:
        return _size(leaves[layer.weight]) * math.sqrt(fan_in(layer, leaves))
    return jnp.ones(()) if layer.bias is None else _size(leaves[layer.bias])


def magnitudes(layers: Sequence[LayerLeaves], leaves: Sequence[Float[Array, "..."]]) -> list[Float[Array, ""]]:
    """For every leaf the right size of a change of it: of biases their layer's, of all others their own."""
    sizes = [_size(leaf) for leaf in leaves]
    for layer in layers:
        if layer.bias is not None:
            sizes[layer.bias] = magnitude(layer, leaves)
    return sizes


def _size(leaf: Float[Array, "..."]) -> Float[Array, ""]:
    """The root mean square; 1 for a leaf that starts at 0, so that it can be changed at all."""
    found = jnp.sqrt((leaf**2).sum() / max(leaf.size, 1))
    return jnp.where(found > 0, found, 1.0)
