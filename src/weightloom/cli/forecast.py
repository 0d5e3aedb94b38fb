"""`weightloom forecast`: what follows the first frame of a trajectory, on any grid and as long as wanted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from weightloom.errors import InputError, RunError

if TYPE_CHECKING:
    from weightloom.fields.trajectories import Trajectories

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
    from weightloom.fields._sensor_mask import sensor_mask
    from weightloom.fields.grids import regridded
    from weightloom.fields.reading import open_trajectories
    from weightloom.fields.trajectories import Trajectories, checked_destination

    opened = open_field_run(run)
    checked_destination(out)
    if movie is not None:
        from weightloom.fields.plots.movie import movie_path

        movie_path(movie)
    starts = opened.trajectories().test if data is None else open_trajectories(data, **opened.config.names)
    if starts is None:
        raise InputError(f"{run} keeps no trajectories for a test: give --data.")
    config = opened.config
    opened.check_alike(starts)
    if movie is not None and len(starts.grid) != 2:
        raise InputError(f"a movie needs a grid of two axes: these data have {len(starts.grid)}. Leave out --movie.")
    count = len(starts.times) if frames is None else frames
    if count < 1:
        raise InputError(f"--frames {count} cannot be used: give at least 1.")
    times = _continued(starts.times, count)
    coordinates = starts.coordinates if grid is None else regridded(starts, grid)
    points = coordinates.reshape(-1, coordinates.shape[-1])
    mask = sensor_mask(starts, config.observed, config.mask_key, config.per_frame)[0]
    found = opened.forecast_many(starts.at_points[:, 0], mask, starts.points, times - times[0], points, seed)
    if not np.isfinite(found).all():
        raise RunError(f"{run}: forecasts of {count} frames are not finite: the model ran away. Give fewer --frames.")
    result = Trajectories(
        found.reshape(len(starts), count, *coordinates.shape[:-1], len(config.channels)),
        times,
        coordinates,
        config.channels,
        starts.period,
        {"forecast": {"run": str(run), "model": opened.model.label, "seed": seed}},
    )
    result.save(out)
    shape = " × ".join(map(str, result.grid))
    typer.echo(f"{out} holds forecasts of {len(result)} trajectories, {count} frames on {shape}.")
    if movie is not None:
        typer.echo(_movie(result, starts, movie))


def _continued(times: np.ndarray, count: int) -> np.ndarray:
    """The first so many times; after the last one they go on at the last distance."""
    if count <= len(times):
        return times[:count]
    if len(times) < 2:
        raise InputError("the data have one frame, so the time to the next one is not known: leave out --frames.")
    more = times[-1] + (times[-1] - times[-2]) * np.arange(1, count - len(times) + 1)
    return np.concatenate([times, more])


def _movie(result: "Trajectories", starts: "Trajectories", path: Path) -> Path:
    from weightloom.fields.plots.movie import draw_movie

    return draw_movie(result.values[0, ..., 0], path, truth=starts.values[0, : len(result.times), ..., 0])
