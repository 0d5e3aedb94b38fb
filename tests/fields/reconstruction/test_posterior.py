"""The posterior is the Gaussian conditional: against one dense computation, and by what every posterior must do."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from weightloom.fields.reconstruction.posterior import posterior, seen_of
from weightloom.fields.reconstruction.prior import FieldPrior, Places, decayed, matern, scaled

RANDOM = np.random.default_rng(0)
SITES = RANDOM.random((20, 2))
PRIOR = FieldPrior(
    sites=SITES,
    mean=RANDOM.normal(size=(20, 2)),
    modes=RANDOM.normal(size=(3, 20, 2)),
    lengths=np.array([0.2, 0.4]),
    deviation=np.array([0.5, 0.8]),
    roughness=1.5,
    memory=(2.0, 1.0),
    noise=np.array([0.1, 0.3]),
    period=np.array([1.0, np.inf]),
)


def entries(count, random, time=None):
    times = random.integers(0, 4, count).astype(float) if time is None else np.full(count, time)
    return Places(random.random((count, 2)), times, random.integers(0, 2, count))


def dense(prior, seen, values, wanted):
    """The textbook formulas, one entry at a time, with one matrix of all observations."""
    both = [Places(*(np.concatenate(arrays) for arrays in zip(seen, wanted)))][0]
    mean, modes = prior.known(both)
    total = len(both.times)
    covariance = np.zeros((total, total))
    for i in range(total):
        for j in range(total):
            late = abs(both.times[i] - both.times[j])
            covariance[i, j] = modes[i] @ modes[j] * np.exp(-late / prior.memory[0])
            if both.channels[i] == both.channels[j]:
                across = 1.0 / (2 * np.pi * 0.2)
                turn = 2 * np.pi * (both.points[i, 0] - both.points[j, 0])
                chord = across * np.hypot(1 - np.cos(turn), np.sin(turn))
                far = np.sqrt(3) * np.hypot(chord, (both.points[i, 1] - both.points[j, 1]) / 0.4)
                size = prior.deviation[both.channels[i]] ** 2
                covariance[i, j] += size * (1 + far) * np.exp(-far) * np.exp(-late / prior.memory[1])
    count = len(values)
    gain = covariance[count:, :count] @ np.linalg.inv(
        covariance[:count, :count] + np.diag(prior.noise[seen.channels] ** 2)
    )
    left = covariance[count:, count:] - gain @ covariance[:count, count:]
    return mean[count:] + gain @ (values - mean[:count]), np.diag(left)


@pytest.mark.parametrize("exact", [1500, 0], ids=["one matrix", "global and near"])
def test_the_posterior_is_the_dense_gaussian_computation(exact, monkeypatch):
    """With 8 global observations and all other ones near, the two steps together are exact, too."""
    monkeypatch.setattr("weightloom.fields.reconstruction.posterior.GLOBAL", 8)
    monkeypatch.setattr("weightloom.fields.reconstruction.posterior.FORGOTTEN", 1e-9)
    random = np.random.default_rng(1)
    seen, wanted, values = entries(30, random), entries(12, random, 2.0), random.normal(size=30)
    found = posterior(PRIOR, seen_of(PRIOR, seen, values), wanted, exact)
    mean, variance = dense(PRIOR, seen, values, wanted)
    np.testing.assert_allclose(found.mean, mean, atol=1e-5)
    np.testing.assert_allclose(found.variance, variance, atol=1e-5)


def test_nothing_observed_leaves_the_prior():
    wanted, none = entries(5, np.random.default_rng(2), 0.0), entries(0, np.random.default_rng(2))
    found = posterior(PRIOR, seen_of(PRIOR, none, np.zeros(0)), wanted)
    mean, modes = PRIOR.known(wanted)
    np.testing.assert_allclose(found.mean, mean)
    np.testing.assert_allclose(found.variance, (modes**2).sum(axis=1) + PRIOR.deviation[wanted.channels] ** 2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from([1500, 0]))
def test_deviations_shrink_with_sensors(seed, count, exact):
    random = np.random.default_rng(seed)
    wanted, seen = entries(6, random, 1.0), seen_of(PRIOR, entries(40, random), random.normal(size=40))
    less, more = (posterior(PRIOR, seen.pick(slice(0, n)), wanted, 1500) for n in (count, 40))
    assert (more.variance <= less.variance + 1e-9).all()
    near = posterior(PRIOR, seen, wanted, exact)
    assert (near.variance >= more.variance - 1e-9).all()  # fewer observations are used, so that it cannot be smaller


def test_at_a_sensor_the_deviation_is_at_most_that_of_the_noise():
    seen = entries(10, np.random.default_rng(3), 0.0)
    found = posterior(PRIOR, seen_of(PRIOR, seen, np.zeros(10)), seen)
    assert (np.sqrt(found.variance) <= PRIOR.noise[seen.channels]).all()


def test_modes_are_known_at_sites_and_constants_everywhere():
    mean, modes = PRIOR.at(SITES)
    np.testing.assert_allclose(mean, PRIOR.mean)
    np.testing.assert_allclose(modes, PRIOR.modes)
    flat = dataclasses.replace(PRIOR, modes=np.full((1, 20, 2), 3.0))
    np.testing.assert_allclose(flat.at(RANDOM.random((7, 2)))[1], 3.0, rtol=2e-3)


def test_correlations():
    assert matern(np.zeros(1), 2.5) == 1
    np.testing.assert_allclose(matern(np.array([2.0]), 1.5), (1 + np.sqrt(3) * 2) * np.exp(-np.sqrt(3) * 2))
    np.testing.assert_array_equal(decayed(np.arange(2.0), np.arange(2.0), 0.0), np.eye(2))
    one, turned = (scaled(np.array([[x, 1.0]]), np.ones(2), np.array([4.0, np.inf])) for x in (0.5, 4.5))
    np.testing.assert_allclose(one, turned)
