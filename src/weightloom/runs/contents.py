"""Checks of the files in a run folder: each file must be expected and regular, and no file may be missing."""

import contextlib
import fnmatch
import os
from collections.abc import Iterator, Set
from pathlib import Path

from weightloom.errors import RunError
from weightloom.runs.atomic import is_partial

# Files that operating systems, network file systems and editors create. They are ignored.
_DROPPINGS = (
    ".DS_Store",
    "._*",
    "Thumbs.db",
    "desktop.ini",
    ".nfs*",
    "*~",
    ".*.sw?",
    "#*#",
    ".ipynb_checkpoints",
)


def files_in(folder: Path, skip: Set[str] = frozenset()) -> set[str]:
    """Names of all files in a folder and its subfolders, relative to the folder.

    Partially written files and files of the operating system or of editors are left out.

    Args:
        folder: the folder.
        skip: names of entries of the folder to ignore.

    Raises:
        RunError: if an entry is a link, a pipe or a device, or a folder cannot be read.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.contents import files_in
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "note.txt").write_text("hello")
        ...     files_in(Path(folder))
        {'note.txt'}
    """
    try:
        return {name for entry in _entries(folder) if entry.name not in skip for name in _walk(entry)}
    except OSError as error:
        raise RunError(f"{folder} cannot be read: {error.strerror}.") from error


def check_contents(found: Set[str], folder: Path, required: Set[str], allowed: Set[str]) -> None:
    """Checks that a folder contains all required files, and no files other than required and allowed ones.

    Args:
        found: names of the files, from `files_in`.
        folder: the folder, for error messages.
        required: names of files that must exist.
        allowed: names of further files that may exist.

    Raises:
        RunError: if a file is missing or unexpected. The message names the first one.

    Examples:
        >>> from weightloom.runs.contents import check_contents
        >>> check_contents({"a", "b"}, Path("runs/l1"), required={"a"}, allowed={"b"})
    """
    missing = sorted(required - found)
    if missing:
        raise RunError(f"{folder / missing[0]} is missing: restore it, or train the run again.")
    unexpected = sorted(found - required - allowed)
    if unexpected:
        raise RunError(
            f"{folder / unexpected[0]} does not belong to a run: move it out of the run folder; figures belong in "
            f"{folder / 'figures'}."
        )


def read_file(path: Path) -> bytes:
    """Reads a file of a run.

    Raises:
        RunError: if the file is missing, not a regular file, or cannot be read.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RunError(f"{path} is not a regular file: a run holds no links, pipes or devices.")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RunError(f"{path} is missing: restore it, or train the run again.") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}.") from error


def is_dropping(name: str) -> bool:
    """Whether a file name belongs to a temporary file of an operating system, an editor or a killed writer."""
    return is_partial(name) or any(fnmatch.fnmatchcase(name, pattern) for pattern in _DROPPINGS)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _walk(entry: os.DirEntry[str]) -> Iterator[str]:
    if is_dropping(entry.name):
        return
    if entry.is_dir(follow_symlinks=False):
        # A training that finishes may remove state/ at this moment.
        with contextlib.suppress(FileNotFoundError):
            yield from (f"{entry.name}/{name}" for below in _entries(entry.path) for name in _walk(below))
    elif entry.is_file(follow_symlinks=False):
        yield entry.name
    else:
        raise RunError(f"{entry.path} is not a regular file: a run holds no links, pipes or devices.")
