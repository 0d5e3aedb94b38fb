"""Tasks by name, or from a function in a user's own file."""

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
    """The task that a command line names.

    A file is run as a module of its own, which Python can import by no name afterwards; what it
    imports itself stays imported, and nothing is written beside it.

    Args:
        text: a member of `TASKS`, or `path/to/file.py:function` for a function from inputs
            (batch, n) to values (batch,) written with `jax.numpy`.

    Returns:
        The task. A user's task is named after its function, and its source is the text.

    Raises:
        InputError: if there is no such name, file or function, or the file cannot be run.

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
        raise InputError(f"task {text!r} names no function: write path/to/file.py:function.")
    function = getattr(_run(Path(path), text), name, None)
    if function is None:
        raise InputError(f"task {text!r} cannot be loaded: {path} has no function {name!r}.")
    if not callable(function):
        raise InputError(
            f"task {text!r} cannot be loaded: {name!r} in {path} is a {type(function).__name__}, not a function."
        )
    return Task(name, function, source=text)


def as_task(task: Any) -> Task:
    """The task that an argument means.

    Args:
        task: a task, its name, the text `path/to/file.py:function`, or a function from inputs (batch, n) to values
            (batch,) written with `jax.numpy`.

    Raises:
        InputError: if it is anything else, or there is no such task.

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
    """Runs a file's text as a module. Unlike an import, this leaves no compiled copy behind."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"task {text!r} cannot be loaded: {path}: {error.strerror or error}.") from error
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = str(path)
    # Dataclasses and the like look their module up by name while it is being run.
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
    """Where in the user's file the error arose."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" in line {lines[-1]}" if lines else ""
