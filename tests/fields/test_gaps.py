"""NaN means not observed: per entry, channel, frame and trajectory, in the data of a fit and in a forecast's start."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import weightloom as wl
from tests.fields.tiny_models import TINY
from weightloom.errors import InputError
from weightloom.fields import (
    MeanField,
    Persistence,
    Trajectories,
    reconstruct,
)
from weightloom.fields._evaluate import evaluate
from weightloom.fields._fit import fit
from weightloom.fields.models.latent_map import fit_step, roll_out
from weightloom.fields.models.nearest import nearest_values

SIDE, FRAMES, COUNT = 6, 4, 4
NAN = np.float32(np.nan)


def waves(count=COUNT):
    """Two channels of waves on a square without a period."""
    axis = np.linspace(0, 1, SIDE)
    at = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    phases = np.random.default_rng(0).uniform(0, 6, (count, 1, 1, 1)) + 0.5 * np.arange(FRAMES)[:, None, None]
    values = np.stack([np.cos(3 * at[..., 0] + phases), np.sin(2 * at[..., 1] + phases)], -1)
    return Trajectories(values, np.arange(FRAMES), at, ("u", "v"))


def fitted(data, model, steps=1):
    return fit(data, model, in_frames=FRAMES, steps=None if model.steps == 1 else steps, progress=False)


@pytest.mark.parametrize(
    "name", ["mean-field", *(pytest.param(one, marks=pytest.mark.slow) for one in ("grid-pod", "continuous-pod"))]
)
def test_land_costs_nothing_and_is_nan_again(name):
    """A fit with land equals the fit to the points of the sea alone."""
    data, sea = waves(), np.arange(SIDE**2) % 7 != 3
    coast = data.masked(sea.reshape(SIDE, SIDE))
    with_land = fitted(coast, TINY[name])
    alone = fitted(data.at(sea), TINY[name])
    assert with_land.config.points == sea.sum()
    forecast = with_land.forecast(coast)
    assert forecast.grid == (SIDE, SIDE)
    np.testing.assert_array_equal(np.isfinite(forecast.at_points).all(axis=(0, 1, 3)), sea)
    np.testing.assert_allclose(forecast.at_points[:, :, sea], alone.forecast(data.at(sea)).values, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TINY))
@settings(max_examples=4, deadline=None)
@given(gaps=arrays(bool, (COUNT, FRAMES, SIDE, SIDE, 2)), frame=st.integers(0, FRAMES - 1), lost=st.integers(0, COUNT))
def test_any_mask_can_be_fitted_and_forecast_from(name, gaps, frame, lost):
    data = waves()
    values = np.where(gaps, NAN, data.values)
    values[:, frame, ..., 0] = NAN  # a whole frame of one channel
    values[lost:][:1] = NAN  # a whole trajectory
    values[0, 0, 0, 0], values[0, -1, 1, 1] = 1.0, 2.0  # so that each channel has values
    gappy = dataclasses.replace(data, values=values)
    run = fitted(gappy, TINY[name])
    assert (run.measures.validation_mse.isnull() == ~np.isfinite(gappy.values[-1]).any(axis=(1, 2, 3))).all()
    values = run.forecast(gappy).at_points
    assert np.isfinite(values[:, :, gappy.ever_observed]).all()


@pytest.mark.slow
def test_hidden_values_have_no_influence():
    data, hidden = waves(), np.zeros((COUNT, FRAMES, SIDE, SIDE, 2), bool)
    hidden[1, 2, 3], hidden[2, :, 4, 4, 1] = True, True
    wrong = data.values.copy()
    wrong[hidden] = 1e3
    runs = [
        fitted(dataclasses.replace(data, values=v).masked(~hidden), TINY["continuous-pod"])
        for v in (data.values, wrong)
    ]
    np.testing.assert_array_equal(*(run.forecast(data).values for run in runs))


def test_a_mean_over_gaps_is_the_mean_of_what_is_seen():
    data, gaps = waves(), np.random.default_rng(1).random((COUNT, FRAMES, SIDE, SIDE, 2)) < 0.5
    gappy = data.masked(~gaps)
    mean = fitted(gappy, MeanField()).forecast(data).values[0, 0]
    expected = np.nanmean(gappy.values[:-1], axis=(0, 1))  # the last trajectory is for validation
    known = np.isfinite(expected)
    np.testing.assert_allclose(mean[known], expected[known], atol=1e-5)


def test_the_start_of_a_forecast_may_lack_entries_of_single_channels():
    data = waves()
    run = fitted(data, Persistence())
    start = data.values[0, 0].copy()
    start[..., 1] = NAN
    start[2, 3, 1] = 7.0
    found = run.forecast(start, times=[0.0])[0]
    np.testing.assert_allclose(found[:, 0], data.at_points[0, 0, :, 0], atol=1e-5)
    np.testing.assert_allclose(found[:, 1], 7.0, atol=1e-5)


def test_a_frame_with_no_observation_has_no_validation_error(tmp_path):
    data, known = waves(), np.arange(FRAMES) != 1
    gappy = data.masked(known[:, None, None])
    run = fitted(gappy, MeanField())
    np.testing.assert_array_equal(np.isfinite(run.measures.validation_mse[0, 0]), known)
    expected = run.measures.validation_mse[0, 0].values[known].mean()
    assert run.table().in_t.item() == pytest.approx(expected)
    assert f"{expected:.2g} variances" in run.summary()
    assert f"{expected:.1e}, –" in run._repr_html_()
    line = wl.plot(run).axes[0].lines[0].get_ydata()
    np.testing.assert_array_equal(np.isfinite(line), known)
    opened = run.save(tmp_path / "run")
    np.testing.assert_array_equal(opened.measures.validation_mse, run.measures.validation_mse)
    opened.measures = run.measures.assign(validation_mse=run.measures.validation_mse * np.nan)
    assert opened.summary().endswith("without validation: its trajectories have no observation.")
    assert opened.parameters(0) is not None


def test_an_evaluation_leaves_out_what_was_not_observed():
    data, test = waves(), waves(7).select([5, 6])
    run = fitted(data, MeanField())
    gaps = np.random.default_rng(2).random(test.values.shape) < 0.3
    whole, partly = (evaluate(run, one, data=data, baselines=False) for one in (test, test.masked(~gaps)))
    squares = (run.forecast(test).values - test.values) ** 2
    weight = ~gaps / (~gaps).sum(axis=(2, 3), keepdims=True)
    expected = (squares * weight).sum(axis=(2, 3)).mean(axis=(0, 2))
    np.testing.assert_allclose(partly.mse.sel(where="In-s")[0, 0], expected, rtol=1e-4)
    assert np.isfinite(whole.mse).all()


def test_what_is_never_observed_is_said():
    data = waves()
    for use in (lambda one: fitted(one, MeanField()), reconstruct):
        with pytest.raises(InputError, match="all values are NaN"):
            use(data.masked(np.zeros((SIDE, SIDE))))
    with pytest.raises(InputError, match="v has no observed value"):
        fitted(data.masked(np.array([True, False]) & np.ones((1, 1, 1, 1, 1), bool)), MeanField())
    with pytest.raises(InputError, match=r"a mask of shape \(5,\) does not fit"):
        data.masked(np.ones(5))


def test_nearest_values_ask_each_channel():
    at, query = np.random.default_rng(3).random((9, 2)), np.random.default_rng(4).random((5, 2))
    seen, values = np.random.default_rng(5).random((9, 2)) < 0.6, np.arange(18.0).reshape(9, 2)
    found = nearest_values(*map(jnp.asarray, (at, seen, values, query)))
    for place, row in zip(query, found):
        for channel in range(2):
            apart = np.where(seen[:, channel], ((at - place) ** 2).sum(axis=1), np.inf)
            assert row[channel] == values[apart.argmin(), channel]


@pytest.mark.slow
def test_a_step_is_found_from_uneven_times_and_over_a_gap():
    """z' = −z/10 at uneven times with a gap: the map of the median step multiplies by exp(−step/10)."""
    times = np.array([0, 1, 2, 2.9, 4, 5, 11, 12, 13, 14.05], np.float32)
    codes = np.exp(-times / 10)[None, :, None] * np.array([[[1.0]], [[-2.0]]], np.float32)
    step = fit_step(jnp.asarray(codes), jnp.asarray(times), 0)
    assert step.duration == 1
    np.testing.assert_allclose(roll_out(step, jnp.ones(1), 3, 0)[:, 0], np.exp(-np.arange(3) / 10), atol=2e-3)
