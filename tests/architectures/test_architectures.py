"""What every architecture promises: its values, its shapes, its layers, and what it may be used for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.architectures.by_hand import (
    ARCHITECTURES,
    BY_HAND,
    KEY,
    applied,
    layer_leaves,
    numbers,
    plain_linear,
    randomised,
    started,
)
from weightloom.architectures import NETWORKS

X = np.random.default_rng(0).uniform(-1, 1, (4, 2)).astype(np.float32)
members = pytest.mark.parametrize(("name", "network"), ARCHITECTURES.items(), ids=ARCHITECTURES.keys())


def test_all_members_are_covered():
    assert {*NETWORKS, "module"} == ARCHITECTURES.keys() == BY_HAND.keys()


@members
def test_values_are_those_of_the_network_by_hand(name, network):
    parameters = randomised(name)
    leaves = numbers(parameters)
    expected = [BY_HAND[name](network, leaves, x, plain_linear(name, network, leaves)) for x in X.astype(np.float64)]
    np.testing.assert_allclose(applied(network, parameters, X), expected, rtol=2e-4, atol=2e-5)


@members
def test_shapes_are_those_of_the_start(name, network):
    parameters = started(name)
    assert jax.tree.map(lambda leaf: leaf.shape, parameters) == network.shapes
    assert all(leaf.dtype == jnp.float32 and np.isfinite(leaf).all() for leaf in jax.tree.leaves(parameters))


@members
def test_layers_are_the_linear_maps(name, network):
    assert [layer[:2] for layer in network.layers] == layer_leaves(name, network)
    leaves = jax.tree.leaves(started(name))
    for layer in network.layers:
        if layer.weight is not None:
            assert leaves[layer.weight].shape[layer.axis] == leaves[layer.bias].shape[0]


@members
@pytest.mark.parametrize("batch", [(), (0,), (2, 2)])
def test_any_batch_axes_come_first(name, network, batch):
    points = X[: int(np.prod(batch))].reshape(*batch, 2)
    values = applied(network, randomised(name), points)
    assert values.shape == (*batch, 3) == (*batch, network.sizes[-1])
    expected = np.asarray(applied(network, randomised(name), X))[: int(np.prod(batch))]
    np.testing.assert_allclose(values.reshape(-1, 3), expected, rtol=1e-4, atol=1e-5)


@members
def test_the_last_layer_is_linear(name, network):
    leaves, structure = jax.tree.flatten(randomised(name))
    doubled = [2 * leaf if n in network.layers[-1][:2] else leaf for n, leaf in enumerate(leaves)]
    values = applied(network, jax.tree.unflatten(structure, doubled), X)
    np.testing.assert_allclose(values, 2 * applied(network, randomised(name), X), rtol=1e-4, atol=1e-5)


@members
def test_another_key_gives_another_start(name, network):
    start = jax.jit(network.initial)
    one, again, other = (numbers(start(jax.random.fold_in(KEY, seed))) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(one, again))
    assert all(np.array_equal(a, b) for a, b in zip(one, other)) == (name == "module")


@members
def test_descriptions_are_values(name, network):
    assert [other for other in ARCHITECTURES.values() if other == network] == [network]
