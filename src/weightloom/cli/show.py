"""`weightloom show`: print a run as a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from weightloom._words import listed, shortened
from weightloom.cli.arguments import RunFolder, Step
from weightloom.cli.atlas import read_families
from weightloom.cli.show_fields import show_fields
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

BETA_WIDTH, SEED_WIDTH, FAMILY = 11, 27, 24
# Networks that are read for the families of a task that is no L1 norm.
READ = 60


def show(
    run: RunFolder,
    step: Step = None,
    seed: Annotated[list[int] | None, typer.Option(help="Show only this seed. May be repeated.")] = None,
    csv: Annotated[Path | None, typer.Option(help="A .csv file to write the table to.")] = None,
) -> None:
    """Show the algorithm, loss and KL at each β, or the validation errors of a fields run."""
    from weightloom._load import open_run
    from weightloom.discovery import Run

    opened = open_run(run)
    if unknown := [one for one in seed or () if one not in opened.config.seeds]:
        raise InputError(f"--seed {unknown[0]} is not in this run: its seeds are {listed(opened.config.seeds)}.")
    if csv is not None:
        return _write(opened.table(step), seed, csv)
    if not isinstance(opened, Run):
        return show_fields(opened)
    measures = opened.measures
    steps = measures.step.values.tolist()
    if step is not None and step not in steps:
        raise InputError(f"step {step} was not measured: the measured steps are {listed(steps)}.")
    at = measures.sel(step=steps[-1] if step is None else step)

    console = Console()
    config = opened.config
    sizes = ",".join(map(str, config.sizes))
    state = "complete" if opened.complete else f"unfinished, {config.steps} steps planned"
    console.print(
        f"{config.task} with ({sizes}), {config.method}, step {int(at.step)} ({state}). "
        f"Loss {config.loss_unit} (a constant has {config.constant_loss:.3g}), KL in nats.",
        highlight=False,
    )
    seeds = seed or measures.seed.values.tolist()
    families = None
    if not config.norm and len(config.sizes) == 3:
        found = read_families(opened, int(at.step), READ)
        families = dict(zip(zip(found.networks.seed, found.networks.beta), found.networks.family))
        console.print(
            f"Families of programs; {len(found.networks)} of {found.total} networks were read. "
            "weightloom atlas says more.",
            highlight=False,
        )
    width = SEED_WIDTH if families is None else SEED_WIDTH + FAMILY - 12
    columns = max(1, (console.width - BETA_WIDTH) // width)
    for start in range(0, len(seeds), columns):
        console.print(_table(at.sel(seed=seeds[start : start + columns]), families))


def _write(table: "pd.DataFrame", seeds: list[int] | None, path: Path) -> None:
    from weightloom.runs.output import output_path, write_output

    checked = output_path(path, [".csv"], "table")
    chosen = table[table.seed.isin(seeds)] if seeds else table
    write_output(checked, chosen.to_csv(index=False).encode(), "table")
    typer.echo(checked)


def _table(measures: "xr.Dataset", families: dict[tuple[int, float], str] | None) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("β", justify="right")
    for seed in measures.seed.values:
        table.add_column(f"seed {seed}")
        table.add_column("loss", justify="right")
        table.add_column("KL", justify="right")
    for beta in measures.beta.values:
        cells = [f"{beta:.1e}"]
        for seed in measures.seed.values:
            network = measures.sel(seed=seed, beta=beta)
            algorithm = str(network.algorithm.values)
            kl = _nats(float(network.kl)) if "kl" in network else ""
            name = f"[{ALGORITHMS[algorithm].terminal}]{algorithm}[/]"
            if families is not None:
                name = escape(shortened(families.get((int(seed), float(beta)), "·"), FAMILY))
            cells += [name, f"{float(network.loss):.3f}", kl]
        table.add_row(*cells)
    return table


def _nats(kl: float) -> str:
    return f"{kl:,.0f}" if kl >= 10 else f"{kl:.2g}"
