"""The interface of conditioning: a trained base network, and changes of it that depend on a condition."""

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
    """Numbers that a conditioning emits together: their shape, and their deviation for a condition of order 1.

    Attributes:
        shape: of the array.
        spread: one number, or an array that is broadcast to the shape.
    """

    shape: tuple[int, ...]
    spread: Float[Array, "..."] | float


class Conditioning(Hypernetwork):
    """θ = change(θ₀, H(c)): the base network θ₀ is trained, and a trunk emits what the condition c changes.

    The trunk is an MLP with swish after its hidden layers and a linear map behind them; with `hidden=()` it is that
    map alone, as in DINo. The map has no bias: for the condition 0 a linear trunk always generates the base network,
    and any trunk does so at the start. A change starts `scale` times as large as what it changes, for a condition of
    order 1: if raw outputs of a generator were the weights, the signal would vanish or explode with their number. In a
    `ModuleNetwork` of L > 2 layers the changes start √(2/L) times as large.
    What a member does not change does not depend on the condition and gets no axis under `vmap` over conditions.

    A frozen base network gets no gradient: `frozen=True` with `LowRank` is LoRA from a condition. `wl.trainable` tells
    the optimiser which arrays are left.

    `CodedHypernetwork` is the plainer relative: it has a table of codes, and emits all parameters of a network of
    (weight, bias) pairs without a base. Here the caller has the codes, and may also condition on time.

    Args:
        target: the architecture that it generates.
        width: entries of the condition.
        hidden: widths of the trunk's hidden layers; () for a linear trunk.
        scale: of the changes at the start, relative to what they change.
        frozen: whether the base network keeps its arrays in training.
        key: initialises the base network and the trunk, a whole number or a JAX key.

    Raises:
        InputError: if a width or the scale cannot be used, or if the target has nothing that this member changes.
    """

    base: PyTree
    hidden: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    emission: Float[Array, "..."]
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
        # Without the arrays of a module: those in `base` are trained, and the first ones need not stay in memory.
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
        """Initialises what is behind the hidden layers of the trunk.

        Args:
            key: its randomness.
            inputs: the width of the last hidden layer, or of the condition.
            blocks: what is emitted.
            scale: of the changes relative to what they change.
        """
        spread = jnp.concatenate([jnp.broadcast_to(scale * block.spread, block.shape).ravel() for block in blocks])
        self.emission = jax.random.normal(key, (inputs, spread.size)) * spread / math.sqrt(inputs)

    def emitted(self, features: Float[Array, " features"]) -> Float[Array, " emitted"]:
        """All numbers that the trunk emits, block by block.

        Args:
            features: the condition behind the hidden layers.
        """
        return features @ self.emission

    @property
    def width(self) -> int:
        """Entries of the condition."""
        return (self.hidden[0][0] if self.hidden else self.first_map).shape[0]

    @property
    def first_map(self) -> Float[Array, "features _"]:
        """The matrix that takes the features: its first axis has their number."""
        return self.emission

    @abc.abstractmethod
    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """What the trunk emits.

        Args:
            leaves: of the base network.

        Returns:
            Each array's shape and the deviation of its numbers, in the order of the emission.
        """

    @abc.abstractmethod
    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
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
        flat = self.emitted(features(self.hidden, jnp.asarray(condition)))
        emitted, start = [], 0
        for shape in self.shapes:
            end = start + math.prod(shape)
            emitted.append(flat[start:end].reshape(shape))
            start = end
        leaves, structure = jax.tree.flatten(thawed(self.base))
        changed = self.change(list(leaves), emitted)
        return jax.tree.unflatten(structure, [new.astype(old.dtype) for new, old in zip(changed, leaves)])
