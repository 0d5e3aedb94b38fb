"""A run in memory: it refuses what a folder refuses, and saved it is the folder that would have been written."""

import os

import numpy as np
import pytest
import xarray as xr

from tests.runs.example_run import CONFIG, STEPS, file_bytes, go_on, measures_at, parameters_at, start, state_at
from weightloom.errors import InputError, RunError
from weightloom.runs import MemoryRun, RunFolder, RunStore


def begin(keep="last"):
    return MemoryRun.create(CONFIG, STEPS, measures_at(0), keep)


@pytest.mark.parametrize("keep", ["last", "all"])
@pytest.mark.parametrize("last", [None, 0, 10, 17, 25])
def test_a_saved_run_is_byte_by_byte_the_folder_of_the_same_training(tmp_path, keep, last):
    steps = [] if last is None else [step for step in (0, 10, 17, 25) if step <= last]
    with start(tmp_path / "folder", keep=keep) as folder:
        go_on(folder, steps)
        saved = go_on(begin(keep), steps).save(tmp_path / "saved")
        expected = file_bytes(folder.path)
        expected.pop("LOCK")
        assert file_bytes(saved.path) == expected
        assert (saved.last_step, saved.steps, saved.complete) == (last, folder.steps, False)


@pytest.mark.parametrize("keep", ["last", "all"])
def test_a_complete_one_says_the_same_in_memory_saved_and_on_disk(tmp_path, keep):
    with start(tmp_path / "folder", keep=keep) as folder, begin(keep) as run:
        for one in (folder, run):
            assert isinstance(one, RunStore)
            go_on(one).finish()
            one.finish()
    saved = run.save(tmp_path / "deep" / "saved")
    assert file_bytes(saved.path) == file_bytes(folder.path)
    assert run.path is None
    for one in (folder, run, saved):
        assert (one.complete, one.last_step, one.steps, one.schema) == (True, 25, STEPS, 2)
        assert (one.config, one.keep) == (CONFIG, keep)
        assert one.parameter_steps == (STEPS if keep == "all" else (25,))
        xr.testing.assert_identical(one.measures(), folder.measures())
        for step in one.parameter_steps:
            np.testing.assert_equal(one.load_parameters(step, parameters_at(0)), parameters_at(step))
        with pytest.raises(InputError, match="is complete: it holds no state"):
            one.load_state(state_at(0))


def test_a_training_goes_on_from_a_saved_run(tmp_path):
    go_on(begin(), (0, 10, 17)).save(tmp_path / "saved")
    with start(tmp_path / "saved") as run:
        np.testing.assert_equal(run.load_state(state_at(0)), state_at(17))
        go_on(run).finish()
    with start(tmp_path / "whole") as whole:
        go_on(whole).finish()
    assert file_bytes(tmp_path / "saved") == file_bytes(tmp_path / "whole")


def test_nobody_changes_what_was_committed():
    run, config, steps = begin(), dict(CONFIG), list(STEPS)
    state, parameters, measures = state_at(0), parameters_at(0), measures_at(0)
    run.commit(0, state, parameters, measures)
    for tree in (state[0], parameters, run.load_state(state_at(0))[0], run.load_parameters(0, parameters_at(0))):
        tree["layers"][0]["bias"][:] = 7
    for dataset in (measures, run.measures()):
        dataset["loss"][:] = 7
        dataset["skipped"].values[:] = 7
    config["seeds"], steps[0] = 3, 4
    np.testing.assert_equal(run.load_state(state_at(0)), state_at(0))
    np.testing.assert_equal(run.load_parameters(0, parameters_at(0)), parameters_at(0))
    xr.testing.assert_equal(run.measures().isel(step=0, drop=True), measures_at(0))
    assert (run.config, run.steps) == (CONFIG, (0,))


@pytest.mark.parametrize(
    "options",
    [
        {"steps": ()},
        {"steps": (3, 1)},
        {"steps": (0, 10**8)},
        {"keep": "some"},
        {"config": {"rate": float("nan")}},
        {"template": xr.Dataset({"step": 1.0})},
    ],
)
def test_bad_arguments_are_refused(options):
    with pytest.raises(InputError):
        MemoryRun.create(**({"config": CONFIG, "steps": STEPS, "template": measures_at(0)} | options))


def test_steps_are_committed_in_order_and_measured_when_due():
    run = begin()
    with pytest.raises(InputError, match="the run in memory has no step yet: it holds no state"):
        run.load_state(state_at(0))
    for step, extras, message in [
        (-1, (), "step -1 cannot be committed after"),
        (10**8, (), "cannot be committed after"),
        (10, (parameters_at(10), measures_at(10)), "before the measured step 0"),
        (0, (), "step 0 is measured"),
        (0, (parameters_at(0),), "step 0 is measured"),
        (0, (parameters_at(0), measures_at(0).drop_vars("loss")), "and their template differ"),
        (0, (parameters_at(0), measures_at(0).assign_coords(beta=[1.0, 2.0, 3.0])), "coordinate 'beta'"),
        (0, ({"name": np.array(["text"])}, measures_at(0)), "leaf 'name'"),
    ]:
        with pytest.raises(InputError, match=message):
            run.commit(step, state_at(0), *extras)
        assert run.last_step is None
    go_on(run, (0, 5))
    with pytest.raises(InputError, match="step 4 cannot be committed after step 5"):
        run.commit(4, state_at(4))
    with pytest.raises(InputError, match="is at step 5: its last measured step is 25"):
        run.finish()
    with pytest.raises(InputError, match=r"does not hold parameters of step 5: it holds 0"):
        run.load_parameters(5, parameters_at(0))
    go_on(run).finish()
    with pytest.raises(InputError, match="is complete: no further step"):
        run.commit(25, state_at(25), parameters_at(25), measures_at(25))


@pytest.mark.parametrize("where", ["state", "parameters", "measures"])
def test_a_step_with_values_that_are_not_finite_changes_nothing(where):
    run = go_on(begin(), (0, 10, 17))
    step = {"state": state_at(25), "parameters": parameters_at(25), "measures": measures_at(25)}
    if where == "measures":
        step[where]["loss"][0, 1] = np.nan
    else:
        layers = step["state"][0] if where == "state" else step["parameters"]
        layers["layers"][0]["bias"][1] = np.inf
    with pytest.raises(RunError, match="not finite"):
        run.commit(25, **step)
    assert (run.last_step, run.steps, run.parameter_steps) == (17, (0, 10), (10,))
    np.testing.assert_equal(run.load_state(state_at(0)), state_at(17))
    np.testing.assert_equal(run.load_parameters(10, parameters_at(0)), parameters_at(10))


def test_a_state_or_parameters_of_another_shape_are_refused():
    run = go_on(begin(), (0, 10, 17))
    with pytest.raises(RunError, match=r"the run in memory: state of step 17: entry '1.count' is unexpected"):
        run.load_state(state_at(0)[:1])
    with pytest.raises(RunError, match=r"parameters of step 10: entry 'layers.0.bias' has shape"):
        run.load_parameters(10, {"layers": [parameters_at(0)["layers"][0] | {"bias": np.zeros(4, np.float32)}]})


def test_it_is_saved_into_a_new_or_empty_folder_or_not_at_all(tmp_path, monkeypatch):
    run = go_on(begin())
    (tmp_path / "thesis.tex").write_text("years of work")
    for path in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(InputError, match="exists already: give a new or an empty folder"):
            run.save(path)
    with pytest.raises(InputError, match=r"cannot be written \(Not a directory\)"):
        run.save(tmp_path / "thesis.tex" / "run")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(InputError, match="No space left on device"):
            run.save(tmp_path / "deep" / "run")
    assert file_bytes(tmp_path) == {"thesis.tex": b"years of work"}
    assert os.listdir(tmp_path) == ["thesis.tex"]
    (tmp_path / "empty").mkdir()
    assert isinstance(run.save(tmp_path / "empty"), RunFolder)
