"""The hyperhypernetwork against the naive one, and where it starts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.reference import naive_hypernetwork as naive

TARGET = wl.MLP((3, 4, 1))
hyperweights = jax.jit(lambda pareto, beta: pareto.hyperweights(jnp.log(beta)))


@pytest.fixture(scope="module")
def template():
    return wl.AttentionalHypernetwork(TARGET, key=jax.random.key(0))


@pytest.fixture(scope="module")
def pareto(template):
    return wl.ParetoHypernetwork(template, key=jax.random.key(1))


@pytest.mark.parametrize("beta", [1e-12, 1e-6, 3e-3, 1.0])
def test_hyperweights_agree_with_the_naive_implementation(pareto, beta):
    linear = lambda pair: naive.Linear(  # noqa: E731
        np.atleast_2d(np.asarray(pair[0], np.float64)).T, np.asarray(pair[1], np.float64)
    )
    expected = naive.pareto_hyperweights(
        beta, linear(pareto.first), linear(pareto.second), linear(pareto.scale), linear(pareto.gate)
    )
    hypernetwork = hyperweights(pareto, jnp.float32(beta))
    flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(hypernetwork)])
    np.testing.assert_allclose(flat, expected, rtol=1e-4, atol=1e-5)


def test_hyperweights_start_near_the_template_and_depend_on_beta(template, pareto):
    means = []
    for beta in (1e-12, 1e-6, 1.0):
        hypernetwork = hyperweights(pareto, jnp.float32(beta))
        ours, theirs = (np.ravel(h.hyperlayers[2].weight) for h in (hypernetwork, template))
        assert np.corrcoef(ours, theirs)[0, 1] > 0.8
        means.append(ours)
    assert np.abs(means[0] - means[2]).max() > 0.05


def test_each_beta_has_its_own_learned_variables(pareto):
    low, high = (hyperweights(pareto, jnp.float32(beta)).learned for beta in (1e-10, 1e-1))
    assert np.abs(low - high).max() > 0.05


def test_generates_what_the_generated_hypernetwork_generates(pareto):
    log_beta, key = jnp.log(jnp.float32(1e-4)), jax.random.key(2)
    direct = jax.jit(lambda pareto: pareto(log_beta, key))(pareto)
    by_hand = jax.jit(lambda pareto: pareto.hyperweights(log_beta)(None, key))(pareto)
    for ours, theirs in zip(jax.tree.leaves(direct), jax.tree.leaves(by_hand)):
        np.testing.assert_array_equal(ours, theirs)
