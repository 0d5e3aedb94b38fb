"""Multiplicative filter networks against the theory of Fathony et al.: sums of frequencies, a start of any depth."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import weightloom as wl
from tests.architectures.by_hand import ARCHITECTURES, KEY, applied, numbers, started
from weightloom.architectures import FourierNet, GaborNet


def test_a_fourier_net_is_a_sum_of_waves_of_summed_frequencies():
    network = FourierNet((1, 2, 2, 1))
    v, w = 1.3, 2.9
    b, c, out = np.array([0.7, -0.4]), np.array([[0.5, -1.1], [0.8, 0.3]]), np.array([[1.2], [-0.6]])
    zero = jnp.zeros
    leaves = [[[v]], [[w]], b, c, zero(2), out, zero(1)]
    structure = jax.tree.structure(jax.eval_shape(network.initial, KEY))
    parameters = jax.tree.unflatten(structure, [jnp.asarray(leaf, jnp.float32) for leaf in leaves])
    x = np.linspace(-3, 3, 50)
    # s_1 ⊙ ((s_0 ⊙ b) C) by the product-to-sum identities, sine and cosine of v x before, of w x after.
    plus, minus = (v + w) * x, (w - v) * x
    sin_sin, cos_cos = (np.cos(minus) - np.cos(plus)) / 2, (np.cos(minus) + np.cos(plus)) / 2
    sin_v_cos_w, cos_v_sin_w = (np.sin(plus) - np.sin(minus)) / 2, (np.sin(plus) + np.sin(minus)) / 2
    expected = out[0, 0] * (b[0] * c[0, 0] * sin_sin + b[1] * c[1, 0] * cos_v_sin_w) + out[1, 0] * (
        b[0] * c[0, 1] * sin_v_cos_w + b[1] * c[1, 1] * cos_cos
    )
    np.testing.assert_allclose(applied(network, parameters, x[:, None].astype(np.float32))[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize("filters", [1, 2, 6])
def test_a_fourier_nets_start_does_not_depend_on_depth(filters):
    network = FourierNet((2, *(512,) * filters, 1), scale=64.0)
    leaves = numbers(jax.jit(network.initial)(KEY))
    frequencies, first, *layers = leaves[:filters], *leaves[filters:]
    # Kaiming uniform with a = √5 is uniform within ±1/√inputs: the sum over filters has variance scale²/(3 inputs).
    summed = sum(frequency.var() for frequency in frequencies)
    assert summed == pytest.approx(64**2 / 6, rel=0.1)
    assert max(abs(frequency).max() for frequency in frequencies) <= 64 / np.sqrt(2 * filters) * (1 + 1e-6)
    x = np.random.default_rng(0).uniform(-1, 1, (256, 2))
    waves = [np.c_[np.sin(x @ frequency), np.cos(x @ frequency)] for frequency in frequencies]
    h = waves[0] * first
    for wave, weight in zip(waves[1:], layers[::2]):
        h = wave * (h @ weight)
    assert (h**2).mean() == pytest.approx(1 / 2, rel=0.25)


def test_a_gabor_nets_precisions_sum_to_one_law_whatever_the_depth():
    filters = 3
    network = GaborNet((2, *(512,) * filters, 1), scale=8.0)
    parameters = jax.jit(network.initial)(KEY)
    precision = sum(np.exp(np.asarray(one.log_precision, np.float64)) for one in parameters.filters)
    assert stats.kstest(precision, stats.gamma(6).cdf).pvalue > 1e-3
    for one in parameters.filters:
        waves = np.asarray(one.frequency) * np.exp(-np.asarray(one.log_precision) / 2)
        assert waves.var() == pytest.approx(64 / (3 * 2 * filters), rel=0.15)
        assert stats.kstest(np.ravel(one.centre), stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_a_gabor_net_sees_nothing_far_away():
    network, parameters = ARCHITECTURES["gabor-net"], started("gabor-net")
    *others, (weight, bias) = parameters.layers
    parameters = parameters._replace(layers=(*others, (weight, bias + 0.7)))
    np.testing.assert_array_equal(applied(network, parameters, np.full((1, 2), 1e9, np.float32)), bias[None] + 0.7)


@pytest.mark.parametrize("network", [FourierNet, GaborNet])
def test_what_cannot_be_used_is_named(network):
    with pytest.raises(wl.InputError, match="three or more whole numbers"):
        network((2, 1))
    for scale in (0.0, -1.0, float("nan")):
        with pytest.raises(wl.InputError, match="cannot be used: give a positive number"):
            network((2, 4, 1), scale=scale)


def test_odd_widths_cannot_be_halved():
    with pytest.raises(wl.InputError, match=r"\(4, 5\) include an odd number"):
        FourierNet((2, 4, 5, 1))
