"""Several processes in one training: the first one writes, all of them compute."""

from collections.abc import Callable

import jax
import numpy as np
from jax.experimental import multihost_utils

from weightloom.errors import RunError
from weightloom.runs import RunFolder


def open_for_training(create: Callable[[], RunFolder], follow: Callable[[], RunFolder]) -> RunFolder:
    """Create a run's folder in the first process, and open it for reading in the others.

    Args:
        create: makes the folder or opens it for resuming.
        follow: opens the folder for reading, once it is there.

    Raises:
        RunError: in the other processes, if the first one could not create it.

    Examples:
        See `run_program`.
    """
    if jax.process_count() == 1:
        return create()
    folder = None
    try:
        if jax.process_index() == 0:
            folder = create()
    finally:
        created = bool(multihost_utils.broadcast_one_to_all(np.array(folder is not None)))
    if not created:
        raise RunError("the first process could not open the run folder: its own error says why.")
    return folder if folder is not None else follow()


def any_process(value: bool) -> bool:
    """Whether the value is true in any process."""
    if jax.process_count() == 1:
        return value
    return bool(multihost_utils.process_allgather(np.array(value)).any())


def barrier(name: str) -> None:
    """Wait until every process is here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)
