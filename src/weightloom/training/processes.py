"""Training in several processes: all of them compute, the first one writes."""

from collections.abc import Callable

import jax
import numpy as np
from jax.experimental import multihost_utils

from weightloom.errors import RunError
from weightloom.runs import RunFolder


def open_for_training(create: Callable[[], RunFolder], follow: Callable[[], RunFolder]) -> RunFolder:
    """Create a run's folder in the first process and open it for reading in the others.

    Args:
        create: a function that creates the folder or opens it for resuming.
        follow: a function that opens the existing folder for reading.

    Returns:
        The folder.

    Raises:
        RunError: in the other processes, if the first process could not create the folder.

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
        raise RunError("the first process could not open the run folder: see the error of that process.")
    return folder if folder is not None else follow()


def any_process(value: bool) -> bool:
    """Whether the value is true in any process."""
    if jax.process_count() == 1:
        return value
    return bool(multihost_utils.process_allgather(np.array(value)).any())


def barrier(name: str) -> None:
    """Wait until every process has reached this call."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)
