"""`weightloom evaluate`: forecast errors of a fields run and of baselines on unseen trajectories."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from weightloom.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from weightloom.fields.run import FieldRun

Option = typer.Option


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a fields run.")],
    data: Annotated[
        Path | None,
        Option(
            help="Trajectories to test on, on any grid, or the new path of the run's data. The default is the run's "
            "test trajectories."
        ),
    ] = None,
    every: Annotated[int, Option(help="Use every N-th grid point along each axis.", metavar="N")] = 1,
    observed: Annotated[
        float | None,
        Option(help="The observed share of points in the first frame. The default is the share of the training."),
    ] = None,
    mask_key: Annotated[
        int | None,
        Option(help="The random key that chooses the observed points. The default is the key of the training."),
    ] = None,
    baselines: Annotated[bool, Option(help="Also fit persistence, mean field and POD.")] = True,
    beside: Annotated[
        list[Path] | None,
        Option(metavar="RUN", help="Another run on the same data, to add as a row. May be repeated."),
    ] = None,
    frames: Annotated[bool, Option("--frames", help="Also show the error of each frame.")] = False,
    out: Annotated[Path | None, Option(help="A .json file to write all numbers to.")] = None,
) -> None:
    """Show the forecast errors of a run, within and after the fitted time, at observed and unobserved points."""
    from weightloom._load import open_field_run
    from weightloom.fields._evaluate import evaluate as measure, horizons
    from weightloom.fields.grids import thinned
    from weightloom.fields.reading import open_trajectories
    from weightloom.runs.json_files import write_record
    from weightloom.runs.output import output_path

    opened = open_field_run(run)
    if out is not None:
        output_path(out, [".json"], "table")
    config = opened.config
    moved = None
    if data is None:
        test = opened.trajectories().test
    else:
        test = open_trajectories(data, **config.names)
        if test.fingerprint == config.fingerprint:
            test, moved = opened.parts_of(test).test, test
    if test is None:
        raise InputError(f"{run} has no test trajectories: give --data.")
    table = measure(
        opened,
        thinned(test, every),
        data=moved,
        observed=observed,
        mask_key=mask_key,
        baselines=baselines,
        beside=[open_field_run(other) for other in beside or ()],
    )
    console = Console()
    _explain(console, opened, table)
    for reason in table.attrs["left_out"]:
        console.print(reason, highlight=False, soft_wrap=True)
    errors = horizons(table)
    console.print(_summary(errors, ["all"], relative=True))
    parts = [str(place) for place in errors["where"].values if place != "all"]
    if parts and table.attrs["observed"] < 1:
        console.print()
        console.print(_summary(errors, parts, relative=False))
    if frames:
        console.print(_per_frame(table))
    if out is not None:
        try:
            write_record(out, table.to_dict())
        except OSError as error:
            raise InputError(f"{out} cannot be written ({error.strerror}): give another path.") from error
        typer.echo(out)


def _explain(console: Console, run: "FieldRun", table: "xr.Dataset") -> None:
    config = run.config
    seeds = f"{len(config.seeds)} seeds" if len(config.seeds) > 1 else "1 seed"
    console.print(
        f"Forecasts of {table.attrs['trajectories']} unseen trajectories from their first frame, with "
        f"{table.attrs['observed']:.3g} of {table.attrs['points']:,} points observed; {seeds}.",
        f"In-t: frames within the time span of the first {config.frames} training frames. Out-t: later frames.",
        "In-s: observed points. Out-s: unobserved points.",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
    console.print()


def _summary(errors: "xr.Dataset", places: list[str], relative: bool) -> Table:
    """A table with one row per model: mean squared errors, the lowest of each column in bold, and relative errors."""
    result = Table(box=None, header_style="bold", pad_edge=False)
    result.add_column("\nMSE", no_wrap=True)
    horizons = [str(horizon) for horizon in errors.horizon.values]
    columns = [(place, horizon) for place in places for horizon in horizons]
    for place, horizon in columns:
        result.add_column(f"{horizon}\n{place}", justify="right", no_wrap=True)
    for horizon in horizons if relative else ():
        result.add_column(f"{horizon}\nrel. L2", justify="right", no_wrap=True)
    mean, std = errors.mse.mean("seed"), errors.mse.std("seed")
    for model in errors.model.values.tolist():
        cells = []
        for place, horizon in columns:
            column = {"where": place, "horizon": horizon}
            cell = column | {"model": model}
            text = f"{float(mean.sel(cell)):.1e}"
            if float(std.sel(cell)) > 0:
                text += f" ± {float(std.sel(cell)):.0e}"
            cells.append(f"[bold]{text}[/]" if mean.sel(column).min() == mean.sel(cell) else text)
        if relative:
            shares = errors.relative_l2.mean("seed").sel({"where": "all", "model": model}).values.tolist()
            cells += [f"{100 * share:.1f} %" for share in shares]
        result.add_row(model, *cells)
    return result


def _per_frame(table: "xr.Dataset") -> Table:
    result = Table(box=None, header_style="bold", pad_edge=False)
    result.add_column("\ntime", justify="right")
    for model in table.model.values.tolist():
        result.add_column(f"MSE\n{model}", justify="right")
    errors = table.mse.sel({"where": "all"}).mean("seed")
    for time in table.time.values.tolist():
        result.add_row(f"{time:g}", *(f"{value:.1e}" for value in errors.sel(time=time).values.tolist()))
    return result
