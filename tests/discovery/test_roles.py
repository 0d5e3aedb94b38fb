"""Roles and distributions of weights, calibrated on constructions and samples whose answer is known."""

import numpy as np
import pytest

import weightloom as wl
from weightloom.discovery.roles import BIMODAL, FEW, bimodality, roles, weight_distribution
from weightloom.errors import InputError


def network_of(weight, readout=None):
    weight = np.asarray(weight, float)
    readout = np.ones((weight.shape[1], 1)) if readout is None else readout
    sizes = (*weight.shape, readout.shape[1])
    return wl.Network(wl.MLP(sizes), [(weight, np.zeros(sizes[1])), (readout, np.zeros(sizes[2]))])


@pytest.mark.parametrize("sign", [1, -1])
def test_a_pudding_has_one_assigned_neuron_per_input_and_leftovers(sign):
    found = roles(wl.algorithms.pudding(sign=sign, shuffle=True))
    of_plums, others = (found.negative, found.positive) if sign == 1 else (found.positive, found.negative)
    assert of_plums.tolist() == [1] * 16
    assert others.tolist() == [0] * 16
    assert found.leftover.sum() == 32
    assert found.participation[found.leftover] == pytest.approx(16)
    assert set(found.sign[found.assigned]) == {-sign}


def test_a_double_sided_network_has_two_of_both_signs():
    found = roles(wl.algorithms.double_sided(n=4, hidden=12))
    assert found.positive.tolist() == found.negative.tolist() == [1] * 4
    assert found.strongest[:8].tolist() == [0, 1, 2, 3] * 2
    assert found.participation[:8] == pytest.approx(1)
    assert found.leftover[8:].all()  # neurons without weights


def test_every_neuron_of_an_assigned_pudding_is_assigned_and_three_share_an_input():
    found = roles(wl.algorithms.assigned_pudding())
    assert (found.positive + found.negative).sum() == found.assigned.sum() >= 44
    assert (found.positive <= 3).all()
    assert not found.negative.any()


@pytest.mark.parametrize("seed", range(3))
def test_dense_normal_weights_are_rarely_assigned(seed):
    found = roles(wl.algorithms.convexity(seed=seed))
    assert found.assigned.mean() < 0.1
    assert found.participation.mean() > 2 * FEW


@pytest.mark.parametrize(("inputs", "most"), [(1, 1.0), (2, 0.45), (4, 0.35), (8, 0.25), (16, 0.05)])
def test_few_inputs_have_a_stricter_threshold(inputs, most):
    found = roles(network_of(np.random.default_rng(0).standard_normal((inputs, 2000))))
    assert found.assigned.mean() <= most
    single = np.eye(inputs)[:, :1]
    assert roles(network_of(single)).assigned.all()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_scale_and_order_do_not_matter(scale):
    weight = np.random.default_rng(0).standard_normal((5, 20)).astype(np.float32)
    order = np.random.default_rng(1).permutation(20)
    one, other = roles(network_of(weight)), roles(network_of(scale * weight[:, order]))
    np.testing.assert_allclose(one.participation[order], other.participation, rtol=1e-5)
    np.testing.assert_array_equal(one.positive, other.positive)


SAMPLES = {
    "normal": (lambda random: random.standard_normal(768), False),
    "uniform": (lambda random: random.uniform(-1, 1, 768), None),
    "two points": (lambda random: random.choice([-1.0, 1.0], 768), True),
    "two points with noise": (lambda random: random.choice([-1, 1], 768) + 0.3 * random.standard_normal(768), True),
    "two points in much noise": (lambda random: random.choice([-1, 1], 768) + 1.5 * random.standard_normal(768), False),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", SAMPLES)
def test_modality_of_samples_of_the_size_of_a_first_layer(name, seed):
    draw, bimodal = SAMPLES[name]
    coefficient = bimodality(draw(np.random.default_rng(seed)))
    if bimodal is None:
        assert coefficient == pytest.approx(BIMODAL, abs=0.03)
    else:
        assert (coefficient > BIMODAL + 0.05) == bimodal
        assert (coefficient < BIMODAL - 0.05) == (not bimodal)


@pytest.mark.parametrize(("entries", "bimodal"), [("normal", False), ("bimodal", True)])
@pytest.mark.parametrize("seed", range(3))
def test_convexity_constructions_have_a_constant_alpha_and_their_distribution(entries, bimodal, seed):
    network = wl.algorithms.convexity(entries=entries, noise=0.05, seed=seed)
    found = weight_distribution(network)
    assert found.bimodal is bimodal
    assert found.alpha == pytest.approx(float(network.parameters[1][0].mean()))
    assert found.spread == pytest.approx(0, abs=1e-5)


def test_alpha_that_varies_has_a_spread():
    weight = np.random.default_rng(0).standard_normal((4, 2))
    assert weight_distribution(network_of(weight, np.array([[1.0], [3.0]]))).spread == pytest.approx(0.5)
    assert weight_distribution(network_of(weight, np.array([[1.0], [-1.0]]))).spread == np.inf
    zero = weight_distribution(network_of(0 * weight, np.zeros((2, 1))))
    assert (zero.spread, zero.bimodality, zero.bimodal) == (0.0, 0.0, False)


def test_other_depths_and_outputs_are_refused():
    deep = wl.MLP((2, 3, 3, 1))
    network = wl.Network(deep, [(np.ones(w), np.zeros(b)) for w, b in deep.shapes])
    for read in (roles, weight_distribution):
        with pytest.raises(InputError, match="give a network with one hidden layer"):
            read(network)
    with pytest.raises(InputError, match="the network has 2 outputs: give a network with one output"):
        weight_distribution(network_of(np.ones((2, 3)), np.ones((3, 2))))
