"""Seasons: against least squares point by point, invariances of forecasts, calendars, splits in time, bad input."""

import dataclasses
import datetime

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings, strategies as st

import weightloom as wl
from tests.cli.conftest import command as command
from tests.fields.tiny_models import TINY
from weightloom.fields import GridPOD, MeanField, Trajectories, fit, learn_season
from weightloom.fields._calendar import clock_of
from weightloom.fields.preprocessing import parted, training_frames

PERIOD, FRAMES = 12.0, 48
TIMES = np.arange(FRAMES) * 1.0
PLACES = np.random.default_rng(0).random((9, 2))


def seasonal(times, places=PLACES, slope=0.0, size=3.0):
    """A mean, two harmonics and a line that differ from place to place, shape (time, point)."""
    phase = 2 * np.pi * times[:, None] / PERIOD
    east, north = places.T
    wave = size * np.sin(phase + east) * (1 + north) + 0.5 * size * np.cos(2 * phase - 3 * north)
    return 10 + 2 * east + wave + slope * (times[:, None] / PERIOD) * (1 - north)


def weather(frames=FRAMES, places=PLACES):
    """Two waves that decay and are stirred again: what is left without the season."""
    random = np.random.default_rng(1)
    state, found = random.normal(size=2), []
    for _ in range(frames):
        found.append(state @ np.stack([np.sin(4 * places[:, 0]), np.cos(3 * places[:, 1])]))
        state = np.array([[0.8, 0.3], [-0.3, 0.8]]) @ state + 0.3 * random.normal(size=2)
    return np.array(found)


def series(values, times=TIMES, places=PLACES, **options):
    return Trajectories(values[None, ..., None], times, places, ("u",), **options)


def naive(values, times, harmonics, trend):
    """Least squares for one point, over its observed frames."""
    columns = [np.ones_like(times)]
    for k in range(1, harmonics + 1):
        columns += [np.sin(2 * np.pi * k * times / PERIOD), np.cos(2 * np.pi * k * times / PERIOD)]
    columns += [(times - times[0]) / PERIOD] if trend else []
    matrix, known = np.stack(columns, axis=1), np.isfinite(values)
    return matrix @ np.linalg.lstsq(matrix[known], values[known])[0]


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 3), st.booleans(), st.floats(0, 0.3), st.integers(0, 99))
def test_each_point_has_its_own_least_squares(harmonics, trend, hidden, seed):
    random = np.random.default_rng(seed)
    values = seasonal(TIMES, slope=2.0) + weather()
    values[random.random(values.shape) < hidden] = np.nan
    season = learn_season(series(values), PERIOD, harmonics=harmonics, trend=trend)
    found = season.values(TIMES)[..., 0]
    expected = np.stack([naive(column.astype(np.float32), TIMES, harmonics, trend) for column in values.T], axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_a_season_is_removed_and_comes_back():
    data = series(seasonal(TIMES, slope=1.0))
    season = learn_season(data, PERIOD, trend=True)
    away = season.anomalies(data)
    np.testing.assert_allclose(away.values, 0, atol=1e-4)
    assert season.anomalies(away) is away
    assert season.restored(data) is data
    np.testing.assert_allclose(season.restored(away).values, data.values, atol=1e-5)

    with pytest.raises(wl.InputError, match="without a season already"):
        learn_season(away, PERIOD)


def test_points_with_few_observations_keep_their_mean_and_land_has_none():
    values = seasonal(TIMES)
    values[1:, 0], values[4:, 1], values[:, 2] = np.nan, np.nan, np.nan
    season = learn_season(series(values), PERIOD)
    found = season.values(np.arange(100.0))[..., 0]
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[:, 2], found[:, 3 + np.square(PLACES[3:] - PLACES[2]).sum(axis=1).argmin()])
    assert np.ptp(found[:, 0]) < np.ptp(values[:, 3])
    np.testing.assert_allclose(found[0, 0], values[0, 0], atol=0.5)


def test_other_places_get_the_season_of_their_neighbours():
    season = learn_season(series(seasonal(TIMES)), PERIOD)
    known = season.values(TIMES)
    near = season.values(TIMES, PLACES.astype(np.float32) + 1e-6)
    np.testing.assert_allclose(near, known, atol=1e-3)
    far = season.values(TIMES, np.array([[0.5, 0.5]]))
    assert (far.min(axis=1) >= known.min(axis=1) - 1e-9).all()
    assert (far.max(axis=1) <= known.max(axis=1) + 1e-9).all()


MODEL = GridPOD(modes=2, quadratic=0)
QUICK = ("persistence", "mean-field")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in TINY]
)
def test_a_season_that_is_added_is_added_to_forecasts(name):
    """What lies in the space of seasons does not change the fit: forecasts of data + season are forecasts + season."""
    model, steps = TINY[name], {"steps": 2} if TINY[name].steps > 1 else {}
    options = {"windows": 12, "in_frames": 12, "test": 1, "season": PERIOD, "trend": True, "progress": False} | steps
    plain, added = series(weather()), series(weather() + seasonal(TIMES, slope=2.0))
    first, second = (fit(data, model, **options) for data in (plain, added))
    starts = [data.frames(slice(40, 43)) for data in (plain, added)]
    one, other = (run.forecast(start, frames=6).values[0, ..., 0] for run, start in zip((first, second), starts))
    expected = one + seasonal(40 + np.arange(6.0), slope=2.0)
    np.testing.assert_allclose(other, expected, atol=5e-3)
    frame = second.forecast(starts[1].values[0, 0], times=np.arange(6.0), start_time=40.0)[..., 0]
    np.testing.assert_allclose(frame, other, atol=1e-4)


@pytest.mark.slow
def test_a_reconstruction_keeps_the_times_of_its_data():
    """A forecast from the reconstruction of complete data has the season of the data."""
    data = series(weather() + seasonal(TIMES))
    run = fit(data, MeanField(), windows=12, in_frames=12, season=PERIOD, progress=False)
    cut = data.windows(6).select([3, 4])
    mean, deviation = wl.fields.reconstruct(cut, modes=0)
    assert mean.carried == cut.carried == deviation.carried
    np.testing.assert_allclose(run.forecast(mean).values, run.forecast(cut).values, atol=1e-3)
    away, spread = wl.fields.reconstruct(run.anomalies(cut), modes=0)
    assert (away.attributes["season"], "season" in spread.attributes) == ("removed", False)


def test_windows_keep_their_time_of_the_year():
    """Windows of 8 frames begin in three months: each gets the season of its own, also after a selection."""
    data = series(weather() + seasonal(TIMES, slope=1.0))
    run = fit(data, MeanField(), windows=12, in_frames=12, season=PERIOD, trend=True, progress=False)
    cut = data.windows(8)
    assert cut.offsets.tolist() == list(np.arange(6) * 8.0)
    chosen = cut.select([1, 4]).frames(slice(2, 8))
    forecasts = run.forecast(chosen).values
    for number, window in enumerate((1, 4)):
        begun = 8 * window + 2
        alone = run.forecast(data.frames(slice(begun, begun + 6))).values[0]
        np.testing.assert_allclose(forecasts[number], alone, atol=1e-4)
    np.testing.assert_array_equal(cut.windows(4).offsets, np.arange(12) * 4.0)
    assert cut.fingerprint == dataclasses.replace(cut, attributes={}).fingerprint
    with pytest.raises(wl.InputError, match="windows of different times"):
        learn_season(cut, 4.0)


def test_observations_of_half_a_year_are_not_continued_into_the_other_half():
    """A bay that is open from April to September: the season of the open months is not extrapolated."""
    values = seasonal(TIMES, size=1.0) + 0.1 * weather()
    closed = (TIMES % 12 < 3) | (TIMES % 12 >= 9)
    values[closed, 4] = np.nan
    season = learn_season(series(values), PERIOD)
    found = season.values(TIMES)[:, 4, 0]
    assert np.ptp(found) < 2 * np.nanmax(np.abs(values[:, 4] - np.nanmean(values[:, 4])))
    np.testing.assert_allclose(found[~closed], values[~closed, 4], atol=1.0)


def test_land_and_several_trajectories_have_a_season():
    values = np.stack([weather() + seasonal(TIMES), 2 * weather() + seasonal(TIMES), weather() + seasonal(TIMES)])
    values[:, :, 3] = np.nan
    data = Trajectories(values[..., None], TIMES, PLACES, ("u",))
    run = fit(data, MeanField(), in_frames=FRAMES, test=1, season=PERIOD, progress=False)
    forecast = run.forecast(data.select([2]))
    assert np.isnan(forecast.values[:, :, 3]).all()
    sea = np.delete(np.arange(9), 3)
    np.testing.assert_allclose(run.season.values(TIMES)[..., 0], forecast.values[0][:, sea, 0], atol=1.5)
    assert run.season.coefficients.shape == (5, 8, 1)


def test_the_command_puts_the_season_back(command, tmp_path):
    """Forecasts of the run's own test windows are those of the last frames of the series."""
    data = series(weather() + seasonal(TIMES))
    data.save(tmp_path / "sst.zarr")
    options = "--model mean-field --season 12 --windows 12 --in-frames 12 --test 1"
    code, _, errors = command("fit", str(tmp_path / "sst.zarr"), *options.split(), "--out", str(tmp_path / "run"))
    assert (code, errors) == (0, "")
    assert command("forecast", str(tmp_path / "run"), "--out", str(tmp_path / "out.zarr"))[0] == 0
    found = wl.fields.open_trajectories(tmp_path / "out.zarr")
    expected = wl.open_run(tmp_path / "run").forecast(data.frames(slice(36, 48)))
    np.testing.assert_allclose(found.values, expected.values, atol=1e-5)
    assert found.offsets.tolist() == [36.0]


def test_anomalies_are_forecast_as_anomalies():
    data = series(weather() + seasonal(TIMES))
    run = fit(data, MeanField(), windows=12, in_frames=12, test=1, season=PERIOD, progress=False)
    start = data.frames(slice(36, 48))
    whole, away = run.forecast(start), run.forecast(run.anomalies(start))
    np.testing.assert_allclose(run.season.restored(away).values, whole.values, atol=1e-5)
    test = run.parts_of(data).test
    np.testing.assert_array_equal(test.values, start.values)
    np.testing.assert_allclose(run.anomalies(test).values, run.anomalies(start).values, atol=1e-6)
    np.testing.assert_allclose(run.forecast(test).values, whole.values, atol=1e-5)
    table = wl.fields.evaluate(run, data=data, baselines=False)
    own = wl.fields.evaluate(run, start, baselines=False)
    wrong = np.square(whole.values - start.values).mean(axis=(0, 2, 3))
    for found in (table, own):
        np.testing.assert_allclose(found.mse.sel(where="all").values.ravel(), wrong, rtol=1e-3)


@pytest.mark.slow
def test_the_last_windows_of_a_series_are_held_out():
    """Values of the frames for validation and test have no influence on the fit."""
    values = weather() + seasonal(TIMES)
    changed = values.copy()
    changed[24:] += 100 * np.random.default_rng(2).random((24, 9))
    options = {"windows": 12, "in_frames": 12, "test": 1, "validation": 1, "season": PERIOD, "progress": False}
    runs = [fit(series(one), MODEL, **options) for one in (values, changed)]
    np.testing.assert_array_equal(*(run.season.coefficients for run in runs))
    frame = values[0][:, None]
    forecasts = [run.forecast(frame, times=[0.0, 3.0], start_time=0.0) for run in runs]
    np.testing.assert_array_equal(*forecasts)
    assert runs[0].config.validation == 1
    assert len(training_frames(series(values), 1, 1, 12).times) == 24
    assert [len(part) for part in parted(series(values), 1, 1, 12)] == [2, 1, 1]


def test_a_run_of_a_season_can_be_saved_and_opened(tmp_path):
    data = series(weather() + seasonal(TIMES, slope=1.0))
    run = fit(
        data, MeanField(), windows=12, in_frames=12, season=PERIOD, trend=True, out=tmp_path / "run", progress=False
    )
    again = wl.open_run(tmp_path / "run")
    start = data.frames(slice(10, 14))
    np.testing.assert_array_equal(run.forecast(start).values, again.forecast(start).values)
    assert again.config.trend


def monthly(first, months, calendar="standard"):
    """A field that only the month decides, at the first of each month."""
    number = np.arange(months) + (int(first[5:7]) - 1)
    stamps = (np.datetime64(first[:7]) + np.arange(months)).astype("datetime64[ns]")
    if calendar != "standard":
        length = (
            np.full(12, 30) if calendar == "360_day" else np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
        )
        days = np.concatenate([[0], np.cumsum(length[number % 12])[:-1]])
        stamps = ("time", days, {"units": f"days since {first}", "calendar": calendar})
    lon = np.array([0.0, 1.0, 2.0])
    values = 5 + np.sin(2 * np.pi * number[:, None, None] / 12 + lon) * np.ones((1, 2, 1))
    coordinates = {"time": stamps, "lat": ("lat", [10.0, 11.0], {"units": "degrees_north"}),
                   "lon": ("lon", lon, {"units": "degrees_east"})}  # fmt: skip
    return xr.DataArray(values, coordinates, ("time", "lat", "lon"), name="sst")


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
def test_a_year_is_the_year_of_the_calendar(calendar):
    """A file that begins in another month and year has the same season."""
    run = fit(monthly("1990-01-01", 60, calendar), MeanField(), windows=12, in_frames=12, season="year", progress=False)
    for frames in (1, 2, 5):
        later = monthly("2001-09-01", frames, calendar)
        forecast = run.forecast(later)
        # One or two stamps do not say that they are months, and lie up to two days beside a twelfth of a year.
        np.testing.assert_allclose(forecast.sst, later, atol=5e-3 if frames == 5 else 0.05)
        np.testing.assert_array_equal(forecast.time, later.time)


@pytest.mark.parametrize("calendar", ["noleap", "360_day"])
def test_the_season_does_not_drift_in_a_run_of_another_calendar(calendar):
    run = fit(monthly("1990-01-01", 60), MeanField(), windows=12, in_frames=12, season="year", progress=False)
    for first in ("1991-03-01", "2095-03-01"):
        later = monthly(first, 5, calendar)
        np.testing.assert_allclose(run.forecast(later).sst, later, atol=0.05)


def test_clocks_of_numbers_are_those_of_their_stamps():
    stamps = np.array(["2003-03-16", "2003-03-20", "2003-03-24"], "datetime64[ns]")
    expected = clock_of(xr.DataArray(stamps, dims="time"))
    numbers = xr.DataArray([10.0, 14.0, 18.0], dims="time", attrs={"units": "days since 2003-03-06"})
    assert clock_of(numbers) == expected
    for calendar, days in {"noleap": 365 * 3 + 31 + 28 + 15, "360_day": 360 * 3 + 75}.items():
        found = clock_of(numbers.assign_attrs(calendar=calendar))
        assert (found["seconds"], found["monthly"]) == (days * 86400.0, 0.0)
        assert found["year"] == {"noleap": 365, "360_day": 360}[calendar] * 86400.0
    months = xr.DataArray([2.0, 3.0, 4.0], dims="time", attrs={"units": "months since 2001-01-01"})
    assert (clock_of(months)["months"], clock_of(months)["monthly"]) == (14.0, 1.0)
    leap = clock_of(numbers.assign_attrs(calendar="366_day"))
    assert (leap["seconds"], leap["year"]) == ((366 * 3 + 31 + 29 + 15) * 86400.0, 366 * 86400.0)
    dates = xr.DataArray(np.array([datetime.date(2003, 3, day) for day in (16, 20, 24)]), dims="time")
    assert clock_of(dates) == expected
    for unknown in (xr.DataArray([0.0, 1.0], dims="time"), numbers.assign_attrs(calendar="julian")):
        assert clock_of(unknown) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"period": "year"}, "the times are no time stamps"),
        ({"period": "month"}, "season 'month' cannot be used: give 'year'"),
        ({"period": -1.0}, "season -1.0 cannot be used: give a positive number"),
        ({"period": True}, "season True cannot be used"),
        ({"period": 100.0}, "48 frames to learn from span 0.48 of a season"),
        ({"period": 12.0, "harmonics": -1}, "harmonics -1 cannot be used"),
        ({"period": 12.0, "harmonics": 30}, "48 frames are too few for a season of 61 numbers"),
        ({"period": 12.0, "trend": 1}, "trend 1 cannot be used: give True or False"),
    ],
)
def test_what_cannot_be_used_is_named(unchecked, options, sentence):
    with pytest.raises(wl.InputError) as caught:
        learn_season(series(weather()), **options)
    assert sentence in str(caught.value)


def test_a_frame_of_a_run_with_a_season_needs_its_time(unchecked, tmp_path):
    data = series(weather() + seasonal(TIMES))
    run = fit(data, MeanField(), windows=12, in_frames=12, season=PERIOD, progress=False)
    with pytest.raises(wl.InputError, match="this run has a season: give start_time"):
        run.forecast(data.values[0, 0], times=[0.0])
    with pytest.raises(wl.InputError, match="no time stamps"):
        fit(data, MeanField(), season="year", out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
    with pytest.raises(wl.InputError, match="start_time '1990' cannot be used: give a number"):
        run.forecast(data.values[0, 0], times=[0.0], start_time="1990")
    with pytest.raises(wl.InputError, match="trend cannot be used without a season"):
        fit(data, MeanField(), trend=True, progress=False)


def test_runs_with_and_without_a_season_are_not_put_into_one_table():
    data = series(weather() + seasonal(TIMES))
    options = {"windows": 12, "in_frames": 12, "test": 1, "progress": False}
    runs = [fit(data, MeanField(), season=season, **options) for season in (PERIOD, None)]
    with pytest.raises(wl.InputError, match="season with its validation"):
        wl.fields.evaluate(runs[0], data=data, beside=[runs[1]], baselines=False)
