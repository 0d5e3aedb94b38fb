import fcntl
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import xarray as xr

from tests.runs.example_run import (
    CONFIG,
    STEPS,
    file_bytes,
    go_on,
    measures_at,
    parameters_at,
    read_everything,
    start,
    state_at,
)
from weightloom.errors import InputError, RunError
from weightloom.runs import RunFolder


def test_a_run_from_start_to_end(tmp_path):
    with start(tmp_path / "deep" / "run") as run:
        assert (run.last_step, run.steps, run.parameter_steps, run.complete) == (None, (), (), False)
        assert run.measures().sizes["step"] == 0
        go_on(run, (0,))
        assert (run.last_step, run.steps) == (0, (0,))
        go_on(run, (10, 17))
        assert (run.last_step, run.steps, run.parameter_steps) == (17, (0, 10), (10,))
        np.testing.assert_equal(run.load_state(state_at(0)), state_at(17))
        np.testing.assert_equal(run.load_parameters(10, parameters_at(0)), parameters_at(10))
        go_on(run).finish()
    for again in (run, RunFolder.open(run.path), start(run.path)):
        assert (again.last_step, again.steps, again.complete) == (25, STEPS, True)
        assert again.config == CONFIG
        np.testing.assert_equal(again.load_parameters(25, parameters_at(0)), parameters_at(25))
        for step in STEPS:
            xr.testing.assert_equal(again.measures().sel(step=step).drop_vars("step"), measures_at(step))
    assert sorted(os.listdir(run.path)) == ["COMPLETE", "config.json", "measures", "parameters"]


@pytest.mark.parametrize(("keep", "kept"), [("last", (25,)), ("all", STEPS)])
def test_parameters_are_kept_as_asked(tmp_path, keep, kept):
    with start(tmp_path / "run", keep=keep) as run:
        go_on(run)
        assert run.parameter_steps == kept
        assert len(os.listdir(run.path / "parameters")) == len(kept)
        assert os.listdir(run.path / "state") == ["00000025.safetensors"]
        for step in kept:
            np.testing.assert_equal(run.load_parameters(step, parameters_at(0)), parameters_at(step))
        with pytest.raises(InputError, match=r"does not hold parameters of step 17: it holds .*25"):
            run.load_parameters(17, parameters_at(0))


@pytest.mark.parametrize("interruptions", [(), (0,), (10,), (17,), (0, 10, 17, 25)])
def test_interrupted_or_not_the_bytes_are_the_same(tmp_path, interruptions):
    with start(tmp_path / "whole") as whole:
        go_on(whole).finish()
    for step in interruptions:
        with start(tmp_path / "parts") as run:
            go_on(run, [s for s in (0, 10, 17, 25) if s <= step])
    with start(tmp_path / "parts") as run:
        go_on(run).finish()
    assert file_bytes(tmp_path / "parts") == file_bytes(tmp_path / "whole")


@pytest.mark.parametrize("beginning", ["nothing", "empty folder", "lock and droppings"])
def test_a_run_starts_in_a_new_or_empty_folder(tmp_path, beginning):
    path = tmp_path / "run"
    if beginning != "nothing":
        path.mkdir()
    if beginning == "lock and droppings":
        for name in ("LOCK", ".DS_Store", "._run", "note.txt~", ".config.json.4194305.partial"):
            (path / name).write_bytes(b"left behind")
    with start(path) as run:
        go_on(run).finish()
    assert read_everything(path)["last_step"] == 25


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"holds 'thesis\.tex' but no run"):
        start(tmp_path)
    with pytest.raises(InputError, match=r"thesis\.tex is not a folder"):
        start(tmp_path / "thesis.tex")
    with pytest.raises(InputError, match=r"cannot be written \(Not a directory\)"):
        start(tmp_path / "thesis.tex" / "run")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="link is not a folder"):
        start(tmp_path / "link")
    assert file_bytes(tmp_path) == {"thesis.tex": b"years of work"}


@pytest.mark.parametrize("which", ["running", "finished"])
def test_a_run_of_another_config_is_refused_by_entry_and_left_alone(request, which):
    path = request.getfixturevalue(which)
    before = file_bytes(path)
    other = CONFIG | {"seeds": 3, "adam": {"rate": 1e-2}, "new": None}
    with pytest.raises(InputError, match="another config") as error:
        RunFolder.create(path, other, STEPS, measures_at(0), keep="last")
    for difference in (
        "config.seeds is 2 there, 3 here",
        "config.adam.rate is 0.001 there, 0.01 here",
        "config.new is absent there, None here",
        "keep is 'all' there, 'last' here",
    ):
        assert difference in str(error.value)
    assert "task" not in str(error.value)
    for steps, template, name in [
        ((0, 10, 26), measures_at(0), r"its steps are \[0, 10, 25\]"),
        ((0, 10, 25, 50), measures_at(0), r"its steps are \[0, 10, 25\]"),
        (STEPS, measures_at(0).drop_vars("loss"), "'loss' is only there"),
        (STEPS, measures_at(0).assign(more=1.0), "'more' is only here"),
        (STEPS, measures_at(0).isel(beta=[0, 2, 1]), "'beta' differs"),
    ]:
        with pytest.raises(InputError, match=rf"other measures \(.*{name}"):
            RunFolder.create(path, CONFIG, steps, template, keep="all")
    assert file_bytes(path) == before


@pytest.mark.parametrize(
    "options",
    [
        {"steps": ()},
        {"steps": (-1, 3)},
        {"steps": (3, 3)},
        {"steps": (3, 1)},
        {"steps": (0, 10**8)},
        {"keep": "some"},
        {"config": {"rate": float("nan")}},
        {"config": {"function": print}},
        {"template": xr.Dataset({"step": 1.0})},
    ],
)
def test_bad_arguments_make_no_folder(tmp_path, options):
    arguments = {"config": CONFIG, "steps": STEPS, "template": measures_at(0)} | options
    with pytest.raises(InputError):
        RunFolder.create(tmp_path / "run", **arguments)
    assert not list(tmp_path.iterdir())


def test_two_trainings_never_share_a_folder(tmp_path):
    path = tmp_path / "run"
    with start(path) as run:
        before = file_bytes(path)
        with pytest.raises(RunError, match="in use by another training"):
            start(path)
        program = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        other = subprocess.run([sys.executable, "-c", program, path / "LOCK"], capture_output=True, timeout=60)
        assert b"BlockingIOError" in other.stderr
        assert file_bytes(path) == before
        assert RunFolder.open(path).last_step is None
        go_on(run, (0,))
    with start(path) as run:
        go_on(run)


def test_where_the_disk_knows_no_locks_training_goes_on_without(tmp_path, monkeypatch):
    def unsupported(file, operation):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with start(tmp_path / "run") as run:
        go_on(run).finish()
    assert RunFolder.open(run.path).complete


def test_reading_needs_no_lock_and_allows_no_writing(running):
    run = RunFolder.open(running)
    for action in (lambda: run.commit(25, state_at(25), parameters_at(25), measures_at(25)), run.finish):
        with pytest.raises(InputError, match="open for reading only"):
            action()
    with pytest.raises(RunError, match="holds no run"):
        RunFolder.open(running / "parameters")


def test_steps_are_committed_in_order_and_measured_when_due(tmp_path):
    with start(tmp_path / "run") as run:
        for step, extras, message in [
            (-1, (), "step -1 cannot be committed after"),
            (10**8, (), "cannot be committed after"),
            (10, (parameters_at(10), measures_at(10)), "before the measured step 0"),
            (0, (), "step 0 is measured"),
            (0, (parameters_at(0),), "step 0 is measured"),
        ]:
            with pytest.raises(InputError, match=message):
                run.commit(step, state_at(0), *extras)
        go_on(run, (0, 5))
        with pytest.raises(InputError, match="step 7 is not measured"):
            run.commit(7, state_at(7), parameters_at(7), measures_at(7))
        with pytest.raises(InputError, match="step 4 cannot be committed after step 5"):
            run.commit(4, state_at(4))
        with pytest.raises(InputError, match="is at step 5: its last measured step is 25"):
            run.finish()
        go_on(run).finish()
        with pytest.raises(InputError, match="complete: it holds no state"):
            run.load_state(state_at(0))
    with start(tmp_path / "other") as run, pytest.raises(InputError, match="has no step yet"):
        run.load_state(state_at(0))


@pytest.mark.parametrize("where", ["state", "parameters", "measures"])
def test_a_step_with_values_that_are_not_finite_is_not_committed(running, where):
    before = read_everything(running)
    step = {"state": state_at(25), "parameters": parameters_at(25), "measures": measures_at(25)}
    if where == "measures":
        step[where]["loss"][0, 1] = np.nan
    else:
        layers = step["state"][0] if where == "state" else step["parameters"]
        layers["layers"][0]["bias"][1] = np.inf
    with start(running, keep="all") as run:
        with pytest.raises(RunError, match="not finite"):
            run.commit(25, **step)
        np.testing.assert_equal(read_everything(running), before)
        go_on(run).finish()


def test_a_state_or_parameters_of_another_shape_are_refused(running):
    run = RunFolder.open(running)
    with pytest.raises(RunError, match=r"state/00000017\.safetensors: entry '1.count' is unexpected"):
        run.load_state(state_at(0)[:1])
    with pytest.raises(RunError, match=r"parameters/00000010\.safetensors: entry 'layers.0.bias' has shape"):
        run.load_parameters(10, {"layers": [parameters_at(0)["layers"][0] | {"bias": np.zeros(4, np.float32)}]})


def test_users_keep_figures_in_the_run_and_systems_their_droppings(finished):
    (finished / "figures" / "paper").mkdir(parents=True)
    (finished / "figures" / "paper" / "front.svg").write_text("<svg/>")
    (finished / "figures" / "link").symlink_to("paper")
    for name in (
        ".DS_Store",
        "measures/._loss",
        "config.json~",
        "parameters/.nfs0001",
        ".config.json.swp",
    ):
        (finished / name).write_bytes(b"")
    assert read_everything(finished)["last_step"] == 25


def test_a_run_is_read_while_it_is_written(tmp_path):
    steps = range(40)
    like = {"weight": np.zeros(3)}
    template = xr.Dataset({"loss": ("seed", np.zeros(2))})

    def train():
        for step in steps:
            run.commit(step, like, like, template)
        run.finish()

    with RunFolder.create(tmp_path / "run", {}, steps, template) as run:
        training = threading.Thread(target=train)
        training.start()
        seen = []
        while not seen or not seen[-1].complete:
            seen.append(RunFolder.open(tmp_path / "run"))
            assert seen[-1].measures().sizes["step"] in range(41)
        training.join()
    assert seen[-1].steps == tuple(steps)
