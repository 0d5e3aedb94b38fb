"""`weightloom forecast`: forecast trajectories from their first frame, on any grid and for any length."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.training import quoted
from weightloom.errors import InputError

Option = typer.Option


def forecast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a fields run.")],
    out: Annotated[Path, Option(help="A new .zarr folder for the forecasts.")],
    data: Annotated[
        Path | None,
        Option(help="Trajectories whose first frames start the forecasts. The default is the run's test trajectories."),
    ] = None,
    frames: Annotated[
        int | None,
        Option(help="Number of frames, including the first. The default is the number of frames in the data."),
    ] = None,
    grid: Annotated[
        int | None,
        Option(help="Number of points along the longest side of the grid. The default is the grid of the data."),
    ] = None,
    movie: Annotated[
        Path | None,
        Option(help="A .gif file to write, with the forecast of the first trajectory beside the truth."),
    ] = None,
    seed: Annotated[int, Option(help="One of the run's seeds.")] = 0,
) -> None:
    """Forecast trajectories from their first frame, observed at the same share of points as in training."""
    from weightloom._load import open_field_run
    from weightloom.fields.reading import open_trajectories
    from weightloom.fields.trajectories import checked_destination

    opened = open_field_run(run)
    checked_destination(out)
    if movie is not None:
        from weightloom.fields.plots.movie import movie_path

        movie_path(movie)
    start = opened.trajectories().test if data is None else open_trajectories(data, **opened.config.names)
    if start is None:
        raise InputError(f"{run} has no test trajectories: give --data.")
    if movie is not None and len(start.grid) != 2:
        raise InputError(f"--movie needs a grid with 2 axes, but these data have {len(start.grid)}: leave out --movie.")
    result = opened.forecast(start, frames=frames, grid=grid, seed=seed)
    result.save(out)
    shape = " × ".join(map(str, result.grid))
    typer.echo(f"{quoted(out)} holds forecasts of {len(result)} trajectories, {len(result.times)} frames on {shape}.")
    if movie is not None:
        from weightloom.fields.plots.movie import draw_movie

        truth = start.values[0, : len(result.times), ..., 0]
        typer.echo(draw_movie(result.values[0, ..., 0], movie, truth=truth))
