"""Every conditioning with every architecture: the generated network against one that is modulated by hand."""

import functools
from typing import NamedTuple
from unittest import mock

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jaxtyping import PyTree

import weightloom as wl
from tests.architectures.by_hand import (
    ARCHITECTURES,
    BY_HAND,
    KEY,
    applied,
    layer_leaves,
    matrix,
    numbers,
    plain_linear,
    started,
)
from weightloom.architectures import MLP
from weightloom.hypernetworks import CONDITIONINGS, AllWeights, Chunked, Conditioning, FiLM, LowRank, Shift

WIDTH = 4
CONDITION = np.random.default_rng(0).standard_normal(WIDTH).astype(np.float32)
X = np.array([0.4, -0.7])

conditionings = pytest.mark.parametrize("conditioning", CONDITIONINGS)
architectures = pytest.mark.parametrize("name", ARCHITECTURES)


class Built(NamedTuple):
    """A hypernetwork, and what it generates for the condition and for 0."""

    hypernetwork: Conditioning
    generated: PyTree
    generated_for_0: PyTree


@functools.cache
def all_built(name):
    """One compilation for all conditionings, which takes most of this file's time; the base is drawn before it."""
    network, base = ARCHITECTURES[name], started(name)

    def build(key):
        made = {}
        for conditioning, kind in CONDITIONINGS.items():
            hypernetwork = kind(network, width=WIDTH, key=key)
            generated = jax.vmap(hypernetwork)(jnp.stack([CONDITION, np.zeros_like(CONDITION)]))
            leaves, structure = jax.tree.flatten(generated)
            made[conditioning] = Built(hypernetwork, *(structure.unflatten(each) for each in zip(*leaves)))
        return made

    with mock.patch.object(type(network), "initial", return_value=base):
        return jax.jit(build)(KEY)


def built(conditioning, name):
    return all_built(name)[conditioning]


@architectures
@conditionings
def test_the_generated_network_is_the_modulated_one(conditioning, name):
    hypernetwork, parameters, _ = built(conditioning, name)
    network = ARCHITECTURES[name]
    values = applied(network, parameters, X.astype(np.float32))
    leaves, linear = MODULATED[conditioning](hypernetwork, name)
    np.testing.assert_allclose(values, BY_HAND[name](network, leaves, X, linear), rtol=5e-4, atol=5e-5)
    # The same weights without any knowledge of the conditioning: the network built by hand from what was generated.
    made = numbers(parameters)
    by_hand = BY_HAND[name](network, made, X, plain_linear(name, network, made))
    np.testing.assert_allclose(values, by_hand, rtol=5e-4, atol=5e-5)


@architectures
@conditionings
def test_the_condition_0_is_the_base_network(conditioning, name):
    hypernetwork, _, parameters = built(conditioning, name)
    for made, base in zip(numbers(parameters), numbers(hypernetwork.base)):
        np.testing.assert_allclose(made, base, rtol=1e-6, atol=1e-7)


@architectures
@conditionings
def test_what_does_not_change_gets_no_axis(conditioning, name):
    hypernetwork, parameters, _ = built(conditioning, name)
    changed = [not np.array_equal(a, b) for a, b in zip(numbers(parameters), numbers(hypernetwork.base))]
    assert [n for n, moved in enumerate(changed) if moved] == CHANGED[conditioning](name)
    axes = [0 if moved else None for moved in changed]  # an output that has the axis cannot be mapped to None
    concatenate = jax.vmap(lambda c: jax.tree.leaves(hypernetwork(c)), out_axes=axes)
    jax.eval_shape(concatenate, jnp.stack([CONDITION, -CONDITION]))


@conditionings
@pytest.mark.parametrize("hidden", [(), (8,)])
def test_the_generator_is_alive(conditioning, hidden):
    """Gradients reach every leaf, and after 50 steps the output has moved, for each condition in its own way."""
    target = MLP((1, 8, 1))
    hypernetwork = CONDITIONINGS[conditioning](target, width=2, hidden=hidden, key=KEY)
    x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
    wanted = np.stack([np.sin(3 * x), x**2 - 1])
    optimiser = optax.adam(1e-2)

    def loss(hypernetwork):
        values = jax.vmap(lambda code: target.apply(hypernetwork(code), jnp.asarray(x)))(jnp.eye(2))
        return ((values - wanted) ** 2).mean(), values

    @jax.jit
    def step(hypernetwork, state):
        (value, values), gradients = jax.value_and_grad(loss, has_aux=True)(hypernetwork)
        updates, state = optimiser.update(gradients, state)
        return optax.apply_updates(hypernetwork, updates), state, gradients, value, values

    hypernetwork, state, gradients, loss_before, before = step(hypernetwork, optimiser.init(hypernetwork))
    assert all(np.any(leaf) for leaf in jax.tree.leaves(gradients))
    for _ in range(50):
        hypernetwork, state, _, loss_after, after = step(hypernetwork, state)
    assert np.all(np.abs(after - before).max(axis=(1, 2)) > 0.1)
    assert np.abs((after[0] - after[1]) - (before[0] - before[1])).max() > 0.1
    assert loss_after < 0.8 * loss_before


@pytest.mark.parametrize("name", ["siren", "module"])
def test_low_rank_changes_have_that_rank(name):
    def build(key):
        hypernetwork = LowRank(ARCHITECTURES[name], width=WIDTH, rank=1, key=key)
        return hypernetwork(jnp.asarray(CONDITION)), hypernetwork.base

    made, base = map(numbers, jax.jit(build)(KEY))
    for weight, _ in layer_leaves(name, ARCHITECTURES[name]):
        if weight is not None:
            assert np.linalg.matrix_rank(made[weight] - base[weight], tol=1e-5) == 1


@conditionings
def test_changes_start_in_proportion_to_what_they_change(conditioning):
    target = MLP((64, 64, 64))
    condition = np.random.default_rng(1).choice([-1.0, 1.0], 16).astype(np.float32)

    def build(key):
        hypernetwork = CONDITIONINGS[conditioning](target, width=16, scale=0.1, key=key)
        return hypernetwork(jnp.asarray(condition)), hypernetwork.base

    # Over several keys: a bias of rank 4 alone is a sum of four products, and varies much.
    for made, base in zip(*map(numbers, jax.jit(jax.vmap(build))(jax.random.split(KEY, 16)))):
        size = 1.0 if made.ndim == 2 else 1 / 8
        change = np.sqrt(((made - base) ** 2).mean()) / size
        assert change == 0 or change == pytest.approx(0.1, rel=0.3)


@conditionings
@pytest.mark.parametrize("bad", [{"width": 0}, {"hidden": (4, 0)}, {"scale": 0.0}, {"scale": float("nan")}])
def test_bad_widths_and_scales_are_refused(conditioning, bad):
    with pytest.raises(wl.InputError, match=f"^{next(iter(bad))} .* cannot be used: give a"):
        CONDITIONINGS[conditioning](MLP((2, 3, 1)), **{"width": 2, **bad}, key=KEY)


def test_conditions_of_another_shape_are_refused():
    for shape in [(WIDTH + 1,), (0,)]:
        with pytest.raises(wl.InputError, match=r"give shape \(4,\), and use jax.vmap"):
            built("shift", "siren").hypernetwork(jnp.zeros(shape))


@pytest.mark.parametrize("conditioning", [Shift, FiLM])
def test_a_network_without_hidden_layers_has_nothing_to_modulate(conditioning):
    with pytest.raises(wl.InputError, match="finds nothing to change"):
        conditioning(MLP((2, 3)), width=2, key=KEY)


def test_a_large_network_in_chunks_needs_few_numbers():
    """Of a million parameters: a linear map to all of them, and the codes and the map of a thousand chunks."""
    target = MLP((1000, 998, 1))
    sizes = {}
    for conditioning in (AllWeights, Chunked):
        hypernetwork = jax.eval_shape(lambda conditioning=conditioning: conditioning(target, width=8, key=KEY))
        emitted = eqx.tree_at(lambda h: h.base, hypernetwork, None)
        sizes[conditioning] = sum(leaf.size for leaf in jax.tree.leaves(emitted))
    parameters = 1000 * 998 + 998 + 998 + 1
    assert sizes[AllWeights] == 8 * parameters
    assert sizes[Chunked] == 64 * (8 + 1000 + 1000) + 4


@pytest.mark.parametrize("bad", [{"chunk": 0}, {"code": 0}])
def test_chunks_and_codes_below_1_are_refused(bad):
    with pytest.raises(wl.InputError, match=f"{next(iter(bad))} (is )?0"):
        Chunked(MLP((2, 3)), width=2, **bad, key=KEY)


def test_a_rank_below_1_is_refused():
    with pytest.raises(wl.InputError, match="rank 0 cannot be used"):
        LowRank(MLP((2, 3)), width=2, rank=0, key=KEY)


def emitted_by_hand(hypernetwork):
    """What a linear trunk emits, cut at the sizes of the blocks."""
    flat = CONDITION.astype(np.float64) @ np.asarray(hypernetwork.emission, np.float64)
    ends = np.cumsum([int(np.prod(shape)) for shape in hypernetwork.shapes])
    return [piece.reshape(shape) for piece, shape in zip(np.split(flat, ends[:-1]), hypernetwork.shapes)]


def all_weights(hypernetwork, name):
    leaves = [a + b for a, b in zip(numbers(hypernetwork.base), emitted_by_hand(hypernetwork))]
    return leaves, plain_linear(name, ARCHITECTURES[name], leaves)


def chunked(hypernetwork, name):
    """One chunk after the other, each number times the size of the array that it falls into."""
    mixing, codes, emission, sizes = (
        np.asarray(one, np.float64)
        for one in (hypernetwork.mixing, hypernetwork.codes, hypernetwork.emission, hypernetwork.sizes)
    )
    mixed = CONDITION.astype(np.float64) @ mixing
    numbers_of_chunks = [sum(mixed[k] * code[k] * emission[k] for k in range(len(code))) for code in codes]
    flat = iter(np.concatenate(numbers_of_chunks))
    leaves = numbers(hypernetwork.base)
    for leaf, size in zip(leaves, sizes):
        leaf += size * np.array([next(flat) for _ in range(leaf.size)]).reshape(leaf.shape)
    return leaves, plain_linear(name, ARCHITECTURES[name], leaves)


def last_layer(hypernetwork, name):
    leaves = numbers(hypernetwork.base)
    plain = plain_linear(name, ARCHITECTURES[name], leaves)
    last = len(layer_leaves(name, ARCHITECTURES[name])) - 1
    weight, bias = emitted_by_hand(hypernetwork)
    more = lambda h: h @ matrix(name, weight) + bias  # noqa: E731
    return leaves, lambda number, h: plain(number, h) + (more(h) if number == last else 0)


def low_rank(hypernetwork, name):
    leaves = numbers(hypernetwork.base)
    plain = plain_linear(name, ARCHITECTURES[name], leaves)
    emitted = emitted_by_hand(hypernetwork)

    def linear(number, h):
        u = np.asarray(hypernetwork.left[number], np.float64) + emitted[2 * number]
        inputs = np.zeros(0) if h is None else h
        seen = np.r_[inputs, np.sqrt(max(len(inputs), 1))]
        return plain(number, h) + (seen @ u) @ emitted[2 * number + 1].T / np.sqrt(hypernetwork.rank)

    return leaves, linear


def film(hypernetwork, name):
    leaves = numbers(hypernetwork.base)
    plain = plain_linear(name, ARCHITECTURES[name], leaves)
    emitted = emitted_by_hand(hypernetwork)

    def linear(number, h):
        modulated = 2 * number < len(emitted)
        gain, shift = emitted[2 * number : 2 * number + 2] if modulated else (0, 0)
        return (1 + gain) * plain(number, h) + shift

    return leaves, linear


def shift(hypernetwork, name):
    leaves = numbers(hypernetwork.base)
    plain = plain_linear(name, ARCHITECTURES[name], leaves)
    emitted = emitted_by_hand(hypernetwork)
    return leaves, lambda number, h: plain(number, h) + (emitted[number] if number < len(emitted) else 0)


MODULATED = {
    "all-weights": all_weights,
    "last-layer": last_layer,
    "low-rank": low_rank,
    "film": film,
    "shift": shift,
    "chunked": chunked,
}


def in_layers(name):
    return layer_leaves(name, ARCHITECTURES[name])


def sorted_leaves(layers):
    return sorted(leaf for layer in layers for leaf in layer if leaf is not None)


CHANGED = {
    "all-weights": lambda name: list(range(len(jax.tree.leaves(started(name))))),
    "last-layer": lambda name: sorted_leaves(in_layers(name)[-1:]),
    "low-rank": lambda name: sorted_leaves(in_layers(name)),
    "film": lambda name: sorted_leaves(in_layers(name)[:-1]),
    "chunked": lambda name: list(range(len(jax.tree.leaves(started(name))))),
    "shift": lambda name: [bias for _, bias in in_layers(name)[:-1]],
}
