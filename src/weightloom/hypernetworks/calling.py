"""One call from a condition to the value of the generated network."""

import inspect
from typing import Any

from weightloom._keys import AnyKey
from weightloom._words import shown
from weightloom.architectures import Architecture
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Generated, Hypernetwork


def call(
    hypernetwork: Any,
    condition: Any,
    *arguments: Any,
    key: AnyKey | None = None,
    generation_key: AnyKey | None = None,
    **options: Any,
) -> Any:
    """The value of the network that a hypernetwork generates for a condition.

    `wl.call(hypernetwork, condition, *arguments, **options)` is the generated network called with these arguments, so
    that a line `module(x, state, key=key)` becomes `wl.call(hypernetwork, condition, x, state, key=key)`.

    `key` goes to whichever of the two takes one: to the network, for its dropout, or to a stochastic hypernetwork, for
    the draw of the weights. If both take one, `generation_key` is the hypernetwork's and `key` is the network's.

    Use `jax.vmap` over the condition for many networks, and over condition and input together for weights of each
    example's own. What does not depend on the condition is then computed once.

    Args:
        hypernetwork: any hypernetwork with a `target`.
        condition: what the hypernetwork is called with.
        arguments: positional arguments of the generated network: inputs, an `eqx.nn.State`.
        key: a whole number or a JAX key for a stochastic hypernetwork; else it goes to the network as it is.
        generation_key: the hypernetwork's key, where the network takes a `key` of its own.
        options: named arguments of the generated network.

    Returns:
        What the network returns; a module with state returns (value, new state). For the ledger of a stochastic
        hypernetwork, call the hypernetwork itself.

    Raises:
        InputError: if the hypernetwork has no target, a key is missing or not taken, or the network cannot be called
            with these arguments.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.FiLM(wl.MLP((2, 8, 1)), width=3, key=0)
        >>> wl.call(hypernetwork, jnp.ones(3), jnp.zeros((5, 2))).shape
        (5, 1)

        Ten networks at the same points, and ten networks at a point each:

        >>> conditions, points = jnp.ones((10, 3)), jnp.zeros((10, 2))
        >>> jax.vmap(wl.call, in_axes=(None, 0, None))(hypernetwork, conditions, points).shape
        (10, 10, 1)
        >>> jax.vmap(wl.call, in_axes=(None, 0, 0))(hypernetwork, conditions, points).shape
        (10, 1)

        A stochastic hypernetwork needs a key:

        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((2, 8, 1)), key=0)
        >>> wl.call(hypernetwork, None, jnp.zeros((5, 2)), key=jax.random.key(1)).shape
        (5, 1)
    """
    if not callable(hypernetwork) or not isinstance(getattr(hypernetwork, "target", None), Architecture):
        raise InputError(
            f"{shown(hypernetwork)} cannot be called for a network: give a hypernetwork whose `target` is an "
            "architecture, such as wl.FiLM, or apply the network yourself."
        )
    name, target = type(hypernetwork).__name__, hypernetwork.target
    if not isinstance(hypernetwork, Hypernetwork) or not hypernetwork.is_stochastic:
        if generation_key is not None:
            raise InputError(f"{name} draws nothing: leave out `generation_key`; `key` is for the network.")
        if key is not None:
            options["key"] = key
        parameters = hypernetwork(condition)
    else:
        if generation_key is not None and key is not None:
            options["key"] = key
        drawn_with = key if generation_key is None else generation_key
        if drawn_with is None:
            raise InputError(f"{name} draws its weights: give `key`, a whole number or a JAX key.")
        parameters = hypernetwork(condition, drawn_with)
    if isinstance(parameters, Generated):
        parameters = parameters.parameters
    try:
        inspect.signature(target.apply).bind(parameters, *arguments, **options)
    except TypeError as error:
        raise InputError(
            f"{shown(target)} cannot be called with {len(arguments)} inputs and {', '.join(options) or 'no options'} "
            f"({error}): give what its `apply` takes after the parameters."
        ) from None
    return target.apply(parameters, *arguments, **options)
