"""The interface of architectures: frozen descriptions of generated networks, without arrays."""

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

# The axes are anonymous because layers differ in size: jaxtyping would require a named axis to have the same length in
# every layer of one call.
Layer: TypeAlias = tuple[Float[Array, "_ _"] | Float[np.ndarray, "_ _"], Float[Array, " _"] | Float[np.ndarray, " _"]]
"""The weight, shape (inputs, outputs), and the bias, shape (outputs,), of one layer."""
Parameters: TypeAlias = Sequence[Layer]
"""One (weight, bias) pair per layer, from input to output."""


class LayerLeaves(NamedTuple):
    """Positions of one layer's weight and bias in `jax.tree.leaves(parameters)`.

    Conditionings use it to find the layers of any architecture without changes to its code.

    Attributes:
        weight: index of the weight's leaf. None if the layer has only a bias.
        bias: index of the bias's leaf, whose first axis runs over outputs. None if the layer has no bias.
        axis: axis of the weight that runs over the layer's outputs.
        inputs: number of inputs that one output sums over. The default, None, is the number of weights per output.
            Normalisations and embeddings have 1: each of their outputs has one input.
        sized_by: for a layer with only a bias, index of the weight whose outputs the bias is added to. The first axis
            of this weight runs over outputs.
        stacked: number of leading axes over layers, where one array holds several layers of the same shape. `axis`
            does not count them.
        relative: whether a change of a nonzero bias is measured relative to the bias. The default measures it relative
            to the layer's outputs for inputs of order 1, as for a bias that starts at 0.
    """

    weight: int | None
    bias: int | None
    axis: int = -1
    inputs: int | None = None
    sized_by: int | None = None
    stacked: int = 0
    relative: bool = False


class Architecture(Settings, abc.ABC):
    """Description of a generated network g_θ: its shapes and its function, without the parameters θ.

    An architecture is frozen and hashable: JAX compiles a function once per architecture. The parameters are a pytree
    of arrays. `sizes` lists the widths from input to output; it is empty if the inputs are not vectors.
    """

    sizes: tuple[int, ...]

    @property
    def description(self) -> "Architecture":
        """The architecture without arrays, which hypernetworks store as `target`."""
        return self

    @property
    def generated(self) -> tuple[int, ...] | None:
        """Indices of the leaves that a hypernetwork may change. None means all leaves."""
        return None

    @property
    def hidden_layers(self) -> tuple[LayerLeaves, ...]:
        """The layers that FiLM and Shift change: all but the last."""
        return self.layers[:-1]

    @property
    def start_factor(self) -> float:
        """Factor on the initial `scale` of a conditioning."""
        return 1.0

    @property
    def shapes(self) -> PyTree[tuple[int, ...]]:
        """Shapes of the parameters: a pytree with a shape tuple in place of each array."""
        return jax.tree.map(lambda leaf: leaf.shape, jax.eval_shape(lambda: self.initial(jax.random.key(0))))

    @property
    @abc.abstractmethod
    def layers(self) -> tuple[LayerLeaves, ...]:
        """Linear layers that a conditioning can modify, from input to output."""

    @abc.abstractmethod
    def initial(self, key: AnyKey) -> PyTree[Float[Array, "..."]]:
        """Draws the initial parameters.

        Args:
            key: random key, a whole number or a JAX key.

        Returns:
            A pytree of arrays with the shapes in `shapes`.
        """

    @abc.abstractmethod
    def apply(self, parameters: PyTree, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Evaluates the network: g_θ(x).

        Args:
            parameters: θ, a pytree with the structure that `initial` returns.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """


def check_architecture(given: Any) -> None:
    """Checks that an argument is an `Architecture`.

    Args:
        given: the argument.

    Raises:
        InputError: if it is not.

    Examples:
        >>> check_architecture((16, 48, 1))
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: (16, 48, 1) is not an architecture: give one, such as wl.MLP((16, 48, 1)).
    """
    if not isinstance(given, Architecture):
        raise InputError(f"{shown(given)} is not an architecture: give one, such as wl.MLP((16, 48, 1)).")
