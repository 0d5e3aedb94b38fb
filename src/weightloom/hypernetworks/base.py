"""The interface of hypernetworks: maps from a condition, and a key if they are stochastic, to parameters."""

import abc
import inspect
from typing import Any, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PyTree


class Generated(NamedTuple):
    """Output of a stochastic hypernetwork.

    Attributes:
        parameters: θ, with the target's `shapes`. For an MLP, a (weight, bias) pair per layer.
        ledger: KL in nats per hyperlayer and per edge of the target, shape (hyperdepth, edges). Its sum is the KL in
            the objective. Edges are numbered layer by layer, row-major in (input neuron, output neuron).
    """

    parameters: PyTree[Array]
    ledger: Float[Array, "hyperdepth edges"]


class Hypernetwork(eqx.Module):
    """A map from a condition to the weights of another network, as an Equinox module whose arrays are trained.

    There are two kinds with different calls:

    - deterministic: `hypernetwork(condition)` returns the parameters of the generated network.
    - stochastic: `hypernetwork(condition, key)` returns `Generated(parameters, ledger)`.

    A condition is an array or a tuple of arrays. A hypernetwork without a condition takes None. Use `jax.vmap` over
    conditions and keys to generate several networks.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.Shift(wl.MLP((2, 8, 1)), width=3, key=0)
        >>> parameters = hypernetwork(jnp.ones(3))
        >>> hypernetwork.target.apply(parameters, jnp.zeros((5, 2))).shape
        (5, 1)
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((4, 12, 1)), key=0)
        >>> parameters, ledger = hypernetwork(None, jax.random.key(1))
        >>> ledger.shape
        (4, 60)
    """

    @property
    def is_stochastic(self) -> bool:
        """Whether the call takes a generation key."""
        key = inspect.signature(type(self).__call__).parameters.get("key")
        return key is not None and key.default is key.empty and key.kind is not key.VAR_POSITIONAL

    @abc.abstractmethod
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Generate parameters.

        Args:
            arguments: the condition, and for a stochastic hypernetwork the generation key. The weights depend on no
                other randomness.
            options: arguments of single hypernetworks.

        Returns:
            Parameters. A stochastic hypernetwork returns `Generated`.
        """


def count(tree: Any) -> int:
    """Number of array entries in a module."""
    import jax

    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array)))
