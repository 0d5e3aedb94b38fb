"""A lock that one process holds on a folder, and that the kernel releases when the process ends."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from weightloom.errors import RunError

# Some network file systems are mounted without locks; training there has to go on without one.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


class Lock:
    """Holds a lock file, from construction to `release`.

    Args:
        path: the lock file, made if need be.

    Raises:
        RunError: if another process, or another part of this one, holds it.
        OSError: if the file cannot be made.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.lock import Lock
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = Lock(Path(folder, "LOCK"))
        ...     lock.release(remove=True)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # A file, not the folder itself: network file systems lock only what is open for writing.
        self._file = open(path, "ab")  # noqa: SIM115, it stays open while the lock is held
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before may have removed the file between our opening and locking it.
            taken = not os.path.samestat(os.fstat(self._file.fileno()), path.stat())
        except (BlockingIOError, FileNotFoundError):
            taken = True
        except OSError as error:
            taken = False
            if error.errno not in _NO_LOCKS:
                self.release(remove=True)
                raise
        if taken:
            self._file.close()
            raise RunError(f"{path.parent} is in use by another training: wait for its end, or choose another folder.")

    def release(self, remove: bool = False) -> None:
        """Lets go of the lock; removes its file too if asked."""
        if remove:
            # A lock file that stays behind does no harm: only a lock on it counts.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._file.close()
