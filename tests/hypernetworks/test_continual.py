"""The regulariser of continual learning: its value by hand, its gradient, and that it keeps earlier tasks."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.test_util import check_grads

import weightloom as wl
from weightloom.hypernetworks import CONDITIONINGS
from weightloom.training import descend


@pytest.fixture
def hypernetwork():
    return wl.AllWeights(wl.MLP((2, 8, 1)), width=3, hidden=(5,), key=0)


@pytest.fixture
def embeddings():
    return jax.random.normal(jax.random.key(1), (4, 3))


# Compiled as wholes: operation by operation takes five times as long.
@eqx.filter_jit
def generated(hypernetwork, conditions):
    return jax.vmap(hypernetwork)(conditions)


regulariser = eqx.filter_jit(wl.output_regulariser)


def flat(parameters):
    """One row per condition."""
    return np.concatenate([np.reshape(leaf, (len(leaf), -1)) for leaf in jax.tree.leaves(parameters)], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONDITIONINGS)
def test_is_the_mean_squared_distance_to_what_is_stored(name, embeddings):
    make = jax.jit(lambda key: CONDITIONINGS[name](wl.MLP((2, 8, 1)), width=3, key=key))
    before, after = (make(jax.random.key(seed)) for seed in (0, 1))
    stored, new = generated(before, embeddings), generated(after, embeddings)
    by_hand = ((flat(new) - flat(stored)) ** 2).sum(axis=1)
    assert regulariser(after, embeddings, stored) == pytest.approx(np.mean(by_hand), rel=1e-5)
    weights = np.array([0.0, 1.0, 2.0, 0.5])
    expected = np.average(by_hand, weights=weights)
    assert regulariser(after, embeddings, stored, weights=weights) == pytest.approx(expected, rel=1e-5)


def test_serves_any_module(embeddings):
    conv = eqx.nn.Conv2d(1, 2, 3, key=jax.random.key(0))
    hypernetwork = wl.LowRank(wl.ModuleNetwork(conv), width=3, frozen=True, key=0)
    stored = generated(hypernetwork, embeddings)
    assert regulariser(hypernetwork, embeddings, stored) == 0
    assert regulariser(hypernetwork, 2 * embeddings, stored) > 0


@pytest.mark.parametrize("count", [0, 4])
def test_is_zero_with_a_zero_gradient_where_no_task_counts(count, hypernetwork, embeddings):
    stored = generated(hypernetwork, embeddings)
    few = jax.tree.map(lambda leaf: leaf[:count], (embeddings, stored))

    def value(hypernetwork):
        return wl.output_regulariser(hypernetwork, few[0] + 1, few[1], weights=jnp.zeros(count))

    found, gradient = eqx.filter_jit(eqx.filter_value_and_grad(value))(hypernetwork)
    assert found == 0
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(gradient))


def test_what_is_stored_gets_no_gradient(hypernetwork, embeddings):
    stored = generated(hypernetwork, embeddings)
    gradient = jax.jit(jax.grad(lambda stored: wl.output_regulariser(hypernetwork, embeddings + 1, stored)))(stored)
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(gradient))


def test_its_gradient_by_finite_differences(hypernetwork, embeddings):
    with jax.enable_x64(True):
        exact = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), hypernetwork)
        conditions = jnp.asarray(embeddings, jnp.float64)
        stored = generated(exact, conditions + 0.3)
        value = jax.jit(lambda conditions: wl.output_regulariser(exact, conditions, stored))
        check_grads(value, (conditions,), order=1, modes=["rev"], atol=1e-6, rtol=1e-6)


@pytest.mark.slow
def test_keeps_an_earlier_task_while_a_later_one_is_learned(hypernetwork, embeddings):
    x = jnp.linspace(-1, 1, 32)[:, None]
    x = jnp.concatenate([x, jnp.roll(x, 7)], axis=1)
    targets = jnp.stack([x[:, :1] * x[:, 1:], -x[:, :1]])

    def error(hypernetwork, number):
        return jnp.mean((wl.call(hypernetwork, embeddings[number], x) - targets[number]) ** 2)

    optimiser = optax.adam(1e-2)
    first, _ = eqx.filter_jit(descend)(lambda own: error(own, 0), hypernetwork, 500, optimiser)
    stored = jax.vmap(first)(embeddings[:1])

    def later(strength):
        def loss(own):
            return error(own, 1) + strength * wl.output_regulariser(own, embeddings[:1], stored)

        return eqx.filter_jit(descend)(loss, first, 500, optimiser)[0]

    kept, lost = later(1.0), later(0.0)
    assert error(first, 0) < 0.02
    assert error(kept, 0) < 2 * error(first, 0) + 1e-3
    assert error(kept, 1) < 0.02
    assert error(lost, 0) > 5 * error(kept, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda own, c, stored: (own, c, jax.tree.map(lambda leaf: leaf[:2], stored)), "do not fit what"),
        (lambda own, c, stored: (own, c, stored[:1]), "do not fit what"),
        (lambda own, c, stored: (own, jnp.array(1.0), stored), "leading axis of tasks"),
        (lambda own, c, stored: (wl.AttentionalHypernetwork(wl.MLP((2, 8, 1)), key=0), c, stored), "without a key"),
        (lambda own, c, stored: (own.target, c, stored), "without a key"),
    ],
)
def test_says_what_does_not_fit(change, message, hypernetwork, embeddings):
    stored = generated(hypernetwork, embeddings)
    with pytest.raises(wl.InputError, match=message):
        wl.output_regulariser(*change(hypernetwork, embeddings, stored))


def test_says_that_weights_do_not_fit(hypernetwork, embeddings):
    stored = generated(hypernetwork, embeddings)
    with pytest.raises(wl.InputError, match=r"weights of shape \(3,\) do not fit 4 tasks"):
        wl.output_regulariser(hypernetwork, embeddings, stored, weights=jnp.ones(3))
