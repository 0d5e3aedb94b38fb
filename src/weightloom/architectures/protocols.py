"""Protocols for networks: functions accept any object with these attributes."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from weightloom.architectures.base import Architecture


@runtime_checkable
class Parametrised(Protocol):
    """An object with `parameters`: one (weight, bias) pair per layer. A weight has shape (inputs, outputs)."""

    @property
    def parameters(self) -> Sequence[Any]:
        """The (weight, bias) pairs, from input to output."""


@runtime_checkable
class ParametrisedNetwork(Parametrised, Protocol):
    """An object with an architecture and its parameters, such as `weightloom.Network`."""

    @property
    def architecture(self) -> Architecture:
        """Architecture of the network."""
