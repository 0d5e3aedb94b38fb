"""The interface of generated networks: frozen descriptions that hold no arrays."""

import abc
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import jax
import numpy as np
from jaxtyping import Array, Float, PyTree

from weightloom._keys import AnyKey
from weightloom._settings import Settings
from weightloom._words import shown
from weightloom.errors import InputError

# Weight (inputs, outputs) and bias (outputs,). The axes stay anonymous: layers differ in size, and names would
# have to agree over the whole call that takes them.
Layer: TypeAlias = tuple[Float[Array, "_ _"] | Float[np.ndarray, "_ _"], Float[Array, " _"] | Float[np.ndarray, " _"]]
"""The weight, shape (inputs, outputs), and the bias, shape (outputs,), of one layer."""
Parameters: TypeAlias = Sequence[Layer]
"""A layer's arrays for each layer, from the input to the output."""


class LayerLeaves(NamedTuple):
    """Where the arrays of one layer are among `jax.tree.leaves(parameters)`.

    A conditioning reads this. So it serves every architecture, and no architecture needs code for it.

    Attributes:
        weight: the number of the leaf that multiplies the layer's inputs; None for a layer of biases only.
        bias: the number of the leaf that is added, outputs first; None for a layer without a bias.
        axis: the axis of the weight that runs over the layer's outputs.
        inputs: how many inputs an output sums over. The default, None, is all entries of the weight for one output.
            It is 1 for the scales of a normalisation and for an embedding, which multiply one input each.
        sized_by: for a layer of biases only, the number of the weight to whose outputs the bias is added; this weight
            has its outputs on axis 0.
        stacked: how many axes come before those of one layer, where one array holds many layers of one shape. `axis`
            does not count them.
        relative: whether changes of a bias that does not start at 0 are measured by the bias. The default measures
            them by the layer's outputs for inputs of order 1, as those of a bias that starts at 0.
    """

    weight: int | None
    bias: int | None
    axis: int = -1
    inputs: int | None = None
    sized_by: int | None = None
    stacked: int = 0
    relative: bool = False


class Architecture(Settings, abc.ABC):
    """A generated network g_θ without its θ: a pure function over shapes.

    Members are frozen and hashable, so that one compiled function serves each of them. Their parameters are a
    pytree of arrays. `sizes` lists the widths from input to output; it is empty for a network whose inputs are not
    vectors.
    """

    sizes: tuple[int, ...]

    @property
    def description(self) -> "Architecture":
        """The network without any arrays: what a hypernetwork keeps of it as `target`."""
        return self

    @property
    def generated(self) -> tuple[int, ...] | None:
        """The numbers of the leaves that a hypernetwork may change; None means all of them."""
        return None

    @property
    def hidden_layers(self) -> tuple[LayerLeaves, ...]:
        """The layers whose outputs FiLM and Shift change: all but the last one."""
        return self.layers[:-1]

    @property
    def start_factor(self) -> float:
        """What multiplies the `scale` of a conditioning at the start."""
        return 1.0

    @property
    def shapes(self) -> PyTree[tuple[int, ...]]:
        """Shapes of the parameters: the same pytree, with a tuple in place of every array."""
        return jax.tree.map(lambda leaf: leaf.shape, jax.eval_shape(lambda: self.initial(jax.random.key(0))))

    @property
    @abc.abstractmethod
    def layers(self) -> tuple[LayerLeaves, ...]:
        """The linear layers that conditioning can change, from input to output."""

    @abc.abstractmethod
    def initial(self, key: AnyKey) -> PyTree[Float[Array, "..."]]:
        """Parameters to start training from, as this architecture needs them.

        Args:
            key: their randomness, a whole number or a JAX key.

        Returns:
            A pytree of arrays, shaped as in `shapes`.
        """

    @abc.abstractmethod
    def apply(self, parameters: PyTree, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x) for the given parameters θ.

        Args:
            parameters: θ, a pytree as `initial` returns it.
            x: the inputs, shape (..., inputs).
        """


def check_architecture(given: Any) -> None:
    """Checks that something describes a network.

    Args:
        given: what was given for one.

    Raises:
        InputError: if it does not.

    Examples:
        >>> check_architecture((16, 48, 1))
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: (16, 48, 1) is no description of a network: give one such as wl.MLP((16, 48, 1)).
    """
    if not isinstance(given, Architecture):
        raise InputError(f"{shown(given)} is no description of a network: give one such as wl.MLP((16, 48, 1)).")
