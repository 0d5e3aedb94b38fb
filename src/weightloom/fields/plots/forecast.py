"""Figures of forecasts beside the truth, and of forecast errors over time."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from weightloom.errors import InputError
from weightloom.figures.figure import many_panels, one_panel, root_figure
from weightloom.figures.saving import save_plot
from weightloom.figures.style import INK, PALE

# (time, y, x). The shape is not in the type, so that users get weightloom's message and not jaxtyping's.
Field: TypeAlias = Float[np.ndarray, "..."]

ROUNDING = 1e-12
COLOURS, CELL, SHOWN = "RdBu_r", 1.25, 6
LINES = ("#2456b8", "#cf2234", "#3ea34a", "#9388ad", "#c77d11", "#111111")
DASHES = ("-", "--", ":")


def plot_forecast(
    truth: Field,
    forecast: Field,
    *,
    times: Sequence[float] | Float[np.ndarray, " time"] | None = None,
    in_frames: int | None = None,
    frames: Sequence[int] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Plots frames of the truth, the forecast and their difference, with one colour scale.

    Args:
        truth: one channel of one trajectory, shape (time, y, x), starting with the initial frame of the forecast.
        forecast: the forecast of the same frames and points, of the same shape.
        times: times of the frames, for the titles. The default is their numbers.
        in_frames: number of frames that the model was fitted to. Later frames are marked as extrapolated.
        frames: numbers of the frames to show. The default is six evenly spaced frames, including the first and last.
        figure: an existing Figure or SubFigure to draw into; its style is kept. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if the shapes differ, the number of times is wrong, or a frame does not exist.

    Examples:
        >>> import numpy as np
        >>> truth = np.random.default_rng(0).standard_normal((10, 8, 8))
        >>> figure = plot_forecast(truth, 0.9 * truth, in_frames=5, frames=[0, 9])
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['0', '9, extrapolated']
    """
    if truth.shape != forecast.shape or truth.ndim != 3:
        raise InputError(
            f"truth of shape {truth.shape} and forecast of shape {forecast.shape} cannot be compared: "
            "give both as (time, y, x)."
        )
    count = len(truth)
    times = list(range(count)) if times is None else list(times)
    frames = evenly(count) if frames is None else list(frames)
    if len(times) != count or not frames or not all(0 <= frame < count for frame in frames):
        raise InputError(
            f"{len(times)} times and frames {frames} do not match a forecast of {count} frames: give {count} times, "
            f"and frames from 0 to {count - 1}."
        )
    largest = float(np.abs(truth).max()) or 1.0
    _, high, wide = truth.shape
    with many_panels(figure, (CELL * len(frames) + 1.2, 3 * CELL * high / wide + 0.5)) as figure:
        panels = figure.subplots(3, len(frames), squeeze=False)
        for row, (name, fields) in enumerate(
            (("truth", truth), ("forecast", forecast), ("difference", forecast - truth))
        ):
            for axes, frame in zip(panels[row], frames):
                image = axes.imshow(
                    fields[frame], cmap=COLOURS, vmin=-largest, vmax=largest, origin="lower", interpolation="nearest"
                )
                axes.set_xticks([])
                axes.set_yticks([])
                axes.spines[:].set_visible(False)
            panels[row][0].set_ylabel(name)
        for axes, frame in zip(panels[0], frames):
            beyond = in_frames is not None and frame >= in_frames
            axes.set_title(f"{times[frame]:g}{', extrapolated' if beyond else ''}", fontsize=8)
        scale = figure.colorbar(image, ax=panels, fraction=0.05, pad=0.01)
        scale.outline.set_visible(False)
    return root_figure(figure)


def draw_forecast(
    truth: Field,
    forecast: Field,
    path: str | os.PathLike[str],
    *,
    times: Sequence[float] | Float[np.ndarray, " time"] | None = None,
    in_frames: int | None = None,
    frames: Sequence[int] | None = None,
) -> Path:
    """Saves the figure of `plot_forecast` to a file.

    Args:
        truth: as for `plot_forecast`.
        forecast: as for `plot_forecast`.
        path: the file to write, with the suffix .svg, .png or .pdf.
        times: as for `plot_forecast`.
        in_frames: as for `plot_forecast`.
        frames: as for `plot_forecast`.

    Returns:
        The path.

    Raises:
        InputError: as `plot_forecast`, or if the path cannot be written.

    Examples:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_forecast(np.ones((2, 4, 4)), np.zeros((2, 4, 4)), f"{folder}/forecast.png").name
        'forecast.png'
    """
    return save_plot(path, lambda: plot_forecast(truth, forecast, times=times, in_frames=in_frames, frames=frames))


def plot_errors(
    errors: Mapping[str, Float[np.ndarray, "..."]],
    *,
    in_frames: int,
    label: str = "MSE",
    ax: Axes | None = None,
) -> Figure:
    """Plots the error of each frame, with one line per model: the mean over seeds and their range.

    Args:
        errors: by name of the model, an array of shape (time,) or (seed, time).
        in_frames: number of frames that the models were fitted to. Later frames are shaded.
        label: label of the error axis.
        ax: existing Axes to draw into; their style is kept. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if there are no errors, or models have different numbers of frames.

    Examples:
        >>> import numpy as np
        >>> figure = plot_errors({"one": np.array([0.1, 0.2, 0.3])}, in_frames=2)
        >>> [line.get_label() for line in figure.axes[0].lines]
        ['one']
    """
    curves = {name: np.atleast_2d(values) for name, values in errors.items()}
    lengths = {values.shape[1] for values in curves.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(
            f"errors of {sorted(lengths)} frames cannot be plotted together: give errors of the same frames for every "
            "model."
        )
    [count] = lengths
    # Hide errors of rounding, such as the error of persistence at the first frame: they would dominate the log scale.
    least = ROUNDING * max(np.nanmax(values) for values in curves.values())
    curves = {name: np.where(values > least, values, np.nan) for name, values in curves.items()}
    with one_panel(ax, (6.0, 3.0)) as axes:
        for number, (name, values) in enumerate(curves.items()):
            colour, dash = LINES[number % len(LINES)], DASHES[number // len(LINES) % len(DASHES)]
            axes.fill_between(range(count), values.min(0), values.max(0), color=colour, alpha=0.2, linewidth=0)
            axes.plot(range(count), values.mean(0), dash, color=colour, label=name, linewidth=1.3)
        if in_frames < count:
            axes.axvspan(in_frames - 0.5, count - 0.5, color=PALE, alpha=0.25, linewidth=0)
            axes.annotate("extrapolated", (in_frames - 0.3, 0.02), xycoords=("data", "axes fraction"), va="bottom",
                          fontsize=7, color=INK)  # fmt: skip
        axes.set_yscale("log")
        axes.set_xlim(-0.5, count - 0.5)
        axes.set_xlabel("frame")
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1, 1)} if ax is None else {"loc": "best"}
        axes.legend(fontsize=7, **place)
    return root_figure(axes)


def draw_errors(
    errors: Mapping[str, Float[np.ndarray, "..."]],
    path: str | os.PathLike[str],
    *,
    in_frames: int,
    label: str = "MSE",
) -> Path:
    """Saves the figure of `plot_errors` to a file.

    Args:
        errors: as for `plot_errors`.
        path: the file to write, with the suffix .svg, .png or .pdf.
        in_frames: as for `plot_errors`.
        label: as for `plot_errors`.

    Returns:
        The path.

    Raises:
        InputError: as `plot_errors`, or if the path cannot be written.

    Examples:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_errors({"one": np.array([0.1, 0.2])}, f"{folder}/errors.svg", in_frames=1).name
        'errors.svg'
    """
    return save_plot(path, lambda: plot_errors(errors, in_frames=in_frames, label=label))


def evenly(count: int) -> list[int]:
    """Numbers of up to six evenly spaced frames, including the first and the last.

    Args:
        count: number of frames.

    Examples:
        >>> evenly(11)
        [0, 2, 4, 6, 8, 10]
    """
    return sorted({round(position) for position in np.linspace(0, count - 1, min(SHOWN, count))})
