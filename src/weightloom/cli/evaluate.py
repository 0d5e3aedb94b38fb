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
        Path | None, Option(help="Other trajectories to test on, on any grid; the run's own test unless given.")
    ] = None,
    every: Annotated[int, Option(help="Test on every so many points along each axis of the grid.")] = 1,
    observed: Annotated[float | None, Option(help="Another observed share of the first frame.")] = None,
    mask_key: Annotated[int | None, Option(help="Another random choice of observed points.")] = None,
    baselines: Annotated[bool, Option(help="Fit persistence, mean field and POD too.")] = True,
    frames: Annotated[bool, Option("--frames", help="Show the error of every frame too.")] = False,
    out: Annotated[Path | None, Option(help="A .json file to write every number to.")] = None,
) -> None:
    """Show the errors of a run's forecasts: within the horizon of the fit and after it, at seen and unseen points."""
    from weightloom.fields.evaluate import evaluate as measure, horizons
    from weightloom.fields.grids import thinned
    from weightloom.fields.reading import open_trajectories
    from weightloom.opening import open_field_run
    from weightloom.store.output import output_path
    from weightloom.store.records import write_record

    opened = open_field_run(run)
    if out is not None:
        output_path(out, [".json"], "table")
    config = opened.config
    test = opened.trajectories().test if data is None else open_trajectories(data, **config.names)
    if test is None:
        raise InputError(f"{run} keeps no trajectories for a test: give --data.")
    table = measure(opened, thinned(test, every), observed=observed, mask_key=mask_key, baselines=baselines)
    console = Console()
    _explain(console, opened, table)
    console.print(_summary(horizons(table)))
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
        f"Forecasts of {table.attrs['trajectories']} unseen trajectories from their first frame, of which "
        f"{table.attrs['observed']:.3g} of {table.attrs['points']:,} points are observed; {seeds}.",
        f"In-t: frames 0 to {config.in_frames - 1}, the horizon of the fit. Out-t: frames after it.",
        "In-s: the observed points. Out-s: the others.",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
    console.print()


def _summary(errors: "xr.Dataset") -> Table:
    """One row per model, mean squared errors first; the least of a column is bold."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("MSE")
    columns = [(str(where), str(horizon)) for where in errors["where"].values for horizon in errors.horizon.values]
    for where, horizon in columns:
        shown.add_column(f"{horizon}\n{where}", justify="right")
    shown.add_column("relative L2\n" + "  ".join(map(str, errors.horizon.values)), justify="right")
    mean, deviation = errors.mse.mean("seed"), errors.mse.std("seed")
    for model in errors.model.values.tolist():
        cells = []
        for where, horizon in columns:
            place = {"where": where, "horizon": horizon}
            best = mean.sel(place).min() == mean.sel(place, model=model)
            text = f"{float(mean.sel(place, model=model)):.1e}"
            if float(deviation.sel(place, model=model)) > 0:
                text += f" ± {float(deviation.sel(place, model=model)):.0e}"
            cells.append(f"[bold]{text}[/]" if best else text)
        relative = errors.relative_l2.mean("seed").sel({"where": "all", "model": model}).values.tolist()
        shown.add_row(model, *cells, "  ".join(f"{100 * value:4.1f} %" for value in relative))
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
