"""Trainings are the same however they are run, and refuse what they cannot do before they start."""

import itertools

import pytest

import weightloom as wl
from tests.store.example_run import file_bytes
from tests.tiny import SEEDS, STEPS, finish, train_tiny, wait_for_step


@pytest.mark.parametrize("stop_after", [1, 2, 5])
def test_a_stopped_training_resumes_to_the_same_bytes(trained, tmp_path, stop_after):
    asked = itertools.count(1)
    run = train_tiny(tmp_path / "run", keep="all", stop=lambda: next(asked) >= stop_after, save_every=2)
    assert not run.complete
    assert train_tiny(tmp_path / "run", keep="all").complete
    assert file_bytes(tmp_path / "run") == file_bytes(trained)


def test_killed_at_any_moment_a_training_resumes_to_the_same_bytes(started, tmp_path):
    """SIGKILL as soon as a step is committed, again and again, saving after every step."""
    out, options = tmp_path / "killed", ("--method", "adam", "--steps", 40, "--save-every", 1)
    for step in (1, 9, 17):
        process = started("l1", out, *options)
        wait_for_step(out, step, process)
        process.kill()
        process.wait()
        assert not wl.open_run(out).complete
    code, _, errors = finish(started("l1", out, *options))
    assert code == 0, errors
    train_tiny(tmp_path / "whole", method="adam", steps=40)
    assert file_bytes(out) == file_bytes(tmp_path / "whole")


def test_one_device_gives_the_bytes_of_several(started, trained, tmp_path):
    """This process has three virtual devices and trains its seeds on two of them; the command has one."""
    code, _, errors = finish(started("l1", tmp_path / "run", "--keep", "all", "--devices", 1))
    assert code == 0, errors
    assert file_bytes(tmp_path / "run") == file_bytes(trained)


def test_seeds_do_not_know_of_one_another(trained, tmp_path):
    alone = train_tiny(tmp_path / "run", seeds=(SEEDS[1],))
    assert alone.measures.identical(wl.open_run(trained).measures.sel(seed=[SEEDS[1]]))


def test_a_run_of_another_config_is_refused_by_the_entries_that_differ(trained):
    before = file_bytes(trained)
    with pytest.raises(wl.InputError, match=r"learning_rate.*0\.001.*0\.5"):
        train_tiny(trained, keep="all", learning_rate=0.5)
    assert file_bytes(trained) == before


def test_a_divergence_keeps_the_last_checkpoint(tmp_path):
    with pytest.raises(wl.RunError, match="training diverged"):
        train_tiny(tmp_path / "run", learning_rate=1e30, save_every=1)
    assert wl.open_run(tmp_path / "run").complete is False


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seeds": 0}, "no seed"),
        ({"seeds": (1, 1)}, "repeat"),
        ({"steps": 0}, "steps 0"),
        ({"beta_range": (0.0, 1.0)}, "β from 0"),
        ({"beta_range": (1.0, 1e-3)}, "lowest < highest"),
        ({"regime": "cold"}, "regime 'cold'"),
        ({"method": "sgd"}, "method 'sgd'"),
        ({"keep": "none"}, "keep 'none'"),
        ({"spacing": "cubic"}, "spacing 'cubic'"),
        ({"learning_rate": 0.0}, "learning rate"),
        ({"batch": 0}, "batch 0"),
        ({"hyperdepth": 0}, "hyperdepth 0"),
        ({"warmup": (6, 2)}, "warm-up"),
        ({"save_every": 0}, "save_every 0"),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_nothing(tmp_path, changes, said):
    with pytest.raises(wl.InputError, match=said):
        train_tiny(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_steps_is_the_length_of_the_run(trained):
    assert wl.open_run(trained).folder.last_step == STEPS
