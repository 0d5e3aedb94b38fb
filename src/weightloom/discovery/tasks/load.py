"""Loading of tasks by name or from a user's file."""

import dataclasses
import sys
import traceback
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.bundled import TASKS
from weightloom.discovery.tasks.distributions import as_distribution
from weightloom.discovery.tasks.files import SUFFIXES, read_table
from weightloom.discovery.tasks.table import Table
from weightloom.errors import InputError

MODULE_NAME = "_weightloom_user_task"


def load_task(
    text: str, *, columns: Sequence[str] | None = None, distribution: Any = None, loss: str | None = None
) -> Task:
    """Load a task by its name, from a function in a user's file, or from a table of data.

    A user's file of Python is executed as a temporary module. It does not stay in `sys.modules`, and no bytecode is
    written. A table is not executed.

    Args:
        text: one of these.

            - The name of a bundled task (a key of `TASKS`).
            - `path/to/file.py:function` for a function of inputs (batch, n) written with `jax.numpy`, or for a `Task`.
            - `path/to/table.csv:column` for the column of a table to be predicted from the others; also .tsv, .parquet
              and .npz, and several columns with commas between them.
        columns: the columns of a table that are inputs. The default is all but the target.
        distribution: the distribution of the inputs, as in `Task`. The default is the task's own.
        loss: the loss, as in `Task`. The default is the task's own.

    Returns:
        The task. A user's task has the name of its function or file, and `text` as its source.

    Raises:
        InputError: if the task, the file, the function or the column does not exist, if executing the file fails, or if
            the data cannot be used.

    Examples:
        >>> from weightloom.discovery.tasks import load_task
        >>> load_task("max_abs").name
        'max_abs'
    """
    path, colon, name = text.rpartition(":")
    if text not in TASKS and Path(path).suffix in SUFFIXES:
        if distribution is not None:
            raise InputError(f"task {text!r} is a table, which has no distribution {distribution!r}: leave it out.")
        return read_table(text, columns, loss)
    if columns is not None:
        raise InputError(f"task {text!r} is no table: leave out the columns, or give path/to/table.csv:column.")
    task = TASKS[text] if text in TASKS else _from_python(text, path, colon, name)
    return _changed(task, distribution, loss)


def _changed(task: Task, distribution: Any, loss: str | None) -> Task:
    """The task with another distribution or loss than its own. Its moments are then estimated anew."""
    given: dict[str, Any] = {} if distribution is None else {"distribution": as_distribution(distribution)}
    given |= {} if loss is None else {"loss": loss}
    if given and isinstance(task, Table):
        raise InputError(f"task {task.name!r} is a table, with its own rows and loss: give them to Task.from_data.")
    changes = {entry: value for entry, value in given.items() if value != getattr(task, entry)}
    return dataclasses.replace(task, **changes, moments=None) if changes else task


def _from_python(text: str, path: str, colon: str, name: str) -> Task:
    if not colon or not path.endswith(".py"):
        raise InputError(
            f"task {text!r} is unknown: use one of {', '.join(TASKS)}, path/to/file.py:function, or "
            "path/to/table.csv:column."
        )
    if not name.isidentifier():
        raise InputError(f"task {text!r} does not name a function: give path/to/file.py:function.")
    function = getattr(_run(Path(path), text), name, None)
    if function is None:
        raise InputError(f"task {text!r} cannot be loaded: {path} has no function {name!r}.")
    if isinstance(function, Task):
        return dataclasses.replace(function, source=text)
    if not callable(function):
        raise InputError(
            f"task {text!r} cannot be loaded: {name!r} in {path} is a {type(function).__name__}, not a function."
        )
    return Task(name, function, source=text)


def as_task(task: Any, *, distribution: Any = None, loss: str | None = None) -> Task:
    """Convert an argument to a task.

    Args:
        task: a task, a text as `load_task` takes it, or a function of inputs (batch, n) written with `jax.numpy`.
        distribution: the distribution of the inputs, as in `Task`. The default is the task's own.
        loss: the loss, as in `Task`. The default is the task's own.

    Returns:
        The task.

    Raises:
        InputError: if `task` is anything else, or if the named task does not exist.

    Examples:
        >>> as_task("l1").name, as_task(lambda x: x[:, 0]).name
        ('l1', 'function')
    """
    if isinstance(task, Task):
        return _changed(task, distribution, loss)
    if isinstance(task, str):
        return load_task(task, distribution=distribution, loss=loss)
    if not callable(task):
        raise InputError(
            f"the task {task!r} cannot be used: give a task such as wl.tasks.l1, its name, or a function of inputs "
            "(batch, n)."
        )
    name = getattr(task, "__name__", "function")
    return _changed(Task(name if name.isidentifier() else "function", task), distribution, loss)


def _run(path: Path, text: str) -> types.ModuleType:
    """Execute a file as a module. Unlike an import, this writes no bytecode."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"task {text!r} cannot be loaded: {path}: {error.strerror or error}.") from error
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = str(path)
    # Dataclasses look up their module by name during execution.
    before = sys.modules.get(MODULE_NAME)
    sys.modules[MODULE_NAME] = module
    try:
        exec(compile(content, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(".: ") + _line(error, path)
        raise InputError(f"task {text!r} cannot be loaded: running {path} failed with {reason}.") from error
    finally:
        del sys.modules[MODULE_NAME]
        if before is not None:
            sys.modules[MODULE_NAME] = before
    return module


def _line(error: BaseException, path: Path) -> str:
    """The line of the user's file that raised the error, for a message."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" in line {lines[-1]}" if lines else ""
