"""The Pareto hypernetwork: from log β to hyperweights (Liao et al. 2023, appendix B.2.2)."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from weightloom.hypernetworks.base import Generated, Hypernetwork

HIDDEN = (100, 10)


class ParetoHypernetwork(Hypernetwork):
    """A hyperhypernetwork: generates every array of a hypernetwork from log β.

    Rescaled log β → 100 → 10 (swish) → vectors a and b; the hyperweights are a·σ(b), flattened. Where
    the paper is silent: a starts at twice the template's arrays, so that H(β) starts near the template
    for every β, with a small part that depends on β.

    Args:
        template: the hypernetwork whose arrays are generated; its arrays set the starting point.
        key: initialises the layers.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> template = wl.AttentionalHypernetwork(wl.MLP((4, 12, 1)), key=jax.random.key(0))
        >>> pareto = wl.ParetoHypernetwork(template, key=jax.random.key(1))
        >>> parameters, ledger = pareto(jnp.log(1e-6), jax.random.key(2))
        >>> parameters[0][0].shape
        (4, 12)
    """

    first: tuple[Float[Array, " 100"], Float[Array, " 100"]]
    second: tuple[Float[Array, "100 10"], Float[Array, " 10"]]
    scale: tuple[Float[Array, "10 hyperweights"], Float[Array, " hyperweights"]]
    gate: tuple[Float[Array, "10 hyperweights"], Float[Array, " hyperweights"]]
    static: Hypernetwork
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)
    structure: jax.tree_util.PyTreeDef = eqx.field(static=True)

    def __init__(self, template: Hypernetwork, *, key: Key[Array, ""]) -> None:
        arrays, self.static = eqx.partition(template, eqx.is_array)
        leaves, self.structure = jax.tree.flatten(arrays)
        self.shapes = tuple(leaf.shape for leaf in leaves)
        uniform_key, normal_key = jax.random.split(key)
        # Steep first layer, so that β across twelve decades look different; then ten features of order 1.
        wide = 2 * math.sqrt(3)
        weight, bias = jax.random.uniform(uniform_key, (2, HIDDEN[0]), minval=-wide, maxval=wide)
        self.first = (weight, bias)
        start = jnp.concatenate([leaf.ravel() for leaf in leaves])
        spread = jnp.concatenate([jnp.broadcast_to(_rms(leaf), leaf.size) for leaf in leaves])
        normal = jax.random.normal(normal_key, (HIDDEN[1], HIDDEN[0] + 1 + 2 * start.size))
        second, second_bias, scale, gate = jnp.split(normal, np.cumsum([HIDDEN[0], 1, start.size]), axis=1)
        self.second = (second.T / (2 * math.sqrt(HIDDEN[0])), 0.5 * second_bias[:, 0])
        self.scale = (0.2 * spread * scale, 2 * start)
        self.gate = (0.1 * gate, jnp.zeros_like(start))

    def hyperweights(self, log_beta: Float[Array, ""]) -> Hypernetwork:
        """The hypernetwork for one β: the template with generated arrays.

        Args:
            log_beta: the natural logarithm of β.
        """
        u = (log_beta / math.log(10) + 6) / 6 * math.sqrt(3)
        weight, bias = self.first
        h = jax.nn.silu(weight * u + bias)
        weight, bias = self.second
        h = jax.nn.silu(h @ weight + bias)
        a, b = (_product(h, weight) + bias for weight, bias in (self.scale, self.gate))
        flat = a * jax.nn.sigmoid(b)
        sizes = [math.prod(shape) for shape in self.shapes]
        pieces = jnp.split(flat, np.cumsum(sizes)[:-1])
        leaves = [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes)]
        return eqx.combine(jax.tree.unflatten(self.structure, leaves), self.static)

    def __call__(self, condition, key, *, target=None, encoder=True) -> Generated:
        return self.hyperweights(condition)(None, key, target=target, encoder=encoder)


def _rms(leaf: Array) -> Array:
    return jnp.sqrt((leaf**2).sum() / max(leaf.size, 1))


@jax.custom_vjp
def _product(h: Float[Array, " 10"], weight: Float[Array, "10 hyperweights"]) -> Float[Array, " hyperweights"]:
    """h @ weight. In its derivative the weight is read before its own gradient is there.

    An optimiser can then update the weight in place; without the order XLA copies it in every step.
    """
    return h @ weight


def _product_forward(h, weight):
    return h @ weight, (h, weight)


def _product_backward(residuals, gradient):
    h, weight = residuals
    dh, gradient = jax.lax.optimization_barrier((weight @ gradient, gradient))
    return dh, jnp.outer(h, gradient)


_product.defvjp(_product_forward, _product_backward)
