"""Creating a run folder, or locking an existing run of the same config to resume it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from weightloom.errors import InputError
from weightloom.runs.atomic import remove, sync_folder, write_folder
from weightloom.runs.contents import is_dropping
from weightloom.runs.format_1 import MeasuresOfFormat1
from weightloom.runs.json_files import Record, differences, open_record, plain, write_record
from weightloom.runs.layout import COMPLETE, CONFIG, LOCK, MEASURES, MEASURES_OF_0_1
from weightloom.runs.limits import SCHEMA
from weightloom.runs.lock import Lock
from weightloom.runs.measures import TEMPLATE, Measures, template_bytes
from weightloom.runs.template import Template

Upgrade: TypeAlias = Callable[[dict[str, Any], int], dict[str, Any]]


@contextlib.contextmanager
def claimed_folder(folder: Path, record: dict[str, Any], template: Template, upgrade: Upgrade) -> Iterator[Lock]:
    """Creates a run folder for a record, or checks that the folder holds a run of that record. Locks the folder.

    All checks precede the first write. After a failure, including one in the body of the `with` statement, everything
    that was created is removed. If the process is killed, the next call continues with the files that exist.

    Args:
        folder: an absolute path. It is created, with its parents, if it does not exist.
        record: the entries of `config.json`: `keep` and `config`.
        template: the measures of one step.
        upgrade: function that converts a config of an older schema to the current schema.

    Yields:
        The lock. It stays held.

    Raises:
        InputError: if the folder contains other files, or a run of another record.
        RunError: if the folder contains a damaged run, or is locked.
        OSError: if a file cannot be written.
    """
    refuse_other_run(folder, record, template, upgrade)
    with contextlib.ExitStack() as undo:
        made_folders(folder, undo)
        lock = Lock(folder / LOCK)
        new = not (folder / CONFIG).exists()
        undo.callback(lock.release, remove=new)
        # Check again: another process may have created a run before this one acquired the lock.
        refuse_other_run(folder, record, template, upgrade)
        if new:
            undo.callback(try_to_remove, folder / CONFIG)
            write_record(folder / CONFIG, record)
        if not (folder / MEASURES).exists():
            undo.callback(try_to_remove, folder / MEASURES)
            write_folder(folder / MEASURES, {TEMPLATE: template_bytes(template)})
        yield lock
        undo.pop_all()


def refuse_other_run(folder: Path, record: dict[str, Any], template: Template, upgrade: Upgrade) -> None:
    """Raises an InputError if a folder contains anything but a complete or partial run of the record."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give a new or an empty folder for the run.")
    found = sorted(path.name for path in folder.iterdir() if not is_dropping(path.name))
    if CONFIG not in found:
        other = [name for name in found if name != LOCK]
        if other:
            raise InputError(f"{folder} holds {other[0]!r} but no run: give a new or an empty folder for the run.")
        return
    stored = open_record(folder / CONFIG)
    _refuse_to_resume_older(folder, stored)
    entries = stored.entries
    config = entries.get("config")
    # A run of this schema may be older than an entry, and then has its default.
    if isinstance(config, dict) and (stored.schema < SCHEMA or config.keys() < record["config"].keys()):
        entries = entries | {"config": plain(upgrade(config, stored.schema))}
    wrong = differences(entries, record)
    if wrong:
        done = (folder / COMPLETE).exists()
        raise InputError(
            f"{folder} holds a {'finished ' if done else ''}run of another config ({'; '.join(wrong)}): give another "
            f"folder, or the same config to {'read' if done else 'resume'} it."
        )
    if stored.schema == 1:
        steps = MeasuresOfFormat1(folder / MEASURES_OF_0_1).steps
        _refuse_other_measures(folder, [] if steps == template.steps else [f"its steps are {steps!r:.80}"])
    elif MEASURES in found:
        _refuse_other_measures(folder, Measures(folder / MEASURES).template.differences(template))


def made_folders(folder: Path, undo: contextlib.ExitStack) -> None:
    """Creates a folder and its missing parents, and flushes them to disk.

    Args:
        folder: an absolute path.
        undo: receives callbacks that remove the created folders that are still empty.
    """
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        undo.callback(_remove_if_empty, missing)
        sync_folder(missing.parent)


def try_to_remove(path: Path) -> None:
    """Removes a file or a folder and ignores failures. For files that are harmless if they remain."""
    with contextlib.suppress(OSError):
        remove(path)


def _refuse_to_resume_older(folder: Path, stored: Record) -> None:
    if stored.schema == 1 and not (folder / COMPLETE).exists():
        raise InputError(
            f"{folder} holds an unfinished run that weightloom {stored.weightloom} began, which this version reads but "
            f"does not resume: finish it with weightloom {stored.weightloom}, or give another folder."
        )


def _refuse_other_measures(folder: Path, differences: list[str]) -> None:
    if differences:
        raise InputError(
            f"{folder} holds a run of other measures ({'; '.join(differences)}): give another folder, or the same "
            "steps and measures to resume it."
        )


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
