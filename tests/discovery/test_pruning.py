"""Pruned puddings compute what they computed, with one hidden neuron per input and one more."""

import numpy as np
import pytest

import weightloom as wl
from weightloom.discovery import prune
from weightloom.discovery.classification.responses import mean_responses
from weightloom.errors import InputError

FEW_DRAWS = range(3)


def loss(network):
    return network.loss("l1")


def difference(one, other):
    """The mean squared difference of two networks, in variances of the target."""
    x = np.random.default_rng(0).standard_normal((4000, one.architecture.sizes[0]))
    return float(np.mean((one(x) - other(x)) ** 2))


def rebuilt(network, order, signs=1):
    (weight, bias), (readout, constant) = network.parameters
    return wl.Network(network.architecture, [(signs * weight[:, order], bias[order]), (readout[order], constant)])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("n", "hidden"), [(1, 4), (2, 9), (4, 5), (6, 30), (16, 48)])
@pytest.mark.parametrize("strength", [1, 3])
def test_a_pudding_loses_nothing_and_keeps_its_algorithm(n, hidden, sign, strength):
    network = wl.algorithms.pudding(n, hidden, strength, sign, shuffle=True)
    pruned = prune(network)
    assert pruned.architecture == wl.MLP((n, n + 1, 1))
    assert difference(network, pruned) < 1e-4
    assert loss(pruned) == pytest.approx(loss(network), abs=1e-4)
    assert pruned.classification.inputs == network.classification.inputs
    assert pruned.algorithm == ("pudding+" if sign == 1 else "pudding-")


@pytest.mark.parametrize("options", [{"noise": 0.03}, {"seep": 0.15}], ids=str)
def test_backgrounds_and_noise_stay(options):
    network = wl.algorithms.pudding(strength=3.0, **options)
    assert difference(network, prune(network)) < 1e-3


@pytest.mark.parametrize("seed", FEW_DRAWS)
def test_double_sided_inputs_of_a_memorised_pudding_become_one_kink(seed):
    network = wl.algorithms.memorised_pudding(seed)
    pruned = prune(network)
    assert pruned.architecture.sizes == (16, 17, 1)
    assert set(pruned.classification.inputs) == {"pudding+"}
    assert "double-sided" in network.classification.inputs
    assert loss(pruned) == pytest.approx(loss(network), abs=1e-3)
    weight = pruned.parameters[0][0]
    assert (weight[range(16), range(16)] < -1.5).all()  # the plums of the network's sign, in the order of inputs


@pytest.mark.parametrize("seed", FEW_DRAWS)
def test_three_plums_of_an_input_become_one(seed):
    network = wl.algorithms.assigned_pudding(seed)
    pruned = prune(network)
    assert pruned.architecture.sizes == (16, 17, 1)
    assert pruned.algorithm == "pudding-"
    assert loss(network) < loss(pruned) < 0.35  # plums of 0.7 to 1.3 are one kink approximately


def test_equal_plums_become_one_exactly():
    one = wl.algorithms.pudding(4, 6, 3.0)
    (weight, bias), (readout, constant) = one.parameters
    order = [0, 0, 0, 1, 2, 2, 3, 4, 5]
    shares = np.array([1 / 3] * 3 + [1] + [1 / 2] * 2 + [1] * 3)
    layers = [(weight[:, order], bias[order]), (shares[:, None] * readout[order], constant)]
    several = wl.Network(wl.MLP((4, 9, 1)), layers)
    assert difference(one, prune(several)) < 1e-4


@pytest.mark.parametrize("construct", [wl.algorithms.memorised_pudding, wl.algorithms.assigned_pudding])
def test_the_order_of_hidden_neurons_does_not_matter(construct):
    network = construct(1)
    permuted = rebuilt(network, np.random.default_rng(2).permutation(48))
    for one, other in zip(prune(network).parameters, prune(permuted).parameters):
        np.testing.assert_allclose(one[0], other[0], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(one[1], other[1], rtol=1e-3, atol=1e-4)


def test_turning_all_inputs_round_turns_the_pruned_network_round():
    network = wl.algorithms.memorised_pudding(2)
    turned = rebuilt(network, np.arange(48), signs=-1)
    assert turned.algorithm == "pudding-"
    x = np.random.default_rng(3).standard_normal((50, 16))
    np.testing.assert_allclose(prune(turned)(-x), prune(network)(x), atol=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: wl.algorithms.pudding(8, 20, 2.0, background=0.3, offset=1.0),
        lambda: wl.algorithms.assigned_pudding(0),
    ],
    ids=["bent leftovers", "assigned"],
)
def test_mean_slopes_curvatures_and_values_are_preserved(make):
    network = make()
    pruned = prune(network)
    readings = []
    for net in (network, pruned):
        (weight, bias), (readout, _) = (tuple(np.asarray(a, np.float64) for a in layer) for layer in net.parameters)
        responses = mean_responses("swish", weight, bias, readout[:, 0])
        readings.append((responses.slopes.sum(axis=1), responses.curvatures.sum(axis=1)))
    for before, after in zip(*readings):
        np.testing.assert_allclose(before, after, atol=2e-3)
    x = np.random.default_rng(0).standard_normal((20_000, len(weight)))
    assert np.mean(network(x)) == pytest.approx(np.mean(pruned(x)), abs=0.02)


def test_an_input_without_a_plum_keeps_none():
    network = wl.algorithms.pudding(8, 20, 3.0)
    (weight, bias), (readout, constant) = network.parameters
    readout = readout.copy()
    readout[0] = 0.0
    damaged = wl.Network(network.architecture, [(weight, bias), (readout, constant)])
    assert damaged.algorithm == "pudding+"
    assert prune(damaged).architecture.sizes == (8, 8, 1)


def test_other_rectifiers_are_linear_too():
    network = wl.algorithms.pudding(4, 12, 3.0)
    for activation in ("relu", "gelu"):
        other = wl.Network(wl.MLP((4, 12, 1), activation), network.parameters)
        assert prune(other).architecture == wl.MLP((4, 5, 1), activation)
        assert difference(other, prune(other)) < 1e-3


@pytest.mark.parametrize(
    ("network", "algorithm"),
    [
        (wl.algorithms.convexity(rows="paired"), "convexity"),
        (wl.algorithms.double_sided(), "double-sided"),
        (wl.Network(wl.MLP((2, 1)), [(np.ones((2, 1)), np.zeros(1))]), "unknown"),
        (wl.Network(wl.MLP((2, 3, 3, 1)), [(np.ones(w), np.zeros(b)) for w, b in wl.MLP((2, 3, 3, 1)).shapes]), "unkn"),
    ],
    ids=["convexity", "double-sided", "linear", "deep"],
)
def test_only_puddings_can_be_pruned(network, algorithm):
    with pytest.raises(
        InputError, match=f"runs '{algorithm}.*' cannot be pruned: give one that runs pudding"
    ) as raised:
        prune(network)
    assert "\n" not in str(raised.value)


def test_a_linear_range_is_needed():
    network = wl.Network(wl.MLP((4, 12, 1), "tanh"), wl.algorithms.pudding(4, 12, 3.0).parameters)
    network.classification = wl.classify(wl.algorithms.pudding(4, 12, 3.0))
    with pytest.raises(InputError, match="activation 'tanh' cannot be pruned: use one of swish, relu, gelu"):
        prune(network)
