"""One call from condition to value: keys, state, batches, transformations and derivatives."""

import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl

KEY = jax.random.key(0)
C = jnp.array([0.5, -1.0])


class Dropping(eqx.Module):
    """A linear layer behind dropout."""

    drop: eqx.nn.Dropout
    linear: eqx.nn.Linear

    def __init__(self, key):
        self.drop, self.linear = eqx.nn.Dropout(0.5), eqx.nn.Linear(4, 3, key=key)

    def __call__(self, x, *, key=None):
        return self.linear(self.drop(x, key=key))


class Drawn(wl.Hypernetwork):
    """A stochastic hypernetwork of any network: noise on the parameters it starts with."""

    base: object
    target: object = eqx.field(static=True)

    def __init__(self, target):
        self.base, self.target = target.initial(0), target.description

    def __call__(self, condition, key):
        noise = jax.random.normal(jax.random.key(key) if isinstance(key, int) else key)
        return wl.Generated(jax.tree.map(lambda leaf: leaf + noise, self.base), jnp.zeros((1, 1)))


SHIFT = wl.Shift(wl.MLP((3, 4, 2)), width=2, key=KEY)
DROPPING = wl.ModuleNetwork(Dropping(KEY))
X = jnp.asarray(np.random.default_rng(0).standard_normal((5, 3)), jnp.float32)


def test_it_is_the_network_applied_to_what_is_generated():
    expected = SHIFT.target.apply(SHIFT(C), X)
    np.testing.assert_array_equal(wl.call(SHIFT, C, X), expected)
    pareto = wl.ParetoHypernetwork(SHIFT, key=0)
    np.testing.assert_array_equal(wl.call(pareto, (-3.0, C), X), SHIFT.target.apply(pareto((-3.0, C)), X))


def test_a_key_goes_to_whoever_takes_one():
    x, key, other = jnp.ones(4), jax.random.key(1), jax.random.key(2)
    hypernetwork = wl.LastLayer(DROPPING, width=2, key=KEY)
    by_hand = lambda parameters, key: DROPPING.module(parameters)(x, key=key)  # noqa: E731
    np.testing.assert_array_equal(wl.call(hypernetwork, C, x, key=key), by_hand(hypernetwork(C), key))
    drawn = Drawn(DROPPING)
    expected = by_hand(drawn(C, key).parameters, other)
    np.testing.assert_array_equal(wl.call(drawn, C, x, generation_key=key, key=other), expected)
    plain = Drawn(SHIFT.target)
    np.testing.assert_array_equal(wl.call(plain, C, X, key=3), SHIFT.target.apply(plain(C, jax.random.key(3))[0], X))
    np.testing.assert_array_equal(wl.call(plain, C, X, key=3), wl.call(plain, C, X, generation_key=3))
    pareto = wl.ParetoHypernetwork(plain, key=0)
    assert pareto.is_stochastic
    assert not wl.ParetoHypernetwork(SHIFT, key=0).is_stochastic
    assert wl.call(pareto, (-3.0, C), X, key=3).shape == (5, 2)


def test_everything_works_under_transformations():
    conditions = jnp.stack([C, -C, 2 * C])
    each = np.stack([wl.call(SHIFT, c, X) for c in conditions])

    @jax.jit
    def all_ways(hypernetwork):
        one_input = jax.vmap(wl.call, in_axes=(None, 0, None))(hypernetwork, conditions, X)
        own_input = eqx.filter_vmap(wl.call, in_axes=(None, 0, 0))(hypernetwork, conditions, X[:3])
        scanned = jax.lax.scan(lambda _, c: (None, wl.call(hypernetwork, c, X)), None, conditions)[1]
        loss = lambda hypernetwork: (wl.call(hypernetwork, C, X) ** 2).sum()  # noqa: E731
        return one_input, own_input, scanned, jax.grad(loss)(hypernetwork), eqx.filter_grad(loss)(hypernetwork)

    one_input, own_input, scanned, gradient, filtered = all_ways(SHIFT)
    np.testing.assert_allclose(one_input, each, rtol=1e-5)
    np.testing.assert_allclose(scanned, each, rtol=1e-5)
    np.testing.assert_allclose(own_input, each[np.arange(3), np.arange(3)], rtol=1e-5)
    for one, other in zip(jax.tree.leaves(gradient), jax.tree.leaves(filtered)):
        np.testing.assert_array_equal(one, other)


class Convolutional(eqx.Module):
    """A small image network."""

    conv: eqx.nn.Conv1d
    norm: eqx.nn.GroupNorm
    out: eqx.nn.Linear

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.conv, self.norm = eqx.nn.Conv1d(2, 4, 3, key=one), eqx.nn.GroupNorm(2, 4)
        self.out = eqx.nn.Linear(4, 1, key=two)

    def __call__(self, x):
        return self.out(jnp.tanh(self.norm(self.conv(x))).mean(1))[0]


@pytest.mark.slow
@pytest.mark.parametrize("conditioning", [wl.FiLM, wl.Chunked])
def test_derivatives_are_those_of_finite_differences(conditioning):
    """Central differences in double precision: their error is of order step² · third derivative + 1e-16/step."""
    with jax.enable_x64(True):
        hypernetwork = conditioning(wl.ModuleNetwork(Convolutional(KEY)), width=2, hidden=(3,), key=KEY)
        x = np.random.default_rng(1).standard_normal((2, 7))
        flat, restore = jax.flatten_util.ravel_pytree((hypernetwork, C.astype(float)))
        assert flat.dtype == np.float64

        @jax.jit
        def loss(flat):
            hypernetwork, condition = restore(flat)
            return wl.call(hypernetwork, condition, x)

        @jax.jit
        def slopes(flat, directions):
            return jax.vmap(lambda direction: jax.jvp(loss, (flat,), (direction,))[1])(directions)

        directions = np.random.default_rng(2).standard_normal((4, flat.size))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        step = 1e-4
        found = [(loss(flat + step * one) - loss(flat - step * one)) / (2 * step) for one in directions]
        np.testing.assert_allclose(slopes(flat, directions), found, rtol=1e-5, atol=1e-8)
        assert np.abs(found).max() > 1e-3


def test_calls_that_cannot_be_made_say_what_to_give():
    attentional = wl.AttentionalHypernetwork(wl.MLP((3, 2)), key=0)
    for call, sentence in [
        (lambda: wl.call(attentional, None, X), "AttentionalHypernetwork is stochastic: give `key`"),
        (lambda: wl.call(SHIFT, C, X, generation_key=0), "Shift is deterministic: remove `generation_key`"),
        (lambda: wl.call(SHIFT, C, X, key=0), "cannot be called with 1 positional arguments and key keyword"),
        (lambda: wl.call(SHIFT, C), "cannot be called with 0 positional arguments and no keyword"),
        (lambda: wl.call(wl.MLP((3, 2)), C, X), "has no architecture as its `target`: give a hypernetwork"),
    ]:
        with pytest.raises(wl.InputError, match=sentence):
            call()
