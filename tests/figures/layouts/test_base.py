import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from weightloom.errors import InputError
from weightloom.figures.layouts.base import layer_of_neuron, layer_sizes

sizes_of_networks = st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple)


@settings(max_examples=20, deadline=None)
@given(sizes_of_networks)
def test_sizes_are_read_off_the_weights(sizes):
    assert layer_sizes([np.zeros(shape) for shape in itertools.pairwise(sizes)]) == sizes


@settings(max_examples=20, deadline=None)
@given(sizes_of_networks)
def test_every_layer_has_its_neurons_in_order(sizes):
    layers = layer_of_neuron(sizes)
    assert (np.diff(layers) >= 0).all()
    assert tuple(np.bincount(layers)) == sizes


@pytest.mark.parametrize("infinite", [np.inf, -np.inf, np.nan])
def test_the_layer_of_a_value_that_is_not_finite_is_named(infinite):
    with pytest.raises(InputError, match="layer 1"):
        layer_sizes([np.ones((2, 2)), np.array([[1.0], [infinite]])])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 1), (0, 2), (2, 0)], ids=str)
def test_a_weight_is_a_matrix(shape):
    with pytest.raises(InputError, match="the weight of layer 1 has shape"):
        layer_sizes([np.ones((2, 2)), np.ones(shape)])
