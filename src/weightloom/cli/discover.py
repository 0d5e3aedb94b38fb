"""`weightloom discover`: train, measure and store a family of networks over β."""

from pathlib import Path
from typing import Annotated, Any

import typer

from weightloom.cli.options import options_of
from weightloom.cli.training import (
    Devices,
    FirstSeed,
    SaveEvery,
    Seeds,
    prepare,
    say_how_it_ended,
    shown,
    stop_on_interrupt,
)
from weightloom.discovery.config import Config


@options_of(Config)
def discover(
    task: Annotated[
        str,
        typer.Argument(
            help="l1, l2, max, max_abs, median, product, sum_of_squares, or path/to/file.py:function, a function from "
            "inputs (batch, n) to values (batch,) written with jax.numpy."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The run's folder. An unfinished run of the same config in it is resumed.")],
    seeds: Seeds = 1,
    first_seed: FirstSeed = 0,
    save_every: SaveEvery = 1000,
    devices: Devices = None,
    distributed: Annotated[
        bool, typer.Option("--distributed", help="Share the seeds between the processes of a SLURM or MPI job.")
    ] = False,
    lowest_beta: Annotated[float | None, typer.Option(help="The lowest β, as in --beta-range.")] = None,
    highest_beta: Annotated[float | None, typer.Option(help="The highest β, as in --beta-range.")] = None,
    entries: dict[str, Any] | None = None,
) -> None:
    """Train a hypernetwork and store the networks that it generates, from simple to accurate.

    Ctrl-C saves and stops. The same line again resumes.
    """
    entries = dict(entries or {})
    ends = zip((lowest_beta, highest_beta), entries["beta_range"])
    entries["beta_range"] = tuple(usual if given is None else given for given, usual in ends)
    # Before the task, whose file may compute with JAX already.
    numbers = prepare(first_seed, seeds, devices)

    import jax

    from weightloom.architectures import MLP
    from weightloom.discovery import discover as run_discovery
    from weightloom.discovery.tasks import load_task

    if distributed:
        jax.distributed.initialize()
    run = run_discovery(
        load_task(task),
        MLP(entries.pop("sizes"), entries.pop("activation")),
        out=out,
        seeds=numbers,
        save_every=save_every,
        stop=stop_on_interrupt(),
        **entries,
    )
    say_how_it_ended(run, out, f"weightloom show {shown(out)}")
