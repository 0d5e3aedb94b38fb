"""Functions of space: what they can represent, and what their prior says of fields."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import sph_harm_y

from weightloom.fields.models.base import Observed
from weightloom.fields.models.bases import PeriodicBasis, RandomBasis, SphereBasis
from weightloom.fields.models.ridge import fit_weights
from weightloom.fields.models.smoothness import choose_smoothness

BASES = {
    "periodic": PeriodicBasis((2.0, 1.0), 4),
    "box": RandomBasis((2.0, 1.0), 80),
    "sphere": SphereBasis(80),
}


def on_sphere(count, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, 3))
    return jnp.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), jnp.float32)


def in_box(count, seed=0):
    return jnp.asarray(np.random.default_rng(seed).random((count, 2)) * [2, 1], jnp.float32)


smoothness = jax.jit(lambda data: choose_smoothness(BASES["periodic"], data, jax.random.key(0)))
weights_of = jax.jit(fit_weights)
POINTS = {"periodic": in_box, "box": in_box, "sphere": on_sphere}


def test_functions_of_a_periodic_box_are_orthonormal_on_its_grid():
    axes = np.meshgrid(2 * np.arange(12) / 12, np.arange(12) / 12, indexing="ij")
    functions = BASES["periodic"].functions(jnp.asarray(np.stack(axes, axis=-1).reshape(-1, 2), jnp.float32))
    np.testing.assert_allclose(functions.T @ functions / 144, np.eye(functions.shape[1]), atol=1e-5)


@pytest.mark.parametrize("name", BASES)
def test_a_field_drawn_from_the_prior_has_variance_one(name):
    """At every point, and to within what random directions leave over: cos² + sin² is 1."""
    basis = BASES[name]
    functions = basis.functions(POINTS[name](50))
    for decay in (2.0, 5.0):
        variance = basis.variance(jnp.float32(decay))
        np.testing.assert_allclose(variance.sum(), 1, rtol=1e-5)
        np.testing.assert_allclose(functions**2 @ variance, 1, rtol=1e-4)


@pytest.mark.parametrize("name", BASES)
def test_a_larger_decay_means_smoother_fields(name):
    basis = BASES[name]
    sizes = np.linalg.norm(basis.wavenumbers, axis=1)
    far = np.concatenate([[False], sizes > sizes.max() / 2, sizes > sizes.max() / 2])
    shares = [float(basis.variance(jnp.float32(decay))[far].sum()) for decay in (2.0, 4.0, 6.0)]
    assert shares[0] > shares[1] > shares[2]


def foretold(basis, points, values, variance, noise):
    """Values at the last quarter of the points, from the others."""
    functions = basis.functions(points)
    seen = jnp.arange(len(points)) < len(points) * 3 // 4
    weights = weights_of(functions, seen, values[:, None], variance, jnp.float32(noise))
    return (functions @ weights)[~seen, 0], values[~seen]


def test_a_box_with_edges_can_hold_what_does_not_repeat():
    points = in_box(400)
    x, y = points.T
    basis = BASES["box"]
    found, wanted = foretold(basis, points, x**2 - jnp.exp(y) * x, basis.variance(jnp.float32(4)), 1e-6)
    assert float(jnp.mean((found - wanted) ** 2) / jnp.var(wanted)) < 1e-4


@pytest.mark.parametrize("degree", [1, 4, 10])
def test_waves_through_the_sphere_make_spherical_harmonics(degree):
    """200 waves have 401 functions; there are 121 harmonics up to degree 10."""
    points = on_sphere(800)
    polar, azimuth = np.arccos(points[:, 2]), np.arctan2(points[:, 1], points[:, 0])
    basis = SphereBasis(200)
    for order in {0, degree // 2, degree}:
        harmonic = jnp.asarray(sph_harm_y(degree, order, polar, azimuth).real, jnp.float32)
        found, wanted = foretold(basis, points, harmonic, basis.variance(jnp.float32(2)), 1e-7)
        assert float(jnp.mean((found - wanted) ** 2) / jnp.var(wanted)) < 1e-3


def test_a_sphere_has_as_many_waves_of_a_length_as_harmonics():
    sizes = np.linalg.norm(SphereBasis(2000).wavenumbers, axis=1)
    for degree in (10, 30):
        functions = 1 + 2 * (np.pi * sizes < degree + 1).sum()
        np.testing.assert_allclose(functions, 1.4 * (degree + 1) ** 2, rtol=0.05)


def smooth_and_rough(points, key):
    """One field each, drawn from the prior with a decay of 6 and of 2."""
    basis = BASES["periodic"]
    functions = basis.functions(points)
    draws = jax.random.normal(key, (2, functions.shape[1], 30))
    return [
        functions @ (jnp.sqrt(basis.variance(jnp.float32(decay)))[:, None] * draw) for decay, draw in zip((6, 2), draws)
    ]


@pytest.mark.parametrize("seen", [20, 40])
def test_the_prior_is_found_that_fields_were_drawn_from(seen):
    """From fewer points than the 49 functions: more of them determine a field without noise under any prior."""
    points = in_box(seen)
    fields = smooth_and_rough(points, jax.random.key(3))
    found = []
    for values in fields:
        data = Observed(values.T[:, None, :, None], jnp.ones((1, seen), bool), points, jnp.arange(1.0))
        found.append(smoothness(data))
    smooth, rough = found
    assert smooth.decay >= 5 > 3 >= rough.decay
    assert smooth.error < rough.error


def test_noise_is_found_where_there_is_some():
    points = in_box(200)
    smooth = smooth_and_rough(points, jax.random.key(3))[0]
    noisy = smooth + 0.03 * jax.random.normal(jax.random.key(4), smooth.shape)
    found = []
    for values in (smooth, noisy):
        data = Observed(values.T[:, None, :, None], jnp.ones((1, 200), bool), points, jnp.arange(1.0))
        found.append(smoothness(data))
    assert found[0].noise <= 1e-6 < 1e-4 <= found[1].noise
    np.testing.assert_allclose(found[1].error, 0.03**2, rtol=0.5)


@pytest.mark.parametrize("seen", [1, 2, 8, 15])
def test_few_sensors_still_hold_one_out(seen):
    points = in_box(30)
    values = smooth_and_rough(points, jax.random.key(3))[0]
    mask = jnp.arange(30) < seen
    data = Observed((values * mask[:, None]).T[:, None, :, None], mask[None], points, jnp.arange(1.0))
    found = smoothness(data)
    assert (found.error > 0) == (seen > 1)
    if seen > 1:  # the fields that they are drawn from are the smoothest there are
        assert found.decay >= 4
