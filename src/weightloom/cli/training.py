"""Options and helpers of the commands that train: seeds, devices, the compilation cache and Ctrl-C."""

import contextlib
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery.run import Run
    from weightloom.fields.run import FieldRun

Seeds = Annotated[int, typer.Option(help="Number of seeds to train in parallel.")]
FirstSeed = Annotated[int, typer.Option(help="The first seed.")]
SaveEvery = Annotated[int, typer.Option(help="Steps between checkpoints. A crash loses at most this many steps.")]
Devices = Annotated[
    int | None,
    typer.Option(help="Number of CPU devices for the seeds. The default is one per seed, at most one per core."),
]

CACHE = "JAX_COMPILATION_CACHE_DIR"


def prepare(first_seed: int, seeds: int, devices: int | None) -> tuple[int, ...]:
    """Configure JAX's CPU devices and compilation cache for a training.

    Args:
        first_seed: the first seed.
        seeds: the number of seeds.
        devices: the number of CPU devices. None stands for one per seed, at most one per core.

    Returns:
        The seeds.

    Raises:
        InputError: if `seeds` or `devices` is below 1.
    """
    if seeds < 1:
        raise InputError(f"--seeds {seeds} cannot be used: give at least 1.")
    if devices is not None and devices < 1:
        raise InputError(f"--devices {devices} cannot be used: give at least 1.")

    import jax

    if CACHE not in os.environ:  # JAX reads this variable itself
        jax.config.update("jax_compilation_cache_dir", str(cache_folder()))
    with contextlib.suppress(RuntimeError):  # JAX is already initialised if the caller has used it
        jax.config.update("jax_num_cpu_devices", devices or min(seeds, len(os.sched_getaffinity(0))))
    return tuple(range(first_seed, first_seed + seeds))


def cache_folder() -> Path:
    """The folder of JAX's compilation cache, in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weightloom" / "jax"


def stop_on_interrupt() -> Callable[[], bool]:
    """Handle Ctrl-C and return a function that tells whether it was pressed. A second Ctrl-C stops immediately."""
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, interrupt)
    return lambda: interrupted


def quoted(path: Path | str) -> str:
    """Quote a path for the shell if it needs quotes."""
    return shlex.quote(str(path))


def print_outcome(run: "Run | FieldRun", out: Path, then: str) -> None:
    """Print a summary of a complete run, or how to resume an unfinished one.

    Args:
        run: the run after its training.
        out: the run's folder, as the user gave it.
        then: the command that shows the run.

    Raises:
        typer.Exit: if the training was stopped. The exit code is 130, as after Ctrl-C.
    """
    if run.complete:
        typer.echo(f"{quoted(out)} is complete: {run.summary()} See it with: {then}")
        return
    step = f"{run.last_step} of {run.config.steps}"
    typer.echo(f"{quoted(out)} is at step {step}. Repeat the command to resume.")
    raise typer.Exit(130)
