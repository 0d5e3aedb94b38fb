"""The linear algebra under both kinds of POD, against NumPy in double precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.fields.models.latent_map import LatentMap, codes_at, fit_step, monomials, no_step, roll_out
from weightloom.fields.models.modes import find_modes
from weightloom.fields.models.nearest import nearest, nearest_observed
from weightloom.fields.models.ridge import FLOOR, fit_weights

weights_of = jax.jit(fit_weights)
modes_of = jax.jit(find_modes, static_argnums=1)
step_of = jax.jit(fit_step, static_argnums=2)
rolled_out = jax.jit(roll_out, static_argnums=(2, 3))


def test_weights_are_the_posterior_mean():
    random = np.random.default_rng(0)
    functions, values, mask = random.normal(size=(30, 6)), random.normal(size=(30, 2)), random.random(30) < 0.7
    variance, noise = 10.0 ** -np.arange(6), 0.1
    seen = functions[mask]
    # The other form of the same mean: prior covariance times functions times the inverse covariance of the values.
    covariance = seen @ np.diag(variance) @ seen.T + noise * np.eye(len(seen))
    expected = np.diag(variance) @ seen.T @ np.linalg.solve(covariance, values[mask])
    arrays = [jnp.asarray(x, jnp.float32) for x in (functions, values, variance, noise)]
    found = weights_of(arrays[0], jnp.asarray(mask), arrays[1], arrays[2], arrays[3])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("points", [60, 20])
@pytest.mark.parametrize("noise", [1e-6, 0.0])
def test_functions_that_resemble_one_another_have_weights(points, noise):
    """Their normal matrix is not positive in single precision, whichever way a library adds up."""
    places = np.linspace(0, 1, points)
    functions = np.cos(places[:, None] * np.linspace(0, 3, 40)).astype(np.float32)
    values, variance = np.exp(-(places**2))[:, None], 0.1 ** np.linspace(0, 6, 40)
    arrays = [jnp.asarray(x, jnp.float32) for x in (functions, values, variance, noise)]
    weights = weights_of(arrays[0], jnp.ones(points, bool), *arrays[1:])
    spread = functions * np.sqrt(variance)
    deviation = max(np.sqrt(noise), FLOOR * np.linalg.norm(spread))
    stacked = np.concatenate([spread, deviation * np.eye(40)])
    expected = np.linalg.lstsq(stacked, np.concatenate([values, np.zeros((40, 1))]), rcond=None)[0]
    np.testing.assert_allclose(functions @ weights, spread @ expected, atol=1e-5)


def test_nothing_observed_without_noise_leaves_the_prior():
    found = weights_of(jnp.ones((3, 2)), jnp.zeros(3, bool), jnp.ones((3, 1)), jnp.ones(2), jnp.float32(0))
    np.testing.assert_array_equal(found, 0)


def test_modes_are_the_singular_vectors():
    random = np.random.default_rng(1)
    snapshots = random.normal(size=(40, 12)) * 2.0 ** -np.arange(12) + 3
    modes = modes_of(jnp.asarray(snapshots, jnp.float32), 4, jax.random.key(0))
    centred = snapshots - snapshots.mean(axis=0)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(modes.deviations, singular[:4] / np.sqrt(40 * 12), rtol=1e-4)
    np.testing.assert_allclose(np.abs(modes.patterns @ right[:4].T) / np.sqrt(12), np.eye(4), atol=1e-3)
    best = centred @ right[:4].T @ right[:4]
    np.testing.assert_allclose(modes.codes * modes.deviations @ modes.patterns, best, atol=1e-4)


def test_constant_snapshots_have_modes_that_can_be_divided_by():
    modes = modes_of(jnp.ones((5, 3)), 2, jax.random.key(0))
    assert (modes.deviations > 0).all()
    assert jnp.isfinite(modes.codes).all()


def quadratic_law(start, frames):
    """z₁ decays, and z₂ is driven by z₁²."""
    found = [start]
    for _ in range(frames - 1):
        first, second = found[-1][:, 0], found[-1][:, 1]
        found.append(np.stack([0.9 * first, 0.8 * second + 0.1 * first**2], axis=1))
    return jnp.asarray(np.stack(found, axis=1), jnp.float32)


def test_a_quadratic_law_is_found_and_a_linear_map_cannot_follow_it():
    random = np.random.default_rng(2)
    train, test = quadratic_law(random.normal(size=(32, 2)), 6), quadratic_law(random.normal(size=(8, 2)), 12)
    errors = {}
    for quadratic in (0, 1):
        step = step_of(train, jnp.arange(6.0), quadratic)
        assert step.duration == 1
        errors[quadratic] = float(jnp.abs(rolled_out(step, test[:, 0], 12, quadratic) - test).max())
    assert errors[1] < 1e-3 < 0.1 < errors[0]


def test_products_are_left_out_where_the_law_is_linear():
    """Three trajectories with noise: a quadratic map would fit them better, and foretell others worse."""
    random = np.random.default_rng(5)
    turn = np.array([[0.9, -0.3, 0.0], [0.3, 0.9, 0.0], [0.0, 0.0, 0.7]])
    codes = [random.normal(size=(3, 3))]
    for _ in range(5):
        codes.append(codes[-1] @ turn.T + 0.02 * random.normal(size=(3, 3)))
    step = step_of(jnp.asarray(np.stack(codes, axis=1), jnp.float32), jnp.arange(6.0), 3)
    assert step.weights.shape == (1 + 3 + 6, 3)
    np.testing.assert_array_equal(step.weights[4:], 0)
    np.testing.assert_allclose(step.weights[1:3, :2].T, turn[:2, :2] - np.eye(2), atol=0.15)


def test_one_trajectory_is_enough_for_a_step():
    step = step_of(0.5 ** jnp.arange(8.0)[None, :, None], jnp.arange(8.0), 1)
    np.testing.assert_allclose(rolled_out(step, jnp.ones(1), 3, 1)[:, 0], [1, 0.5, 0.25], atol=0.02)


def test_codes_that_no_training_has_seen_do_not_run_away():
    """z ← z + z² is infinite after nine steps from 2; held at the bound, it grows by the same each time."""
    step = LatentMap(jnp.array([[0.0], [0.0], [1.0]]), jnp.array([2.0]), jnp.float32(1))
    np.testing.assert_array_equal(rolled_out(step, jnp.array([2.0]), 40, 1)[:, 0], 2 + 4 * np.arange(40))


def test_times_on_frames_are_the_roll_out_and_between_them_its_cubic():
    step, start = LatentMap(jnp.array([[0.0], [-0.1]]), jnp.array([9.0]), jnp.float32(0.5)), jnp.array([2.0])
    rolled = rolled_out(step, start, 9, 0)
    on = codes_at(step, start, 0.5 * jnp.arange(9.0), 0)
    np.testing.assert_allclose(on, rolled, rtol=1e-5)
    times = jnp.array([0.1, 1.3, 3.9])
    between = codes_at(step, start, times, 0)
    np.testing.assert_allclose(between[:, 0], 2 * 0.9 ** (times / 0.5), rtol=1e-4)


def test_monomials_count_each_product_once():
    assert monomials(jnp.ones((3, 5)), 4).shape == (3, 1 + 5 + 10)


def test_nearest_is_the_plain_search():
    random = np.random.default_rng(3)
    points, query = (jnp.asarray(random.random((n, 2)), jnp.float32) for n in (40, 300))
    distances = ((np.asarray(query)[:, None] - np.asarray(points)) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(nearest(points, query), distances.argmin(axis=1))
    mask = np.arange(40) % 3 == 0
    np.testing.assert_array_equal(
        nearest_observed(points, jnp.asarray(mask), query), np.where(mask, distances, np.inf).argmin(axis=1)
    )


@pytest.mark.parametrize("frames", [1, 7])
def test_roll_out_begins_with_its_start(frames):
    start = jnp.ones((2, 3))
    rolled = rolled_out(no_step(3, 0), start, frames, 0)
    assert rolled.shape == (2, frames, 3)
    np.testing.assert_array_equal(rolled[:, 0], start)
