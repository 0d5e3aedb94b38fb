"""Figures of trajectories."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from weightloom.errors import InputError
from weightloom.fields.plots.forecast import COLOURS, evenly
from weightloom.fields.trajectories import Trajectories
from weightloom.figures.figure import many_panels, root_figure

CELL = 1.35  # inches


def plot_trajectories(
    data: Trajectories,
    trajectory: int = 0,
    *,
    channel: str | None = None,
    frames: Sequence[int] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Plots frames of one trajectory in a row, with one colour scale.

    Fields on a grid with two axes are drawn as images, fields of one coordinate as curves. Other fields are drawn as
    dots at the first two coordinates of their points. On the unit sphere, dots are at longitude and latitude.

    Args:
        data: the trajectories.
        trajectory: number of the trajectory to show.
        channel: name of the channel to show. The default is the first one.
        frames: numbers of the frames to show. The default is six evenly spaced frames, including the first and last.
        figure: an existing Figure or SubFigure to draw into; its style is kept. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if the trajectory, the channel or a frame does not exist.

    Examples:
        >>> import weightloom as wl
        >>> data = wl.fields.heat(1, frames=3, grid=8)
        >>> [axes.get_title() for axes in plot_trajectories(data, frames=[0, 2]).axes[:2]]
        ['0', '0.5']
    """
    name = data.channels[0] if channel is None else channel
    if name not in data.channels:
        raise InputError(f"channel {name!r} is unknown: use one of {', '.join(data.channels)}.")
    chosen = data.select([trajectory]).frames(evenly(len(data.times)) if frames is None else frames)
    fields = chosen.values[0, ..., data.channels.index(name)]
    largest = float(np.abs(fields).max()) or 1.0
    ends = (-largest, largest) if fields.min() < 0 else (0.0, largest)
    with many_panels(figure, (CELL * len(fields) + 0.9, CELL * _height(data) + 0.45)) as figure:
        row = figure.subplots(1, len(fields), squeeze=False, sharex=True, sharey=True)[0]
        for axes, field, time in zip(row, fields, chosen.times):
            _draw_field(axes, data, field, ends)
            axes.set_title(f"{time:.4g}", fontsize=8)
        row[0].set_ylabel(name)
        if row[0].images or row[0].collections:
            scale = figure.colorbar((row[0].images or row[0].collections)[0], ax=row, fraction=0.05, pad=0.01)
            scale.outline.set_visible(False)
            scale.ax.tick_params(labelsize=7)
    return root_figure(figure)


def _height(data: Trajectories) -> float:
    """Height of a panel divided by its width."""
    if len(data.grid) == 2:
        return float(np.clip(data.grid[0] / data.grid[1], 0.4, 2.5))
    return 0.5 if data.on_sphere else 0.75


def _draw_field(axes: Axes, data: Trajectories, field: np.ndarray, ends: tuple[float, float]) -> None:
    if len(data.grid) != 2 and data.points.shape[1] == 1:
        order = np.argsort(data.points[:, 0], kind="stable")
        axes.plot(data.points[order, 0], field.ravel()[order], linewidth=1.0)
        axes.set_ylim(ends[0] - 0.05 * np.ptp(ends), ends[1] + 0.05 * np.ptp(ends))
        axes.tick_params(labelsize=7)
        return
    colours: dict[str, Any] = {"cmap": COLOURS if ends[0] < 0 else "viridis", "vmin": ends[0], "vmax": ends[1]}
    if len(data.grid) == 2:
        axes.imshow(field, origin="lower", interpolation="nearest", **colours)
    else:
        area = float(np.clip(4000 / field.size, 0.5, 20))
        across, up = _plane(data).T
        axes.scatter(across, up, c=field.ravel(), s=area, linewidths=0, rasterized=True, **colours)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _plane(data: Trajectories) -> np.ndarray:
    """Two-dimensional positions of the points in the figure."""
    if not data.on_sphere:
        return data.points[:, :2]
    x, y, z = data.points.T
    return np.stack([np.arctan2(y, x), np.arcsin(np.clip(z, -1, 1))], axis=1)
