"""Idealisation: reference constructions are its fixed points, and noise is what it removes."""

import numpy as np
import pytest

from weightloom.discovery.algorithms import CONSTRUCTIONS, convexity, double_sided, pudding
from weightloom.discovery.classification.idealised import Reading, idealise
from weightloom.discovery.classification.rows import read_rows

READINGS = {
    "convexity": Reading(np.ones(5, bool), np.zeros(5, bool), np.zeros(5)),
    "pudding+": Reading(np.zeros(5, bool), np.zeros(5, bool), np.ones(5)),
    "pudding-": Reading(np.zeros(5, bool), np.zeros(5, bool), -np.ones(5)),
    "double-sided": Reading(np.zeros(5, bool), np.ones(5, bool), np.zeros(5)),
}


def idealised(network, reading):
    (weight, _), (readout, _) = network.parameters
    weight, readout = np.asarray(weight, np.float64), np.asarray(readout[:, 0], np.float64)
    return (weight, readout), idealise(weight, readout, read_rows(weight), reading)


@pytest.mark.parametrize("name", CONSTRUCTIONS)
def test_constructions_are_fixed_points(name):
    given, ideal = idealised(CONSTRUCTIONS[name](5, 15, shuffle=True), READINGS[name])
    np.testing.assert_allclose(ideal[0], given[0], atol=1e-12)
    np.testing.assert_allclose(ideal[1], given[1], rtol=1e-6)


def test_noise_beside_double_sided_weights_is_removed():
    (weight, _), (ideal, _) = idealised(double_sided(5, 10, noise=0.03), READINGS["double-sided"])
    strong = np.abs(weight) > 1
    np.testing.assert_array_equal(ideal, np.where(strong, weight, 0))


def test_backgrounds_become_even():
    (weight, _), (ideal, _) = idealised(pudding(5, 15, background=0.3, noise=0.02), READINGS["pudding+"])
    np.testing.assert_allclose(ideal[:, 5:], np.tile(weight[:, 5:].mean(axis=0), (5, 1)))


def test_dense_neurons_share_one_output_weight():
    network = convexity(5, 15)
    readout = np.random.default_rng(0).standard_normal(15)
    weight = np.asarray(network.parameters[0][0], np.float64)
    ideal, shared = idealise(weight, readout, read_rows(weight), READINGS["convexity"])
    np.testing.assert_array_equal(ideal, weight)
    np.testing.assert_allclose(shared, readout.mean())
