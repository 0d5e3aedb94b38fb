"""Descent over batches: against the same steps by hand, frozen leaves, and what it leaves alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from weightloom.training import fit


def loss(model, x, y):
    return jnp.mean((jax.vmap(model)(x) - y) ** 2)


@pytest.fixture
def model():
    return eqx.nn.MLP(2, 1, 4, 1, key=jax.random.key(0))


@pytest.fixture
def batches():
    random = np.random.default_rng(0)
    x = random.normal(size=(6, 8, 2)).astype(np.float32)
    return [(own, own[:, :1] - own[:, 1:]) for own in x]


@pytest.mark.slow
def test_equals_the_steps_by_hand(model, batches):
    optimiser = optax.adam(1e-2)
    own, state = model, optimiser.init(eqx.filter(model, eqx.is_inexact_array))
    values = []
    for x, y in batches:
        value, gradient = eqx.filter_value_and_grad(loss)(own, x, y)
        updates, state = optimiser.update(gradient, state)
        own = eqx.apply_updates(own, updates)
        values.append(value)
    trained, losses = fit(loss, model, iter(batches), optimiser)
    np.testing.assert_allclose(losses, values, rtol=1e-5)
    for new, expected in zip(jax.tree.leaves(trained), jax.tree.leaves(own)):
        if eqx.is_array(new):
            np.testing.assert_allclose(new, expected, rtol=1e-4, atol=1e-6)


def test_leaves_the_start_and_the_batches_as_they_are(model, batches):
    before = jax.tree.map(np.array, eqx.filter((model, batches), eqx.is_array))
    data = [tuple(map(jnp.asarray, batch)) for batch in batches]
    fit(loss, model, data, optax.adam(1e-2))
    fit(loss, model, data, optax.adam(1e-2))
    after = jax.tree.map(np.array, eqx.filter((model, batches), eqx.is_array))
    assert jax.tree.all(jax.tree.map(np.array_equal, before, after))


def test_leaves_a_frozen_base_network_as_it_is_under_weight_decay(model, batches):
    hypernetwork = wl.LowRank(wl.ModuleNetwork(model), width=2, rank=1, frozen=True, key=0)

    def of_hypernetwork(hypernetwork, x, y):
        return jnp.mean((wl.call(hypernetwork, jnp.ones(2), x) - y) ** 2)

    optimiser = optax.adamw(1e-2, weight_decay=0.1)
    trained, _ = fit(of_hypernetwork, hypernetwork, batches, optimiser, trainable=wl.trainable(hypernetwork))
    assert jax.tree.all(jax.tree.map(np.array_equal, trained.base, hypernetwork.base))
    assert not np.array_equal(trained.emission, hypernetwork.emission)


def test_compiles_the_step_once_for_later_calls(model, batches):
    traces = []

    def counted(model, x, y):
        traces.append(x.shape)
        return loss(model, x, y)

    optimiser = optax.sgd(1e-2)
    for _ in range(3):
        model, _ = fit(counted, model, batches, optimiser)
    assert len(traces) == 1


def test_no_batch_is_no_step(model):
    trained, losses = fit(loss, model, [], optax.sgd(1.0))
    assert losses.shape == (0,)
    assert eqx.tree_equal(trained, model)


def test_says_that_a_batch_is_no_tuple(model, batches):
    with pytest.raises(wl.InputError, match="a batch of type ndarray cannot be used: give a tuple"):
        fit(loss, model, [batches[0][0]], optax.sgd(1.0))
