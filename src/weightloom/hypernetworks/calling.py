"""Generates a network and calls it."""

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
    """Generates the network for a condition and calls it.

    The arguments after the condition are those of the generated network: `module(x, state, key=key)` becomes
    `wl.call(hypernetwork, condition, x, state, key=key)`.

    A deterministic hypernetwork passes `key` to the network, for example for dropout. A stochastic hypernetwork uses
    `key` to draw the weights. If the network needs a key as well, give the key for the weights as `generation_key`;
    `key` then belongs to the network.

    Use `jax.vmap` over conditions for several networks, and over conditions and inputs together for a separate network
    per example.

    Args:
        hypernetwork: a hypernetwork with a `target`.
        condition: the condition.
        arguments: positional arguments of the generated network, such as inputs and an `eqx.nn.State`.
        key: key of the network, or of a stochastic hypernetwork without `generation_key`.
        generation_key: key for the weights of a stochastic hypernetwork, a whole number or a JAX key.
        options: keyword arguments of the generated network.

    Returns:
        The output of the network. A module with state returns (output, new state). To get the ledger of a stochastic
        hypernetwork, call the hypernetwork itself.

    Raises:
        InputError: if the hypernetwork has no target, if a key is missing or unused, or if the network does not take
            these arguments.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.FiLM(wl.MLP((2, 8, 1)), width=3, key=0)
        >>> wl.call(hypernetwork, jnp.ones(3), jnp.zeros((5, 2))).shape
        (5, 1)

        Ten networks at the same points, then ten networks with one point each:

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
            f"{shown(hypernetwork)} has no architecture as its `target`: give a hypernetwork such as wl.FiLM, or "
            "generate and apply the network in two steps."
        )
    name, target = type(hypernetwork).__name__, hypernetwork.target
    if not isinstance(hypernetwork, Hypernetwork) or not hypernetwork.is_stochastic:
        if generation_key is not None:
            raise InputError(f"{name} is deterministic: remove `generation_key`. `key` is passed to the network.")
        if key is not None:
            options["key"] = key
        parameters = hypernetwork(condition)
    else:
        if generation_key is not None and key is not None:
            options["key"] = key
        drawn_with = key if generation_key is None else generation_key
        if drawn_with is None:
            raise InputError(f"{name} is stochastic: give `key`, a whole number or a JAX key.")
        parameters = hypernetwork(condition, drawn_with)
    if isinstance(parameters, Generated):
        parameters = parameters.parameters
    try:
        inspect.signature(target.apply).bind(parameters, *arguments, **options)
    except TypeError as error:
        raise InputError(
            f"{shown(target)} cannot be called with {len(arguments)} positional arguments and "
            f"{', '.join(options) or 'no'} keyword arguments ({error}): give the arguments of its `apply`."
        ) from None
    return target.apply(parameters, *arguments, **options)
