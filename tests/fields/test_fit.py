"""Runs of models: the same bytes through interruptions, and one sentence for what cannot be fitted."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from weightloom._load import open_field_run, open_run
from weightloom.errors import InputError, RunError
from weightloom.fields import Trajectories, heat, sensor_mask
from weightloom.fields._evaluate import evaluate, horizons
from weightloom.fields._fit import fit
from weightloom.fields.models import DINo, HypernetworkInTime, MeanField, Persistence
from weightloom.fields.run import FieldRun

TINY = DINo(code=3, decoder_width=4, decoder_layers=1, dynamics=(4,), points=8, trajectories=2, fit_steps=2)


@pytest.fixture(scope="module")
def data():
    return heat(6, frames=5, grid=8)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    return fit(data, TINY, out=out, observed=0.5, in_frames=3, test=2, seeds=2, steps=6, checkpoints=2)


def digests(path):
    files = sorted(p for p in Path(path).rglob("*") if p.is_file() and p.name != "LOCK")
    return {str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.slow
def test_an_interrupted_and_resumed_run_has_the_same_bytes(whole, data, tmp_path):
    options = {"observed": 0.5, "in_frames": 3, "test": 2, "seeds": 2, "steps": 6, "checkpoints": 2}
    halted = fit(data, TINY, out=tmp_path / "run", stop=lambda: True, **options)
    assert not halted.complete
    assert halted.store.last_step < 6
    assert fit(data, TINY, out=tmp_path / "run", **options).complete
    assert digests(tmp_path / "run") == digests(whole.path)


def test_a_run_opens_as_what_it_is(whole):
    opened = open_run(whole.path)
    assert isinstance(opened, FieldRun)
    assert opened.config == whole.config
    assert opened.measures.validation_mse.shape == (2, 2, 5)
    with pytest.raises(RunError, match="is a discovery run"):
        open_field_run("l1-paper")


@pytest.mark.slow
def test_trajectories_are_forecast_from_their_first_frames_as_one_by_one(whole, data):
    test = data.select([4, 5])
    result = whole.forecast(test, frames=7, grid=16, seed=1)
    assert (len(result), result.grid, len(result.times)) == (2, (16, 16), 7)
    np.testing.assert_allclose(np.diff(result.times), np.diff(data.times)[0], rtol=1e-5)
    seen = sensor_mask(test, 0.5)[0]
    for own, forecast in zip(test.at_points[:, 0], result.at_points):
        frame = np.where(seen[:, None], own, np.nan)
        alone = whole.forecast(frame, times=result.times - result.times[0], points=result.points, seed=1)
        np.testing.assert_allclose(forecast, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_run_in_memory_forecasts_as_the_one_on_disk(whole, data):
    options = {"observed": 0.5, "in_frames": 3, "test": 2, "seeds": 2, "steps": 6, "checkpoints": 2}
    run = fit(data, TINY, **options)
    assert run.path is None
    test = data.select([4, 5])
    np.testing.assert_array_equal(run.forecast(test).values, whole.forecast(test).values)


@pytest.mark.slow
def test_a_forecast_reads_nan_as_not_observed(whole, data):
    first, times = np.array(data.values[0, 0]), [0.0, 0.25]
    seen = np.arange(64) % 2 == 0
    holes = np.where(seen[:, None], first.reshape(64, 1), np.nan)
    at = data.points[seen]
    found = whole.forecast(holes, times=times)
    assert found.shape == (2, 64, 1)
    np.testing.assert_allclose(found, whole.forecast(holes[seen], at=at, times=times), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"times": [1.0, 1.0]}, "times must increase"),
        ({"times": []}, "a one-dimensional array of finite times"),
        ({"times": [-1.0]}, "from 0"),
        ({"points": np.zeros((3, 5))}, r"points have shape \(3, 5\): give positions"),
        ({"points": np.full((1, 2), np.nan)}, "not finite"),
        ({"first_frame": np.zeros((8, 8, 2))}, "1 channels"),
        ({"first_frame": np.full((64, 1), np.nan)}, "has no finite value"),
        ({"seed": 9}, "its seeds are 0, 1"),
    ],
    ids=str,
)
def test_what_cannot_be_forecast_is_said(whole, data, changes, sentence):
    arguments = {"first_frame": data.values[0, 0], "times": [0.0]} | changes
    with pytest.raises(InputError, match=sentence):
        whole.forecast(arguments.pop("first_frame"), **arguments)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"observed": 0.0}, "share"),
        ({"test": 6}, "too few"),
        ({"validation": -1}, "validation -1 cannot be used"),
        ({"windows": 9}, "windows"),
        ({"seeds": 0}, "no seed"),
        ({"steps": 0}, "steps 0"),
        ({"keep": "some"}, "keep"),
        ({"save_every": 0}, "save_every"),
    ],
    ids=str,
)
def test_what_cannot_be_fitted_leaves_nothing(data, tmp_path, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        fit(data, Persistence(), out=tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_errors_of_the_simplest_models_are_what_the_definition_says(data, tmp_path):
    for model in (Persistence(), MeanField()):
        run = fit(data, model, out=tmp_path / model.name, in_frames=3, test=2, validation=1)
        table = evaluate(run, data=data, baselines=False)
        truth = data.values[4:].reshape(2, 5, -1).astype(float)
        mean = data.values[:3, :3].reshape(9, -1).mean(axis=0)
        expected = truth[:, :1] if model.name == "persistence" else mean
        mse = ((truth - expected) ** 2).mean(axis=(0, 2))
        np.testing.assert_allclose(table.mse.sel(where="all", seed=0, model=model.name), mse, rtol=1e-4, atol=1e-9)
        means = horizons(table).mse.sel(where="all", seed=0, model=model.name)
        np.testing.assert_allclose(means, [mse[:3].mean(), mse[3:].mean()], rtol=1e-4)


@pytest.mark.slow
def test_a_single_trajectory_can_be_fitted_and_read_between_its_frames(tmp_path):
    """H(t) → θ_t of one trajectory: there is none left to validate on, so that the fit itself is measured."""
    one = heat(1, frames=4, grid=8)
    model = HypernetworkInTime(code=1, hidden=(16,), widths=(16,), points=64, learning_rate=1e-2, frequency=3.0)
    run = fit(one, model, out=tmp_path / "run", in_frames=4, steps=300, checkpoints=2)
    assert run.config.validation == 0
    assert run.measures.validation_mse.isel(step=-1).max() < 0.2
    truth = heat(1, frames=6, grid=8, frame=0.125)
    found = run.forecast(one.values[0, 0], times=truth.times).reshape(truth.values[0].shape)
    for unseen in (3, 5):
        wrong, variance = ((found[unseen] - truth.values[0, unseen]) ** 2).mean(), truth.values[0, unseen].var()
        assert wrong < 0.05 * variance


def test_other_data_are_not_the_runs_own(whole):
    with pytest.raises(InputError, match=r"not the data that .* was fitted to"):
        evaluate(whole, data=heat(6, frames=5, grid=8, key=1))
    with pytest.raises(InputError, match="data in memory"):
        evaluate(whole)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 100}, "persistence is fitted in one step, not in 100: leave out steps"),
        ({"mask_key": -1}, "mask_key -1 cannot be used"),
        ({"test": 7}, "6 trajectories are too few for 7 test"),
        ({"test": -1}, "test -1 cannot be used"),
    ],
)
def test_numbers_that_cannot_be_used_get_their_own_sentence(data, tmp_path, options, sentence):
    with pytest.raises(InputError, match=sentence):
        fit(data, Persistence(), out=tmp_path / "run", **options)
    assert not any(tmp_path.iterdir())


def test_points_at_one_place_are_refused(data, tmp_path):
    place = Trajectories(np.zeros((3, 2, 4, 1)), [0.0, 1.0], np.ones((4, 2)), ["height"])
    with pytest.raises(InputError, match="all points of the data have the same position"):
        fit(place, Persistence(), out=tmp_path / "run")
