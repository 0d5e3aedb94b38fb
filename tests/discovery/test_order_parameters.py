"""Order parameters: the paper's formulas by hand, invariances, guarded denominators, stacks."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from weightloom.discovery._order_parameters import (
    double_sidedness,
    order_parameters,
    seed_dependence,
    strongest_connection,
)
from weightloom.discovery.algorithms import convexity, double_sided, pudding
from weightloom.errors import InputError

OF_ONE_MATRIX = {"double_sidedness": double_sidedness, "strongest_connection": strongest_connection}
weights = arrays(np.float64, (3, 5), elements=st.floats(-100, 100, allow_subnormal=False))


def naive_double_sidedness(W):
    sides = [min(-min(row), max(row)) for row in W.tolist()]
    magnitudes = sorted(abs(w) for row in W.tolist() for w in row)
    middle = len(magnitudes) // 2
    return min(sides) / (magnitudes[middle] if len(magnitudes) % 2 else np.mean(magnitudes[middle - 1 : middle + 1]))


def test_double_sidedness_agrees_with_equation_5_in_loops():
    W = np.random.default_rng(0).standard_normal((16, 48))
    assert double_sidedness(W) == pytest.approx(naive_double_sidedness(W))


def test_strongest_connection_agrees_with_equation_6():
    assert strongest_connection(np.array([[1.0, -7.0], [3.0, 0.0]])) == 7.0


@pytest.mark.parametrize(
    ("V", "expected"), [(np.eye(3), 0.0), (-np.eye(3), 2.0), (np.zeros((3, 3)), 1.0), (np.ones((3, 3)), 0.5)]
)
def test_seed_dependence_agrees_with_equation_7(V, expected):
    assert seed_dependence(np.eye(3), V) == pytest.approx(expected)


def test_seed_dependence_of_independent_weights_is_near_one():
    W, V = np.random.default_rng(0).standard_normal((2, 100, 100))
    assert seed_dependence(W, V) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("parameter", OF_ONE_MATRIX.values(), ids=OF_ONE_MATRIX.keys())
@settings(max_examples=25, deadline=None)
@given(W=weights, seed=st.integers(0, 99))
def test_order_of_neurons_does_not_matter(parameter, W, seed):
    generator = np.random.default_rng(seed)
    shuffled = W[generator.permutation(3)][:, generator.permutation(5)]
    assert parameter(shuffled) == parameter(W)


@settings(max_examples=25, deadline=None)
@given(W=weights, V=weights, scale=st.sampled_from([1e-6, 0.25, 64.0, 1e6]))
def test_scale_of_weights(W, V, scale):
    assert double_sidedness(scale * W) == pytest.approx(double_sidedness(W), rel=1e-6, abs=1e-6)
    assert strongest_connection(scale * W) == pytest.approx(scale * strongest_connection(W))
    assert seed_dependence(scale * W, scale * V) == pytest.approx(seed_dependence(W, V), rel=1e-6, abs=1e-9)


def test_zero_background_gives_a_large_finite_double_sidedness_whatever_the_scale():
    pairs = np.concatenate([np.eye(16), -np.eye(16), np.zeros((16, 16))], axis=1)
    assert double_sidedness(pairs) == 2**23
    assert double_sidedness(1e-30 * pairs) == pytest.approx(2**23)


def test_zero_weights_give_zero():
    assert order_parameters(np.zeros((2, 3)), np.zeros((2, 3))) == (0.0, 0.0, 0.0)


def test_algorithms_are_where_the_notes_find_them():
    def first_layer(network):
        return network.parameters[0][0]

    pudding_weights = first_layer(pudding(background=0.2, seep=0.2))
    assert double_sidedness(pudding_weights) == pytest.approx(1)
    # The smallest row maximum of 48 normal weights over the median magnitude, 0.67.
    assert 1 < double_sidedness(first_layer(convexity())) < 2.6
    assert double_sidedness(first_layer(double_sided(noise=0.02))) > 10


def test_stacks_are_read_network_by_network():
    W, V = np.random.default_rng(0).standard_normal((2, 4, 3, 5, 7)).astype(np.float32)
    stacked = order_parameters(W, V)
    for index in np.ndindex(4, 3):
        assert np.allclose([values[index] for values in stacked], order_parameters(W[index], V[index]))
    assert all(values.shape == (4, 3) for values in stacked)


def test_without_a_sibling_there_is_no_seed_dependence():
    assert order_parameters(np.eye(2)).seed_dependence is None


@pytest.mark.parametrize(
    "bad", [np.zeros(3), np.zeros((0, 3)), np.array([[np.nan]]), np.array([[np.inf]]), np.array([[1j]])]
)
def test_bad_weights_get_one_sentence(bad):
    with pytest.raises(InputError, match="W has"):
        order_parameters(bad)


def test_siblings_of_another_shape_get_one_sentence():
    with pytest.raises(InputError, match=r"W has shape \(2, 3\) and V has shape \(3, 2\)"):
        order_parameters(np.zeros((2, 3)), np.zeros((3, 2)))
