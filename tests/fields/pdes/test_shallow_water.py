"""Shallow water on the sphere: a steady jet, conserved quantities, order in time, and the geometry of the grid."""

import functools
import sys

import jax
import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.fields.pdes import ShallowWater, shallow_water as module_function
from weightloom.fields.pdes._shallow_water import EARTH_RADIUS, MEAN_HEIGHT, _dinosaur, _solver, jet

GRID = 64


@functools.partial(jax.jit, static_argnums=0)
def advance(law, state):
    return law.advance(state, GRID)


@functools.cache
def evolved(bump):
    """Fields of a jet at the start and six hours later, shape (2, latitude, longitude, channel)."""
    law, state = ShallowWater(frame=6.0), jet(80.0, GRID, bump)
    return np.stack([law.fields(one, GRID) for one in (state, advance(law, state))]).astype(np.float64)


@pytest.mark.slow
def test_a_jet_without_a_bump_is_steady():
    steady, upset = (np.abs(after - before).max((0, 1)) for before, after in (evolved(0.0), evolved(120.0)))
    assert steady[0] < 0.03 * upset[0]
    # The filter of the finest modes moves the vorticity by a hundredth, because 42 modes hardly hold the jet.
    assert steady[1] < 0.02 * np.abs(evolved(0.0)[0, ..., 1]).max()


@pytest.mark.slow
def test_mass_is_kept_and_energy_nearly_so():
    weights = np.polynomial.legendre.leggauss(GRID)[1][:, None] / (2 * 2 * GRID)
    means = [(weights[..., None] * field).sum((0, 1)) for field in evolved(120.0)]
    np.testing.assert_allclose(means, 0, atol=1e-5)
    enstrophies = [(weights * field[..., 1] ** 2).sum() for field in evolved(120.0)]
    assert enstrophies[1] == pytest.approx(enstrophies[0], rel=0.05)


@pytest.mark.slow
def test_the_jet_is_as_fast_as_asked_for_and_in_balance():
    """Along a meridian f u = −g ∂h/∂y for slow flow; here with the curvature's term (Galewsky et al. 2004, eq. 3)."""
    law = ShallowWater()
    height, vorticity = np.moveaxis(np.asarray(law.fields(jet(80.0, GRID, bump=0.0), GRID), np.float64), -1, 0)
    latitude = np.arcsin(law.coordinates(GRID)[:, 0, 2])
    # The vorticity is −∂(u cos φ)/(a cos φ ∂φ): summed up from the south pole it gives u back, in km per hour.
    slices = np.polynomial.legendre.leggauss(GRID)[1]
    circulation = np.cumsum(vorticity[:, 0] * slices) - vorticity[:, 0] * slices / 2
    speed = -circulation * EARTH_RADIUS / np.cos(latitude) / 3.6
    assert speed.max() == pytest.approx(80, rel=0.07)  # 42 modes take the tip off
    coriolis = 2 * 7.292e-5 * np.sin(latitude) + np.tan(latitude) / (1000 * EARTH_RADIUS) * speed
    slope = np.gradient(height[:, 0] * 1000, latitude * 1000 * EARTH_RADIUS)
    inside = (latitude > 0.5) & (latitude < 1.1)
    np.testing.assert_allclose(
        -9.80616 * slope[inside], (coriolis * speed)[inside], atol=0.05 * (coriolis * speed).max()
    )


@pytest.mark.slow
def test_order_in_time_is_one():
    """Steps and damping take turns; on a grid whose fastest gravity waves the steps resolve."""
    small = 16

    def after(step):
        law = ShallowWater(step=step)
        return np.asarray(law.fields(jax.jit(lambda state: law.advance(state, small))(jet(80.0, small)), small))

    coarse, middle, fine = (after(step)[..., 1] for step in (1 / 4, 1 / 8, 1 / 16))
    assert np.abs(coarse - middle).max() / np.abs(middle - fine).max() == pytest.approx(2, rel=0.05)


def test_points_lie_on_the_unit_sphere_south_to_north_and_eastward():
    places = ShallowWater().coordinates(GRID)
    assert places.shape == (GRID, 2 * GRID, 3)
    np.testing.assert_allclose(np.linalg.norm(places, axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(places[:, 0, 2], np.polynomial.legendre.leggauss(GRID)[0], atol=1e-6)
    longitude = np.arctan2(places[0, :, 1], places[0, :, 0]) % (2 * np.pi)
    np.testing.assert_allclose(longitude, np.pi * np.arange(2 * GRID) / GRID, atol=1e-5)


@pytest.mark.slow
def test_the_bump_lies_at_longitude_0_and_45_degrees_north():
    law = ShallowWater()
    raised = np.asarray(law.fields(jet(80.0, GRID), GRID) - law.fields(jet(80.0, GRID, bump=0.0), GRID))[..., 0]
    latitude, longitude = np.unravel_index(raised.argmax(), raised.shape)
    assert longitude == 0
    assert np.degrees(np.arcsin(law.coordinates(GRID)[latitude, 0, 2])) == pytest.approx(45, abs=3)
    assert raised.max() == pytest.approx(0.120 * np.cos(np.pi / 4), rel=0.15)  # T42 smooths it
    assert MEAN_HEIGHT == 10_000


def test_without_dinosaur_it_says_what_to_install(monkeypatch):
    _dinosaur.cache_clear()
    _solver.cache_clear()
    monkeypatch.setitem(sys.modules, "dinosaur", None)
    with pytest.raises(InputError, match=r'pip install "weightloom\[pde\]"'):
        module_function(1, frames=1, grid=GRID)
