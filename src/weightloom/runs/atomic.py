"""Atomic and durable writing of files and folders."""

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

_PARTIAL = re.compile(r"\..+\.\d+\.partial")


def write_file(path: Path, content: bytes) -> None:
    """Writes a file atomically: after a crash at any moment, the path holds the old content or the new content.

    The content is written to a temporary sibling and flushed. The sibling is renamed to `path`, and the folder is
    flushed. Temporary siblings of killed processes are removed.

    Args:
        path: the file to write. Its folder must exist.
        content: content of the file.

    Raises:
        OSError: if the file cannot be written. The path then holds the old content or all of the new content.

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
    """Writes a folder of files atomically: it appears with all files or not at all.

    Args:
        path: the folder to write. Its parent must exist. The folder must not exist or be empty.
        files: file contents by name relative to the folder, such as `"loss/zarr.json"`.

    Raises:
        OSError: if the folder cannot be written.

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
    """Removes a file, or a folder with its content, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_partial(name: str) -> bool:
    """Whether a file name belongs to a temporary file of `write_file` or `write_folder`."""
    return _PARTIAL.fullmatch(name) is not None


def sync_folder(path: Path) -> None:
    """Flushes a folder's entries to disk. A rename survives a power failure only after this."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot flush folders. There is no alternative on them.
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
        # Report the original failure, even if the temporary file cannot be removed.
        with contextlib.suppress(OSError):
            remove(temporary)
        raise


def _writer_lives(name: str) -> bool:
    process = int(name.split(".")[-2])
    if process == os.getpid():
        return False  # the file is from an earlier process with the same id
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # the process exists and belongs to another user
    return True


def _write_durably(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
