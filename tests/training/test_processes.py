"""One training shared by two processes, as SLURM would start them, and by one."""

import os
import signal
import socket

import pytest

from tests.runs.example_run import file_bytes, start
from tests.tiny import finish, train_tiny, wait_for_step
from weightloom.errors import InputError
from weightloom.runs import RunFolder
from weightloom.training import open_for_training

STEPS = 60
ADAM = ("--method", "adam", "--steps", STEPS, "--save-every", 1, "--devices", 1)


@pytest.fixture
def start_pair(started):
    """Start two processes of one job, as SLURM describes it to them."""

    def start(out):
        job = {"SLURM_JOB_ID": free_job_number(), "SLURM_STEP_NODELIST": "127.0.0.1", "SLURM_NTASKS": "2"}
        ranks = ({"SLURM_PROCID": rank, "SLURM_LOCALID": rank} for rank in "01")
        return [started("l1", out, *ADAM, "--distributed", env=os.environ | job | rank) for rank in ranks]

    return start


def free_job_number():
    """A job number from which JAX derives a port that is free."""
    for number in range(4096):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", 65535 - 4096 + 1 + number)):
                return str(number)
    raise AssertionError("no port is free")


@pytest.mark.slow
def test_one_interrupt_stops_two_processes_whose_training_one_can_end(start_pair, tmp_path):
    pair = start_pair(tmp_path / "shared")
    wait_for_step(tmp_path / "shared", 5, pair[0])
    pair[1].send_signal(signal.SIGINT)
    for code, output, errors in map(finish, pair):
        assert code == 130, errors
        assert f"of {STEPS}. Repeat the command to resume." in output
    assert 5 <= RunFolder.open(tmp_path / "shared").last_step < STEPS

    for folder in ("shared", "alone"):
        assert train_tiny(tmp_path / folder, method="adam", steps=STEPS).complete
    assert file_bytes(tmp_path / "shared") == file_bytes(tmp_path / "alone")


def test_one_process_opens_its_folder_itself(tmp_path):
    with start(tmp_path / "run") as folder:
        assert open_for_training(lambda: folder, lambda: pytest.fail("followed")) is folder


def test_one_process_hears_why_its_folder_cannot_be_opened():
    def refuse():
        raise InputError("on purpose")

    with pytest.raises(InputError, match="on purpose"):
        open_for_training(refuse, lambda: pytest.fail("followed"))
