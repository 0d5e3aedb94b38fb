"""What functions ask of a network that somebody holds, whoever made it."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from weightloom.architectures.base import Architecture


@runtime_checkable
class Parametrised(Protocol):
    """Anything with `parameters`: a (weight, bias) pair per layer, weights of shape (inputs, outputs)."""

    @property
    def parameters(self) -> Sequence[Any]:
        """The (weight, bias) pairs, from the inputs on."""


@runtime_checkable
class ParametrisedNetwork(Parametrised, Protocol):
    """Anything with an architecture and its parameters, such as `weightloom.Network`."""

    @property
    def architecture(self) -> Architecture:
        """The network's description."""
