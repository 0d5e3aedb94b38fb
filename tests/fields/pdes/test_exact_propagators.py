"""Heat and wave against closed forms, conserved and decaying quantities, and finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.fields import heat, wave
from weightloom.fields.pdes import Heat, Wave
from weightloom.fields.pdes.initial_conditions import gaussian

GRID = 32


def images(field, reach=3):
    """The sum over all periodic images of a function of the displacement, for displacements on the square's grid."""
    axis = np.arange(GRID) * 2 / GRID
    x, y = np.meshgrid(axis, axis, indexing="xy")
    shifts = 2.0 * np.arange(-reach, reach + 1)
    return lambda x0, y0: sum(field(x - x0 + i, y - y0 + j) for i in shifts for j in shifts)


def test_a_gaussian_is_the_sum_of_its_images():
    key = jax.random.key(3)
    modes = gaussian(key, GRID, 2.0, (0.25, 0.25), (3.0, 3.0))
    y0, x0 = np.asarray(jax.random.uniform(jax.random.split(key, 3)[0], (2,), jnp.float32, maxval=2.0))
    expected = images(lambda x, y: 3 * np.exp(-(x**2 + y**2) / (2 * 0.25**2)))(x0, y0)
    np.testing.assert_allclose(jnp.fft.irfft2(modes, (GRID, GRID)), expected, atol=1e-5)


def test_heat_makes_a_gaussian_wider():
    """On the plane σ² grows by 2Dt and the height shrinks by σ²/(σ² + 2Dt); images add up."""
    law, key = Heat(), jax.random.key(5)
    state = gaussian(key, GRID, 2.0, (0.2, 0.2), (1.0, 1.0))
    y0, x0 = np.asarray(jax.random.uniform(jax.random.split(key, 3)[0], (2,), jnp.float32, maxval=2.0))
    for _ in range(4):
        state = law.advance(state, GRID)
    spread = 0.2**2 + 2 * law.diffusivity * 1.0
    expected = images(lambda x, y: 0.2**2 / spread * np.exp(-(x**2 + y**2) / (2 * spread)))(x0, y0)
    np.testing.assert_allclose(law.fields(state, GRID)[..., 0], expected, atol=1e-5)


def test_heat_keeps_its_mean_and_its_maximum_falls():
    values = heat(2, frames=8, grid=GRID).values
    means = values.mean((2, 3))
    np.testing.assert_allclose(means, means[:, :1].repeat(8, 1), rtol=1e-5)
    assert (np.diff(values.max((2, 3)), axis=1) < 0).all()
    assert (np.diff(values.var((2, 3)), axis=1) < 0).all()


@pytest.mark.parametrize(("p", "q"), [(1, 0), (2, 3)])
def test_a_standing_wave_swings_at_its_frequency(p, q):
    law = Wave(speed=0.5, frame=0.3)
    axis = 2 * np.pi * np.arange(GRID) / GRID
    shape = np.cos(p * axis)[None] * np.cos(q * axis)[:, None]
    state = jnp.stack([jnp.fft.rfft2(jnp.asarray(shape, jnp.float32)), jnp.zeros((GRID, GRID // 2 + 1))])
    for _ in range(5):
        state = law.advance(state, GRID)
    frequency = 0.5 * np.pi * np.hypot(p, q)
    height, velocity = np.moveaxis(np.asarray(law.fields(state, GRID)), -1, 0)
    np.testing.assert_allclose(height, np.cos(frequency * 1.5) * shape, atol=1e-5)
    np.testing.assert_allclose(velocity, -frequency * np.sin(frequency * 1.5) * shape, atol=2e-5)


def test_the_mean_of_a_wave_drifts_with_its_velocity():
    law = Wave()
    pushed = jnp.zeros((2, GRID, GRID // 2 + 1), jnp.complex64).at[1, 0, 0].set(GRID**2)
    np.testing.assert_allclose(law.fields(law.advance(pushed, GRID), GRID)[..., 0], law.frame, rtol=1e-6)


def test_a_wave_keeps_its_energy_and_starts_at_rest():
    data = wave(2, frames=10, grid=GRID, speed=0.5)
    height, velocity = np.moveaxis(data.values.astype(np.float64), -1, 0)
    wavenumber = np.pi * np.fft.fftfreq(GRID, 1 / GRID)
    squared = wavenumber[:, None] ** 2 + wavenumber[None] ** 2
    strain = (squared * np.abs(np.fft.fft2(height)) ** 2).sum((2, 3)) / GRID**2
    energy = np.square(velocity).sum((2, 3)) + 0.25 * strain
    np.testing.assert_allclose(energy, energy[:, :1].repeat(10, 1), rtol=1e-4)
    assert np.abs(velocity[:, 0]).max() == 0


def test_velocity_is_the_slope_of_the_height():
    data = wave(1, frames=3, grid=GRID, speed=0.5, frame=0.01)
    slope = (data.values[0, 2, ..., 0] - data.values[0, 0, ..., 0]) / 0.02
    np.testing.assert_allclose(data.values[0, 1, ..., 1], slope, atol=2e-3)


def test_the_period_is_that_of_the_values():
    """A step of one cell along x moves the coordinate x, which is the first."""
    data = heat(1, frames=1, grid=GRID)
    assert data.period == (2.0, 2.0)
    np.testing.assert_allclose(data.coordinates[0, 1] - data.coordinates[0, 0], [2 / GRID, 0])
    np.testing.assert_allclose(data.coordinates[-1, -1] + 2 / GRID, [1, 1])


@pytest.mark.parametrize("simulate", [heat, wave])
def test_another_grid_samples_the_same_functions(simulate):
    coarse, fine = (simulate(2, frames=3, grid=grid).values for grid in (GRID, 2 * GRID))
    np.testing.assert_allclose(coarse, fine[:, :, ::2, ::2], atol=1e-4)
