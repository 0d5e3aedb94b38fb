"""Multilayer perceptrons against loops over neurons, and sizes that cannot be used."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.architectures import ACTIVATIONS, MLP
from weightloom.errors import InputError

SIZES = [(1, 1), (3, 1), (2, 5, 1), (4, 3, 2, 5), (1, 1, 1, 1, 1)]

FORMULAS = {
    "swish": lambda z: z / (1 + math.exp(-z)),
    "relu": lambda z: max(z, 0),
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "tanh": math.tanh,
    "sine": math.sin,
}


def random_parameters(architecture, seed=0):
    generator = np.random.default_rng(seed)
    draw = lambda shape: jnp.asarray(generator.standard_normal(shape), jnp.float32)  # noqa: E731
    return [(draw(weight), draw(bias)) for weight, bias in architecture.shapes]


def loop_over_neurons(activation, parameters, x):
    """a⁽ˡ⁺¹⁾ⱼ = σ(b⁽ˡ⁾ⱼ + Σᵢ a⁽ˡ⁾ᵢ W⁽ˡ⁾ᵢⱼ), the last layer without σ (Liao et al. 2023, appendix B.2)."""
    values = [float(value) for value in x]
    for layer, (weight, bias) in enumerate(parameters):
        sums = [
            float(bias[j]) + sum(value * float(weight[i, j]) for i, value in enumerate(values))
            for j in range(len(bias))
        ]
        values = sums if layer == len(parameters) - 1 else [FORMULAS[activation](z) for z in sums]
    return values


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SIZES)
def test_values_are_those_of_a_loop_over_neurons(sizes, activation):
    network = MLP(sizes, activation)
    parameters = random_parameters(network)
    x = np.random.default_rng(1).standard_normal((3, sizes[0])).astype(np.float32)
    expected = [loop_over_neurons(activation, parameters, row) for row in x]
    np.testing.assert_allclose(network.apply(parameters, jnp.asarray(x)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [(), (1,), (4,), (2, 3), (0,)])
def test_any_batch_axes_come_first(batch):
    network = MLP((2, 3, 2))
    parameters = random_parameters(network)
    x = jnp.ones((*batch, 2))
    values = network.apply(parameters, x)
    assert values.shape == (*batch, 2)
    np.testing.assert_allclose(
        values, jnp.broadcast_to(network.apply(parameters, jnp.ones(2)), values.shape), rtol=1e-6
    )


@pytest.mark.parametrize("sizes", SIZES)
def test_shapes_chain(sizes):
    shapes = MLP(sizes).shapes
    assert tuple(weight for weight, _ in shapes) == tuple(zip(sizes, sizes[1:]))
    assert tuple(bias for _, bias in shapes) == tuple((n,) for n in sizes[1:])


def test_descriptions_are_values():
    network = MLP((2, 3, 1))
    assert network == MLP((2, 3, 1), "swish")
    assert hash(network) == hash(MLP((2, 3, 1), "swish"))
    assert network != MLP((2, 3, 1), "relu")
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.sizes = (2, 1)


# Sizes of other types are tested with the other Python calls that beartype would refuse before the package does.
@pytest.mark.parametrize("sizes", [(), (16,), (0, 3, 1), (2, -3, 1), (2, 3, 0), (True, 3, 1)])
def test_sizes_that_cannot_be_used_are_named(sizes):
    with pytest.raises(InputError, match="cannot be used: give two or more whole numbers of at least 1"):
        MLP(sizes)


@pytest.mark.parametrize("activation", ["", "Swish", "softplus", "__class__"])
def test_an_unknown_activation_is_answered_with_the_known_ones(activation):
    with pytest.raises(InputError, match="is unknown: use one of swish, relu, gelu, tanh, sine"):
        MLP((2, 1), activation)
