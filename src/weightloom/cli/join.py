"""`weightloom join`: runs that differ only in their seeds as one run."""

from pathlib import Path
from typing import Annotated

import typer


def join(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="The folders of finished runs of discover or of fit.")
    ],
    out: Annotated[Path, typer.Option(help="A new or an empty folder for the joined run.")],
) -> None:
    """Join finished runs that differ only in their seeds, such as those of a job array, into one run."""
    from weightloom._join import join as join_runs
    from weightloom._words import counted
    from weightloom.cli.training import quoted

    joined = join_runs(runs, out)
    typer.echo(f"{quoted(out)} holds {counted(len(joined.config.seeds), 'seed')} of {counted(len(runs), 'run')}.")
