"""The loop on a program small enough to know what it must do: a random walk whose keys are the loop's."""

import hashlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from weightloom.errors import RunError
from weightloom.runs import RunFolder
from weightloom.training import Program, Purpose, key_for, train

MEASURED = (2, 5, 9)
SEEDS = (3, 4, 8)


def walk(bad_from=10**9):
    """A program whose state is the sum of one normal sample per step, and infinite from a step on."""

    def step(state, seed, index):
        sample = jax.random.normal(key_for(seed, index, Purpose.INPUTS))
        place = jnp.where(index >= bad_from, jnp.inf, state["place"] + sample)
        return {"place": place, "steps": state["steps"] + 1}, {"sample": sample}

    return Program(
        init=lambda seed: {"place": jnp.float32(0), "steps": jnp.int32(0)},
        step=step,
        parameters=lambda state: {"place": state["place"]},
        measure=lambda state, seed: state["place"],
        dataset=lambda places: xr.Dataset({"place": ("seed", np.asarray(places))}, {"seed": list(SEEDS)}),
    )


def folder_at(path, keep="all"):
    template = xr.Dataset({"place": ("seed", np.zeros(len(SEEDS), np.float32))}, {"seed": list(SEEDS)})
    return RunFolder.create(path, {"walk": 1}, MEASURED, template, keep)


def run(path, program=None, save_every=4, **options):
    with folder_at(path) as folder:
        return train(program or walk(), folder, seeds=SEEDS, measured=MEASURED, save_every=save_every, **options)


def fingerprint(path):
    files = sorted(p for p in Path(path).rglob("*") if p.is_file() and p.name != "LOCK")
    return {str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "run"
    assert run(path)
    return path


def test_measures_are_what_the_keys_say(whole):
    measures = RunFolder.open(whole).measures()
    for seed in SEEDS:
        samples = [float(jax.random.normal(key_for(seed, index, Purpose.INPUTS))) for index in range(9)]
        for step in MEASURED:
            expected = sum(samples[:step])
            assert float(measures.place.sel(seed=seed, step=step)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("stops", [[1], [4], [1, 3, 7], list(range(1, 9))], ids=str)
def test_stopping_and_resuming_changes_no_byte(whole, tmp_path, stops):
    path = tmp_path / "run"
    reached = []
    for at in stops:
        progress = lambda step, scalars: reached.append(step)  # noqa: E731
        assert not run(path, callback=progress, stop=lambda at=at: reached[-1] >= at)
    assert run(path)
    assert fingerprint(path) == fingerprint(whole)


def test_how_often_states_are_saved_changes_no_byte(whole, tmp_path):
    assert run(tmp_path / "run", save_every=1)
    assert fingerprint(tmp_path / "run") == fingerprint(whole)


def test_a_complete_run_stays_as_it_is(whole):
    before = fingerprint(whole)
    with folder_at(whole) as folder:
        assert folder.complete
    assert fingerprint(whole) == before


def test_a_divergence_names_seed_and_step_and_keeps_the_last_checkpoint(tmp_path):
    with pytest.raises(RunError, match=r"diverged: seed 3, 4, 8 has values that are not finite at step \d") as error:
        run(tmp_path / "run", walk(bad_from=6))
    assert "learning rate" in str(error.value)
    assert RunFolder.open(tmp_path / "run").steps == (2, 5)
    assert np.isfinite(RunFolder.open(tmp_path / "run").measures().place).all()


def test_progress_is_told_every_seed_and_a_growing_step(tmp_path):
    told = []
    run(tmp_path / "run", callback=lambda step, scalars: told.append((step, scalars["sample"].shape)))
    steps = [step for step, _ in told]
    assert steps == sorted(set(steps))
    assert steps[-1] == 9
    assert {shape for _, shape in told} == {(3,)}


def test_the_callback_can_be_called_at_every_multiple_of_some_steps(tmp_path):
    told = []
    run(tmp_path / "run", callback=lambda step, scalars: told.append(step), log_every=2)
    assert {2, 4, 6, 8} <= set(told)


def test_a_measure_that_is_not_finite_is_a_divergence_of_its_seed(tmp_path):
    program = walk()._replace(
        measure=lambda state, seed: jnp.where(seed == 4, jnp.nan, state["place"]),
        dataset=lambda places: pytest.fail("read what is not finite"),
    )
    with pytest.raises(RunError, match=r"seed 4 has .* not finite at step 2; .* No checkpoint was written yet\.$"):
        run(tmp_path / "run", program)
    assert RunFolder.open(tmp_path / "run").last_step is None


def test_a_divergence_between_measured_steps_is_noticed_when_the_state_is_saved(tmp_path):
    with pytest.raises(RunError, match=r"at step 4; .* The checkpoint of step 2 is kept\.$"):
        run(tmp_path / "run", walk(bad_from=3))
    assert RunFolder.open(tmp_path / "run").last_step == 2


def test_a_training_killed_before_its_end_was_marked_only_needs_the_mark(whole, tmp_path, monkeypatch):
    path = tmp_path / "run"
    monkeypatch.setattr(RunFolder, "finish", lambda folder: None)
    run(path)
    assert not RunFolder.open(path).complete
    monkeypatch.undo()
    assert run(path, callback=lambda step, scalars: pytest.fail("trained on"))
    assert fingerprint(path) == fingerprint(whole)


@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["one step", "as long as possible"])
def test_the_length_of_chunks_changes_no_byte(whole, tmp_path, monkeypatch, seconds):
    monkeypatch.setattr("weightloom.training.loop.SECONDS_PER_CHUNK", seconds)
    assert run(tmp_path / "run")
    assert fingerprint(tmp_path / "run") == fingerprint(whole)


def test_a_stop_at_the_last_step_is_the_end(whole, tmp_path):
    path, reached = tmp_path / "run", []
    assert run(path, callback=lambda step, scalars: reached.append(step), stop=lambda: reached[-1] == 9)
    assert fingerprint(path) == fingerprint(whole)


def test_a_stop_is_asked_after_each_chunk_and_keeps_its_step(tmp_path):
    assert not run(tmp_path / "run", stop=lambda: True)
    assert RunFolder.open(tmp_path / "run").last_step == 1


def traces(path, weak_init, weak_step):
    """How often JAX asks a program's step what it does; each further compilation asks again."""
    program, asked = walk(), []
    number = {True: lambda: jnp.full((), 0.5), False: lambda: jnp.float32(0.5)}
    assert jax.eval_shape(number[True]).weak_type
    assert not jax.eval_shape(number[False]).weak_type

    def step(state, seed, index):
        asked.append(index)
        moved, scalars = program.step({"place": state["place"], "steps": state["steps"]}, seed, index)
        return moved | {"rate": number[weak_step]()}, scalars | {"rate": number[weak_step]()}

    loose = program._replace(init=lambda seed: program.init(seed) | {"rate": number[weak_init]()}, step=step)
    assert run(path, loose)
    return len(asked)


@pytest.mark.slow
def test_weak_types_of_a_program_do_not_compile_its_step_again(tmp_path):
    found = {(a, b): traces(tmp_path / f"{a}-{b}", a, b) for a in (False, True) for b in (False, True)}
    assert len(set(found.values())) == 1, found
