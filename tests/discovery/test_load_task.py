"""Tasks from the command line: a name, or a function in a file, loaded without a trace."""

import sys

import pytest

from weightloom.discovery.tasks import TASKS, as_task, load_task
from weightloom.errors import InputError

SOURCE = """
import dataclasses
import jax.numpy as jnp

@dataclasses.dataclass
class Power:
    exponent: "int"

def cubes(x):
    return jnp.power(x, Power(3).exponent).sum(axis=1)

not_callable = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my tasks.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("name", TASKS)
def test_names_give_the_members(name):
    assert load_task(name) is TASKS[name]


def test_the_tasks_own_distribution_and_loss_change_nothing():
    assert load_task("l1", distribution="normal", loss="squared-error") is TASKS["l1"]
    assert as_task(TASKS["modular_sum"], distribution="one-hot:5", loss="cross-entropy") is TASKS["modular_sum"]
    other = load_task("l1", distribution="normal", loss="cross-entropy")
    assert (other.loss, other.moments) == ("cross-entropy", None)


def test_function_of_a_file(file):
    task = load_task(f"{file}:cubes")
    assert (task.name, task.source) == ("cubes", f"{file}:cubes")
    mean, std = task.standardisation(2)
    assert mean == pytest.approx(0, abs=0.1)
    assert std**2 == pytest.approx(30, rel=0.1)


def test_relative_paths_are_taken_from_the_working_folder(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert load_task(f"{file.name}:cubes").name == "cubes"


def test_loading_leaves_no_trace(file):
    before = dict(sys.modules), list(sys.path), sorted(file.parent.iterdir())
    load_task(f"{file}:cubes")
    assert (dict(sys.modules), sys.path, sorted(file.parent.iterdir())) == before


def test_a_failing_file_leaves_no_trace_either(tmp_path):
    path = tmp_path / "failing.py"
    path.write_text("raise RuntimeError('on purpose')")
    before = dict(sys.modules)
    with pytest.raises(InputError):
        load_task(f"{path}:f")
    assert dict(sys.modules) == before


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (None, "cubes", "No such file"),
        (SOURCE, "squares", "has no function 'squares'"),
        (SOURCE, "not_callable", "'not_callable' in .* is a int, not a function"),
        (SOURCE, "", "does not name a function"),
        (SOURCE, "a.b", "does not name a function"),
        ("import no_such_package", "f", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("def f(:", "f", "SyntaxError"),
        ("raise SystemExit(3)", "f", "SystemExit: 3"),
        ("open('no such data')", "f", "running .* failed with FileNotFoundError"),
        ("\0", "f", "running .* failed with"),
    ],
)
def test_failures_get_one_sentence(tmp_path, content, name, sentence):
    path = tmp_path / "task.py"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=sentence) as caught:
        load_task(f"{path}:{name}")
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_task(tmp_path):
    folder = tmp_path / "folder.py"
    folder.mkdir()
    with pytest.raises(InputError, match="directory"):
        load_task(f"{folder}:f")


@pytest.mark.parametrize("text", ["l3", "", ":", "l1:", "L1", "task.txt:f", "task.py"])
def test_unknown_names_are_answered_with_the_accepted_ones(text):
    with pytest.raises(InputError, match=r"use one of l1, l2, max, .*, path/to/file\.py:function, or path/to/table"):
        load_task(text)
