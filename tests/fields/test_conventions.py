"""A user's own files open with nothing but the file: names, calendars and positions are found."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from weightloom.errors import InputError
from weightloom.fields import FieldPrior, MeanField, evaluate, fit, open_trajectories, reconstruct
from weightloom.fields._calendar import MONTH, elapsed, stamps_of
from weightloom.fields._conventions import role
from weightloom.fields._geometry import EARTH, Placement, moved, placement_of
from weightloom.fields.forecasting import continued
from weightloom.fields.reading import trajectories_of

GENERATOR = np.random.default_rng(0)
LON, LAT = np.linspace(350, 370, 6) % 360, np.linspace(50, 40, 5)  # across 0°, from north to south


def placed(*angles, sphere=None):
    return placement_of(angles, sphere).positions(angles)


def sea(times, units, calendar="standard", shape=(5, 6), names=("lat", "lon")):
    """A file's dataset with land, and times as numbers."""
    values = GENERATOR.normal(size=(len(times), *shape))
    values[:, 0, 0] = np.nan
    return xr.Dataset(
        {"sst": (("time", *names), values, {"units": "degC", "long_name": "temperature of the sea"})},
        {"time": ("time", times, {"units": units, "calendar": calendar})},
    )


def on_degrees(dataset):
    return dataset.assign_coords(
        lat=("lat", LAT, {"units": "degrees_north"}), lon=("lon", LON, {"standard_name": "longitude"})
    )


def no_leap():
    middles = np.cumsum([31, 28, 31, 30, 31, 30.0]) - 15
    return on_degrees(sea(middles, "days since 2001-01-01", "noleap"))


def months_of_thirty_days():
    return on_degrees(sea(np.arange(6) * 720.0, "hours since 1970-01-01", "360_day"))


def stations():
    values = GENERATOR.normal(size=(6, 9))
    values[GENERATOR.random((6, 9)) < 0.3] = np.nan
    return xr.Dataset(
        {"wind": (("time", "station"), values, {"units": "m s-1"})},
        {
            "time": np.datetime64("2024-02-27", "ns") + np.arange(6) * np.timedelta64(6, "h"),
            "latitude": ("station", 40 + GENERATOR.random(9), {"units": "degrees_north"}),
            "longitude": ("station", GENERATOR.random(9), {"units": "degrees_east"}),
        },
    )


def curvilinear():
    turned = sea(np.arange(4.0), "days since 2000-01-01", names=("y", "x"))
    y, x = np.meshgrid(np.arange(5), np.arange(6), indexing="ij")
    return turned.assign_coords(
        nav_lat=(("y", "x"), 40 + y + 0.2 * x, {"units": "degrees_north"}),
        nav_lon=(("y", "x"), 2 + x - 0.2 * y, {"units": "degrees_east"}),
    )


def three_dimensions():
    deep = on_degrees(sea(np.arange(4.0), "days since 2000-01-01", shape=(3, 5, 6), names=("depth", "lat", "lon")))
    deep["sst"][:, 1:, 2] = np.nan
    return deep.assign_coords(depth=("depth", [0.0, 10.0, 50.0], {"units": "m", "axis": "Z"}))


FILES = {
    "no-leap": (no_leap, (5, 6), 2),
    "360-day": (months_of_thirty_days, (5, 6), 2),
    "stations": (stations, (9,), 2),
    "curvilinear": (curvilinear, (5, 6), 2),
    "three-dimensions": (three_dimensions, (3, 5, 6), 3),
}


@pytest.mark.parametrize(("made", "grid", "d"), FILES.values(), ids=FILES)
def test_files_open_without_names(made, grid, d, tmp_path):
    made().to_netcdf(tmp_path / "mine.nc")
    data = open_trajectories(tmp_path / "mine.nc")
    assert (data.grid, data.coordinates.shape[-1], data.has_gaps, data.is_even) == (grid, d, True, True)
    assert data.fingerprint == open_trajectories(tmp_path / "mine.nc").fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("made", [made for made, _, _ in FILES.values()], ids=FILES)
def test_files_are_fitted_without_names(made, tmp_path):
    made().to_netcdf(tmp_path / "mine.nc")
    data = open_trajectories(tmp_path / "mine.nc")
    forecast = fit(tmp_path / "mine.nc", MeanField(), progress=False).forecast(data)
    np.testing.assert_array_equal(np.isfinite(forecast.at_points).all(axis=(0, 1, 3)), data.ever_observed)


def test_a_forecast_of_a_dataset_is_a_dataset_with_its_names_and_units():
    given = no_leap().drop_vars("time").assign_coords(
        time=np.array(["2001-01-16", "2001-02-16", "2001-03-16", "2001-04-16", "2001-05-16", "2001-06-16"], "M8[ns]")
    )  # fmt: skip
    forecast = fit(given, MeanField(), progress=False).forecast(given, frames=8)
    assert forecast.sst.dims == ("time", "lat", "lon")
    assert forecast.sst.attrs["units"] == "degC"
    np.testing.assert_array_equal(forecast.lon, given.lon)
    assert forecast.time[:6].equals(given.time)
    assert forecast.time.values.astype("M8[D]").astype(str).tolist()[-3:] == ["2001-06-16", "2001-07-16", "2001-08-16"]
    np.testing.assert_array_equal(np.isnan(forecast.sst[0]), np.isnan(given.sst[0]))
    np.testing.assert_allclose(forecast.sst[3], given.sst.mean("time"), atol=1e-5)


def test_a_mask_of_the_users_own():
    given = no_leap().assign(sea=(("lat", "lon"), np.arange(30).reshape(5, 6) % 4))
    data, _ = trajectories_of(given, values="sst", mask="sea")
    np.testing.assert_array_equal(np.isfinite(data.values[0, 0, ..., 0]), (given.sea == 1) & given.sst[0].notnull())
    with pytest.raises(InputError, match="has no variable 'ice'"):
        trajectories_of(given, values="sst", mask="ice")


@pytest.mark.parametrize(
    ("times", "units", "expected"),
    [
        ([15, 45, 74, 105], "days since 2001-01-01", np.arange(4) * MONTH),  # middles of months
        ([0, 31, 59, 151], "days since 2001-01-01", np.array([0, 1, 2, 5]) * MONTH),  # with a gap
        ([0, 365, 731, 1096], "days since 2003-01-01", np.arange(4) * 12 * MONTH),
        ([0, 2, 3, 7], "hours since 2001-01-01", np.array([0, 2, 3, 7]) * 3600.0),
        ([0, 1, 2], "months since 2001-01-01", np.arange(3) * MONTH),
        ([1.5, 2.5], "1", [1.5, 2.5]),
    ],
)  # fmt: skip
def test_elapsed_times(times, units, expected):
    axis = xr.DataArray(np.array(times, float), dims="time", attrs={"units": units})
    np.testing.assert_allclose(elapsed(axis), expected)


def test_time_stamps_that_are_objects():
    import datetime

    stamps = np.array([datetime.date(2001, 1, day) for day in (1, 2, 4)], object)
    np.testing.assert_array_equal(elapsed(xr.DataArray(stamps, dims="t")) / 86400, [0, 1, 3])
    with pytest.raises(InputError, match="holds str"):
        elapsed(xr.DataArray(np.array(["a", "b"], object), dims="t", name="t"))


ENDS = ["2003-11-30", "2003-12-31", "2004-01-31", "2004-02-29"]  # ends of months
EVERY_6_HOURS = ["2004-02-28T12", "2004-02-28T18", "2004-02-29T00", "2004-02-29T06"]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        (ENDS, ["2004-03-31", "2004-04-30"]),
        (EVERY_6_HOURS, ["2004-02-29T12", "2004-02-29T18"]),
        (["2001-02-14", "2001-03-14", "2001-04-14"], ["2001-05-14", "2001-06-14"]),
        (["2001-02-28", "2002-02-28", "2004-02-28"], ["2006-02-28", "2008-02-28"]),  # years
    ],
)
def test_stamps_of_known_frames_are_kept_and_continued_in_the_calendar(stamps, expected):
    """As numpy's stamps, as objects, and cut."""
    exact = np.array(stamps, "M8[s]")
    objects = exact.astype("M8[D]").astype(object)
    for given in (exact, exact if "T" in stamps[0] else objects):
        axis = xr.DataArray(xr.Variable("t", given))
        times = continued(elapsed(axis), len(given) + 2)
        found = stamps_of(axis, times)
        np.testing.assert_array_equal(found.astype("M8[s]"), np.array([*stamps, *expected], "M8[s]"))
        np.testing.assert_array_equal(stamps_of(axis, times[:2]), axis.values[:2])


@pytest.mark.parametrize(
    ("attributes", "numbers", "expected"),
    [
        ({"units": "days since 2001-01-01"}, [15, 45, 74, 105], [135, 166]),  # the 16th, 15th, 16th and 16th
        ({"units": "days since 2003-12-31"}, [31, 60, 91], [121, 152]),  # ends of months with a leap day
        ({"units": "hours since 2003-12-31 12:00", "calendar": "noleap"}, [744, 1416, 2160], [2880, 3624]),
        ({"units": "days since 2004-02-01", "calendar": "365_day"}, [0.5, 28.5, 59.5], [89.5, 120.5]),
        ({"units": "months since 2004-02-01"}, [0, 1, 2], [3, 4]),
        ({"units": "days since 0000-00-00"}, [0, 31, 59], [88.5, 118]),  # by the mean
        ({"units": "days since 2001-01-01", "calendar": "julian"}, [0, 31, 59], [88.5, 118]),
        ({}, [1.5, 2.5], [3.5, 4.5]),
    ],
)
def test_numbers_of_known_frames_are_kept_and_continued_in_the_calendar(attributes, numbers, expected):
    axis = xr.DataArray(np.array(numbers, float), dims="t", attrs=attributes)
    times = continued(elapsed(axis), len(numbers) + 2)
    np.testing.assert_allclose(stamps_of(axis, times - times[0]), [*numbers, *expected])


def test_the_order_of_coordinates_is_that_of_the_dataset():
    """A set of names has another order in each process."""
    data, template = trajectories_of(curvilinear())
    assert list(template.dataset_of({"": data.values}).coords) == ["time", "nav_lat", "nav_lon"]


def cosine_of(degrees):
    return np.cos(np.radians(degrees))


def test_positions_do_not_depend_on_how_longitudes_count():
    east, north = np.meshgrid([-179.0, -60.0, 10.0, 100.0], [-50.0, 20.0, 60.0])
    on_sphere = placed(east, north)
    np.testing.assert_allclose((on_sphere**2).sum(axis=-1), 1)
    np.testing.assert_allclose(on_sphere, placed(east % 360, north), atol=1e-12)
    small = placed(np.array([359.0, 1.0, 2.0]), np.array([50.0, 50.0, 51.0]))
    np.testing.assert_allclose(small, placed(np.array([-1.0, 1.0, 2.0]), np.array([50.0, 50.0, 51.0])))
    # On the plane, distances are those of the sphere, up to the change of a degree's width from the middle latitude.
    one, other = placed(np.array([359.0, 1.0]), np.array([50.0, 50.0]), sphere=True)
    angle = np.arccos(one @ other)
    np.testing.assert_allclose(
        np.linalg.norm(small[0] - small[1]), EARTH * angle * cosine_of(50.5) / cosine_of(50), rtol=1e-3
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: one.assign(salt=one.sst), "give the names of its values"),
        (lambda one: one.rename(time="when").assign_coords(when=range(6)), "give the names of its time"),
        (lambda one: one.drop_vars("lon"), "give the names of its coordinates"),
    ],
)
def test_what_cannot_be_found_is_asked_for(change, sentence):
    with pytest.raises(InputError, match=sentence):
        trajectories_of(change(no_leap()))


def region(west, east, south=40.0, north=46.0):
    """A dataset whose value is the longitude, on a grid of one degree."""
    lon, lat = np.arange(west, east + 1), np.arange(south, north + 1)
    values = np.broadcast_to(lon + np.zeros((3, len(lat), 1)), (3, len(lat), len(lon)))
    return xr.Dataset(
        {"east": (("time", "lat", "lon"), values)},
        {"time": np.arange(3.0), "lat": ("lat", lat, {"units": "degrees_north"}),
         "lon": ("lon", lon % 360, {"units": "degrees_east"})},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        ("x", {"standard_name": "longitude", "units": "degrees"}, "longitude"),
        ("y", {"standard_name": "latitude", "units": "degrees"}, "latitude"),
        ("lat", {"units": "degrees_north"}, "latitude"),
        ("nav_lon", {}, "longitude"),
        ("lon", {"units": "degrees"}, ""),
        ("rlon", {"standard_name": "grid_longitude", "units": "degrees"}, ""),
        ("lon", {"units": "km"}, ""),
    ],
)
def test_what_a_variable_is(name, attributes, expected):
    assert role(xr.DataArray([1.0, 2.0], dims="i", name=name, attrs=attributes)) == expected


@pytest.mark.parametrize(("west", "east", "grid_of_run"), [(-10.0, -2.0, 2), (-40.0, 40.0, 3)], ids=["plane", "sphere"])
def test_a_part_of_a_region_keeps_its_place(west, east, grid_of_run):
    """A run and a prior from a region give the same there as in a part of it, which has another centre."""
    whole, part = region(west, east), region(-6.0, -2.0)
    run = fit(whole, MeanField(), progress=False)
    assert run.points.shape[1] == grid_of_run
    np.testing.assert_allclose(run.forecast(part).east[0], part.east[0], atol=0.1)
    assert run.forecast(part).lon.values.tolist() == part.lon.values.tolist()
    found, deviation = reconstruct(trajectories_of(part)[0], prior=longitudes(run))
    np.testing.assert_allclose(found.values[0, ..., 0], part.east, atol=0.1)
    assert found.placement == deviation.placement == trajectories_of(part)[0].placement
    if grid_of_run == 2:
        assert (evaluate(run, part, baselines=False).mse < 0.01).all()
        with pytest.raises(InputError, match="grid cannot be used with xarray: give trajectories"):
            run.forecast(part, grid=9)
        with pytest.raises(InputError, match="lie outside the domain"):
            run.forecast(region(10.0, 14.0))


def longitudes(run):
    """A prior that knows the longitude of each site, and asks nothing of the observations."""
    sites = run.points.astype(float)
    east = (Placement(**run.config.placement).angles(sites)[0] + 180) % 360 - 180
    return FieldPrior(
        sites, east[:, None], np.zeros((0, len(sites), 1)), np.ones(sites.shape[1]), np.array([1e-6]), 0.5,
        (1.0, 1.0), np.array([1e3]), np.full(sites.shape[1], np.inf), placement=run.config.placement,
    )  # fmt: skip


@pytest.mark.parametrize("sphere", [True, False])
def test_angles_of_positions_are_those_that_were_given(sphere):
    angles = [*np.meshgrid([-179.0, -170.0, 175.0], [-5.0, 6.0]), np.array([[0.0, 5, 10], [1, 2, 3]])]
    placement = placement_of(angles, sphere)
    found = placement.angles(placement.positions(angles))
    np.testing.assert_allclose((found[0] - angles[0] + 180) % 360, 180)
    np.testing.assert_allclose(found[1:], angles[1:], atol=1e-9)
    other = placement_of([np.array([170.0, 190.0]), np.zeros(2), np.array([0.0, 50.0])])._asdict()
    there = moved(placement.positions(angles), placement._asdict(), other)
    np.testing.assert_allclose(there, Placement(**other).positions(angles), rtol=1e-6, atol=1e-4)


def test_the_placement_is_no_part_of_the_fingerprint():
    """Runs of older versions know their data by a fingerprint without it."""
    data = trajectories_of(region(-10.0, -2.0))[0]
    attributes = {name: one for name, one in data.attributes.items() if name != "placement"}
    assert data.placement is not None
    assert dataclasses.replace(data, attributes=attributes).fingerprint == data.fingerprint
