"""Ctrl-C during a training: the first one saves and stops, the second one stops at once."""

import signal
from collections.abc import Callable


def stop_on_interrupt() -> Callable[[], bool]:
    """Whether Ctrl-C was pressed since; the training loop asks."""
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, interrupt)
    return lambda: interrupted
