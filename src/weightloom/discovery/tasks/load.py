"""Loading of tasks by name or from a user's file."""

import sys
import traceback
import types
from pathlib import Path
from typing import Any

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.bundled import TASKS
from weightloom.errors import InputError

MODULE_NAME = "_weightloom_user_task"


def load_task(text: str) -> Task:
    """Load a task by its name, or from a function in a user's file.

    A user's file is executed as a temporary module. It does not stay in `sys.modules`, and no bytecode is written.

    Args:
        text: the name of a bundled task (a key of `TASKS`), or `path/to/file.py:function` for a function from inputs
            (batch, n) to values (batch,) written with `jax.numpy`.

    Returns:
        The task. A user's task has the name of its function, and `text` as its source.

    Raises:
        InputError: if the task, the file or the function does not exist, or if executing the file fails.

    Examples:
        >>> from weightloom.discovery.tasks import load_task
        >>> load_task("max_abs").name
        'max_abs'
    """
    if text in TASKS:
        return TASKS[text]
    path, colon, name = text.rpartition(":")
    if not colon or not path.endswith(".py"):
        raise InputError(f"task {text!r} is unknown: use one of {', '.join(TASKS)}, or path/to/file.py:function.")
    if not name.isidentifier():
        raise InputError(f"task {text!r} does not name a function: give path/to/file.py:function.")
    function = getattr(_run(Path(path), text), name, None)
    if function is None:
        raise InputError(f"task {text!r} cannot be loaded: {path} has no function {name!r}.")
    if not callable(function):
        raise InputError(
            f"task {text!r} cannot be loaded: {name!r} in {path} is a {type(function).__name__}, not a function."
        )
    return Task(name, function, source=text)


def as_task(task: Any) -> Task:
    """Convert an argument to a task.

    Args:
        task: a task, the name of a bundled task, the string `path/to/file.py:function`, or a function from inputs
            (batch, n) to values (batch,) written with `jax.numpy`.

    Returns:
        The task.

    Raises:
        InputError: if `task` is anything else, or if the named task does not exist.

    Examples:
        >>> as_task("l1").name, as_task(lambda x: x[:, 0]).name
        ('l1', 'function')
    """
    if isinstance(task, Task):
        return task
    if isinstance(task, str):
        return load_task(task)
    if not callable(task):
        raise InputError(
            f"the task {task!r} cannot be used: give a task such as wl.tasks.l1, its name, or a function of inputs "
            "(batch, n)."
        )
    name = getattr(task, "__name__", "function")
    return Task(name if name.isidentifier() else "function", task)


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
