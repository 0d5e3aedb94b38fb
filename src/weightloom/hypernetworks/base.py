"""The interface of hypernetworks: from a condition, and a key where they are stochastic, to parameters."""

import abc
import inspect
from typing import Any, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PyTree


class Generated(NamedTuple):
    """What a stochastic hypernetwork returns.

    Attributes:
        parameters: θ, shaped as in the target's `shapes`: for an MLP a (weight, bias) pair per layer.
        ledger: KL in nats per hyperlayer and per edge of the target, shape (hyperdepth, edges); its
            sum is the KL of the objective. Edges are numbered layer by layer, row-major in
            (input neuron, output neuron).
    """

    parameters: PyTree[Array]
    ledger: Float[Array, "hyperdepth edges"]


class Hypernetwork(eqx.Module):
    """A generator of weights, and an Equinox module: its arrays are what is trained.

    There are two kinds, and a member has one of these two calls:

    - deterministic: `hypernetwork(condition)` returns the parameters of the generated network;
    - stochastic: `hypernetwork(condition, key)` returns `Generated(parameters, ledger)`.

    A condition is one array or one tuple of arrays; a hypernetwork that has no condition takes None. `jax.vmap` over
    conditions and keys generates many networks at once.

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
        """Whether the call needs a generation key."""
        key = inspect.signature(type(self).__call__).parameters.get("key")
        return key is not None and key.default is key.empty and key.kind is not key.VAR_POSITIONAL

    @abc.abstractmethod
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Generate parameters.

        Args:
            arguments: the condition, and for a stochastic hypernetwork the generation key: all randomness of the
                weights comes from it.
            options: what only some members know.

        Returns:
            Parameters, or for a stochastic hypernetwork `Generated`.
        """


def count(tree: Any) -> int:
    """The number of array entries in a module: how many numbers a hyperhypernetwork generates."""
    import jax

    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array)))
