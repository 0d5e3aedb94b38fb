"""Features of time against their definition, and conditions put side by side."""

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.hypernetworks import concatenate, time_features


def test_features_are_time_and_its_harmonics():
    t, period = np.linspace(-3, 7, 11), 4.0
    features = np.asarray(time_features(jnp.asarray(t, jnp.float32), 7, period))
    expected = [t / period]
    expected += [np.sin(2 * np.pi * k * t / period) for k in (1, 2, 3)]
    expected += [np.cos(2 * np.pi * k * t / period) for k in (1, 2, 3)]
    np.testing.assert_allclose(features, np.stack(expected, axis=1), atol=1e-5)
    # A period later everything has come back but t itself.
    later = np.asarray(time_features(jnp.asarray(t + period, jnp.float32), 7, period))
    np.testing.assert_allclose(later - features, np.eye(7)[[0] * 11], atol=1e-5)


def test_one_feature_is_time_alone():
    assert time_features(jnp.float32(3.0), 1, 2.0).tolist() == [1.5]


@pytest.mark.parametrize(("width", "period"), [(0, 1.0), (4, 1.0), (-1, 1.0), (3, 0.0), (3, -2.0), (3, float("nan"))])
def test_what_cannot_be_used_is_named(width, period):
    with pytest.raises(wl.InputError, match=r"(width|period) .* cannot be used: give (an odd|a positive)"):
        time_features(jnp.zeros(2), width, period)


def test_batches_of_codes_and_times_broadcast():
    time, code = jnp.arange(3.0)[:, None], jnp.arange(8.0).reshape(2, 1, 4)
    both = concatenate(time, code)
    assert both.shape == (2, 3, 5)
    np.testing.assert_array_equal(both[1, 2], [2, 4, 5, 6, 7])
