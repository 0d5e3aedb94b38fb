"""The three tasks in weightloom, and the networks that the sweep is compared with, trained separately."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from equinox_parts import ConvNet
from jax_parts import cross_entropy
from tasks import CODE, CONDITIONS, HIDDEN, PAIRS, batches, strength

import weightloom as wl


def rotation(seed, steps, rate):
    network = wl.ModuleNetwork(ConvNet(10, key=jax.random.key(seed)))
    hypernetwork = wl.AllWeights(network, width=2, hidden=(HIDDEN,), scale=0.1, key=seed)
    predict = jax.vmap(wl.call, in_axes=(None, None, 0))

    def loss(hypernetwork, angle, x, y):
        return cross_entropy(predict(hypernetwork, angle, x), y)

    hypernetwork, _ = wl.fit(loss, hypernetwork, batches("rotation", seed, steps), optax.adam(rate))
    return functools.partial(predict, hypernetwork)


def continual(seed, steps, rate, beta):
    network = wl.ModuleNetwork(ConvNet(2, key=jax.random.key(seed)))
    hypernetwork = wl.AllWeights(network, width=CODE, hidden=(HIDDEN,), key=seed)
    trained = hypernetwork, jax.random.normal(jax.random.key(seed), (PAIRS, CODE))
    predict, optimiser = jax.vmap(wl.call, in_axes=(None, None, 0)), optax.adam(rate)

    def loss(trained, number, stored, x, y):
        hypernetwork, codes = trained
        change = wl.output_regulariser(hypernetwork, codes, stored, weights=jnp.arange(PAIRS) < number)
        return cross_entropy(predict(hypernetwork, codes[number], x), y) + beta * change

    for number in range(PAIRS):
        stored = jax.vmap(trained[0])(trained[1])
        data = ((number, stored, x, y) for x, y in batches("continual", number, seed, steps))
        trained, _ = wl.fit(loss, trained, data, optimiser)
    return lambda number, x: predict(trained[0], trained[1][number], x)


def sweep(seed, steps, rate):
    network = wl.ModuleNetwork(ConvNet(10, key=jax.random.key(seed)))
    hypernetwork = wl.FiLM(network, width=1, hidden=(HIDDEN,), key=seed)
    predict = jax.vmap(wl.call, in_axes=(None, None, 0))

    def loss(hypernetwork, u, x, y):
        decay = strength(u[0]) / 2 * optax.tree.norm(hypernetwork(u), squared=True)
        return cross_entropy(predict(hypernetwork, u, x), y) + decay

    hypernetwork, _ = wl.fit(loss, hypernetwork, batches("sweep", seed, steps), optax.adam(rate))
    return functools.partial(predict, hypernetwork)


def separate(seed, steps, rate):
    """A network of its own for each condition of the sweep, without a hypernetwork: all five in one `vmap`."""
    start = ConvNet(10, key=jax.random.key(seed))
    networks = jax.tree.map(lambda leaf: jnp.stack([leaf] * len(CONDITIONS)) if eqx.is_array(leaf) else leaf, start)
    optimiser = optax.adam(rate)
    state = optimiser.init(eqx.filter(networks, eqx.is_inexact_array))

    def loss(network, u, x, y):
        decay = strength(u) / 2 * optax.tree.norm(eqx.filter(network, eqx.is_inexact_array), squared=True)
        return cross_entropy(jax.vmap(network)(x), y) + decay

    @eqx.filter_jit
    def step(networks, state, x, y):
        gradient = eqx.filter_vmap(eqx.filter_grad(loss), in_axes=(eqx.if_array(0), 0, None, None))
        updates, state = optimiser.update(gradient(networks, CONDITIONS, x, y), state)
        return eqx.apply_updates(networks, updates), state

    for _, x, y in batches("sweep", seed, steps):
        networks, state = step(networks, state, x, y)

    def predict(u, x):
        number = int((u[0] == CONDITIONS).argmax())
        own = jax.tree.map(lambda leaf: leaf[number] if eqx.is_array(leaf) else leaf, networks)
        return jax.vmap(own)(x)

    return predict
