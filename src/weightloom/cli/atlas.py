"""`weightloom atlas`: which program appears where in a run."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom._words import shortened
from weightloom.cli.arguments import RunFolder, Step
from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery import Run
    from weightloom.discovery.atlas import Atlas

FORMULA = 60


def atlas(
    run: RunFolder,
    step: Step = None,
    all_steps: Annotated[bool, typer.Option("--all-steps", help="Read networks of all measured steps.")] = False,
    most: Annotated[
        int | None, typer.Option(help="Read at most so many networks, evenly spaced over seeds, steps and β.", min=1)
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A .csv file for one line per network.")] = None,
) -> None:
    """Group the networks of a run by the programs that they run."""
    from rich.console import Console
    from rich.table import Table

    from weightloom._load import open_discovery_run
    from weightloom.runs.output import output_path, write_output

    if all_steps and step is not None:
        raise InputError("--step and --all-steps exclude each other: give one.")
    checked = None if csv is None else output_path(csv, [".csv"], "table")
    found = read_families(open_discovery_run(run), "all" if all_steps else step, most)
    if checked is not None:
        write_output(checked, found.networks.to_csv(index=False).encode(), "table")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("share", "loss", "KL", "bits", "margin"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in (
        "seed, β" if len(found.steps) == 1 else "seed, β, step",
        "family, variant, and the formula of one network",
    ):
        table.add_column(name)
    for row in found.families.itertuples():
        numbers = (
            f"{row.share:.1%}",
            f"{row.loss:.3g}",
            "–" if math.isnan(row.kl) else f"{row.kl:.3g}",
            f"{row.bits:.0f}",
            "–" if math.isnan(row.margin) else f"{row.margin:.0f}",
        )
        formula = shortened(row.formula.splitlines()[0], FORMULA) if row.formula else ""
        name = f"{row.family}, {row.variant}" if row.variant else row.family
        name = f"{name} ({row.name})" if row.name else name
        place = f"{row.seed}, {row.beta:.1e}" if len(found.steps) == 1 else f"{row.seed}, {row.beta:.1e}, {row.step}"
        table.add_row(*numbers, place, f"{name}\n{formula}".rstrip())
    steps = f"Step {found.steps[0]}" if len(found.steps) == 1 else f"{len(found.steps)} steps"
    Console().print(
        f"{steps}: {len(found.networks)} of {found.total} networks were read. Loss, KL (nats) and bits are medians; "
        "the margin is in bits.",
        highlight=False,
    )
    Console().print(table, highlight=False, markup=False)
    if checked is not None:
        typer.echo(csv)


def read_families(run: "Run", step: int | str | None, most: int | None) -> "Atlas":
    """Make the atlas of a run, with a bar of progress.

    Args:
        run: the run.
        step: as for `Run.atlas`.
        most: as for `Run.atlas`.
    """
    from rich.console import Console
    from rich.progress import Progress

    from weightloom.discovery.atlas import atlas as atlas_of

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=None)
        return atlas_of(
            run, step, most=most, report=lambda done, total: progress.update(task, completed=done, total=total)
        )
