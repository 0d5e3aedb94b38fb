"""`weightloom discover`: what it refuses, before any training, in one sentence and without a trace."""

from typing import get_args

import jax
import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.tiny import LINE, STEPS, finish
from weightloom.cli._app import app
from weightloom.discovery.config import Config, configure
from weightloom.runs import RunFolder
from weightloom.runs.lock import Lock

TINY = [*LINE, "--steps", STEPS]


@pytest.fixture(autouse=True)
def _no_training(monkeypatch):
    """This process has its devices already, and nothing here gets as far as a training."""
    monkeypatch.setattr(jax.config, "update", lambda name, value: None)
    monkeypatch.setattr("weightloom.training.loop.Placement", lambda seeds: pytest.fail("training began"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--sizes 16,,1", "--sizes '16,,1' cannot be read"),
        ("--sizes a,b", "--sizes 'a,b' cannot be read"),
        ("--sizes 2.5,1", "--sizes '2.5,1' cannot be read"),
        ("--sizes ,", "--sizes ',' cannot be read"),
        ("--sizes 16", "give two or more whole numbers"),
        ("--sizes 0,3,1", "of at least 1"),
        ("--sizes 4,-3,1", "of at least 1"),
        ("--sizes 4,3,2", "the task has 1 output"),
        ("--seeds 0", "--seeds 0 cannot be used"),
        ("--seeds -2", "--seeds -2 cannot be used"),
        ("--first-seed -1", "seeds (-1,) cannot be used"),
        ("--first-seed 4294967295 --seeds 2", "give whole numbers from 0 to 2³² − 1"),
        ("--steps 0", "steps 0 cannot be used"),
        ("--steps -1", "steps -1 cannot be used"),
        ("--steps 100000000", "steps 100000000 cannot be used"),
        ("--lowest-beta 0", "β from 0 to 1 cannot be used"),
        ("--lowest-beta 1", "β from 1 to 1 cannot be used"),
        ("--lowest-beta nan", "β from nan to 1 cannot be used"),
        ("--highest-beta -1", "β from 1e-12 to -1 cannot be used"),
        ("--highest-beta inf", "β from 1e-12 to inf cannot be used"),
        ("--betas 1", "measured_betas 1 cannot be used: give a whole number of at least 2"),
        ("--betas-per-step 0", "betas_per_step 0 cannot be used"),
        ("--learning-rate 0", "learning_rate 0.0 cannot be used"),
        ("--learning-rate inf", "learning_rate inf cannot be used: give a positive number"),
        ("--batch 0", "batch 0 cannot be used"),
        ("--hyperdepth 0", "hyperdepth 0 cannot be used"),
        ("--checkpoints 0", "checkpoints 0 cannot be used"),
        ("--save-every 0", "save_every 0 cannot be used"),
        ("--method sgd", "use one of hypernetwork, adam"),
        ("--regime cold", "use warmup or literal"),
        ("--spacing cubic", "use log or linear"),
        ("--keep none", "use last or all"),
        ("--activation step", "use one of swish, relu, gelu, tanh, sine"),
        ("--warmup 5", "give 2 numbers, such as 2000,6000"),
        ("--warmup 1,2,3", "give 2 numbers"),
        ("--warmup 5,2", "give 0 ≤ from ≤ to"),
        ("--warmup a,b", "--warmup 'a,b' cannot be read"),
        ("--devices 0", "--devices 0 cannot be used"),
    ],
)
def test_bad_arguments_get_one_sentence_and_leave_nothing(refused, tmp_path, line, said):
    assert said in refused("discover", "l1", "--out", tmp_path / "run", *line.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f = 3", "not a function"),
        ("def f(x): return x", "the task has 2 outputs, so the last size must be 2"),
        ("def f(x): return x.sum()", "returned shape ()"),
        ("def f(x): return x[:, 0] / 0", "not finite"),
        ("def f(x): return 0 * x[:, 0]", "is constant"),
        ("def f(x): raise KeyError('no')", "KeyError"),
        ("def g(x): return x[:, 0]", "has no function 'f'"),
        ("def f(x: return", "SyntaxError"),
        ("import no_such_package", "no_such_package"),
    ],
)
def test_bad_tasks_get_one_sentence_and_leave_nothing(refused, tmp_path, text, said):
    file = tmp_path / "mine.py"
    file.write_text(text)
    assert said in refused("discover", f"{file}:f", *TINY, "--out", tmp_path / "run")
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("task", "sizes"), [("l3", "2,3,1"), ("nowhere.py:f", "2,3,1"), ("product", "1,3,1")])
def test_tasks_that_are_not_there_or_do_not_fit_are_refused(refused, tmp_path, task, sizes):
    assert f"task '{task}'" in refused("discover", task, "--sizes", sizes, "--out", tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a,b\n1,2\n", "", "1 row of data are too few"),
        ("a,b\n" + "1,\n2,\n" * 10, "", "column 'b' has 20 values that are missing"),
        ("a,b\n" + "x,1\n" * 20, "", "column 'a' has text ('x' in row 1)"),
        ("a,b\n" + "1,2\n" * 20, "", "column 'a' is constant"),
        ("a,b\n" + "".join(f"{k},2\n" for k in range(20)), "", "target 'b' is constant"),
        ("a,c\n1,2\n", "", "has no column 'b'"),
        ("a,b\n" + "".join(f"{k},{k}\n" for k in range(20)), "--columns a,c", "has no column 'c'"),
        ("a,b\n" + "".join(f"{k},{k}\n" for k in range(20)), "--sizes 2,3,1", "give sizes that start with 1, not 2"),
        ("a,b\n" + "".join(f"{k},{k}\n" for k in range(20)), "--sizes 1,3,2", "the last size must be 1"),
        ("a,b\n" + "".join(f"{k},{k}\n" for k in range(20)), "--distribution bits", "has no distribution 'bits'"),
    ],
)
def test_bad_tables_get_one_sentence_and_leave_nothing(refused, tmp_path, text, options, said):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    assert said in refused("discover", f"{file}:b", *options.split(), "--steps", 9, "--out", tmp_path / "run")
    assert list(tmp_path.iterdir()) == [file]


def test_a_function_of_a_file_takes_another_distribution_and_loss(refused, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def f(x): return x[:, 0]")
    line = ["discover", f"{file}:f", "--sizes", "2,3,2", "--out", tmp_path / "run"]
    assert "the task has 1 output" in refused(*line, "--distribution", "bits")
    assert "returned -1, which is no class" in refused(*line, "--distribution", "signs", "--loss", "cross-entropy")
    assert "give normal, uniform:LOW,HIGH" in refused(*line, "--distribution", "cauchy")
    assert "loss 'hinge' is unknown" in refused(*line, "--loss", "hinge")


def test_a_file_may_hold_a_task(refused, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import weightloom as wl\nt = wl.Task('t', lambda x: x[:, 0], distribution='one-hot:3')")
    line = ["discover", f"{file}:t", "--sizes", "10,3,1", "--out", tmp_path / "run"]
    assert "10 inputs cannot be one-hot" in refused(*line)


def test_an_unknown_task_is_told_the_known_ones(refused, tmp_path):
    said = refused("discover", "l3", "--out", tmp_path / "run")
    assert f"use one of {', '.join(wl.tasks.TASKS)}, path/to/file.py:function, or path/to/table.csv:column" in said


def test_folders_that_hold_something_else_or_cannot_be_are_refused(refused, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = file_bytes(tmp_path)
    for out in ("full", "file", "file/run", "file/run/l1", "/proc/run", "/dev/null/run", "x" * 300):
        assert "give" in refused("discover", "l1", *TINY, "--out", tmp_path / out)
    assert file_bytes(tmp_path) == before


def test_a_run_of_another_config_is_refused_by_the_entries_that_differ(refused, trained):
    before = file_bytes(trained)
    said = refused("discover", "l1", *TINY, "--out", trained, "--keep", "all", "--batch", 9, "--regime", "literal")
    assert "config.batch is 8 there, 9 here" in said
    assert "config.regime is 'warmup' there, 'literal' here" in said
    assert "keep is 'all' there, 'last' here" in refused("discover", "l1", *TINY, "--out", trained)
    assert file_bytes(trained) == before


def test_a_run_that_another_process_trains_is_refused(refused, tmp_path):
    lock = Lock(tmp_path / "LOCK")
    assert "is in use by another training" in refused("discover", "l1", *TINY, "--out", tmp_path)
    lock.release(remove=True)
    assert list(tmp_path.iterdir()) == []


# Values that do not follow from an entry's type.
OTHERS = {
    "sizes": (5, 6, 1), "activation": "relu", "method": "adam", "warmup": (3, 9), "beta_range": (1e-9, 0.5), "clip": 2.5
}  # fmt: skip
SPELLINGS = {
    "--lowest-beta 1e-9": ("beta_range", (1e-9, 1.0)),
    "--highest-beta 0.5": ("beta_range", (1e-12, 0.5)),
    "--betas 4": ("measured_betas", 4),
    "--deviation 0.5": ("learned_std", 0.5),
    "--seeds 3": ("seeds", (0, 1, 2)),
    "--first-seed 7": ("seeds", (7,)),
}
OPTIONS = [name for name, field in Config.model_fields.items() if field.json_schema_extra["option"]]


def changed(name, usual):
    """Another value than the usual one of an entry, whichever entries there will be."""
    choices = get_args(Config.model_fields[name].annotation)
    if name in OTHERS:
        return OTHERS[name]
    if isinstance(usual, bool):
        return not usual
    if isinstance(usual, str):
        return next(choice for choice in choices if choice != usual)
    return usual + 1 if isinstance(usual, int) else usual / 2


class Reached(Exception):
    """The config that a line leads to, on its way out of the command."""


@pytest.fixture
def config_of(monkeypatch):
    """The config of a line, had it been trained."""

    def reach(task, architecture, *, out, stop, save_every, **options):
        raise Reached(configure(task, architecture, **options))

    monkeypatch.setattr("weightloom.discovery.discover", reach)

    def of(*line):
        with pytest.raises(Reached) as reached:
            app(["discover", "l1", "--out", "run", *map(str, line)], standalone_mode=False)
        return reached.value.args[0]

    return of


def test_a_bare_line_has_the_defaults_of_python(config_of):
    assert config_of() == configure(wl.tasks.l1, wl.MLP((16, 48, 1)), seeds=1, steps=30_000)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_entry_of_a_config_has_an_option_that_changes_it(name, config_of):
    usual = getattr(config_of(), name)
    value = changed(name, usual)
    typed = ",".join(map(str, value)) if isinstance(value, tuple) else value
    line = [f"--{name.replace('_', '-')}", *([] if value is True else [typed])]
    assert getattr(config_of(*line), name) == value != usual


@pytest.mark.parametrize("line", SPELLINGS)
def test_options_of_other_names_change_their_entry(line, config_of):
    name, value = SPELLINGS[line]
    assert getattr(config_of(*line.split()), name) == value != getattr(config_of(), name)


def test_a_finished_run_needs_no_training(command, trained):
    code, output, errors = command("discover", "l1", *TINY, "--out", trained, "--keep", "all")
    assert (code, errors) == (0, "")
    assert output.startswith(f"{trained} is complete: seed ")
    assert output.endswith(f" See it with: weightloom show {trained}\n")


@pytest.mark.slow
def test_a_users_file_may_compute_before_the_training(started, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import jax.numpy as jnp\nSLOPES = jnp.arange(1.0, 3.0)\ndef f(x): return jnp.abs(x) @ SLOPES\n")
    code, output, errors = finish(started(f"{file}:f", tmp_path / "run", "--method", "adam", "--devices", 2))
    assert (code, errors) == (0, "")
    assert "is complete" in output
    assert RunFolder.open(tmp_path / "run").config["source"] == f"{file}:f"
