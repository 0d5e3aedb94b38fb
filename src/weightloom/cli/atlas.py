"""`weightloom atlas`: which program appears where in a run."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import RunFolder, Step

FORMULA = 60


def atlas(
    run: RunFolder,
    step: Step = None,
    csv: Annotated[Path | None, typer.Option(help="A .csv file for one line per network.")] = None,
) -> None:
    """Group the networks of a run by the programs that they run."""
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from weightloom._load import open_discovery_run
    from weightloom.discovery.atlas import atlas as atlas_of
    from weightloom.runs.output import output_path, write_output

    checked = None if csv is None else output_path(csv, [".csv"], "table")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        found = atlas_of(
            open_discovery_run(run), step, lambda done, total: progress.update(task, completed=done, total=total)
        )
    if checked is not None:
        write_output(checked, found.networks.to_csv(index=False).encode(), "table")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("share", "loss", "KL", "bits"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("seed and β", "family, variant, and the formula of one network"):
        table.add_column(name)
    for row in found.families.itertuples():
        numbers = (
            f"{row.share:.1%}",
            f"{row.loss:.3g}",
            f"{row.kl:.3g}",
            f"{row.bits:.0f}",
            f"{row.seed}, {row.beta:.1e}",
        )
        formula = row.formula.splitlines()[0] if row.formula else ""
        formula = formula if len(formula) <= FORMULA else f"{formula[: FORMULA - 1]}…"
        name = f"{row.family}, {row.variant}" if row.variant else row.family
        table.add_row(*numbers, f"{row.seed}, {row.beta:.1e}", f"{name}\n{formula}".rstrip())
    Console().print(f"Step {found.step}: {len(found.networks)} networks. KL in nats; medians.", highlight=False)
    Console().print(table, highlight=False, markup=False)
    if checked is not None:
        typer.echo(csv)
