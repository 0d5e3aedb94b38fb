"""SIREN's start against the theory of Sitzmann et al.: phases keep their distribution."""

import jax
import numpy as np
import pytest
from scipy import stats

import weightloom as wl
from tests.architectures.by_hand import KEY
from weightloom.architectures import SIREN

WIDTH, DEPTH = 512, 6


@pytest.mark.parametrize("frequency", [30.0, 5.0])
def test_phases_stay_normal_of_one_variance(frequency):
    """Through depth, v becomes 1 − e⁻²ᵛ: twice the mean square of a sine whose phase is normal of variance v."""
    network = SIREN((1, *(WIDTH,) * DEPTH, 1), frequency=frequency)
    parameters = jax.jit(network.initial)(KEY)
    h = np.random.default_rng(0).uniform(-1, 1, (64, 1))
    variances = []
    for weight, bias in parameters[:-1]:
        phases = frequency * (h @ np.asarray(weight, np.float64) + np.asarray(bias))
        variances.append(phases.var())
        h = np.sin(phases)
    for before, after in zip(variances[1:], variances[2:]):
        assert after == pytest.approx(1 - np.exp(-2 * before), rel=0.1)
    # The first layer's sines have all phases, which makes the first normal variance 1; the recursion ends at 0.797.
    assert variances[1] == pytest.approx(1, rel=0.15)
    assert variances[-1] == pytest.approx(0.797, rel=0.1)
    assert stats.kstest(phases[0] / phases.std(), "norm").pvalue > 1e-3


def test_first_layer_reaches_the_frequency_it_is_given():
    weight, bias = jax.jit(SIREN((2, 4096, 1)).initial)(KEY)[0]
    assert abs(np.asarray(weight)).max() == pytest.approx(1 / 2, rel=1e-2)
    assert abs(np.asarray(bias)).max() == pytest.approx(1 / np.sqrt(2), rel=1e-2)


@pytest.mark.parametrize("frequency", [0.0, -1.0, float("nan"), float("inf")])
def test_frequencies_that_cannot_be_used_are_named(frequency):
    with pytest.raises(wl.InputError, match="cannot be used: give a positive number"):
        SIREN((2, 1), frequency=frequency)
