"""The interface of conditionings: a base network whose arrays change with a condition."""

import abc
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact, Key, PyTree

from weightloom._checks import check_positive, check_whole, check_widths
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.architectures import Architecture
from weightloom.architectures.base import check_architecture
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.frozen import Frozen, thawed
from weightloom.hypernetworks.trunk import features, initial_trunk


class Block(NamedTuple):
    """One array that a conditioning emits.

    Attributes:
        shape: shape of the array.
        spread: standard deviation of its entries at the start, relative to `scale` and for a condition of order 1. A
            number, or an array that is broadcast to the shape.
    """

    shape: tuple[int, ...]
    spread: Float[Array, "..."] | float


class Conditioning(Hypernetwork):
    """θ = change(θ₀, H(c)): a trained base network θ₀, changed by the output of a trunk for the condition c.

    The trunk is an MLP with swish after its hidden layers and a linear output layer without bias. With `hidden=()` it
    is linear, as in DINo. A linear trunk always generates the base network for the condition 0; any trunk does so at
    the start. Arrays that a conditioning does not change do not depend on the condition: `vmap` over conditions adds no
    axis to them.

    For a condition of order 1 the changes start `scale` times as large as the arrays that they change. If the raw
    outputs of a network were used as weights, activations would vanish or explode. For a `ModuleNetwork` with L > 2
    layers the changes start √(2/L) times smaller.

    With `frozen=True` the base network gets no gradient. `LowRank` with a frozen base is LoRA from a condition. Use
    `wl.trainable` to give the optimiser the other arrays only.

    `CodedHypernetwork` is a simpler alternative for networks of (weight, bias) pairs. It stores one code per condition
    and emits all parameters without a base. Here the caller provides the codes, which may include time.

    Args:
        target: architecture of the generated network.
        width: length of the condition.
        hidden: widths of the trunk's hidden layers, () for a linear trunk.
        scale: initial size of the changes, relative to the arrays that they change.
        frozen: whether the base network stays fixed in training.
        key: initialises base network and trunk, a whole number or a JAX key.

    Raises:
        InputError: if a width or the scale is invalid, or if the target has no array that this conditioning changes.
    """

    base: PyTree
    hidden: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    emission: Float[Array, "..."]
    target: Architecture = eqx.field(static=True)
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __init_subclass__(cls, init: bool = True, **options: Any) -> None:
        """Accepts `init=False`, which tells type checkers that subclasses have this constructor."""
        super().__init_subclass__(**options)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        frozen: bool = False,
        key: AnyKey,
    ) -> None:
        check_whole(width=width)
        check_widths(hidden=hidden)
        check_positive(scale=scale)
        if not isinstance(frozen, bool):
            raise InputError(f"frozen {shown(frozen)} cannot be used: give True or False.")
        check_architecture(target)
        base_key, emission_key, *hidden_keys = jax.random.split(as_key(key), len(hidden) + 2)
        # Without arrays: the trained ones are in `base`, and the initial ones need not stay in memory.
        self.target = target.description
        base = target.initial(base_key)
        self.base = Frozen(base) if frozen else base
        blocks = self.blocks(jax.tree.leaves(base))
        if not blocks:
            raise InputError(
                f"{type(self).__name__} finds nothing to change in {target}: "
                "use another conditioning, or a network with such layers."
            )
        self.shapes = tuple(block.shape for block in blocks)
        self.hidden = initial_trunk(hidden_keys, (width, *hidden))
        self.start(emission_key, (width, *hidden)[-1], blocks, scale * target.start_factor)

    def start(self, key: Key[Array, ""], inputs: int, blocks: Sequence[Block], scale: float) -> None:
        """Initialises the output layer of the trunk.

        Args:
            key: a JAX key.
            inputs: width of the last hidden layer, or of the condition.
            blocks: the arrays to emit.
            scale: initial size of the changes.
        """
        spread = jnp.concatenate([jnp.broadcast_to(scale * block.spread, block.shape).ravel() for block in blocks])
        self.emission = jax.random.normal(key, (inputs, spread.size)) * spread / math.sqrt(inputs)

    def emitted(self, features: Float[Array, " features"]) -> Float[Array, " emitted"]:
        """The output of the trunk: all blocks as one vector.

        Args:
            features: output of the last hidden layer, or the condition.
        """
        return features @ self.emission

    @property
    def width(self) -> int:
        """Length of the condition."""
        return (self.hidden[0][0] if self.hidden else self.first_map).shape[0]

    @property
    def first_map(self) -> Float[Array, "features _"]:
        """The matrix that multiplies the features. Its first axis runs over features."""
        return self.emission

    @abc.abstractmethod
    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """The arrays that the trunk emits.

        Args:
            leaves: leaves of the base network.

        Returns:
            Shape and initial size of each array.
        """

    @abc.abstractmethod
    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
        """Computes the leaves of the generated network.

        Args:
            leaves: leaves of the base network.
            emitted: one array per block.

        Returns:
            Leaves of the generated network.
        """

    def __call__(self, condition: Float[Array, " width"]) -> PyTree[Inexact[Array, "..."]]:
        """Generates the parameters for one condition.

        Args:
            condition: shape (width,), for example a code or features of time.

        Returns:
            Parameters with the target's `shapes`.

        Raises:
            InputError: if the condition has another shape.
        """
        shape = jnp.shape(condition)
        if shape != (self.width,):
            raise InputError(
                f"a condition of shape {shape} was given to a hypernetwork of width {self.width}: "
                f"give shape ({self.width},), and use jax.vmap for several conditions."
            )
        flat = self.emitted(features(self.hidden, jnp.asarray(condition)))
        emitted, start = [], 0
        for shape in self.shapes:
            end = start + math.prod(shape)
            emitted.append(flat[start:end].reshape(shape))
            start = end
        leaves, structure = jax.tree.flatten(thawed(self.base))
        changed = self.change(list(leaves), emitted)
        return jax.tree.unflatten(structure, [new.astype(old.dtype) for new, old in zip(changed, leaves)])
