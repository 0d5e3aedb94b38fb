"""A disk that fails, and a process that dies, at every single operation of a run's life."""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.runs.breaking import broken, disk_full
from tests.runs.example_run import (
    STEPS,
    file_bytes,
    go_on,
    loss_at,
    parameters_at,
    read_everything,
    start,
    state_at,
)
from weightloom.errors import InputError, RunError
from weightloom.runs import RunFolder

loss_at(0)  # the first dataset imports what xarray can work with, which is no operation of a run


def fails(at, action):
    """Whether an action fails when its operation number `at` does; None when it has fewer operations."""
    with broken(at, disk_full) as operations:
        try:
            action()
            failed = False
        except (InputError, RunError):
            failed = True
    return failed if len(operations) >= at else None


@pytest.mark.parametrize("beginning", ["new", "new and deep", "empty"])
def test_a_failed_creation_leaves_nothing_behind_and_can_be_repeated(tmp_path, beginning):
    path = tmp_path / "deep" / "run" if beginning == "new and deep" else tmp_path / "run"
    if beginning == "empty":
        path.mkdir()
    before = sorted(tmp_path.rglob("*"))
    for at in itertools.count(1):
        failed = fails(at, lambda: start(path, loss_at).close())
        if failed:
            assert sorted(tmp_path.rglob("*")) == before
        else:
            with start(path, loss_at) as run:
                go_on(run, measures=loss_at).finish()
            shutil.rmtree(path)
            if beginning == "new and deep":
                path.parent.rmdir()
            elif beginning == "empty":
                path.mkdir()
        if failed is None:
            assert at > 30
            return


@pytest.mark.parametrize(("step", "keep"), [(17, "last"), (25, "last"), (25, "all")])
def test_a_failed_commit_leaves_the_last_good_step_and_can_be_repeated(tmp_path, step, keep):
    last = 10 if step == 17 else 17
    with start(tmp_path / "good", loss_at, keep=keep) as run:
        go_on(run, [s for s in (0, 10, 17) if s <= last], loss_at)
    with start(shutil.copytree(tmp_path / "good", tmp_path / "ideal"), loss_at, keep=keep) as run:
        go_on(run, [step], loss_at)
    ideal, good = read_everything(tmp_path / "ideal"), read_everything(tmp_path / "good")
    for at in itertools.count(1):
        path = shutil.copytree(tmp_path / "good", tmp_path / "run")
        with start(path, loss_at, keep=keep) as run:
            failed = fails(at, lambda: go_on(run, [step], loss_at))
            found = read_everything(path)
            np.testing.assert_equal(found, good if found["last_step"] == last else ideal)
            if not failed:
                assert found["last_step"] == step
            extras = (parameters_at(step), loss_at(step)) if step in STEPS else ()
            run.commit(step, state_at(step), *extras)
        np.testing.assert_equal(read_everything(path), ideal)
        shutil.rmtree(path)
        if failed is None:
            assert at > 8
            return


def test_a_failed_end_leaves_a_run_that_can_be_ended(tmp_path):
    with start(tmp_path / "good", loss_at) as run:
        go_on(run, measures=loss_at)
    with start(shutil.copytree(tmp_path / "good", tmp_path / "ideal"), loss_at) as run:
        run.finish()
    for at in itertools.count(1):
        path = shutil.copytree(tmp_path / "good", tmp_path / "run")
        with start(path, loss_at) as run:
            failed = fails(at, run.finish)
            assert RunFolder.open(path).last_step == 25
            assert run.complete or failed
        with start(path, loss_at) as run:
            run.finish()
        assert read_everything(path)["last_step"] == 25
        left = file_bytes(path).keys() - file_bytes(tmp_path / "ideal").keys()
        assert left <= {"LOCK"}
        shutil.rmtree(path)
        if failed is None:
            assert at > 8
            return


def test_a_disk_that_cannot_be_read_gives_one_error(tmp_path, running):
    for at in itertools.count(1):
        failed = fails(at, lambda: read_everything(running))
        if failed is None:
            assert at > 12
            return
        assert failed


@pytest.mark.slow
def test_a_process_killed_at_any_moment_loses_no_step_that_was_committed(tmp_path):
    with start(tmp_path / "ideal", loss_at) as run:
        go_on(run, measures=loss_at).finish()
    result = subprocess.run(
        [sys.executable, "-m", "tests.runs.killed_trainings", tmp_path / "work", tmp_path / "ideal"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=300,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["trainings"] > 50
    assert set(outcome["seen"]) == {None, 0, 10, 17, 25}
