"""Files and folders that appear whole or not at all, and stay once they have appeared."""

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

_PARTIAL = re.compile(r"\..+\.\d+\.partial")


def write_file(path: Path, content: bytes) -> None:
    """Writes a file so that a crash at any moment leaves the old file or the new one, never a mixture.

    A temporary sibling is written and flushed to the disk, renamed over the path, and the folder flushed.
    Siblings that a killed process left half written are removed on the way.

    Args:
        path: where the file appears; its folder exists.
        content: all its bytes.

    Raises:
        OSError: if the disk refuses; the path then holds what it held before, or all of the new content.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.atomic import write_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_file(Path(folder, "note.txt"), b"whole")
        ...     Path(folder, "note.txt").read_bytes()
        b'whole'
    """
    with _temporary_for(path) as temporary:
        _write_durably(temporary, content)
        os.replace(temporary, path)
    sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Writes a folder of files that appears with all of them or not at all.

    Args:
        path: where the folder appears; its parent exists, and nothing is there yet but an empty folder.
        files: contents by name relative to the folder, such as `"loss/zarr.json"`.

    Raises:
        OSError: if the disk refuses.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.atomic import write_folder
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_folder(Path(folder, "pair"), {"a": b"1", "below/b": b"2"})
        ...     Path(folder, "pair/below/b").read_bytes()
        b'2'
    """
    with _temporary_for(path) as temporary:
        temporary.mkdir()
        for name, content in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            _write_durably(temporary / name, content)
        for folder, _, _ in os.walk(temporary, topdown=False):
            sync_folder(Path(folder))
        os.replace(temporary, path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Removes a file, or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_partial(name: str) -> bool:
    """Whether a file's name is one of those that `write_file` and `write_folder` use for unfinished work."""
    return _PARTIAL.fullmatch(name) is not None


def sync_folder(path: Path) -> None:
    """Makes a folder's entries durable: a rename outlives a power cut only after this."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot flush folders; there is nothing better to do on them.
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _temporary_for(path: Path) -> Iterator[Path]:
    for sibling in path.parent.iterdir():
        abandoned = is_partial(sibling.name) and sibling.name.startswith(f".{path.name}.")
        if abandoned and not _writer_lives(sibling.name):
            remove(sibling)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield temporary
    except BaseException:
        # The reason of the failure matters more than a temporary that cannot be removed either.
        with contextlib.suppress(OSError):
            remove(temporary)
        raise


def _writer_lives(name: str) -> bool:
    process = int(name.split(".")[-2])
    if process == os.getpid():
        return False  # this process has not begun yet: an earlier one had the same number
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's process
    return True


def _write_durably(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
