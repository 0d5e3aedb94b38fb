"""An exclusive lock on a folder. The kernel releases it when the process ends."""

import contextlib
import errno
from pathlib import Path

import filelock

from weightloom.errors import RunError

# Some network file systems are mounted without lock support. Training there continues without a lock.
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


class Lock:
    """An exclusive lock on a file. The constructor acquires it; `release` releases it.

    Args:
        path: the lock file. It is created if it does not exist.

    Raises:
        RunError: if the lock is already held, by another process or by this one.
        OSError: if the file cannot be created.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.lock import Lock
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = Lock(Path(folder, "LOCK"))
        ...     lock.release(remove=True)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Lock a file, not the folder: network file systems lock only files that are open for writing. No fallback to a
        # soft lock, because its file would remain after a killed training and block the folder.
        self._lock = filelock.FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise RunError(
                f"{path.parent} is in use by another training: wait until it ends, or choose another folder."
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                self.release(remove=True)
                raise

    def release(self, remove: bool = False) -> None:
        """Releases the lock.

        Args:
            remove: whether to remove the lock file too.
        """
        if remove:
            # A remaining lock file is harmless: a folder is in use only while the file is locked.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        try:
            self._lock.release()
        except OSError:
            # If a second attempt fails too, the lock is released when the object or the process ends.
            with contextlib.suppress(OSError):
                self._lock.release()
