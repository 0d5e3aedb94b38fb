"""The same bytes for the same config: on any number of devices, beside any other seeds, through any interruption."""

import random
import signal
import time

import pytest

from tests.runs.example_run import file_bytes
from tests.tiny import finish, train_tiny, wait_for_step
from weightloom.discovery.methods import METHODS
from weightloom.runs import RunFolder

STEPS = 60
LONG = ("--steps", STEPS, "--save-every", 1, "--devices", 2)


def differing(one, other):
    """Names of the files that two runs do not share byte for byte."""
    ours, theirs = file_bytes(one), file_bytes(other)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_one_device_writes_what_two_write(method, started, tmp_path):
    code, output, errors = finish(started("l1", tmp_path / "one", "--method", method, "--devices", 1))
    assert code == 0, errors
    assert f"weightloom show {tmp_path / 'one'}" in output
    train_tiny(tmp_path / "two", method=method)
    assert not differing(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow  # `tests/discovery/test_discover.py` asks the same of Adam
def test_a_seed_does_not_know_its_companions(trained, tmp_path):
    other = train_tiny(tmp_path / "run", seeds=(7, 1), keep="all").measures.sel(seed=1)
    assert other.identical(train_tiny(trained, keep="all").measures.sel(seed=1))


@pytest.mark.slow
def test_killed_and_interrupted_trainings_end_with_the_bytes_of_an_undisturbed_one(started, tmp_path):
    out, moments = tmp_path / "run", random.Random(0)
    for step in (1, 20):  # most of the time is spent in saves, so most of these moments are within one
        training = started("l1", out, *LONG)
        wait_for_step(out, step, training)
        time.sleep(moments.uniform(0, 0.05))
        training.kill()
        code, _, errors = finish(training)
        assert code == -signal.SIGKILL, errors
        assert step <= RunFolder.open(out).last_step < STEPS

    before = RunFolder.open(out).last_step
    training = started("l1", out, *LONG)
    wait_for_step(out, before + 5, training)
    training.send_signal(signal.SIGINT)
    code, output, errors = finish(training)
    stopped = RunFolder.open(out).last_step
    assert (code, errors) == (130, "")
    assert output == f"{out} is at step {stopped} of {STEPS}. Repeat the command to resume.\n"
    assert before + 5 <= stopped < STEPS

    for folder in (out, tmp_path / "undisturbed"):
        assert train_tiny(folder, steps=STEPS).complete
    assert not differing(out, tmp_path / "undisturbed")
