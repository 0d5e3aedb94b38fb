"""The canonical form computes the network, whatever its activation, and does not know the sign of a neuron."""

import dataclasses

import numpy as np
import pytest

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.architectures import ACTIVATIONS
from weightloom.discovery.reading.canonical import NONLINEARITIES, canonical
from weightloom.errors import InputError

Z = np.linspace(-9, 9, 41)


def random_network(activation, seed, sizes=(3, 11, 2)):
    rng = np.random.default_rng(seed)
    inputs, hidden, outputs = sizes
    weight, readout = rng.standard_normal((inputs, hidden)), rng.standard_normal((hidden, outputs))
    return make.layers(weight, 2 * rng.standard_normal(hidden), readout, rng.standard_normal(outputs), activation)


def test_every_activation_is_a_line_and_an_even_or_odd_part():
    assert NONLINEARITIES.keys() == ACTIVATIONS.keys()
    for name, (slope, parity, function, *_) in NONLINEARITIES.items():
        assert np.allclose(slope * Z + function(Z), ACTIVATIONS[name](Z), atol=1e-5), name
        assert np.allclose(function(-Z), parity * function(Z), atol=1e-14), name


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_derivatives_are_finite_differences(name):
    own = NONLINEARITIES[name]
    away = Z[np.abs(Z) > 1e-3]
    differences = (own.function(away + 1e-5) - own.function(away - 1e-5)) / 2e-5
    assert np.allclose(own.derivative(away), differences, atol=1e-8)


@pytest.mark.parametrize("activation", NONLINEARITIES)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_form_computes_the_network(activation, seed):
    rng = np.random.default_rng(seed)
    network = make.dead(random_network(activation, seed), 2, rng)
    x = 3 * rng.standard_normal((50, 3))
    form = canonical(network)
    assert np.allclose(form(x), make.in_double(network, x), rtol=1e-12, atol=1e-12)
    assert np.allclose(form(x), network(x), atol=1e-4)


def test_neurons_without_input_weights_are_part_of_the_constant():
    network = random_network("swish", 0)
    more = make.dead(network, 3, np.random.default_rng(0))
    assert canonical(more).neurons == tuple((k,) for k in (*range(11), 14, 15, 16))
    assert np.allclose(canonical(more).linear, canonical(network).linear)


@pytest.mark.parametrize("activation", NONLINEARITIES)
def test_a_neuron_read_by_the_other_sign_is_the_same_unit(activation):
    network = random_network(activation, 2)
    other = make.flipped(network, np.random.default_rng(0))
    one, two = canonical(network), canonical(other)
    assert np.allclose(one.weight, two.weight[:, :11])
    assert np.allclose(one.bias, two.bias[:11], atol=1e-6)
    assert np.allclose(one.readout, two.readout[:11])
    assert np.allclose(one.linear, two.linear, atol=1e-5)
    assert (one.weight[0] > 0).all()


@pytest.mark.parametrize("turns", [-3, -1, 1, 2])
def test_a_sine_has_one_phase(turns):
    network = random_network("sine", 3)
    weight, bias, readout, constant = make.arrays(network)
    shifted = make.layers(weight, bias + turns * np.pi, readout * (-1) ** turns, constant, "sine")
    one, two = canonical(network), canonical(shifted)
    assert np.allclose(one.bias, two.bias, atol=1e-5)
    assert np.allclose(one.readout, two.readout)
    assert ((one.bias >= -np.pi / 4) & (one.bias < 3 * np.pi / 4)).all()


@pytest.mark.parametrize("phase", [0.0, np.pi / 2])
def test_noise_on_the_phase_of_a_sine_or_cosine_changes_little(phase):
    def form(noise):
        return canonical(make.layers(np.ones((2, 1)), np.array([phase + noise]), np.ones((1, 1)), np.zeros(1), "sine"))

    assert np.allclose(form(-1e-3).bias, form(1e-3).bias, atol=3e-3)
    assert np.array_equal(form(-1e-3).readout, form(1e-3).readout)


@pytest.mark.parametrize("sizes", [(2, 1), (2, 3, 3, 1)])
def test_other_depths_are_refused(sizes):
    parameters = [(np.zeros(w), np.zeros(b)) for w, b in wl.MLP(sizes).shapes]
    with pytest.raises(InputError, match="give an MLP with one hidden layer"):
        canonical(wl.Network(wl.MLP(sizes), parameters))


def test_the_form_is_not_changed_in_place():
    form = canonical(random_network("swish", 0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        form.constant = np.zeros(2)
