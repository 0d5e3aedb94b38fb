"""A lock that one process holds on a folder, and that the kernel releases when the process ends."""

import contextlib
import errno
from pathlib import Path

import filelock

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
        # A file, not the folder itself: network file systems lock only what is open for writing. A lock that is only
        # a file's existence would outlive a killed training, so there is no falling back to one.
        self._lock = filelock.FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise RunError(
                f"{path.parent} is in use by another training: wait for its end, or choose another folder."
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                self.release(remove=True)
                raise

    def release(self, remove: bool = False) -> None:
        """Lets go of the lock; removes its file too if asked."""
        if remove:
            # A lock file that stays behind does no harm: only a lock on it counts.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        try:
            self._lock.release()
        except OSError:
            # If the system refuses twice, the lock goes with the object or with the process.
            with contextlib.suppress(OSError):
                self._lock.release()
