"""The Pareto hypernetwork: a map from log β, or a preference, to hyperweights (Liao et al. 2023, appendix B.2.2)."""

import functools
import math
from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PyTree

from weightloom._checks import check_whole, is_real
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.frozen import trainable

HIDDEN = (100, 10)
LOWEST, HIGHEST = math.log(1e-12), 0.0


class ParetoHypernetwork(Hypernetwork):
    """A hyperhypernetwork: generates the arrays of any hypernetwork from one number, such as log β, or a preference.

    The rescaled number passes through layers of 100 and 10 units (swish) to vectors a and b. The hyperweights are
    a·σ(b), flattened. The paper does not specify the initialisation: here a starts at twice the template's arrays, so
    every H(β) starts near the template, with a small part that depends on β.

    The call has the template's arguments and the number:

    | template | Pareto hypernetwork |
    |---|---|
    | `template(None, key)` | `pareto(log_beta, key)` |
    | `template(condition)` | `pareto((log_beta, condition))` |
    | `template(condition, key)` | `pareto((log_beta, condition), key)` |

    With `losses=m` a preference of shape (m,) takes the place of the number (see `wl.sample_preferences`).

    It returns the output of the template. Floating-point arrays are generated. Other arrays, such as counts and masks,
    and the arrays of a frozen base network are those of the template.

    Args:
        template: hypernetwork whose arrays are generated. Its arrays are the starting point.
        lowest: smallest number in training. The default is log 1e-12, for the paper's smallest β.
        highest: largest number in training. The default is 0 = log 1.
        losses: how many losses a preference is about. The default, None, is a number instead of a preference.
        key: initialises the layers, a whole number or a JAX key.

    Raises:
        InputError: if the template is not a module with floating-point arrays, or if the range or the number of losses
            is invalid.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> template = wl.AttentionalHypernetwork(wl.MLP((4, 12, 1)), key=jax.random.key(0))
        >>> pareto = wl.ParetoHypernetwork(template, key=jax.random.key(1))
        >>> parameters, ledger = pareto(jnp.log(1e-6), jax.random.key(2))
        >>> parameters[0][0].shape
        (4, 12)

        A front of networks that also depend on a code, over a strength between 0 and 1:

        >>> template = wl.Shift(wl.MLP((4, 12, 1)), width=3, key=0)
        >>> pareto = wl.ParetoHypernetwork(template, lowest=0.0, highest=1.0, key=1)
        >>> parameters = pareto((jnp.array(0.5), jnp.ones(3)))
        >>> parameters[0][0].shape
        (4, 12)

        A front over three losses:

        >>> pareto = wl.ParetoHypernetwork(template, losses=3, key=1)
        >>> parameters = pareto((jnp.array([0.2, 0.3, 0.5]), jnp.ones(3)))
        >>> parameters[0][0].shape
        (4, 12)
    """

    first: tuple[Float[Array, "*losses 100"], Float[Array, " 100"]]
    second: tuple[Float[Array, "100 10"], Float[Array, " 10"]]
    scale: tuple[Float[Array, "10 hyperweights"], Float[Array, " hyperweights"]]
    gate: tuple[Float[Array, "10 hyperweights"], Float[Array, " hyperweights"]]
    static: Any
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)
    dtypes: tuple[str, ...] = eqx.field(static=True)
    structure: jax.tree_util.PyTreeDef = eqx.field(static=True)
    lowest: float = eqx.field(static=True)
    highest: float = eqx.field(static=True)

    def __init__(
        self,
        template: Any,
        *,
        lowest: float = LOWEST,
        highest: float = HIGHEST,
        losses: int | None = None,
        key: AnyKey,
    ) -> None:
        self.lowest, self.highest = _range(lowest, highest)
        if losses is not None:
            check_whole(2, losses=losses)
            if (lowest, highest) != (LOWEST, HIGHEST):
                raise InputError("lowest and highest are the range of a number: leave them out for preferences.")
        arrays, self.static = eqx.partition(template, trainable(template))
        leaves, self.structure = jax.tree.flatten(arrays)
        if not (isinstance(template, eqx.Module) and callable(template)) or not leaves:
            raise InputError(
                f"{shown(template)} cannot be a template: give a hypernetwork, an Equinox module with floating-point "
                "arrays that can be called with a condition."
            )
        if any(jnp.iscomplexobj(leaf) for leaf in leaves):
            raise InputError(f"a {type(template).__name__} with complex arrays cannot be a template: keep real parts.")
        self.shapes = tuple(leaf.shape for leaf in leaves)
        self.dtypes = tuple(leaf.dtype.name for leaf in leaves)
        self.first, self.second, self.scale, self.gate = _initial(as_key(key), leaves, losses)

    @property
    def losses(self) -> int | None:
        """How many losses a preference is about. None if the condition is a number."""
        weight, _ = self.first
        return None if weight.ndim == 1 else len(weight)

    @property
    def target(self) -> Any:
        """The template's target."""
        return self.static.target

    @property
    def is_stochastic(self) -> bool:
        """Whether the template is stochastic, so that the call takes a generation key."""
        return bool(self.static.is_stochastic)

    def hyperweights(self, log_beta: Float[Array, "*losses"] | float) -> Any:
        """Generates the hypernetwork for one β: the template with generated arrays.

        Args:
            log_beta: natural logarithm of β, or the number or the preference used instead.

        Raises:
            InputError: if it is not one number, or one preference among the losses.
        """
        log_beta = _checked(log_beta, self.losses)
        if self.losses is None:
            # In decades, as the paper counts β: with the default range u is (log₁₀ β + 6)/6 · √3.
            lowest, highest = (end / math.log(10) for end in (self.lowest, self.highest))
            u = (log_beta / math.log(10) + -(lowest + highest) / 2) / ((highest - lowest) / 2) * math.sqrt(3)
        else:
            # Mean 0 and variance 1 for preferences that are drawn uniformly.
            m = self.losses
            u = (log_beta - 1 / m) * m * math.sqrt((m + 1) / (m - 1))
        flat = _generated(self.first, self.second, self.scale, self.gate, u)
        sizes = [math.prod(shape) for shape in self.shapes]
        pieces = jnp.split(flat, np.cumsum(sizes)[:-1])
        leaves = [piece.reshape(shape).astype(to) for piece, shape, to in zip(pieces, self.shapes, self.dtypes)]
        return eqx.combine(jax.tree.unflatten(self.structure, leaves), self.static)

    def __call__(self, condition: PyTree, *key: AnyKey, **options: Any) -> Any:
        """Generates the hypernetwork for the number, then its network.

        Args:
            condition: the number or preference if the template has no condition, otherwise (number or preference,
                template's condition).
            key: generation key, if the template is stochastic.
            options: options of the template's call, such as `target` and `encoder` of an `AttentionalHypernetwork`.

        Returns:
            The output of the template: parameters, or `Generated(parameters, ledger)`.

        Raises:
            InputError: if the condition has another form.
        """
        number, own = _split(condition, self.losses)
        return self.hyperweights(_checked(number, self.losses))(own, *key, **options)


Layer: TypeAlias = tuple[Array, Array]
"""The weights and biases of a layer."""


# Compiled as a whole, a first call takes a fraction of the time that it takes operation by operation.
@functools.partial(jax.jit, inline=True)
def _generated(
    first: Layer, second: Layer, scale: Layer, gate: Layer, u: Float[Array, "*losses"]
) -> Float[Array, " flat"]:
    weight, bias = first
    h = jax.nn.silu((u @ weight if u.ndim else weight * u) + bias)
    weight, bias = second
    h = jax.nn.silu(h @ weight + bias)
    a, b = (_product(h, weight) + bias for weight, bias in (scale, gate))
    return a * jax.nn.sigmoid(b)


@functools.partial(jax.jit, inline=True, static_argnames="losses")
def _initial(key: Key[Array, ""], leaves: list[Array], losses: int | None) -> tuple[Layer, Layer, Layer, Layer]:
    """Weights and biases of the first and the second layer, and of the maps to a and b."""
    uniform_key, normal_key = jax.random.split(key)
    # Steep first layer, so that β across twelve decades look different; then ten features of order 1.
    wide = 2 * math.sqrt(3)
    *weight, bias = jax.random.uniform(uniform_key, ((losses or 1) + 1, HIDDEN[0]), minval=-wide, maxval=wide)
    steep = weight[0] if losses is None else jnp.stack(weight) / math.sqrt(losses)
    start = jnp.concatenate([leaf.ravel() for leaf in leaves])
    spread = jnp.concatenate([jnp.broadcast_to(_rms(leaf), leaf.size) for leaf in leaves])
    normal = jax.random.normal(normal_key, (HIDDEN[1], HIDDEN[0] + 1 + 2 * start.size))
    second, second_bias, scale, gate = jnp.split(normal, np.cumsum([HIDDEN[0], 1, start.size]), axis=1)
    return (
        (steep, bias),
        (second.T / (2 * math.sqrt(HIDDEN[0])), 0.5 * second_bias[:, 0]),
        (0.2 * spread * scale, 2 * start),
        (0.1 * gate, jnp.zeros_like(start)),
    )


def _split(condition: Any, losses: int | None) -> tuple[Any, Any]:
    name = "number" if losses is None else "preference"
    if isinstance(condition, tuple) and len(condition) != 2:
        raise InputError(f"a condition of {len(condition)} parts cannot be used: give ({name}, template's condition).")
    return condition if isinstance(condition, tuple) else (condition, None)


def _checked(number: Any, losses: int | None) -> Float[Array, "*losses"]:
    if losses is not None:
        if not isinstance(number, jax.Array | np.ndarray) or number.shape != (losses,):
            raise InputError(
                f"{shown(number)} cannot be the preference of a condition: give an array of shape ({losses},); use "
                "jax.vmap for several."
            )
        return jnp.asarray(number, float)
    if (not isinstance(number, jax.Array | np.ndarray) and not is_real(number)) or jnp.ndim(number) != 0:
        raise InputError(
            f"{shown(number)} cannot be the number of a condition: give one number, or an array of shape (); use "
            "jax.vmap for several."
        )
    is_float = isinstance(number, jax.Array) and jnp.issubdtype(number.dtype, jnp.floating)
    return number if is_float else jnp.asarray(number, float)


def _range(lowest: float, highest: float) -> tuple[float, float]:
    if not (is_real(lowest) and is_real(highest) and -math.inf < lowest < highest < math.inf):
        raise InputError(
            f"lowest {lowest!r} and highest {highest!r} cannot be used: give two finite numbers, the lower one first."
        )
    return float(lowest), float(highest)


def _rms(leaf: Array) -> Array:
    return jnp.sqrt((leaf**2).sum() / max(leaf.size, 1))


@jax.custom_vjp
def _product(h: Float[Array, " 10"], weight: Float[Array, "10 hyperweights"]) -> Float[Array, " hyperweights"]:
    """h @ weight, with a derivative that reads the weight before it computes the weight's gradient.

    An optimiser can then update the weight in place. Without this order, XLA copies it in every step.
    """
    return h @ weight


def _product_forward(h: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return h @ weight, (h, weight)


def _product_backward(residuals: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    h, weight = residuals
    dh, gradient = jax.lax.optimization_barrier((weight @ gradient, gradient))
    return dh, jnp.outer(h, gradient)


_product.defvjp(_product_forward, _product_backward)
