"""What a run folder may hold: every file is expected, regular and there."""

import contextlib
import fnmatch
import os
from collections.abc import Iterator, Set
from pathlib import Path

from weightloom.errors import RunError
from weightloom.runs.atomic import is_partial

# Left by operating systems, network file systems and editors: never read, so never a reason to refuse a run.
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
    """Names of the files in a folder and below, relative to it, without half-written files and droppings.

    Args:
        folder: where to look.
        skip: entries directly in the folder that are not looked into.

    Raises:
        RunError: if a file is a link, a pipe or a device, or a folder cannot be read.

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
    """Checks that a folder holds all required files and none but required and allowed ones.

    Args:
        found: what `files_in` found.
        folder: the folder, for the error's sentence.
        required: names that must be there.
        allowed: names that may be there besides.

    Raises:
        RunError: naming the first file that is missing, or else the first unexpected one.

    Examples:
        >>> from weightloom.runs.contents import check_contents
        >>> check_contents({"a", "b"}, Path("runs/l1"), required={"a"}, allowed={"b"})
    """
    missing = sorted(required - found)
    if missing:
        raise RunError(f"{folder / missing[0]} is missing: restore it or train the run anew.")
    unexpected = sorted(found - required - allowed)
    if unexpected:
        raise RunError(
            f"{folder / unexpected[0]} does not belong to a run: move it elsewhere, or figures to {folder / 'figures'}."
        )


def read_file(path: Path) -> bytes:
    """All bytes of a run's file.

    Raises:
        RunError: if it is missing, is not a regular file, or the disk does not give it.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RunError(f"{path} is not a regular file: a run holds no links, pipes or devices.")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RunError(f"{path} is missing: restore it or train the run anew.") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}.") from error


def is_dropping(name: str) -> bool:
    """Whether a file's name is one that operating systems, editors or a killed writer leave behind."""
    return is_partial(name) or any(fnmatch.fnmatchcase(name, pattern) for pattern in _DROPPINGS)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _walk(entry: os.DirEntry[str]) -> Iterator[str]:
    if is_dropping(entry.name):
        return
    if entry.is_dir(follow_symlinks=False):
        # A training that ends removes state/, perhaps just now.
        with contextlib.suppress(FileNotFoundError):
            yield from (f"{entry.name}/{name}" for below in _entries(entry.path) for name in _walk(below))
    elif entry.is_file(follow_symlinks=False):
        yield entry.name
    else:
        raise RunError(f"{entry.path} is not a regular file: a run holds no links, pipes or devices.")
