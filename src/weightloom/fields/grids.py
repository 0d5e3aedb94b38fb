"""Refinement and coarsening of grids."""

import dataclasses

import numpy as np
from jaxtyping import Float

from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories


def regridded(data: Trajectories, longest: int) -> Float[np.ndarray, "*grid d"]:
    """Positions of a grid with another number of points over the same domain.

    Positions are interpolated linearly along each axis of the grid. In a periodic domain, the interval from the last
    point to the first point of the next period is included. Positions on the unit sphere stay on it.

    Args:
        data: trajectories on a grid.
        longest: number of points along the longest axis. The other axes keep their proportion to it.

    Returns:
        Positions, shape (*grid, d).

    Raises:
        InputError: if the old or the new grid has fewer than 2 points along an axis, or the points are scattered.

    Examples:
        >>> from weightloom.fields import heat
        >>> regridded(heat(1, frames=2, grid=8), 16).shape
        (16, 16, 2)
    """
    sizes = [round(size * longest / max(data.grid)) for size in data.grid]
    if min(*sizes, *data.grid, 2) < 2:
        raise InputError(
            f"a grid of {longest} points cannot be made from the grid {data.grid}: both need at least 2 points along "
            "each axis."
        )
    if len(data.grid) == 1 and data.coordinates.shape[-1] > 1:
        raise InputError("the points are scattered and cannot be regridded: leave out grid.")
    positions = data.coordinates.astype(np.float64)
    for axis, size in enumerate(sizes):
        positions = _along(positions, axis, size, data.period)
    if data.on_sphere:
        positions /= np.linalg.norm(positions, axis=-1, keepdims=True)
    return positions.astype(np.float32)


def thinned(data: Trajectories, every: int) -> Trajectories:
    """Subsamples the grid of trajectories.

    Args:
        data: trajectories on a grid.
        every: stride along each axis of the grid. 1 keeps all points.

    Returns:
        Trajectories on the coarser grid.

    Raises:
        InputError: if the stride is less than 1.

    Examples:
        >>> from weightloom.fields import heat
        >>> thinned(heat(1, frames=2, grid=8), 2).grid
        (4, 4)
    """
    if every < 1:
        raise InputError(f"every {every} points cannot be used: give at least 1.")
    axes = (slice(None, None, every),) * len(data.grid)
    values = data.values[(slice(None), slice(None), *axes)]
    return dataclasses.replace(data, values=values, coordinates=data.coordinates[axes])


def _along(positions: np.ndarray, axis: int, size: int, period: tuple[float | None, ...] | None) -> np.ndarray:
    count = positions.shape[axis]
    moved = np.abs(np.take(positions, -1, axis) - np.take(positions, 0, axis)).reshape(-1, positions.shape[-1])
    if period is None or period[int(moved.max(axis=0).argmax())] is None:
        places = np.linspace(0, count - 1, size)
    else:
        first, last = np.take(positions, [0], axis), np.take(positions, [-1], axis)
        positions = np.concatenate(
            [positions, first + np.sign(last - first) * [length or 0 for length in period]], axis
        )
        places = np.arange(size) * count / size
    low = np.minimum(places.astype(int), positions.shape[axis] - 2)
    share = (places - low).reshape([-1 if one == axis else 1 for one in range(positions.ndim)])
    return (1 - share) * np.take(positions, low, axis) + share * np.take(positions, low + 1, axis)
