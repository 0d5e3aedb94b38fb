"""`weightloom fit`, `evaluate`, `forecast` and `show`: from trajectories to a table and a movie."""

import json

import numpy as np
import pytest

from weightloom._load import open_field_run
from weightloom.fields import heat, open_trajectories, sensor_mask


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("fields")
    heat(6, frames=5, grid=8).save(path / "heat.zarr")
    return path


@pytest.fixture
def fitted(command, folder):
    """A run of the cheapest model; the same line again finds it complete."""
    code, output, errors = command(
        "fit", folder / "heat.zarr", "--model", "persistence", "--observed", 0.5, "--in-frames", 3, "--test", 2,
        "--out", folder / "run",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert "weightloom evaluate" in output
    return folder / "run"


def test_the_table_has_every_horizon_and_its_numbers_are_stored(command, fitted, tmp_path):
    code, output, errors = command("evaluate", fitted, "--no-baselines", "--frames", "--out", tmp_path / "table.json")
    assert (code, errors) == (0, "")
    for word in ("persistence", "In-t", "Out-t", "In-s", "Out-s", "rel. L2", "2 unseen trajectories"):
        assert word in output
    stored = json.loads((tmp_path / "table.json").read_text())
    truth = open_trajectories(fitted.parent / "heat.zarr").select([4, 5]).at_points
    everywhere = stored["data_vars"]["mse"]
    places = stored["coords"]["where"]["data"]
    seen = sensor_mask(open_trajectories(fitted.parent / "heat.zarr"), 0.5)[0]
    expected = ((truth - truth[:, :1])[:, :, seen] ** 2).mean(axis=(0, 2, 3))
    found = np.array(everywhere["data"])[0, 0, places.index("In-s")]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-12)


def test_a_baseline_itself_can_be_evaluated_beside_the_others(command, fitted):
    code, output, errors = command("evaluate", fitted, "--every", 2, "--observed", 1, "--mask-key", 3)
    assert (code, errors) == (0, "")
    assert [output.count(name) for name in ("persistence", "mean-field", "pod-linear", "pod-quadratic")] == [1, 1, 1, 1]


def test_another_run_stands_beside(command, fitted, folder):
    code, _, errors = command(
        "fit", folder / "heat.zarr", "--model", "mean-field", "--in-frames", 3, "--test", 2, "--out", folder / "mean"
    )
    assert (code, errors) == (0, "")
    code, output, errors = command("evaluate", fitted, "--beside", folder / "mean", "--no-baselines")
    assert (code, errors) == (0, "")
    assert [output.count(name) for name in ("persistence", "mean-field", "pod")] == [2, 2, 0]  # all points; In-s, Out-s


def test_data_that_are_not_where_they_were_are_asked_for(command, refused, folder, tmp_path):
    heat(3, frames=2, grid=8).save(tmp_path / "heat.zarr")
    line = ("fit", tmp_path / "heat.zarr", "--model", "persistence", "--in-frames", 2, "--test", 1)
    assert command(*line, "--out", tmp_path / "run")[0] == 0
    (tmp_path / "heat.zarr").rename(tmp_path / "moved.zarr")
    assert "was fitted to these data: give their new path" in refused("evaluate", tmp_path / "run")


def test_data_that_were_moved_are_parted_as_for_the_fit(command, fitted, tmp_path):
    heat(6, frames=5, grid=8).save(tmp_path / "moved.zarr")
    tables = [command("evaluate", fitted, *given) for given in ((), ("--data", tmp_path / "moved.zarr"))]
    assert [code for code, _, _ in tables] == [0, 0]
    assert tables[0] == tables[1]
    assert "2 unseen trajectories from their first frame, with 0.5 of 64 points observed" in tables[0][1]


def test_a_forecast_goes_on_as_long_as_it_is_asked_to(command, fitted, tmp_path):
    code, output, errors = command(
        "forecast", fitted, "--frames", 7, "--grid", 16, "--out", tmp_path / "f.zarr", "--movie", tmp_path / "f.gif"
    )
    assert (code, errors) == (0, "")
    assert "2 trajectories, 7 frames on 16 × 16" in output
    assert open_trajectories(tmp_path / "f.zarr").values.shape == (2, 7, 16, 16, 1)
    assert (tmp_path / "f.gif").read_bytes().startswith(b"GIF")


@pytest.mark.slow
def test_the_period_of_own_data_reaches_the_model(command, tmp_path):
    """A wave on a ring of 3 m is one of its harmonics, so that it is known between the points too."""
    x, times, phases = 3 * np.arange(8) / 8, np.arange(6.0), np.arange(4.0)
    turn = lambda x: np.cos(2 * np.pi * x / 3 - 0.4 * times[:, None] + phases[:, None, None])[..., None]  # noqa: E731
    np.savez(tmp_path / "ring.npz", u=turn(x), t=times, x=x)
    own = ("--values", "u", "--time", "t", "--coordinates", "x", "--period", 3)
    model = ("--model", "continuous-pod", "--set", "modes=2", "--set", "quadratic=0")
    code, _, errors = command("fit", tmp_path / "ring.npz", *own, *model, "--test", 1, "--out", tmp_path / "run")
    assert (code, errors) == (0, "")
    run = open_field_run(tmp_path / "run")
    assert run.model.period == (3.0,)
    between = x + 3 / 16
    found = run.forecast(turn(x)[3, 0], times=[0.0], points=between[:, None])
    np.testing.assert_allclose(found[0], turn(between)[3, 0], atol=1e-4)


def test_show_says_what_was_fitted(command, fitted):
    code, output, _ = command("show", fitted)
    assert code == 0
    assert "Fitted to 3 trajectories of 3 frames at 64 points, 0.5 of the points observed." in output


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("fit heat.zarr --model foo --out x", "model 'foo' is unknown"),
        ("fit heat.zarr --model grid-pod --set foo=1 --out x", "grid-pod has no setting 'foo'"),
        ("fit missing.zarr --out x", "missing.zarr"),
        ("fit heat.zarr --model persistence --observed 0 --test 2 --out x", "the observed share is 0.0"),
        ("fit heat.zarr --model persistence --test 6 --out x", "too few"),
        ("evaluate run --out table.txt", "use .json"),
        ("forecast run --frames 0 --out f.zarr", "frames 0 cannot be used"),
        ("forecast run --out f.zarr --movie f.mp4", "use .gif"),
        ("draw run --out net.svg", "is a fields run"),
        ("evaluate l1-paper", "is a discovery run"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_writes_nothing(refused, fitted, monkeypatch, line, sentence):
    monkeypatch.chdir(fitted.parent)
    before = sorted(path.name for path in fitted.parent.iterdir())
    assert sentence in refused(*line.split())
    assert sorted(path.name for path in fitted.parent.iterdir()) == before


def test_gaps_of_a_file_are_filled(command, tmp_path, monkeypatch):
    import xarray as xr

    monkeypatch.setattr("weightloom.fields.reconstruction.learning.EVALUATIONS", 2)
    values = np.cos(np.arange(5)[:, None] + np.linspace(0, 2, 9))
    values[2, 3:6] = np.nan
    axes = {"time": range(5), "x": np.linspace(0, 1, 9)}
    given = xr.Dataset({"wind": (("time", "x"), values, {"units": "m s-1"})}, axes)
    given.to_netcdf(tmp_path / "gaps.nc", engine="scipy")
    line = ("reconstruct", tmp_path / "gaps.nc", "--modes", 0, "--out", tmp_path / "filled.nc")
    code, output, errors = command(*line)
    assert (code, errors) == (0, "")
    assert "wind, wind_deviation" in output
    filled = xr.load_dataset(tmp_path / "filled.nc")
    assert filled.wind.attrs["units"] == "m s-1"
    assert filled.wind.notnull().all()
    assert (filled.wind_deviation[2, 3:6] > filled.wind_deviation[2, 0]).all()
    assert command(*line)[0] == 2  # the file exists already
    assert command("reconstruct", tmp_path / "absent.nc", "--out", tmp_path / "other.nc")[0] == 2
    assert not (tmp_path / "other.nc").exists()
