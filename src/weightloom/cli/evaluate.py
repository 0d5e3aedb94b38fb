"""`weightloom evaluate`: forecasts of unseen trajectories against the truth, beside the baselines."""

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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, as `fit` wrote it.")],
    data: Annotated[
        Path | None,
        Option(help="Other trajectories to test on, on any grid, or the run's own where they were moved to."),
    ] = None,
    every: Annotated[int, Option(help="Test on every so many points along each axis of the grid.")] = 1,
    observed: Annotated[float | None, Option(help="Another observed share of the first frame.")] = None,
    mask_key: Annotated[int | None, Option(help="Another random choice of observed points.")] = None,
    baselines: Annotated[bool, Option(help="Fit persistence, mean field and POD too.")] = True,
    beside: Annotated[
        list[Path] | None, Option(metavar="RUN", help="Another run on the same data, as a row; may be repeated.")
    ] = None,
    frames: Annotated[bool, Option("--frames", help="Show the error of every frame too.")] = False,
    out: Annotated[Path | None, Option(help="A .json file to write every number to.")] = None,
) -> None:
    """Show the errors of a run's forecasts: within the horizon of the fit and after it, at seen and unseen points."""
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
        raise InputError(f"{run} keeps no trajectories for a test: give --data.")
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
    parted = [str(place) for place in errors["where"].values if place != "all"]
    if parted and table.attrs["observed"] < 1:
        console.print()
        console.print(_summary(errors, parted, relative=False))
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
        f"Forecasts of {table.attrs['trajectories']} unseen trajectories from their first frame, "
        f"{table.attrs['observed']:.3g} of whose {table.attrs['points']:,} points are observed; {seeds}.",
        f"In-t: frames within the time of the first {config.frames}, the horizon of the fit. Out-t: frames after it.",
        "In-s: the observed points. Out-s: the others.",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
    console.print()


def _summary(errors: "xr.Dataset", places: list[str], relative: bool) -> Table:
    """One row per model: its mean squared errors, the least of a column in bold, and relative errors if asked for."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("\nMSE", no_wrap=True)
    horizons = [str(horizon) for horizon in errors.horizon.values]
    columns = [(place, horizon) for place in places for horizon in horizons]
    for place, horizon in columns:
        shown.add_column(f"{horizon}\n{place}", justify="right", no_wrap=True)
    for horizon in horizons if relative else ():
        shown.add_column(f"{horizon}\nrel. L2", justify="right", no_wrap=True)
    mean, std = errors.mse.mean("seed"), errors.mse.std("seed")
    for model in errors.model.values.tolist():
        cells = []
        for place, horizon in columns:
            column = {"where": place, "horizon": horizon}
            own = column | {"model": model}
            text = f"{float(mean.sel(own)):.1e}"
            if float(std.sel(own)) > 0:
                text += f" ± {float(std.sel(own)):.0e}"
            cells.append(f"[bold]{text}[/]" if mean.sel(column).min() == mean.sel(own) else text)
        if relative:
            shares = errors.relative_l2.mean("seed").sel({"where": "all", "model": model}).values.tolist()
            cells += [f"{100 * share:.1f} %" for share in shares]
        shown.add_row(model, *cells)
    return shown


def _per_frame(table: "xr.Dataset") -> Table:
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("\ntime", justify="right")
    for model in table.model.values.tolist():
        shown.add_column(f"MSE\n{model}", justify="right")
    errors = table.mse.sel({"where": "all"}).mean("seed")
    for time in table.time.values.tolist():
        shown.add_row(f"{time:g}", *(f"{value:.1e}" for value in errors.sel(time=time).values.tolist()))
    return shown
