"""All architectures a second time, in NumPy and double precision, layer by layer.

Each takes the leaves of the parameters, one point x, and `linear(number, h)`, which computes the linear layer of that
number from its inputs h (None for a layer of biases only). So a test can change what a layer computes, and compare
with a network whose parameters were changed.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from weightloom.architectures import MLP, SIREN, FourierFeatures, FourierNet, GaborNet, ModuleNetwork

# Its draws compile several times as quickly as those of JAX's default generator.
KEY = jax.random.key(0, impl="unsafe_rbg")

MODULE = eqx.nn.MLP(2, 3, width_size=6, depth=2, activation=jnp.tanh, key=KEY)

# Small, and of different widths, so that no test passes by a transposition.
ARCHITECTURES = {
    "mlp": MLP((2, 6, 5, 3)),
    "siren": SIREN((2, 6, 5, 3), frequency=5.0),
    "fourier-net": FourierNet((2, 6, 4, 8, 3), scale=6.0),
    "gabor-net": GaborNet((2, 6, 5, 3), scale=6.0),
    "fourier-features": FourierFeatures((2, 6, 3), frequencies=4, scale=0.5, seed=3),
    "module": ModuleNetwork(MODULE),
}


def swish(z):
    return z / (1 + np.exp(-z))


def mlp(network, leaves, x, linear):
    *hidden, last = range(len(network.sizes) - 1)
    for number in hidden:
        x = swish(linear(number, x))
    return linear(last, x)


def siren(network, leaves, x, linear):
    *hidden, last = range(len(network.sizes) - 1)
    for number in hidden:
        x = np.sin(network.frequency * linear(number, x))
    return linear(last, x)


def fourier_net(network, leaves, x, linear):
    def s(number):
        phases = x @ leaves[number]
        return np.r_[np.sin(phases), np.cos(phases)]

    filters = len(network.sizes) - 2
    h = s(0) * linear(0, None)
    for number in range(1, filters):
        h = s(number) * linear(number, h)
    return linear(filters, h)


def gabor_net(network, leaves, x, linear):
    def s(number):
        frequency, phase, centre, log_precision = leaves[4 * number : 4 * number + 4]
        waves = []
        for j in range(len(phase)):
            distance = sum((x[i] - centre[i, j]) ** 2 for i in range(len(x)))
            wave = np.sin(sum(x[i] * frequency[i, j] for i in range(len(x))) + phase[j])
            waves.append(np.exp(-np.exp(log_precision[j]) * distance / 2) * wave)
        return np.array(waves)

    filters = len(network.sizes) - 2
    h = s(0) * linear(0, None)
    for number in range(1, filters):
        h = s(number) * linear(number, h)
    return linear(filters, h)


def fourier_features(network, leaves, x, linear):
    draw = np.random.default_rng(network.seed).standard_normal((network.sizes[0], network.frequencies))
    phases = 2 * np.pi * x @ (network.scale * draw)
    return mlp(network, leaves, np.sqrt(2) * np.r_[np.cos(phases), np.sin(phases)], linear)


def module(network, leaves, x, linear):
    return linear(2, np.tanh(linear(1, np.tanh(linear(0, x)))))


BY_HAND = {
    "mlp": mlp,
    "siren": siren,
    "fourier-net": fourier_net,
    "gabor-net": gabor_net,
    "fourier-features": fourier_features,
    "module": module,
}


@functools.cache
def started(name):
    """The parameters that an architecture starts with."""
    return jax.jit(ARCHITECTURES[name].initial)(KEY)


@functools.cache
def randomised(name):
    """Parameters with nothing left at 0 or 1, biases included."""
    leaves, structure = jax.tree.flatten(started(name))
    generator = np.random.default_rng(1)
    moved = [leaf + 0.3 * generator.standard_normal(leaf.shape).astype(np.float32) for leaf in map(np.asarray, leaves)]
    return jax.tree.unflatten(structure, [jnp.asarray(leaf) for leaf in moved])


@functools.partial(jax.jit, static_argnums=0)
def applied(network, parameters, x):
    """`network.apply`, compiled: one compilation is quicker than one for each of its operations."""
    return network.apply(parameters, x)


def numbers(parameters):
    """The leaves of some parameters in double precision."""
    return [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(parameters)]


def layer_leaves(name, network):
    """(weight, bias) of every linear layer as numbers of leaves, written down by hand."""
    if name in ("fourier-net", "gabor-net"):
        filters = len(network.sizes) - 2
        first = filters * (1 if name == "fourier-net" else 4)
        return [(None, first), *((first + 1 + 2 * n, first + 2 + 2 * n) for n in range(filters))]
    return [(2 * n, 2 * n + 1) for n in range(3 if name in ("mlp", "siren", "module") else 2)]


def plain_linear(name, network, leaves):
    """`linear` of the network that has these leaves."""

    def linear(number, h):
        weight, bias = layer_leaves(name, network)[number]
        return leaves[bias] + (0 if weight is None else h @ matrix(name, leaves[weight]))

    return linear


def matrix(name, weight):
    """A weight as a matrix of shape (inputs, outputs)."""
    return weight.T if name == "module" else weight
