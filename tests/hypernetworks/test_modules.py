"""Every conditioning on a module with every kind of layer, and how generated layers start and learn."""

import functools

import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from tests.architectures.modules import IMAGES, KEY, WORDS, everything
from weightloom.hypernetworks import CONDITIONINGS, Frozen

WIDTH = 3
CONDITION = np.array([0.6, -1.1, 1.3], np.float32)
MODULE, STATE = everything()
NETWORK = wl.ModuleNetwork(MODULE)
NAMES = NETWORK.leaves
DROP = jax.random.key(5)

conditionings = pytest.mark.parametrize("conditioning", CONDITIONINGS)


@functools.cache
def made(conditioning):
    """A hypernetwork, and what it generates for a condition."""

    def build(key):
        hypernetwork = CONDITIONINGS[conditioning](NETWORK, width=WIDTH, key=key)
        return hypernetwork, hypernetwork(jnp.asarray(CONDITION))

    # One compilation for both: they take most of this file's time.
    return jax.jit(build)(KEY)


@jax.jit
def outputs(parameters, images, words, state):
    """What the network of these parameters says of a batch."""
    call = lambda *one: NETWORK.apply(parameters, *one, key=DROP)  # noqa: E731
    return jax.vmap(call, axis_name="batch", in_axes=(0, 0, None), out_axes=(0, None))(images, words, state)


@eqx.filter_jit
def outputs_by_hand(module, images, words, state):
    """The same of a module, without weightloom."""
    call = lambda *one: module(*one, key=DROP)  # noqa: E731
    return jax.vmap(call, axis_name="batch", in_axes=(0, 0, None), out_axes=(0, None))(images, words, state)


def named(module, name):
    """A leaf by its name, such as `tied.pytree.0.weight`."""
    for part in name.split("."):
        module = module[int(part)] if part.isdigit() else getattr(module, part)
    return module


@pytest.mark.slow
@conditionings
def test_the_generated_network_is_the_module_with_these_arrays(conditioning):
    _, parameters = made(conditioning)
    by_hand = eqx.tree_at(lambda m: [named(m, name) for name in NAMES], MODULE, jax.tree.leaves(parameters))
    assert eqx.tree_equal(NETWORK.module(parameters), by_hand)
    values, state = outputs(parameters, IMAGES, WORDS, STATE)
    expected, expected_state = outputs_by_hand(by_hand, IMAGES, WORDS, STATE)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected_state)):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert any(not np.array_equal(a, b) for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(STATE)))


@pytest.mark.slow
@pytest.mark.parametrize("conditioning", ["low-rank", "film", "chunked"])
def test_vmap_over_conditions_generates_the_same(conditioning):
    hypernetwork, parameters = made(conditioning)
    two = jax.jit(lambda h, conditions: jax.vmap(h)(conditions))(hypernetwork, jnp.stack([-CONDITION, CONDITION]))
    for one, both in zip(jax.tree.leaves(parameters), jax.tree.leaves(two)):
        np.testing.assert_allclose(one, both[1], rtol=1e-4, atol=1e-5)


LAYERED = {name for name in NAMES if name not in ("slope.negative_slope", "gain", "fixed_norm.layer.weight")}
LAST = {"head.weight", "head.bias"}
CHANGED = {
    "all-weights": set(NAMES),
    "last-layer": LAST,
    "low-rank": LAYERED,
    "film": LAYERED - LAST,
    "shift": {name for name in LAYERED - LAST if name.endswith(("bias", "bias_n"))},
    "chunked": set(NAMES),
}


@pytest.mark.slow
@conditionings
def test_each_conditioning_changes_its_arrays_and_no_others(conditioning):
    _, parameters = made(conditioning)
    base = jax.tree.leaves(NETWORK.arrays)
    changed = {name for name, a, b in zip(NAMES, jax.tree.leaves(parameters), base) if not np.array_equal(a, b)}
    assert changed == CHANGED[conditioning]
    assert all(a.dtype == b.dtype for a, b in zip(jax.tree.leaves(parameters), base))


def test_film_scales_channels_and_shifts_them():
    """A generated layer says (1 + γ) times what its base says, plus δ, channel by channel."""
    _, parameters = made("film")
    module = NETWORK.module(parameters)
    x = np.random.default_rng(2).standard_normal((2, 2, 5, 5)).astype(np.float32)
    for layer, base, inputs in [
        (module.kernel, MODULE.kernel, x),
        (module.group, MODULE.group, np.repeat(x, 3, axis=1)),
        (module.tied.pytree[0], MODULE.tied.pytree[0], np.arange(6)),
    ]:
        new, old = (np.asarray(jax.vmap(one)(inputs)) for one in (layer, base))
        for channel in range(new.shape[1]):
            one, other = new[:, channel].ravel(), old[:, channel].ravel()
            fit = np.polyfit(other, one, 1)
            np.testing.assert_allclose(np.polyval(fit, other), one, atol=1e-4)
            assert abs(fit[0] - 1) > 1e-3


def test_low_rank_changes_of_kernels_have_that_rank():
    hypernetwork, parameters = made("low-rank")
    module, rank = NETWORK.module(parameters), hypernetwork.rank
    for where in (lambda m: m.line.weight, lambda m: m.attention.query_proj.weight, lambda m: m.up.weight):
        change = np.asarray(where(module) - where(MODULE))
        change = change.reshape(len(change), -1)
        assert np.linalg.matrix_rank(change, tol=1e-5) == min(rank, *change.shape)


@jax.jit
def loss(parameters):
    """How far the network is from numbers that it does not start with, and its derivative."""

    def distance(parameters):
        call = lambda *one: NETWORK.apply(parameters, *one, key=DROP)  # noqa: E731
        batch = jax.vmap(call, axis_name="batch", in_axes=(0, 0, None), out_axes=(0, None))
        return ((batch(IMAGES, WORDS, STATE)[0] - jnp.array([1.0, -1.0, 2.0])) ** 2).mean()

    return jax.value_and_grad(distance)(parameters)


@pytest.mark.slow
@pytest.mark.parametrize(("conditioning", "frozen"), [("low-rank", True), ("film", False)])
def test_all_arrays_learn(conditioning, frozen):
    """After 50 steps the loss is lower, and every array that is trained still gets a gradient."""
    hypernetwork, parameters = made(conditioning)
    if frozen:
        hypernetwork = eqx.tree_at(lambda h: h.base, hypernetwork, Frozen(hypernetwork.base))
    optimiser = optax.adamw(1e-2, weight_decay=0.1)
    # One vector of all arrays: an optimiser of one leaf compiles several times as quickly.
    arrays, rest = eqx.partition(hypernetwork, wl.trainable(hypernetwork))
    assert bool(jax.tree.leaves(arrays.base)) != frozen
    trained, as_arrays = jax.flatten_util.ravel_pytree(arrays)

    @jax.jit
    def step(trained, state, by_parameters):
        generate = lambda trained: eqx.combine(as_arrays(trained), rest)(jnp.asarray(CONDITION))  # noqa: E731
        [gradient] = jax.vjp(generate, trained)[1](by_parameters)
        updates, state = optimiser.update(gradient, state, trained)
        trained = optax.apply_updates(trained, updates)
        return trained, state, gradient, generate(trained)

    state = optimiser.init(trained)
    start, by_parameters = loss(parameters)
    for _ in range(50):
        trained, state, gradient, parameters = step(trained, state, by_parameters)
        end, by_parameters = loss(parameters)
    assert all(np.any(leaf) for leaf in jax.tree.leaves(as_arrays(gradient)))
    assert end < 0.5 * start
