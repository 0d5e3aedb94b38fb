"""Mean slopes and curvatures of hidden neurons, against closed forms and Monte Carlo."""

import numpy as np
import pytest
from scipy.stats import norm

from weightloom.architectures import ACTIVATIONS
from weightloom.discovery.classification.responses import mean_responses


def test_relu_agrees_with_the_normal_distribution():
    weight = np.array([[3.0, 0.3, -1.0], [4.0, 0.4, 0.0]])
    bias = np.array([0.0, 1.0, -2.0])
    readout = np.array([1.0, -2.0, 0.5])
    spread = np.array([5.0, 0.5, 1.0])
    responses = mean_responses("relu", weight, bias, readout)
    np.testing.assert_allclose(responses.slopes, readout * weight * norm.cdf(bias / spread), rtol=0.01)
    curvature = readout * weight**2 * norm.pdf(bias / spread) / spread
    np.testing.assert_allclose(responses.curvatures, curvature, rtol=0.02, atol=1e-6)


@pytest.mark.parametrize("activation", ["swish", "gelu", "tanh", "sine"])
def test_smooth_activations_agree_with_finite_differences(activation):
    generator = np.random.default_rng(0)
    weight, bias = generator.normal(0, 0.7, (3, 4)), generator.normal(0, 1, 4)
    x = generator.standard_normal((20_000, 3))
    x = np.concatenate([x, -x])
    responses = mean_responses(activation, weight, bias, np.ones(4))

    def mean_activations(shift):
        return np.asarray(ACTIVATIONS[activation](np.float32((x + shift) @ weight + bias)), np.float64).mean(axis=0)

    for i in range(3):
        shift = 0.1 * np.eye(3)[i]
        above, at, below = (mean_activations(sign * shift) for sign in (1, 0, -1))
        np.testing.assert_allclose(responses.slopes[i], (above - below) / 0.2, atol=0.03)
        np.testing.assert_allclose(responses.curvatures[i], (above - 2 * at + below) / 0.01, atol=0.05)


def test_neurons_without_weights_have_a_mean_and_no_response():
    responses = mean_responses("swish", np.zeros((2, 3)), np.ones(3), np.array([1.0, 2.0, -1.0]))
    np.testing.assert_allclose(responses.means, np.array([1.0, 2.0, -1.0]) / (1 + np.exp(-1)), rtol=1e-6)
    assert not np.any(responses.slopes)
    assert not np.any(responses.curvatures)
