"""The hyperhypernetwork: against the naive one, where it starts, and around every other hypernetwork."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from jaxtyping import Array

import weightloom as wl
from tests.reference import naive_hypernetwork as naive
from weightloom.hypernetworks import CONDITIONINGS
from weightloom.runs import save_tree

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


CODE = jnp.array([0.5, -1.0])
TEMPLATES = {
    **dict.fromkeys(CONDITIONINGS, CODE),
    "coded": 3,
    "pareto": (-3.0, CODE),
}


@functools.cache
def made(name):
    """A template of this name, made where a test asks for it: compiling it takes a while."""
    if name == "coded":
        return wl.CodedHypernetwork(TARGET, 4, key=0)
    if name == "pareto":
        return wl.ParetoHypernetwork(made("shift"), key=0)
    return eqx.filter_jit(lambda: CONDITIONINGS[name](TARGET, width=2, hidden=(3,), key=0))()


@pytest.mark.slow
@pytest.mark.parametrize("name", TEMPLATES)
def test_any_hypernetwork_with_a_condition_can_be_the_template(name):
    """The same as generating the hypernetwork first, and every array of the template has its share in the gradient."""
    own, condition = made(name), TEMPLATES[name]
    pareto = wl.ParetoHypernetwork(own, key=1)
    direct = jax.jit(lambda pareto, number: pareto((number, condition)))(pareto, -4.0)
    by_hand = jax.jit(lambda pareto, number: pareto.hyperweights(number)(condition))(pareto, -4.0)
    assert jax.tree.map(jnp.shape, direct) == TARGET.shapes
    for ours, theirs in zip(jax.tree.leaves(direct), jax.tree.leaves(by_hand)):
        np.testing.assert_array_equal(ours, theirs)

    def size(pareto, number):
        return sum(((leaf - 1) ** 2).sum() for leaf in jax.tree.leaves(pareto((number, condition))))

    gradient, by_number = jax.jit(jax.grad(size, argnums=(0, 1)))(pareto, -4.0)
    assert np.abs(gradient.first[0]).max() > 0
    assert abs(float(by_number)) > 0


def test_vmap_runs_over_numbers_and_conditions():
    own = made("film")
    pareto = wl.ParetoHypernetwork(own, key=1)
    numbers, codes = jnp.linspace(-9.0, 0.0, 3), jnp.eye(2)
    over_codes = jax.vmap(pareto, in_axes=((None, 0),))
    front = jax.jit(jax.vmap(over_codes, in_axes=((0, None),)))((numbers, codes))
    assert front[0][0].shape == (3, 2, 3, 4)
    np.testing.assert_allclose(front[0][0][2, 1], pareto((numbers[2], codes[1]))[0][0], rtol=1e-4, atol=1e-5)


def test_a_preference_takes_the_place_of_the_number(template):
    """Against the naive implementation, whose first layer sees the preference with mean 0 and variance 1."""
    pareto = wl.ParetoHypernetwork(template, losses=3, key=1)
    assert pareto.losses == 3
    drawn = np.asarray(wl.sample_preferences(2, 20_000, 3))
    seen = (drawn - 1 / 3) * 3 * np.sqrt(2)
    np.testing.assert_allclose([seen.mean(), seen.var()], [0, 1], atol=0.02)
    preference = jnp.array([0.2, 0.3, 0.5])
    found = jax.jit(lambda pareto, preference: pareto.hyperweights(preference))(pareto, preference)
    u = (np.asarray(preference, np.float64) - 1 / 3) * 3 * np.sqrt(2)
    parts = [[np.asarray(part, np.float64) for part in pair] for pair in (pareto.first, pareto.second)]
    a, b = ([np.asarray(part, np.float64) for part in pair] for pair in (pareto.scale, pareto.gate))
    swish = lambda h: h / (1 + np.exp(-h))  # noqa: E731
    for weight, bias in parts:
        u = swish(u @ weight + bias)
    expected = (u @ a[0] + a[1]) / (1 + np.exp(-(u @ b[0] + b[1])))
    flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(found)])
    np.testing.assert_allclose(flat, expected, rtol=1e-4, atol=1e-5)


def test_a_preference_goes_with_a_condition_of_the_template():
    pareto = wl.ParetoHypernetwork(made("shift"), losses=2, key=1)
    preferences = wl.sample_preferences(0, 3, 2)
    front = jax.jit(jax.vmap(pareto, in_axes=((0, None),)))((preferences, CODE))
    assert front[0][1].shape == (3, 4)
    assert np.abs(front[0][1][0] - front[0][1][1]).max() > 1e-3
    for wrong, sentence in (((0.5, CODE), "cannot be the preference"), ((preferences, CODE), r"of shape \(2,\); use")):
        with pytest.raises(wl.InputError, match=sentence):
            pareto(wrong)


class Gathering(wl.Hypernetwork):
    """A linear layer of weights that a mask picks out of a table, in an order: floats, integers and booleans."""

    table: Array
    order: Array
    mask: Array
    half: Array

    def __call__(self, condition, key):
        weight = jnp.where(self.mask, self.table[self.order], 0) * condition + self.half.sum()
        return wl.Generated(((weight, jax.random.normal(key, (2,))),), jnp.zeros((1, 6)))


def test_arrays_that_are_not_floating_point_stay_as_they_are():
    mask = np.array([[True, False], [True, True], [False, True]])
    own = Gathering(jnp.full((3, 2), 2.0), jnp.array([2, 0, 1]), jnp.asarray(mask), jnp.ones(2, jnp.bfloat16))
    pareto = wl.ParetoHypernetwork(own, key=0)
    generated = pareto.hyperweights(jnp.array(-5.0))
    for name, dtype in {"order": jnp.int32, "mask": bool, "table": jnp.float32, "half": jnp.bfloat16}.items():
        assert getattr(generated, name).dtype == dtype
    np.testing.assert_array_equal(generated.order, own.order)
    np.testing.assert_array_equal(generated.mask, own.mask)
    [(weight, _)], ledger = pareto((-5.0, 3.0), jax.random.key(1))
    assert ledger.shape == (1, 6)
    unseen = float(generated.half.astype(jnp.float32).sum())
    np.testing.assert_allclose(np.asarray(weight)[~mask], unseen, rtol=1e-2)
    moved = eqx.filter_grad(lambda pareto: pareto((-5.0, 3.0), jax.random.key(1)).parameters[0][0].sum())(pareto)
    assert moved.static.order is None
    assert np.abs(moved.scale[1]).max() > 0


def test_the_range_is_where_the_numbers_of_training_lie(template):
    """Only the place between the ends counts: β = 1e-9 lies a quarter of the way from 1e-12 to 1."""
    usual, shares, natural = (
        wl.ParetoHypernetwork(template, key=1, **ends)
        for ends in ({}, {"lowest": 0.0, "highest": 1.0}, {"lowest": np.log(1e-12), "highest": 0.0})
    )
    for share in (0.0, 0.25, 1.0):
        expected = hyperweights(usual, jnp.float32(1e-12 ** (1 - share)))
        for pareto, number in ((shares, share), (natural, np.log(1e-12) * (1 - share))):
            found = jax.jit(lambda pareto, number: pareto.hyperweights(number))(pareto, number)
            for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected)):
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_its_arrays_have_the_names_that_runs_have_on_disk(pareto, tmp_path):
    save_tree(tmp_path / "one.safetensors", pareto, {})
    found = set(safetensors.numpy.load_file(tmp_path / "one.safetensors"))
    assert found == {f"{part}.{n}" for part in ("first", "second", "scale", "gate") for n in (0, 1)}


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ((1.0, CODE, CODE), "a condition of 3 parts cannot be used"),
        (jnp.ones(2), r"give one number, or an array of shape \(\)"),
        ((jnp.ones(1), CODE), r"give one number, or an array of shape \(\)"),
        (True, "give one number"),
    ],
)
def test_conditions_of_another_form_are_refused(condition, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        wl.ParetoHypernetwork(made("shift"), key=0)(condition)


@pytest.mark.parametrize("ends", [(1.0, 0.0), (0.0, 0.0), (-np.inf, 0.0), (0.0, np.nan)])
def test_a_range_has_two_finite_ends(template, ends):
    with pytest.raises(wl.InputError, match="give two finite numbers, the lower one first"):
        wl.ParetoHypernetwork(template, lowest=ends[0], highest=ends[1], key=0)


def test_preferences_are_about_two_losses_or_more_and_have_no_range():
    with pytest.raises(wl.InputError, match="losses 1 cannot be used: give a whole number of at least 2"):
        wl.ParetoHypernetwork(made("shift"), losses=1, key=0)
    with pytest.raises(wl.InputError, match="leave them out for preferences"):
        wl.ParetoHypernetwork(made("shift"), losses=2, lowest=-1.0, key=0)


def test_a_template_has_arrays_to_generate():
    for template in (TARGET, eqx.nn.Identity(), jax.nn.relu):
        with pytest.raises(wl.InputError, match="cannot be a template: give a hypernetwork"):
            wl.ParetoHypernetwork(template, key=0)
    with pytest.raises(wl.InputError, match="complex arrays"):
        wl.ParetoHypernetwork(eqx.nn.Linear(2, 2, dtype=jnp.complex64, key=jax.random.key(0)), key=0)
