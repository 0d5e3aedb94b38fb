"""An extended run begins with its first training and goes on as a training of its own."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.tiny import STEPS, train_tiny
from weightloom.discovery.config import configure
from weightloom.discovery.methods import METHODS
from weightloom.discovery.optimiser import optimiser_of
from weightloom.errors import InputError
from weightloom.runs import RunFolder
from weightloom.runs.json_files import read_record, write_record
from weightloom.training import Purpose, key_for

SLOW = {"hypernetwork"}
MORE = 8


def silent(run, steps=MORE, **options):
    return wl.extend(run, steps, progress=False, **options)


@pytest.fixture(scope="module")
def longer(baseline, tmp_path_factory):
    return silent(baseline, out=tmp_path_factory.mktemp("longer") / "run")


def test_the_first_measures_stay_and_new_ones_follow(baseline, longer):
    assert longer.complete
    assert (longer.config.steps, longer.config.ends) == (STEPS + MORE, (STEPS,))
    first = baseline.measures.step.values.tolist()
    assert longer.measures.step.values.tolist() == [*first, *(STEPS + step for step in (1, 3, MORE))]
    xr.testing.assert_identical(longer.measures.sel(step=first), baseline.measures)
    assert not longer.measures.weight_0.isel(step=-1).equals(baseline.measures.weight_0.isel(step=-1))


@pytest.mark.slow
def test_its_steps_are_those_of_adam_from_the_last_parameters(baseline, longer):
    """A second implementation: one step of Adam with moments of 0, on the inputs of the step."""
    x, y = wl.tasks.l1.at(2).batch(key_for(0, STEPS, Purpose.INPUTS), 8)
    layers = baseline.network(0).parameters

    def loss(layers):
        hidden = x @ layers[0][0] + layers[0][1]
        return ((hidden / (1 + jnp.exp(-hidden)) @ layers[1][0] + layers[1][1] - y.reshape(-1, 1)) ** 2).mean()

    rate = baseline.config.learning_rate
    for before, slope, after in zip(
        *map(jax.tree.leaves, (layers, jax.grad(loss)(layers), longer.network(0, step=STEPS + 1).parameters))
    ):
        np.testing.assert_allclose(after, before - rate * slope / (abs(slope) + 1e-8), atol=1e-6)


def test_the_schedule_starts_again():
    config = configure(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=30, learning_rate=1.0, warmup=(0, 0)).replace(ends=(20,))
    sizes = []
    optimiser = optimiser_of(config)
    state = optimiser.init(jnp.zeros(1))
    for _ in range(10):
        update, state = optimiser.update(jnp.ones(1), state)
        sizes.append(-float(update[0]))
    expected = [1.0] * 5 + [float(optax.cosine_decay_schedule(1.0, 5)(step)) for step in range(5)]
    np.testing.assert_allclose(sizes, expected, atol=1e-5)


def test_it_can_be_extended_again_and_in_memory(baseline, longer):
    twice = silent(longer, 2)
    assert twice.path is None
    assert twice.config.ends == (STEPS, STEPS + MORE)
    xr.testing.assert_identical(twice.measures.sel(step=longer.measures.step), longer.measures)


@pytest.mark.parametrize(
    "method", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in METHODS]
)
def test_it_ends_with_the_same_bytes_through_any_interruption(method, baseline, longer, tmp_path, monkeypatch):
    first, whole = baseline, longer
    if method != "adam":
        first = train_tiny(tmp_path / "first", method=method)
        whole = silent(first, out=tmp_path / "whole")
    before, commit = file_bytes(first.path), RunFolder.commit

    def until(last):
        def fail(self, step, *arguments, **options):
            if step == last:
                raise KeyboardInterrupt
            commit(self, step, *arguments, **options)

        return fail

    out = tmp_path / "run"
    for last in (first.store.steps[-1], first.store.steps[-1] + 2):  # in the copy, and in the training
        with monkeypatch.context() as patched:
            patched.setattr(RunFolder, "commit", until(last))
            with pytest.raises(KeyboardInterrupt):
                silent(first, out=out, save_every=2)
        assert not wl.open_run(out).complete
    assert silent(first, out=out, save_every=1).complete
    assert file_bytes(out) == file_bytes(whole.path)
    assert file_bytes(first.path) == before
    assert silent(first, out=out).complete


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "steps 0 cannot be used"),
        ({"task": "l2"}, "the given task is not that of .*: constant_loss|standardisation is"),
        ({"steps": 10**9}, "steps 1000000012 cannot be used"),
    ],
)
def test_what_cannot_be_extended_gets_one_sentence_and_nothing_is_written(baseline, tmp_path, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        silent(baseline, out=tmp_path / "run", **({"steps": 2} | changes))
    assert list(tmp_path.iterdir()) == []


def test_unfinished_runs_compact_copies_and_unknown_tasks_are_refused(baseline, tmp_path):
    part = wl.join([baseline])
    part.store._complete = False
    with pytest.raises(InputError, match="is not finished: repeat its command"):
        silent(part, out=tmp_path / "run")
    with pytest.raises(InputError, match="cannot be extended, because it is a compact copy"):
        silent(wl.compact(baseline, tmp_path / "small"), out=tmp_path / "run")
    own = wl.join([baseline])
    own.store.config |= {"task": "mine"}
    with pytest.raises(InputError, match="the task 'mine' of the run in memory is your own"):
        silent(wl.Run(own.store), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert silent(wl.Run(own.store), 1, task="l1").config.task == "mine"


def test_discover_with_more_steps_says_how_to_extend(baseline):
    with pytest.raises(
        InputError, match=r"finished run of another config \(.*config.steps is 12 there, 20 here.*extend"
    ):
        train_tiny(baseline.path, method="adam", checkpoints=3, steps=20)


def test_a_run_that_is_older_than_an_entry_of_the_config_is_the_same_run(baseline, tmp_path):
    shutil.copytree(baseline.path, tmp_path / "old")
    record = read_record(tmp_path / "old" / "config.json")
    del record["config"]["ends"]
    write_record(tmp_path / "old" / "config.json", record)
    before = file_bytes(tmp_path / "old")
    assert train_tiny(tmp_path / "old", method="adam", checkpoints=3).measures.identical(baseline.measures)
    with pytest.raises(InputError, match=r"config\.batch is 8 there, 9 here\)"):
        train_tiny(tmp_path / "old", method="adam", checkpoints=3, batch=9)
    assert file_bytes(tmp_path / "old") == before
