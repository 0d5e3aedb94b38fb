"""Making a run's folder, or taking up the run that is there."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from weightloom.errors import InputError
from weightloom.runs.atomic import remove, sync_folder, write_folder
from weightloom.runs.contents import is_dropping, read_file
from weightloom.runs.json_files import differences, read_record, write_record
from weightloom.runs.layout import CONFIG, LOCK, MEASURES
from weightloom.runs.lock import Lock
from weightloom.runs.measures import Measures


@contextlib.contextmanager
def claimed_folder(folder: Path, record: dict[str, Any], measures: Mapping[str, bytes]) -> Iterator[Lock]:
    """Makes a folder hold a run of this record, unless it does already, and locks it.

    Nothing is written before all is known to fit. A failure, also one in the body of the `with` statement,
    removes what was made. A process killed on the way leaves a beginning that the next call goes on from.

    Args:
        folder: an absolute path; made with its parents, unless it is there.
        record: the entries of `config.json`: `keep` and `config`.
        measures: the files that the measures start with.

    Yields:
        The lock, which stays held.

    Raises:
        InputError: if the folder holds something else, or a run of another record.
        RunError: if it holds a damaged run, or is locked.
        OSError: if the disk refuses.
    """
    refuse_other_run(folder, record, measures)
    with contextlib.ExitStack() as undo:
        for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            missing.mkdir(exist_ok=True)
            undo.callback(_remove_if_empty, missing)
            sync_folder(missing.parent)
        lock = Lock(folder / LOCK)
        new = not (folder / CONFIG).exists()
        undo.callback(lock.release, remove=new)
        # Again, because another process may have made a run here before we had the lock.
        refuse_other_run(folder, record, measures)
        if new:
            undo.callback(try_to_remove, folder / CONFIG)
            write_record(folder / CONFIG, record)
        if not (folder / MEASURES).exists():
            undo.callback(try_to_remove, folder / MEASURES)
            write_folder(folder / MEASURES, measures)
        yield lock
        undo.pop_all()


def refuse_other_run(folder: Path, record: dict[str, Any], measures: Mapping[str, bytes]) -> None:
    """InputError if a folder holds anything but a run of this record or the beginning of one."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give a new or an empty folder for the run.")
    found = sorted(path.name for path in folder.iterdir() if not is_dropping(path.name))
    if CONFIG not in found:
        other = [name for name in found if name != LOCK]
        if other:
            raise InputError(f"{folder} holds {other[0]!r} and no run: give a new or an empty folder for the run.")
        return
    stored = read_record(folder / CONFIG)
    wrong = differences(stored, record)
    if wrong:
        raise InputError(
            f"{folder} holds a run of another config ({'; '.join(wrong)}): give another "
            "folder, or the same config to resume it."
        )
    if MEASURES in found:
        _refuse_other_measures(folder / MEASURES, measures)


def try_to_remove(path: Path) -> None:
    """Removes a file or a folder where its staying would do no harm."""
    with contextlib.suppress(OSError):
        remove(path)


def _refuse_other_measures(path: Path, measures: Mapping[str, bytes]) -> None:
    Measures(path).read(())  # a damaged file is an error of its own
    for name, content in measures.items():
        if not (path / name).exists() or read_file(path / name) != content:
            raise InputError(
                f"{path.parent} holds a run of other measures ({path / name} differs from what this training "
                "would write): give another folder, or the same steps and measures to resume it."
            )


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
