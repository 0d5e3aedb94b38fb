"""Random Fourier features against the kernel they approximate, and against their description."""

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.architectures import FourierFeatures

FREQUENCIES = 8192


@pytest.mark.parametrize("scale", [0.5, 2.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_mean_products_tend_to_the_gaussian_kernel(scale, seed):
    network = FourierFeatures((2, 1), frequencies=FREQUENCIES, scale=scale, seed=seed)
    x = np.random.default_rng(9).uniform(-1, 1, (12, 2)).astype(np.float32)
    features = np.asarray(network.features(jnp.asarray(x)), np.float64)
    distance = ((x[:, None] - x) ** 2).sum(-1)
    # The mean of m products that have variance at most 1/2: five deviations.
    np.testing.assert_allclose(
        features @ features.T / (2 * FREQUENCIES),
        np.exp(-2 * np.pi**2 * scale**2 * distance),
        atol=5 / np.sqrt(2 * FREQUENCIES),
    )


def test_features_have_mean_square_1_everywhere():
    features = FourierFeatures((3, 1), frequencies=7, scale=4.0).features(jnp.linspace(-5.0, 5.0, 30).reshape(10, 3))
    np.testing.assert_allclose((features**2).mean(axis=1), 1, rtol=1e-5)


def test_the_seed_is_part_of_the_description():
    one, same, other = (FourierFeatures((2, 1), seed=seed) for seed in (0, 0, 1))
    assert one == same
    assert one != other
    x = jnp.ones((1, 2))
    np.testing.assert_array_equal(one.features(x), same.features(x))
    assert not np.array_equal(one.features(x), other.features(x))


@pytest.mark.parametrize("bad", [{"frequencies": 0}, {"scale": 0.0}, {"scale": float("inf")}, {"seed": -1}])
def test_numbers_that_cannot_be_used_are_named(bad):
    with pytest.raises(wl.InputError, match=f"^{next(iter(bad))} .* cannot be used: give a"):
        FourierFeatures((2, 1), **bad)


def test_an_unknown_activation_is_answered_with_the_known_ones():
    with pytest.raises(wl.InputError, match="is unknown: use one of"):
        FourierFeatures((2, 1), activation="softplus")
