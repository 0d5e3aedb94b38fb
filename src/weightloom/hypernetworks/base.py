"""The interface of hypernetworks: H(condition, key) = Generated(parameters, ledger)."""

import abc
from typing import Any, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, Key, PyTree

from weightloom.architectures import Architecture


class Generated(NamedTuple):
    """What a hypernetwork returns.

    Attributes:
        parameters: θ, shaped as in the target's `shapes`: for an MLP a (weight, bias) pair per layer.
        ledger: KL in nats per hyperlayer and per edge of the target, shape (hyperdepth, edges); its
            sum is the KL of the objective. Edges are numbered layer by layer, row-major in
            (input neuron, output neuron).
    """

    parameters: PyTree[Array]
    ledger: Float[Array, "hyperdepth edges"]


class Hypernetwork(eqx.Module):
    """A generator of weights: from a condition and a key to parameters and their KL ledger."""

    @abc.abstractmethod
    def __call__(
        self,
        condition: PyTree[Array | None],
        key: Key[Array, ""],
        *,
        target: Architecture | None = None,
        encoder: bool = True,
    ) -> Generated:
        """Generate the parameters of the target.

        Args:
            condition: what to generate for; a hypernetwork without one takes None.
            key: the generation key; all randomness of the weights comes from it.
            target: an architecture other than the one trained on.
            encoder: sample from q, as in training; False ignores the encoder and samples from p.
        """


def count(tree: Any) -> int:
    """The number of array entries in a module: how many numbers a hyperhypernetwork generates."""
    import jax

    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array)))
