"""Fits of clean data succeed, whatever the number of points, the shape of the domain, the noise and the share seen."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.fields import ContinuousPOD, GridPOD, Trajectories, fit
from weightloom.fields.models.bases import RandomBasis
from weightloom.fields.models.ridge import fit_weights

TRAJECTORIES, FRAMES, RANK = 4, 3, 3


def places(grid, sides, scattered=False):
    """A grid over a box, or as many random places in it."""
    if scattered:
        return np.random.default_rng(7).random((int(np.prod(grid)), len(sides))) * sides
    axes = [np.arange(count) / count * side for count, side in zip(grid, sides)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def clean(grid, sides, periodic, noise=0.0, scattered=False):
    """Three waves that decay at their own rates: exactly three modes, and a linear law."""
    random = np.random.default_rng(3)
    at = places(grid, sides, scattered)
    turns = np.array([[1, 0], [0, 1], [1, 1]]) if periodic else np.array([[0.4, 0.1], [0.2, 0.7], [0.5, 0.5]])
    shifts = random.random(RANK).reshape(RANK, *[1] * (at.ndim - 1))
    waves = np.cos(2 * np.pi * np.einsum("...d,wd->w...", at / sides, turns) + shifts)
    size = random.normal(size=(TRAJECTORIES, 1, RANK)) * 0.9 ** (np.arange(FRAMES)[:, None] * np.arange(1, RANK + 1))
    values = np.einsum("ntw,w...->nt...", size, waves)
    values = values + noise * random.normal(size=values.shape)
    return Trajectories(values[..., None], np.arange(FRAMES), at, ("u",), sides if periodic else None)


def error_of(data, model, share):
    """Relative error, at all points, of a reconstructed frame of the last trajectory, which the fit did not see."""
    run = fit(data, model, in_frames=FRAMES, observed=share, progress=False)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(run.parameters(0)))
    return float(np.sqrt(run.measures.validation_mse.values[-1, 0, 0]))


SLOW = [
    ((8, 40), (1.0, 5.0), False, 0.0, 1.0, False),
    ((48, 48), (2.0, 2.0), False, 0.0, 1.0, True),
    ((64, 64), (2.0, 2.0), True, 0.0, 1.0, False),
    ((73, 144), (180.0, 360.0), False, 0.01, 1.0, False),
    ((10, 500), (0.02, 1.0), False, 0.0, 1.0, True),
    ((100, 200), (1.0, 2.0), False, 0.0, 1.0, False),
    ((100, 200), (1.0, 2.0), False, 0.1, 0.05, True),
    ((40, 40), (1e-4, 1e4), False, 0.0, 0.5, False),
    ((40, 40), (1.0, 1.0), True, 1.0, 0.02, True),
]


def test_clean_fields_are_fitted():
    model = ContinuousPOD(modes=RANK, quadratic=0, highest=3)
    assert error_of(clean((16, 12), (2.0, 1.5), True), model, 0.5) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("grid", "sides", "periodic", "noise", "share", "scattered"), SLOW)
def test_clean_fields_are_fitted_with_the_default_basis(grid, sides, periodic, noise, share, scattered):
    error = error_of(clean(grid, sides, periodic, noise, scattered), ContinuousPOD(modes=RANK, quadratic=0), share)
    assert error < 0.1 + noise * 1.5


@pytest.mark.slow
@pytest.mark.parametrize("grid", [(8, 8), (100, 200)])
@pytest.mark.parametrize("share", [1.0, 0.05])
def test_the_grid_baseline_never_fails(grid, share):
    assert np.isfinite(error_of(clean(grid, (1.0, 2.0), False), GridPOD(quadratic=2), share))


@pytest.mark.parametrize("points", [30, 300])
@pytest.mark.parametrize("noise", [0.0, 1e-7, 1e-3, 10.0])
def test_weights_fit_what_double_precision_fits(points, noise):
    """At many points, few points, with and without noise: the fitted values are those of double precision."""
    at = np.random.default_rng(points).random((points, 2))
    basis = RandomBasis((1.0, 1.0), 50)
    functions = np.asarray(basis.functions(jnp.asarray(at, jnp.float32)), np.float64)
    variance = np.asarray(basis.variance(jnp.float32(4.0)), np.float64)
    values = np.cos(at @ [2.0, 5.0])[:, None]
    spread = functions * np.sqrt(variance)
    deviation = max(np.sqrt(noise), 1e-6 * np.linalg.norm(spread))
    stacked = np.concatenate([spread, deviation * np.eye(spread.shape[1])])
    wanted = spread @ np.linalg.lstsq(stacked, np.concatenate([values, np.zeros((spread.shape[1], 1))]))[0]
    arrays = [jnp.asarray(array, jnp.float32) for array in (functions, values, variance, noise)]
    found = functions @ fit_weights(arrays[0], jnp.ones(points, bool), *arrays[1:])
    np.testing.assert_allclose(found, wanted, atol=2e-4)
