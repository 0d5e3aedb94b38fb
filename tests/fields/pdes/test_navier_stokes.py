"""Navier–Stokes: exact decay, conserved quantities, order of convergence, and a naive right-hand side."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.fields.pdes._navier_stokes import NavierStokes, advection, velocity

GRID = 32
AXIS = 2 * np.pi * np.arange(GRID) / GRID
X, Y = np.meshgrid(AXIS, AXIS, indexing="xy")


def modes(field):
    return jnp.fft.rfft2(jnp.asarray(field, jnp.float32))


def field(spectrum):
    return np.asarray(jnp.fft.irfft2(spectrum, (GRID, GRID)))


@functools.partial(jax.jit, static_argnums=0)
def advance(law, spectrum):
    return law.advance(spectrum, GRID)


@functools.cache
def start(seed=0):
    return NavierStokes().start(jax.random.key(seed), GRID)


@pytest.mark.parametrize(("p", "q"), [(1, 1), (2, 1), (3, 5)])
def test_taylor_green_vortices_decay_exactly(p, q):
    law = NavierStokes(viscosity=5e-3, forcing=0.0, step=0.1)
    begun = np.cos(p * X) * np.cos(q * Y)
    found = field(advance(law, modes(begun)))
    exact = np.exp(-law.viscosity * 4 * np.pi**2 * (p**2 + q**2)) * begun
    np.testing.assert_allclose(found, exact, atol=2e-6)


def test_forced_shear_tends_to_its_steady_state():
    """Along x + y alone nothing is carried, so that ω tends to f / (ν|k|²), as one ordinary differential equation."""
    law = NavierStokes(viscosity=0.02, forcing=0.3)
    rate = law.viscosity * 8 * np.pi**2
    forced = law.forcing * (np.sin(X + Y) + np.cos(X + Y))
    found = field(advance(law, modes(np.zeros((GRID, GRID)))))
    np.testing.assert_allclose(found, forced * (1 - np.exp(-rate)) / rate, atol=2e-6)


def test_energy_and_enstrophy_decay_without_forcing_and_stay_without_viscosity():
    def measures(spectrum):
        flow = np.asarray(velocity(spectrum, GRID, 1.0))
        return np.array([np.square(flow).sum(0).mean(), np.square(field(spectrum)).mean()])

    ideal, viscous = NavierStokes(viscosity=1e-12, forcing=0.0), NavierStokes(forcing=0.0)
    before = measures(start())
    np.testing.assert_allclose(measures(advance(ideal, start())), before, rtol=2e-5)
    once = measures(advance(viscous, start()))
    twice = measures(advance(viscous, advance(viscous, start())))
    assert (once < before).all()
    assert (twice < once).all()


def test_energy_is_lost_at_the_rate_of_the_enstrophy():
    """d/dt ½⟨u²⟩ = −ν⟨ω²⟩, over a short time."""
    law = NavierStokes(forcing=0.0, frame=0.01, step=0.01)
    after = advance(law, start())
    energies = [np.square(np.asarray(velocity(state, GRID, 1.0))).sum(0).mean() / 2 for state in (start(), after)]
    enstrophy = (np.square(field(start())).mean() + np.square(field(after)).mean()) / 2
    assert (energies[0] - energies[1]) / law.frame == pytest.approx(law.viscosity * enstrophy, rel=0.02)


def test_order_of_convergence_is_four():
    def after(step):
        return field(advance(NavierStokes(viscosity=2e-3, frame=2.0, step=step, forcing=0.5), 4 * start()))

    exact = after(1 / 64)
    coarse, fine = (np.abs(after(step) - exact).max() for step in (1 / 4, 1 / 8))
    assert 3.5 < np.log2(coarse / fine) < 5.0


def test_velocity_has_no_divergence_and_the_right_curl():
    flow = np.asarray(velocity(start(), GRID, 1.0), np.float64)
    wave = 2j * np.pi * np.fft.fftfreq(GRID, 1 / GRID)

    def slope(values, axis):
        shape = (-1, 1) if axis == 0 else (1, -1)
        return np.fft.ifft2(np.fft.fft2(values) * wave.reshape(shape)).real

    vorticity = field(start())
    assert np.abs(slope(flow[0], 1) + slope(flow[1], 0)).max() < 1e-5 * np.abs(vorticity).max()
    np.testing.assert_allclose(slope(flow[1], 1) - slope(flow[0], 0), vorticity, atol=1e-5 * np.abs(vorticity).max())


def test_advection_is_minus_the_velocity_times_the_gradient():
    """With modes up to 5 a grid of 32 holds all products, so that the plain formula is exact."""
    smooth = np.cos(X + 2 * Y) + 0.5 * np.sin(3 * X - Y) + np.cos(5 * Y + X)
    unit = modes(smooth)
    u, v = np.asarray(velocity(unit, GRID, 2 * np.pi))
    along_x = -np.sin(X + 2 * Y) + 1.5 * np.cos(3 * X - Y) - np.sin(5 * Y + X)
    along_y = -2 * np.sin(X + 2 * Y) - 0.5 * np.cos(3 * X - Y) - 5 * np.sin(5 * Y + X)
    np.testing.assert_allclose(field(advection(unit, GRID, 2 * np.pi)), -(u * along_x + v * along_y), atol=2e-5)


def test_a_finer_grid_gives_the_same_solution():
    law, key = NavierStokes(viscosity=0.01, frame=2.0), jax.random.key(1)
    coarse, fine = (
        np.asarray(jax.jit(lambda grid=grid: law.fields(law.advance(law.start(key, grid), grid), grid))())
        for grid in (GRID, 2 * GRID)
    )
    np.testing.assert_allclose(coarse, fine[::2, ::2], atol=5e-3 * fine.std())


def test_random_starts_follow_their_law():
    """The variance of a mode is 2 τ^(2α − 2) (4π²|k|² + τ²)^(−α)."""
    law = NavierStokes()
    drawn = jax.vmap(lambda key: law.start(key, GRID))(jax.random.split(jax.random.key(0), 500)) / GRID**2
    for p, q in ((0, 1), (1, 1), (3, 2)):
        expected = 2 * 7.0**3 * (4 * np.pi**2 * (p**2 + q**2) + 49) ** -2.5
        assert np.square(np.abs(drawn[:, p, q])).mean() == pytest.approx(expected, rel=0.25)
    assert np.abs(drawn[:, 0, 0]).max() == 0
