"""Networks of two hidden layers are read layer by layer, or unread with a reason."""

import numpy as np
import pytest

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import read_layers

PAIRS = np.array([[1, -1, 0, 0], [0, 0, 1, -1]], float)


def deep(first, second, last, activation="relu"):
    """A network of three (weight, bias) pairs."""
    sizes = (first[0].shape[0], first[0].shape[1], second[0].shape[1], last[0].shape[1])
    return wl.Network(wl.MLP(sizes, activation), [first, second, last])


def both_sides(rows):
    """σ(w·x) and σ(−w·x) of each row: |w·x| is their sum, w·x their difference."""
    return np.column_stack([sign * row for row in rows for sign in (1, -1)])


def tournament():
    """max of four: m₁ = max(a, b), m₂ = max(c, d), max(m₁, m₂) = ½(m₁ + m₂ + |m₁ − m₂|)."""
    rows = [*PAIRS, np.abs(PAIRS[0]), np.abs(PAIRS[1])]
    # m = ½ (sum + |difference|), from the eight neurons of the first layer.
    m = np.zeros((8, 2))
    m[0:2, 0] = m[2:4, 1] = 0.5
    m[4, 0] = m[6, 1] = 0.5
    m[5, 0] = m[7, 1] = -0.5
    difference, total = m[:, 0] - m[:, 1], m[:, 0] + m[:, 1]
    second = np.column_stack([difference, -difference, total, -total])
    last = np.array([[0.5], [0.5], [0.5], [-0.5]])
    return deep((both_sides(rows), np.zeros(8)), (second, np.zeros(4)), (last, np.zeros(1)))


def absolute_of_absolute(shift=1.0):
    """||x₀| + |x₁| − 1|."""
    second = np.column_stack([np.ones(4), -np.ones(4)])
    return deep(
        (both_sides(np.eye(2)), np.zeros(4)), (second, np.array([-shift, shift])), (np.ones((2, 1)), np.zeros(1))
    )


def test_the_maximum_of_four_is_a_tournament():
    net = tournament()
    x = np.random.default_rng(0).standard_normal((100, 4))
    np.testing.assert_allclose(net(x)[:, 0], x.max(axis=1), atol=1e-5)
    found = read_layers(net)
    assert found.state == "read"
    assert found.faithful > 0.999
    rows = np.concatenate([np.abs(role.assignment) for role in found.first.roles])
    assert {tuple(row) for row in np.sign(rows)} == {tuple(row) for row in np.abs(PAIRS)}
    assert found.formula.splitlines()[-1] == "y = e(z₀) + 0.5 z₁"


def test_an_absolute_value_of_absolute_values():
    found = read_layers(absolute_of_absolute())
    assert found.state == "read"
    inner, outer = found.formula.splitlines()
    assert inner == "z₀ = −1 + 2 Σ[i] e(xᵢ)"
    assert outer == "y = 2 e(z₀)"


@pytest.mark.parametrize("seed", range(2))
def test_noise_is_read_or_said(seed):
    net = absolute_of_absolute()
    rng = np.random.default_rng(seed)
    noisy = [(w * (1 + 0.01 * rng.standard_normal(w.shape)), b) for w, b in net.parameters]
    found = read_layers(wl.Network(net.architecture, noisy))
    assert found.faithful > 0.99
    assert (found.state, found.reason) == ("read", "")


def test_a_random_network_is_unread_with_a_reason():
    rng = np.random.default_rng(0)
    shapes = ((6, 16), (16, 6), (6, 1))
    net = deep(*[(rng.standard_normal(shape), np.zeros(shape[1])) for shape in shapes], activation="swish")
    found = read_layers(net)
    assert found.state == "unread"
    assert found.reason.startswith("the ")
    assert found.reason in repr(found)


def test_another_depth_is_refused():
    with pytest.raises(wl.InputError, match="give an MLP with two hidden layers"):
        read_layers(make.built(make.l1(2, np.random.default_rng(0))))
