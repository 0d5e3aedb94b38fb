"""`weightloom forecast`: what follows the first frame of a trajectory, on any grid and as long as wanted."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.training import shown
from weightloom.errors import InputError

Option = typer.Option


def forecast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, as `fit` wrote it.")],
    out: Annotated[Path, Option(help="A path that ends in .zarr, where nothing is yet.")],
    data: Annotated[
        Path | None, Option(help="Trajectories to start from, each from its first frame; the run's test unless given.")
    ] = None,
    frames: Annotated[int | None, Option(help="How many frames, the first included; as many as the data have.")] = None,
    grid: Annotated[
        int | None, Option(help="Points along the grid's longest side; those of the data unless given.")
    ] = None,
    movie: Annotated[
        Path | None, Option(help="A .gif to write of the first trajectory, beside the truth while it is known.")
    ] = None,
    seed: Annotated[int, Option(help="One of the run's seeds.")] = 0,
) -> None:
    """Forecast trajectories from their first frame, observed as in training."""
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
        raise InputError(f"{run} keeps no trajectories for a test: give --data.")
    if movie is not None and len(start.grid) != 2:
        raise InputError(f"a movie needs a grid of two axes: these data have {len(start.grid)}. Leave out --movie.")
    result = opened.forecast(start, frames=frames, grid=grid, seed=seed)
    result.save(out)
    shape = " × ".join(map(str, result.grid))
    typer.echo(f"{shown(out)} holds forecasts of {len(result)} trajectories, {len(result.times)} frames on {shape}.")
    if movie is not None:
        from weightloom.fields.plots.movie import draw_movie

        truth = start.values[0, : len(result.times), ..., 0]
        typer.echo(draw_movie(result.values[0, ..., 0], movie, truth=truth))
