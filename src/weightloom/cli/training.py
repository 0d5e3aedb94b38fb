"""What the commands that train share: which seeds run where, Ctrl-C, and what is said at the end."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery.run import Run
    from weightloom.fields.run import FieldRun


def seeds_on_devices(first_seed: int, seeds: int, devices: int | None) -> tuple[int, ...]:
    """Prepare JAX's CPU devices, one per seed but no more than there are cores, and return the seeds.

    Args:
        first_seed: the first of them.
        seeds: how many.
        devices: how many devices, if the user wants another number.

    Raises:
        InputError: if there is nothing to train, or nothing to train on.
    """
    if seeds < 1:
        raise InputError(f"--seeds {seeds} cannot be used: give at least 1.")
    if devices is not None and devices < 1:
        raise InputError(f"--devices {devices} cannot be used: give at least 1.")

    import jax

    with contextlib.suppress(RuntimeError):  # a program that called us has used JAX already: its devices serve
        jax.config.update("jax_num_cpu_devices", devices or min(seeds, len(os.sched_getaffinity(0))))
    return tuple(range(first_seed, first_seed + seeds))


def stop_on_interrupt() -> Callable[[], bool]:
    """Whether Ctrl-C was pressed since, which the training loop asks; a second one stops at once."""
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, interrupt)
    return lambda: interrupted


def say_how_it_ended(run: "Run | FieldRun", out: Path, then: str) -> None:
    """Say that the run is complete and what to do with it, or how it goes on.

    Args:
        run: as its training left it.
        out: its folder, as it was given.
        then: the command to see it with.

    Raises:
        typer.Exit: with code 130, as after Ctrl-C, if it was stopped.
    """
    if run.complete:
        typer.echo(f"{out} is complete. See it with: {then}")
        return
    step = f"{run.folder.last_step} of {run.config.steps}"
    typer.echo(f"{out} stands at step {step}. The same line again resumes.")
    raise typer.Exit(130)
