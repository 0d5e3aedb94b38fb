"""Finer and coarser grids of the same domain."""

import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.fields import Trajectories, heat
from weightloom.fields.grids import regridded, thinned


def on(coordinates, period=None):
    coordinates = np.asarray(coordinates, float)
    return Trajectories(np.zeros((1, 2, *coordinates.shape[:-1], 1)), [0.0, 1.0], coordinates, ["height"], period)


@pytest.mark.parametrize("size", [4, 12, 16])
def test_a_periodic_grid_is_the_one_that_a_solver_would_take(size):
    np.testing.assert_allclose(
        regridded(heat(1, frames=2, grid=8), size), heat(1, frames=2, grid=size).coordinates, atol=1e-6
    )


def test_a_box_with_edges_keeps_them():
    found = regridded(on(np.stack(np.meshgrid(np.linspace(0, 1, 3), np.linspace(2, 4, 5), indexing="ij"), -1)), 9)
    assert found.shape == (5, 9, 2)
    np.testing.assert_allclose(found[:, 0, 0], np.linspace(0, 1, 5), atol=1e-6)
    np.testing.assert_allclose(found[0, :, 1], np.linspace(2, 4, 9), atol=1e-6)


def test_the_gap_at_the_end_of_an_uneven_periodic_axis_is_what_is_left_of_the_period():
    data = on(np.array([0.0, 0.3, 0.5, 0.9])[:, None], period=(1.0,))
    np.testing.assert_allclose(regridded(data, 8)[:, 0], [0, 0.15, 0.3, 0.4, 0.5, 0.7, 0.9, 0.95], atol=1e-6)


def test_points_of_a_sphere_stay_on_it():
    polar, azimuth = np.meshgrid(np.linspace(0.3, 2.8, 6), np.linspace(0, 6, 8), indexing="ij")
    sphere = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], -1)
    np.testing.assert_allclose((regridded(on(sphere), 16) ** 2).sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("data", "size", "sentence"),
    [
        (on(np.zeros((5, 2))), 9, "the points are scattered"),
        (on(np.linspace(0, 1, 5)[:, None]), 1, "both need at least 2 points along each axis"),
        (on(np.zeros((1, 4, 2))), 8, "both need at least 2 points along each axis"),
    ],
)
def test_what_has_no_grid_is_refused(data, size, sentence):
    with pytest.raises(InputError, match=sentence):
        regridded(data, size)


def test_thinning_keeps_values_with_their_places():
    data = heat(2, frames=3, grid=8)
    found = thinned(data, 2)
    np.testing.assert_array_equal(found.values, data.values[:, :, ::2, ::2])
    np.testing.assert_array_equal(found.coordinates, data.coordinates[::2, ::2])
    with pytest.raises(InputError, match="every 0 points cannot be used"):
        thinned(data, 0)
