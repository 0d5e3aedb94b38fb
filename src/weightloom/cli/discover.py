"""`weightloom discover`: train a hypernetwork that generates networks for all β."""

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
    print_outcome,
    quoted,
    stop_on_interrupt,
)
from weightloom.discovery.config import Config
from weightloom.discovery.tasks.names import DESCRIPTIONS


@options_of(Config, {"sizes": None})
def discover(
    task: Annotated[
        str,
        typer.Argument(
            help=f"What to compute: {', '.join(DESCRIPTIONS)}; path/to/file.py:function for your own function of "
            "inputs (batch, n) that returns values (batch,) or (batch, outputs), written with jax.numpy; or "
            "path/to/table.csv:column for a column of your own data (.csv, .tsv, .parquet or .npz) from the others."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The run's folder. If it holds an unfinished run, that run is resumed.")],
    seeds: Seeds = 1,
    first_seed: FirstSeed = 0,
    save_every: SaveEvery = 1000,
    devices: Devices = None,
    distributed: Annotated[
        bool, typer.Option("--distributed", help="Distribute the seeds over the processes of a SLURM or MPI job.")
    ] = False,
    lowest_beta: Annotated[float | None, typer.Option(help="The lowest β. Overrides --beta-range.")] = None,
    highest_beta: Annotated[float | None, typer.Option(help="The highest β. Overrides --beta-range.")] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Of a table, the columns that are inputs, with commas. The default is all others."),
    ] = None,
    distribution: Annotated[
        str | None,
        typer.Option(
            help="The distribution of a function's inputs: normal, uniform:LOW,HIGH, signs, bits or one-hot:VALUES. "
            "The default is the task's own, usually normal."
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="The loss: squared-error, or cross-entropy for classes. The default is the task's own; for a table, "
            "cross-entropy if the target is text."
        ),
    ] = None,
    entries: dict[str, Any] | None = None,
) -> None:
    """Train a hypernetwork and store the networks that it generates, from the simplest to the most accurate.

    Ctrl-C saves the run and stops. Repeat the command to resume.
    """
    entries = dict(entries or {})
    ends = zip((lowest_beta, highest_beta), entries["beta_range"])
    entries["beta_range"] = tuple(default if given is None else given for given, default in ends)
    # JAX must be configured before the task's file runs, because that file may use JAX.
    numbers = prepare(first_seed, seeds, devices)

    import jax

    from weightloom.architectures import MLP
    from weightloom.discovery import discover as run_discovery
    from weightloom.discovery.tasks import load_task

    if distributed:
        jax.distributed.initialize()
    chosen = None if columns is None else [name.strip() for name in columns.split(",")]
    loaded = load_task(task, columns=chosen, distribution=distribution, loss=loss)
    run = run_discovery(
        loaded,
        MLP(entries.pop("sizes", None) or loaded.default_sizes, entries.pop("activation")),
        out=out,
        seeds=numbers,
        save_every=save_every,
        stop=stop_on_interrupt(),
        **entries,
    )
    print_outcome(run, out, f"weightloom show {quoted(out)}")
