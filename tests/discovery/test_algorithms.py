"""Reference constructions: the losses of the notes, the structure of the equations, and their limits."""

import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.discovery._order_parameters import double_sidedness
from weightloom.discovery.algorithms import (
    CONSTRUCTIONS,
    assigned_pudding,
    convexity,
    double_sided,
    memorised_pudding,
    pudding,
)
from weightloom.discovery.algorithms.base import build
from weightloom.discovery.tasks import l1
from weightloom.errors import InputError


def loss(network):
    inputs = network.architecture.sizes[0]
    x = np.random.default_rng(7).standard_normal((20_000, inputs)).astype(np.float32)
    return float(np.mean((network(x)[:, 0] - np.asarray(l1.target(inputs)(jnp.asarray(x)))) ** 2))


@pytest.fixture(params=CONSTRUCTIONS.values(), ids=CONSTRUCTIONS.keys())
def construction(request):
    return request.param


@pytest.mark.parametrize(("strength", "expected"), [(1, 0.054), (2, 0.0148), (3, 0.0051), (5, 0.0016)])
@pytest.mark.parametrize("name", ["double-sided", "pudding+", "pudding-"])
def test_losses_of_ideal_kinks(name, strength, expected):
    assert loss(CONSTRUCTIONS[name](strength=strength)) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("background", "offset", "expected"), [(0.05, 0, 0.020), (0.1, 0, 0.046), (0.2, None, 0.098)])
def test_losses_of_pudding_with_background_everywhere(background, offset, expected):
    network = pudding(strength=2, background=background, seep=background, offset=offset)
    assert loss(network) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(
    ("rows", "low", "high"), [("independent", 0.55, 0.7), ("centred", 0.28, 0.38), ("paired", 0.2, 0.26)]
)
def test_losses_of_convexity(rows, low, high):
    losses = [loss(convexity(rows=rows, seed=seed)) for seed in range(4)]
    assert low < np.mean(losses) < high


def test_loss_of_random_rows_with_a_free_readout():
    rows = np.random.default_rng(0).standard_normal((16, 48)) / 2
    network = build(rows, np.zeros(48), np.eye(48), generator=np.random.default_rng(0))
    assert loss(network) == pytest.approx(0.36, abs=0.04)


def test_found_puddings_work_as_the_notes_say():
    assert loss(memorised_pudding()) < 0.05
    assert 4 < double_sidedness(memorised_pudding().parameters[0][0]) < 8
    network = assigned_pudding()
    (weight, bias), (readout, _) = network.parameters
    assert 0.1 < loss(network) < 0.25
    is_plum = weight > 0
    assert (is_plum.sum(axis=0) == 1).all()
    assert (is_plum.sum(axis=1) == 3).all()
    for values, low, high in (
        (weight[is_plum], 0.7, 1.3),
        (weight[~is_plum], -0.3, -0.02),
        (readout, -8.2, -2.4),
    ):
        assert ((values >= low - 1e-5) & (values <= high + 1e-5)).all()
    assert abs(bias + 4.7).max() < 0.5


@pytest.mark.parametrize(("inputs", "hidden"), [(1, 3), (2, 5), (33, 70)])
def test_any_size_works(construction, inputs, hidden):
    network = construction(inputs, hidden, 3.0)
    assert network.architecture.sizes == (inputs, hidden, 1)
    assert loss(network) < 0.9


def test_same_arguments_same_parameters(construction):
    first, second, other = (construction(4, 12, noise=0.1, shuffle=True, seed=seed) for seed in (3, 3, 4))
    for (w, b), (v, c) in zip(first.parameters, second.parameters):
        np.testing.assert_array_equal(w, v)
        np.testing.assert_array_equal(b, c)
    assert not np.array_equal(first.parameters[0][0], other.parameters[0][0])


def test_shuffling_keeps_the_function(construction):
    plain, shuffled = construction(4, 12, strength=3.0), construction(4, 12, strength=3.0, shuffle=True)
    assert loss(shuffled) == pytest.approx(loss(plain), rel=1e-3)


def test_structures_are_those_of_the_equations():
    weight = double_sided(3, 7, 2.0).parameters[0][0]
    np.testing.assert_array_equal(weight[:, :6], np.concatenate([2 * np.eye(3), -2 * np.eye(3)], axis=1))
    assert not weight[:, 6:].any()
    plus, minus = (pudding(3, 7, 2.0, sign, background=0.5).parameters[0][0] for sign in (1, -1))
    np.testing.assert_array_equal(plus[:, :3], -2 * np.eye(3))
    np.testing.assert_array_equal(plus[:, 3:], 0.5)
    np.testing.assert_array_equal(minus, -plus)
    readout = convexity(3, 7).parameters[1][0]
    assert (readout == readout[0]).all()
    assert readout[0] > 0


@pytest.mark.parametrize("rows", ["independent", "centred", "paired"])
@pytest.mark.parametrize("entries", ["normal", "bimodal"])
def test_strength_of_convexity_is_the_norm_of_a_row(rows, entries):
    weight = convexity(5, 20, 3.0, rows=rows, entries=entries).parameters[0][0]
    assert np.square(weight).sum(axis=0).mean() == pytest.approx(9, rel=1e-5)


@pytest.mark.parametrize(("name", "least"), [("double-sided", 8), ("pudding+", 5), ("convexity", 4)])
def test_too_few_hidden_neurons_get_one_sentence(name, least):
    CONSTRUCTIONS[name](4, least)
    with pytest.raises(InputError, match=f"hidden neurons for 4 inputs: give at least {least}"):
        CONSTRUCTIONS[name](4, least - 1)


@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"strength": 0.0}, {"strength": float("nan")}, {"noise": -1.0}, {"noise": float("inf")}]
)
def test_bad_scales_get_one_sentence(construction, bad):
    with pytest.raises(InputError, match="cannot have"):
        construction(**bad)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("pudding+", {"background": 0.0}), ("convexity", {"rows": "some"}), ("convexity", {"entries": "odd"})],
)
def test_bad_kinds_get_one_sentence(name, bad):
    with pytest.raises((InputError, TypeError), match=r"cannot have|entries|rows"):
        CONSTRUCTIONS[name](**bad)


def test_bad_sign_gets_one_sentence():
    with pytest.raises(InputError, match="cannot have sign 2"):
        pudding(sign=2)
