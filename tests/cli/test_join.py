"""`weightloom join`: seeds that were trained one by one are the training of all, for every command."""

import pytest

from tests.runs.example_run import file_bytes
from tests.tiny import train_tiny


@pytest.mark.slow
def test_trainings_of_single_seeds_are_joined_to_the_training_of_all(command, tmp_path):
    for seeds in ((0,), (1,), (0, 1)):
        train_tiny(tmp_path / f"run{''.join(map(str, seeds))}", seeds=seeds)
    code, output, _ = command("join", tmp_path / "run1", tmp_path / "run0", "--out", tmp_path / "joined")
    assert (code, output) == (0, f"{tmp_path / 'joined'} holds 2 seeds of 2 runs.\n")
    assert file_bytes(tmp_path / "joined") == file_bytes(tmp_path / "run01")
    for name, *options in (["show"], ["figures"], ["report"], ["atlas"], ["read", "--seed", "1", "--beta", "1e-6"]):
        assert command(name, tmp_path / "joined", *options)[0] == 0, name
