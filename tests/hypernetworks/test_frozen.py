"""Frozen base networks: no gradient, no decay, no share in what a Pareto hypernetwork generates."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from weightloom.hypernetworks import CONDITIONINGS, Frozen

KEY = jax.random.key(0)
C = jnp.array([0.5, -1.0])
MODULE = eqx.nn.MLP(3, 2, 4, 1, key=KEY)
NETWORK = wl.ModuleNetwork(MODULE)
X = jnp.ones(3)


@pytest.mark.parametrize("conditioning", ["all-weights", "low-rank", "chunked"])
def test_a_frozen_base_generates_the_same_and_gets_no_gradient(conditioning):
    def build(key):
        free, frozen = (CONDITIONINGS[conditioning](NETWORK, width=2, frozen=one, key=key) for one in (False, True))
        gradient = jax.grad(lambda hypernetwork: wl.call(hypernetwork, C, X).sum())(frozen)
        return free, frozen, free(C), frozen(C), gradient

    free, frozen, of_free, of_frozen, gradient = jax.jit(build)(KEY)
    assert isinstance(frozen.base, Frozen)
    for one, other in zip(jax.tree.leaves(of_free), jax.tree.leaves(of_frozen)):
        np.testing.assert_array_equal(one, other)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(gradient.base))
    trained = wl.trainable(frozen)
    assert not any(jax.tree.leaves(trained.base))
    assert all(jax.tree.leaves(eqx.tree_at(lambda h: h.base, trained, None)))
    assert all(jax.tree.leaves(wl.trainable(free)))


def test_weight_decay_leaves_a_frozen_base_alone():
    hypernetwork = wl.LowRank(NETWORK, width=2, rank=1, frozen=True, key=KEY)
    trained, rest = eqx.partition(hypernetwork, wl.trainable(hypernetwork))
    optimiser = optax.adamw(1e-2, weight_decay=0.1)

    @jax.jit
    def step(trained, state, rest):
        gradient = jax.grad(lambda trained: wl.call(eqx.combine(trained, rest), C, X).sum())(trained)
        updates, state = optimiser.update(gradient, state, trained)
        return optax.apply_updates(trained, updates), state

    moved, _ = step(trained, optimiser.init(trained), rest)
    after = eqx.combine(moved, rest)
    for one, other in zip(jax.tree.leaves(after.base), jax.tree.leaves(NETWORK.initial(0))):
        np.testing.assert_array_equal(one, other)
    assert np.abs(after.emission - hypernetwork.emission).max() > 0


def test_the_base_is_no_constant_of_a_compiled_function():
    """A large frozen module is an argument of what is compiled: XLA has nothing to fold, and one program serves all."""
    hypernetwork = wl.FiLM(NETWORK, width=2, frozen=True, key=KEY)
    function = jax.jit(lambda hypernetwork, x: wl.call(hypernetwork, C, x))
    assert jax.make_jaxpr(lambda hypernetwork, x: wl.call(hypernetwork, jnp.ones(2), x))(hypernetwork, X).consts == []
    other = wl.FiLM(wl.ModuleNetwork(eqx.nn.MLP(3, 2, 4, 1, key=jax.random.key(1))), width=2, frozen=True, key=KEY)
    assert not np.array_equal(function(hypernetwork, X), function(other, X))
    assert function._cache_size() == 1


def test_a_pareto_hypernetwork_generates_what_is_trained():
    hypernetwork = wl.LowRank(NETWORK, width=2, rank=1, frozen=True, key=KEY)
    pareto = eqx.filter_jit(wl.ParetoHypernetwork)(hypernetwork, key=KEY)
    sizes = [leaf.size for leaf in jax.tree.leaves(eqx.filter(hypernetwork, wl.trainable(hypernetwork)))]
    assert pareto.scale[0].shape == (10, sum(sizes))
    generated = eqx.filter_jit(lambda pareto, number: pareto.hyperweights(number))(pareto, -4.0)
    for one, other in zip(jax.tree.leaves(generated.base), jax.tree.leaves(hypernetwork.base)):
        np.testing.assert_array_equal(one, other)
    assert not any(jax.tree.leaves(wl.trainable(pareto).static))
    assert eqx.filter_eval_shape(wl.call, pareto, (-4.0, C), X).shape == (2,)


def test_frozen_is_yes_or_no(unchecked):
    with pytest.raises(wl.InputError, match="frozen 'base' cannot be used: give True or False"):
        wl.FiLM(wl.MLP((2, 3, 1)), width=2, frozen="base", key=0)
