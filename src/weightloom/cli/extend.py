"""`weightloom extend`: train a finished run for more steps."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import RunFolder
from weightloom.cli.training import Devices, SaveEvery, prepare, print_outcome, quoted, stop_on_interrupt


def extend(
    run: RunFolder,
    steps: Annotated[int, typer.Option(help="Number of further training steps.", min=1)],
    out: Annotated[Path, typer.Option(help="The folder of the extended run. If it holds that run, it is resumed.")],
    task: Annotated[
        str | None,
        typer.Option(help="The run's task, if it is your own function or table, as discover takes it."),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Of a table, the columns that are inputs, as discover takes them.")
    ] = None,
    save_every: SaveEvery = 1000,
    devices: Devices = None,
) -> None:
    """Train a finished run for more steps: a new run that begins with the measures of the first.

    The schedule of the learning rate starts again over the new steps. Ctrl-C saves the run; repeat the command.
    """
    from weightloom._load import open_discovery_run
    from weightloom.discovery import extend as extend_run
    from weightloom.discovery.tasks import load_task

    first = open_discovery_run(run)
    config = first.config
    prepare(0, len(config.seeds), devices)
    loaded = None
    if task is not None:
        distribution = None if config.data else config.distribution
        chosen = None if columns is None else [name.strip() for name in columns.split(",")]
        loaded = load_task(task, columns=chosen, distribution=distribution, loss=config.loss)
    extended = extend_run(first, steps, task=loaded, out=out, save_every=save_every, stop=stop_on_interrupt())
    print_outcome(extended, out, f"weightloom show {quoted(out)}")
