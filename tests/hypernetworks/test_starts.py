"""Ten generated layers of every kind keep the size of their activations at the start."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.architectures.modules import KEY
from weightloom.hypernetworks import CONDITIONINGS

LAYERS, KEYS, WIDTH = 10, 24, 8
relu = jax.nn.relu


def linear_of_he(key):
    """A linear layer whose outputs behind a ReLU stay as large as its inputs; its bias starts at 0."""
    layer = eqx.nn.Linear(24, 24, key=key)
    return eqx.tree_at(lambda one: (one.weight, one.bias), layer, (layer.weight * np.sqrt(6), 0 * layer.bias))


# How a layer is made, what it does with the activations, and their shape.
KINDS = {
    "linear": (lambda key: eqx.nn.Linear(24, 24, key=key), lambda layer, x: relu(layer(x)), (24,)),
    "linear of He": (linear_of_he, lambda layer, x: relu(layer(x)), (24,)),
    "convolution": (
        lambda key: eqx.nn.Conv2d(6, 6, 3, padding=1, key=key),
        lambda layer, x: relu(layer(x)),
        (6, 6, 6),
    ),
    "transposed convolution": (
        lambda key: eqx.nn.ConvTranspose1d(8, 8, 3, padding=1, key=key),
        lambda layer, x: relu(layer(x)),
        (8, 12),
    ),
    "layer norm": (lambda key: eqx.nn.LayerNorm((4, 6)), lambda layer, x: jnp.tanh(layer(x)), (4, 6)),
    "group norm": (lambda key: eqx.nn.GroupNorm(2, 8), lambda layer, x: relu(layer(x)), (8, 6)),
    "attention": (
        lambda key: eqx.nn.MultiheadAttention(2, 8, key=key),
        lambda layer, x: x + layer(x, x, x),
        (6, 8),
    ),
    "gated cell": (lambda key: eqx.nn.GRUCell(12, 12, key=key), lambda layer, x: layer(x, x), (12,)),
    "long memory": (lambda key: eqx.nn.LSTMCell(12, 12, key=key), lambda layer, x: layer(x, (x, x))[0], (12,)),
    "embedding": (
        lambda key: eqx.nn.Embedding(6, 6, key=key),
        lambda layer, x: jax.nn.softmax(x) @ layer.weight,
        (6,),
    ),
    "normalised weights": (
        lambda key: eqx.nn.WeightNorm(eqx.nn.Linear(12, 12, key=key)),
        lambda layer, x: relu(layer(x)),
        (12,),
    ),
}


class Stack(eqx.Module):
    """Ten layers of one kind, held in one array each."""

    layers: eqx.Module
    kind: str = eqx.field(static=True)

    def __init__(self, kind, key):
        self.layers, self.kind = eqx.filter_vmap(KINDS[kind][0])(jax.random.split(key, LAYERS)), kind

    def __call__(self, x):
        arrays, rest = eqx.partition(self.layers, eqx.is_inexact_array)

        def one(x, arrays):
            x = KINDS[self.kind][1](eqx.combine(arrays, rest), x)
            return x, (x**2).mean()

        return jax.lax.scan(one, x, arrays)[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_generated_layers_keep_the_size_of_activations(kind):
    inputs = np.random.default_rng(0).standard_normal((4, *KINDS[kind][2])).astype(np.float32)
    conditions = np.random.default_rng(1).choice([-1.0, 1.0], (KEYS, WIDTH)).astype(np.float32)

    def sizes(key, condition):
        network = wl.ModuleNetwork(Stack(kind, key), where=lambda stack: stack.layers)
        found = {"plain": jax.vmap(lambda x: network.apply(network.initial(0), x))(inputs)}
        # The changes of the others have the sizes of these.
        for name in ("all-weights", "film", *["low-rank"] * (kind in ("linear", "convolution"))):
            hypernetwork = CONDITIONINGS[name](network, width=WIDTH, key=key)
            found[name] = jax.vmap(lambda x: wl.call(hypernetwork, condition, x))(inputs)  # noqa: B023
        return {name: one.mean(0) for name, one in found.items()}

    found = jax.jit(jax.vmap(sizes))(jax.random.split(KEY, KEYS), conditions)
    means = {name: np.asarray(one).mean(0) for name, one in found.items()}
    for name, mean in means.items():
        assert mean.shape == (LAYERS,)
        assert np.all((mean > means["plain"] / 2) & (mean < means["plain"] * 2)), (name, mean / means["plain"])
        assert name == "plain" or np.any(mean != means["plain"])
