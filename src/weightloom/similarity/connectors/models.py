"""What has a connector for every pair of encoders: a hypernetwork, one with a new code, or plain parameters."""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from weightloom.architectures import Architecture, Parameters
from weightloom.hypernetworks import CodedHypernetwork


class ConnectorModel(eqx.Module):
    """Anything that has a connector for every pair."""

    @property
    @abc.abstractmethod
    def architecture(self) -> Architecture:
        """Of every connector."""

    @abc.abstractmethod
    def __call__(self, source: Int[Array, ""], target: Int[Array, ""]) -> Parameters:
        """The parameters of one pair's connector."""


class Predicted(ConnectorModel):
    """Connectors from a hypernetwork that has learned a code per encoder; a pair's code is the sum of its two.

    With a code per encoder rather than per pair, a step trains what all pairs of its encoders share, and the one
    code of a new encoder is enough for connectors to every target.
    """

    hypernetwork: CodedHypernetwork
    sources: int = eqx.field(static=True)

    @property
    def architecture(self) -> Architecture:
        return self.hypernetwork.target

    def __call__(self, source: Int[Array, ""], target: Int[Array, ""]) -> Parameters:
        return self.with_code(self.hypernetwork.codes[source], target)

    def with_code(self, code: Float[Array, " width"], target: Int[Array, ""]) -> Parameters:
        """The connector from an encoder of this code."""
        both = code + self.hypernetwork.codes[self.sources + target]
        return self.hypernetwork(both / math.sqrt(2))


class NewSource(ConnectorModel):
    """Connectors from an encoder that a trained hypernetwork has never seen."""

    code: Float[Array, " width"]
    known: Predicted

    @property
    def architecture(self) -> Architecture:
        return self.known.architecture

    def __call__(self, source: Int[Array, ""], target: Int[Array, ""]) -> Parameters:
        return self.known.with_code(self.code, target)


class Separate(ConnectorModel):
    """Connectors with parameters of their own, which start as a hypernetwork's do."""

    parameters: list[tuple[Float[Array, "sources targets _ _"], Float[Array, "sources targets _"]]]
    shape: Architecture = eqx.field(static=True)

    def __init__(self, architecture: Architecture, sources: int, targets: int, *, key: Key[Array, ""]) -> None:
        self.shape = architecture
        keys = jax.random.split(key, len(architecture.shapes))
        self.parameters = [
            (jax.random.normal(one, (sources, targets, *w)) / math.sqrt(w[0]), jnp.zeros((sources, targets, *b)))
            for one, (w, b) in zip(keys, architecture.shapes)
        ]

    @property
    def architecture(self) -> Architecture:
        return self.shape

    def __call__(self, source: Int[Array, ""], target: Int[Array, ""]) -> Parameters:
        return [(weight[source, target], bias[source, target]) for weight, bias in self.parameters]
