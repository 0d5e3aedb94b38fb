"""Networks that somebody holds: called, checked and read."""

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.discovery.units import Units
from weightloom.errors import InputError

WEIGHTS = [
    (np.array([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0]]), np.zeros(3)),
    (np.array([[1.0], [2.0], [-1.0]]), np.ones(1)),
]


@pytest.fixture
def network():
    return wl.Network(wl.MLP((2, 3, 1), "relu"), WEIGHTS)


@pytest.mark.parametrize("batch", [(), (1,), (5,), (2, 3), (0,)])
def test_values_have_the_batch_axes_of_the_inputs(network, batch):
    x = np.random.default_rng(0).standard_normal((*batch, 2))
    values = network(jnp.asarray(x))
    np.testing.assert_array_equal(values, network(x))
    assert isinstance(values, np.ndarray)
    assert values.shape == (*batch, 1)
    (first, _), (second, bias) = WEIGHTS
    np.testing.assert_allclose(values, np.maximum(x @ first, 0) @ second + bias, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("x", [np.ones(1), np.ones((4, 3)), np.ones((2, 0)), jnp.ones(3)], ids=np.shape)
def test_inputs_that_do_not_fit_are_named(network, x):
    with pytest.raises(InputError, match=r"inputs of shape \(.*\) do not fit the network: .* 2 inputs"):
        network(x)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ([], "0 layers of parameters do not fit"),
        (WEIGHTS[:1], "1 layers of parameters do not fit"),
        ([WEIGHTS[0], WEIGHTS[0]], r"layer 1's weight has shape \(2, 3\): the architecture needs \(3, 1\)"),
        ([(WEIGHTS[0][0].T, WEIGHTS[0][1]), WEIGHTS[1]], r"layer 0's weight has shape \(3, 2\)"),
        ([(WEIGHTS[0][0], np.zeros(2)), WEIGHTS[1]], r"layer 0's bias has shape \(2,\)"),
        ([(np.full((2, 3), np.nan), np.zeros(3)), WEIGHTS[1]], "layer 0's weight has 6 values that are not finite"),
        ([WEIGHTS[0], (WEIGHTS[1][0], np.array([np.inf]))], "layer 1's bias has 1 values that are not finite"),
    ],
)
def test_parameters_that_do_not_fit_are_named(parameters, sentence):
    with pytest.raises(InputError, match=sentence):
        wl.Network(wl.MLP((2, 3, 1)), parameters)


def test_units_that_do_not_fit_are_named(network):
    units = wl.tasks.as_task("l1", distribution="uniform").at(3).units
    with pytest.raises(InputError, match=r"units of 3 inputs and 1 output do not fit MLP\(sizes=\(2, 3, 1\)"):
        wl.Network(network.architecture, WEIGHTS, units=units)


def test_a_column_far_from_0_loses_digits_in_its_units_and_says_so(network):
    near, far = (Units(("width", "year"), (0.0, mean), (1.0, 1.0), ("y",), (0.0,), (1.0,)) for mean in (1e4, 1.1e4))
    wl.Network(network.architecture, WEIGHTS, units=near).in_units()
    with pytest.warns(UserWarning, match="^column 'year' lies more than 10,000 of its standard deviations from 0"):
        wl.Network(network.architecture, WEIGHTS, units=far).in_units()


def test_a_network_is_read_as_the_functions_read_it(network):
    assert network.algorithm == wl.classify(network).algorithm
    assert network.order_parameters == wl.order_parameters(WEIGHTS[0][0].astype(np.float32))
    assert wl.Network(network.architecture, WEIGHTS, 0.25).order_parameters.seed_dependence == 0.25
    assert repr(network) == "Network(MLP(sizes=(2, 3, 1), activation='relu'))"


def test_a_network_answers_what_an_ablation_asks():
    net = wl.algorithms.double_sided(n=4, hidden=12, strength=3.0)
    x = np.random.default_rng(0).standard_normal((7, 4)).astype(np.float32)
    [hidden] = net.hidden(x)
    (_, _), (readout, constant) = net.parameters
    np.testing.assert_allclose(hidden @ readout + constant, net(x), rtol=1e-5, atol=1e-5)
    without = net.ablate([0, 5])
    np.testing.assert_allclose(without(x), net(x) - hidden[:, [0, 5]] @ readout[[0, 5]], rtol=1e-4, atol=1e-5)
    assert net.loss("l1") < 0.02 < without.loss("l1")
    assert net.loss(lambda x: 2 * abs(x).sum(axis=1)) == pytest.approx(net.loss("l1"), abs=1e-3)


@pytest.mark.parametrize(("neurons", "layer"), [([12], 1), ([-1], 1), ([0], 2), ([0], 0)])
def test_neurons_that_it_lacks_cannot_be_switched_off(neurons, layer):
    with pytest.raises(wl.InputError, match=r"cannot be switched off|is no hidden layer"):
        wl.algorithms.double_sided(n=4, hidden=12).ablate(neurons, layer)


def test_its_arrays_cannot_be_written_to():
    weight = np.ones((2, 3))
    net = wl.Network(wl.MLP((2, 3)), [(weight, np.zeros(3))])
    weight[:] = 7
    assert (net.parameters[0][0] == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        net.parameters[0][0][:] = 0
