"""The three tasks in synecdoche 0.2.0, with the training loop of its README.

Its generators take no condition but one, `experimental.DynamicHypernetwork`, which takes the mean of a batch: here a
batch of one condition.
"""

import jax
import jax.numpy as jnp
import optax
import synecdoche as syn
from flax import nnx
from jax_parts import cross_entropy
from nnx_parts import ConvNet
from tasks import CODE, HIDDEN, PAIRS, batches, strength


def rotation(seed, steps, rate):
    network = ConvNet(10, rngs=nnx.Rngs(seed))
    graph, target, rest = nnx.split(network, nnx.Param, ...)
    hyper = syn.experimental.DynamicHypernetwork(target, 2, CODE, HIDDEN, rngs=nnx.Rngs(seed + 1))
    optimiser = nnx.Optimizer(hyper, optax.adam(rate), wrt=nnx.Param)

    def loss(hyper, angle, x, y):
        return cross_entropy(nnx.merge(graph, hyper(angle[None]), rest)(x), y)

    @nnx.jit
    def step(hyper, optimiser, angle, x, y):
        optimiser.update(hyper, nnx.grad(loss)(hyper, angle, x, y))

    for angle, x, y in batches("rotation", seed, steps):
        step(hyper, optimiser, angle, x, y)
    return lambda angle, x: nnx.merge(graph, hyper(angle[None]), rest)(x)


def continual(seed, steps, rate, beta):
    network = ConvNet(2, rngs=nnx.Rngs(seed))
    graph, target, rest = nnx.split(network, nnx.Param, ...)
    hyper = syn.experimental.DynamicHypernetwork(target, CODE, CODE, HIDDEN, rngs=nnx.Rngs(seed + 1))
    hyper.codes = nnx.Param(jax.random.normal(jax.random.key(seed), (PAIRS, CODE)))

    def loss(hyper, number, stored, x, y):
        value = cross_entropy(nnx.merge(graph, hyper(hyper.codes[number][None]), rest)(x), y)
        for own, before in enumerate(stored):
            changes = jax.tree.map(lambda new, old: jnp.sum((new - old) ** 2), hyper(hyper.codes[own][None]), before)
            value += beta / len(stored) * sum(jax.tree.leaves(changes))
        return value

    @nnx.jit
    def step(hyper, optimiser, number, stored, x, y):
        optimiser.update(hyper, nnx.grad(loss)(hyper, number, stored, x, y))

    for number in range(PAIRS):
        stored = [hyper(hyper.codes[own][None]) for own in range(number)]
        optimiser = nnx.Optimizer(hyper, optax.adam(rate), wrt=nnx.Param)
        for x, y in batches("continual", number, seed, steps):
            step(hyper, optimiser, number, stored, x, y)
    return lambda number, x: nnx.merge(graph, hyper(hyper.codes[number][None]), rest)(x)


def sweep(seed, steps, rate):
    network = ConvNet(10, rngs=nnx.Rngs(seed))
    graph, target, rest = nnx.split(network, nnx.Param, ...)
    hyper = syn.experimental.DynamicHypernetwork(target, 1, CODE, HIDDEN, rngs=nnx.Rngs(seed + 1))
    optimiser = nnx.Optimizer(hyper, optax.adam(rate), wrt=nnx.Param)

    def loss(hyper, u, x, y):
        weights = hyper(u[None])
        decay = sum(jnp.sum(weight**2) for weight in jax.tree.leaves(weights))
        return cross_entropy(nnx.merge(graph, weights, rest)(x), y) + strength(u[0]) / 2 * decay

    @nnx.jit
    def step(hyper, optimiser, u, x, y):
        optimiser.update(hyper, nnx.grad(loss)(hyper, u, x, y))

    for u, x, y in batches("sweep", seed, steps):
        step(hyper, optimiser, u, x, y)
    return lambda u, x: nnx.merge(graph, hyper(u[None]), rest)(x)
