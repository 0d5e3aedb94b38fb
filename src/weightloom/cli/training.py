"""What the commands that train share: seeds, devices, the compile cache, Ctrl-C, and what is said at the end."""

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

Seeds = Annotated[int, typer.Option(help="How many seeds to train side by side.")]
FirstSeed = Annotated[int, typer.Option(help="The first of the seeds.")]
SaveEvery = Annotated[int, typer.Option(help="A crash loses at most this many steps.")]
Devices = Annotated[int | None, typer.Option(help="CPU devices to spread the seeds over. The default is one per core.")]

CACHE = "JAX_COMPILATION_CACHE_DIR"


def prepare(first_seed: int, seeds: int, devices: int | None) -> tuple[int, ...]:
    """Prepare JAX for a training: a CPU device per seed, but no more than there are cores, and the compile cache.

    Args:
        first_seed: the first of the seeds.
        seeds: how many.
        devices: how many devices, if the user wants another number.

    Returns:
        The seeds.

    Raises:
        InputError: if there is nothing to train, or nothing to train on.
    """
    if seeds < 1:
        raise InputError(f"--seeds {seeds} cannot be used: give at least 1.")
    if devices is not None and devices < 1:
        raise InputError(f"--devices {devices} cannot be used: give at least 1.")

    import jax

    if CACHE not in os.environ:  # JAX reads it by itself
        jax.config.update("jax_compilation_cache_dir", str(cache_folder()))
    with contextlib.suppress(RuntimeError):  # a program that called us has used JAX already: its devices serve
        jax.config.update("jax_num_cpu_devices", devices or min(seeds, len(os.sched_getaffinity(0))))
    return tuple(range(first_seed, first_seed + seeds))


def cache_folder() -> Path:
    """Where compiled programs are kept between commands: the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weightloom" / "jax"


def stop_on_interrupt() -> Callable[[], bool]:
    """Whether Ctrl-C was pressed since, which the training loop asks. A second Ctrl-C stops at once."""
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, interrupt)
    return lambda: interrupted


def shown(path: Path | str) -> str:
    """A path as a shell takes it, quoted where that is needed."""
    return shlex.quote(str(path))


def say_how_it_ended(run: "Run | FieldRun", out: Path, then: str) -> None:
    """Say that the run is complete, what came out, and how to see it; or how it goes on.

    Args:
        run: as its training left it.
        out: its folder, as it was given.
        then: the command to see it with.

    Raises:
        typer.Exit: with code 130, as after Ctrl-C, if it was stopped.
    """
    if run.complete:
        typer.echo(f"{shown(out)} is complete: {run.summary()} See it with: {then}")
        return
    step = f"{run.last_step} of {run.config.steps}"
    typer.echo(f"{shown(out)} stands at step {step}. The same line again resumes.")
    raise typer.Exit(130)
