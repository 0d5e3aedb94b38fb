"""Breaks the operating system: an action of one's choice in place of the k-th operation on files."""

import contextlib
import errno
import io
import os
import signal
import sys

from weightloom.runs import atomic

CHANGES = {"open to write", "write", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}
OPERATIONS = CHANGES | {"open to read", "fcntl.flock", "fsync", "os.listdir", "os.scandir"}
_operation = None


@contextlib.contextmanager
def broken(at, action, counted=frozenset(OPERATIONS)):
    """Counts operations on files and calls the action before the one with number `at`, from 1 on.

    Yields the list of the operations so far.
    """
    global _operation
    seen = []

    def operation(name):
        if name in counted:
            seen.append(name)
            if len(seen) == at:
                action()

    # Flushing is only counted: it takes most of the time, and matters to power cuts alone.
    _operation, fsync = operation, os.fsync
    os.fsync, atomic.open = lambda descriptor: operation("fsync"), _open_for_counted_writes
    try:
        yield seen
    finally:
        _operation, os.fsync = None, fsync
        del atomic.open


def disk_full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


class _CountedFile(io.FileIO):
    def write(self, content):
        if _operation is not None:
            half = len(content) // 2
            super().write(bytes(content)[:half])  # so a failure leaves a file that is cut off
            _operation("write")
            return half + super().write(bytes(content)[half:])
        return super().write(content)


def _open_for_counted_writes(path, mode):
    return io.BufferedWriter(_CountedFile(path, mode.removesuffix("b")))


def _hook(event, arguments):
    if _operation is None or (arguments and str(arguments[0]).endswith((".py", ".pyc", "__pycache__"))):
        return
    if event == "open":
        _, _, flags = arguments
        event = "open to write" if flags & (os.O_WRONLY | os.O_RDWR) else "open to read"
    _operation(event)


sys.addaudithook(_hook)
