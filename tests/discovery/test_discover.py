"""The main job from Python: it resumes, refuses what it cannot do before it starts, and leaves nothing behind.

That its bytes do not depend on devices and interruptions is tested in `tests/training/test_interruptions.py`.
"""

import itertools

import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.runs.old_runs import unpacked
from tests.tiny import SEEDS, STEPS, train_tiny
from weightloom.discovery.config import Config
from weightloom.discovery.methods import METHODS


@pytest.mark.parametrize("stop_after", [1, 2, 5])
def test_a_stopped_training_resumes_to_the_same_bytes(tmp_path, stop_after):
    asked = itertools.count(1)
    options = {"method": "adam", "save_every": 2}
    stopped = train_tiny(tmp_path / "run", stop=lambda: next(asked) >= stop_after, **options)
    assert not stopped.complete
    assert repr(stopped).endswith(f"at step {stopped.store.last_step})")
    assert train_tiny(tmp_path / "run", **options).complete
    train_tiny(tmp_path / "whole", method="adam")
    assert file_bytes(tmp_path / "run") == file_bytes(tmp_path / "whole")


def test_a_finished_run_is_returned_as_it_is(trained, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*")}
    monkeypatch.setattr("weightloom.training.loop.advance_with", lambda step: pytest.fail("trained again"))
    assert train_tiny(trained, keep="all").store.last_step == STEPS
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*")} == before


def test_a_run_in_memory_is_the_one_on_disk(tmp_path):
    run = train_tiny(None, method="adam")
    assert run.path is None
    assert "in memory" in repr(run)
    on_disk = train_tiny(tmp_path / "run", method="adam")
    assert run.measures.identical(on_disk.measures)
    saved = run.save(tmp_path / "saved")
    assert file_bytes(saved.path) == file_bytes(on_disk.path)
    with pytest.raises(wl.InputError, match=r"is already in .*saved: copy that folder"):
        saved.save(tmp_path / "again")


@pytest.mark.slow
def test_a_function_and_widths_are_a_task_and_an_architecture():
    options = {"method": "adam", "steps": 1, "batch": 2, "checkpoints": 1}
    run = wl.discover(lambda x: x[:, 0] * 2, [2, 3, 1], activation="tanh", **options)
    assert (run.config.task, run.config.sizes, run.config.activation) == ("function", (2, 3, 1), "tanh")
    assert wl.discover("max", (2, 3, 1), **options).config.task == "max"


@pytest.mark.parametrize(
    ("task", "architecture", "options", "said"),
    [
        (3, (2, 3, 1), {}, "the task 3 cannot be used"),
        ("l3", (2, 3, 1), {}, "task 'l3' is unknown"),
        ("l1", "2,3,1", {}, "the architecture '2,3,1' cannot be used: give an MLP, such as wl.MLP"),
        ("l1", 3, {}, "the architecture 3 cannot be used"),
        ("l1", (2, 3, 1), {"seeds": 1.5}, "seeds 1.5 cannot be used"),
        ("l1", (2, 3, 1), {"seeds": "ab"}, r"seeds .* cannot be used: give a tuple of whole numbers"),
        ("l1", (2, 3, 1), {"betas": 3}, "'betas' is no entry of Config: it is called 'measured_betas'"),
        ("l1", (2, 3, 1), {"learning_rates": 3}, "did you mean 'learning_rate'"),
        ("l1", (2, 3, 1), {"steps": "9"}, "steps '9' cannot be used: give a whole number"),
    ],
    ids=str,
)
def test_arguments_of_wrong_types_get_one_sentence(unchecked, task, architecture, options, said):
    with pytest.raises(wl.InputError, match=said):
        wl.discover(task, architecture, **options)


@pytest.mark.slow
def test_a_seed_alone_is_the_seed_among_others(tmp_path):
    alone = train_tiny(tmp_path / "alone", method="adam", seeds=SEEDS[1:])
    among = train_tiny(tmp_path / "among", method="adam", seeds=(4, *SEEDS))
    assert alone.measures.identical(among.measures.sel(seed=list(SEEDS[1:])))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learning_rate": 0.5}, r"config.learning_rate is 0\.001 there, 0\.5 here"),
        ({"seeds": 1}, r"config.seeds is \[0, 1\] there, \[0\] here"),
        ({"steps": 20}, "config.steps is 12 there, 20 here"),
        ({"keep": "last"}, "keep is 'all' there, 'last' here"),
        ({"batch": 9, "hyperdepth": 3}, "config.batch is 8 there, 9 here; config.hyperdepth is 2 there, 3 here"),
        ({"task": wl.tasks.l2}, "config.task is 'l1' there, 'l2' here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_run_of_another_config_is_refused_by_the_entries_that_differ(trained, changes, said):
    before = file_bytes(trained)
    with pytest.raises(wl.InputError, match=said):
        train_tiny(trained, **({"keep": "all"} | changes))
    assert file_bytes(trained) == before


def test_a_changed_function_is_another_config(tmp_path):
    tasks = [wl.Task("mine", lambda x, power=power: (x**power).sum(axis=1)) for power in (2, 4)]
    train_tiny(tmp_path / "run", tasks[0], method="adam")
    with pytest.raises(wl.InputError, match=r"config\.standardisation is \[.*\] there, \[.*\] here"):
        train_tiny(tmp_path / "run", tasks[1], method="adam")


# A hypernetwork takes seconds to compile.
SLOW = {"hypernetwork"}


@pytest.mark.parametrize(
    "method", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in METHODS]
)
def test_a_divergence_keeps_the_last_checkpoint(method, tmp_path):
    with pytest.raises(wl.RunError, match=r"training diverged: seed 0, 1 has values that are not finite .* learning"):
        train_tiny(tmp_path / "run", method=method, learning_rate=1e30, save_every=1)
    run = wl.open_run(tmp_path / "run")
    assert not run.complete
    with pytest.raises(wl.RunError, match="nothing has been measured yet"):
        _ = run.measures


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seeds": 0}, "no seed"),
        ({"seeds": (1, 1)}, "contain duplicates"),
        ({"steps": 0}, "steps 0"),
        ({"beta_range": (0.0, 1.0)}, "β from 0"),
        ({"beta_range": (1.0, 1e-3)}, "lowest < highest"),
        ({"regime": "cold"}, "regime 'cold'"),
        ({"method": "sgd"}, "method 'sgd'"),
        ({"keep": "none"}, "keep 'none'"),
        ({"spacing": "cubic"}, "spacing 'cubic'"),
        ({"learning_rate": 0.0}, "learning_rate 0.0"),
        ({"batch": 0}, "batch 0"),
        ({"hyperdepth": 0}, "hyperdepth 0"),
        ({"warmup": (6, 2)}, "warm-up"),
        ({"save_every": 0}, "save_every 0"),
        ({"task": wl.Task("wrong", lambda x: x)}, "the task has 2 outputs, so the last size must be 2"),
        ({"task": wl.Task("wrong", lambda x: x[:, :1])}, "one value per row"),
        ({"task": wl.Task("constant", lambda x: 0 * x[:, 0])}, "constant"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_trained_is_refused_and_leaves_nothing(tmp_path, changes, said):
    with pytest.raises(wl.InputError, match=said):
        train_tiny(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(wl.InputError, match=r"holds 'thesis\.txt' but no run"):
        train_tiny(tmp_path)
    assert file_bytes(tmp_path) == {"thesis.txt": b"mine"}


def test_steps_is_the_length_of_the_run(trained):
    assert wl.open_run(trained).store.last_step == STEPS


def test_one_measurement_is_made_at_the_end(tmp_path):
    run = train_tiny(tmp_path / "run", method="adam", checkpoints=1)
    assert run.measures.step.values.tolist() == [STEPS]


def test_a_complete_run_of_0_1_is_given_back(tmp_path):
    path = unpacked("discovery", tmp_path)
    config = wl.open_run(path).config
    assert config.constant_loss == 1  # what a run of 0.1 does not say
    names = [name for name, one in Config.model_fields.items() if one.json_schema_extra["option"]]
    options = {name: getattr(config, name) for name in names}
    del options["sizes"], options["activation"]
    again = wl.discover(config.task, config.architecture, out=path, seeds=config.seeds, **options)
    assert (again.complete, again.config) == (True, config)
