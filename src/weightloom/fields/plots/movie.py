"""Movies of forecasts, as GIF files."""

import itertools
import os
import tempfile
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.animation import PillowWriter
from matplotlib.figure import Figure

from weightloom.errors import InputError
from weightloom.fields.plots.forecast import COLOURS, Field
from weightloom.figures.style import house_style
from weightloom.runs.output import output_path, write_output

SIDE, DOTS = 2.4, 80  # inches of a panel, dots per inch


def draw_movie(
    forecast: Field,
    path: str | os.PathLike[str],
    *,
    truth: Field | None = None,
    frames_per_second: int = 8,
) -> Path:
    """Writes a GIF of a forecast, with one colour scale for all frames.

    Args:
        forecast: one channel of one trajectory, shape (time, y, x).
        path: the file to write, with the suffix .gif.
        truth: the true fields in the same domain, on any grid. They are shown to the left of the forecast. The panel is
            empty after the last true frame.
        frames_per_second: speed of the movie.

    Returns:
        The path.

    Raises:
        InputError: if an array has another number of axes or no frames, the truth has more frames than the forecast,
            the speed is not positive, or the file cannot be written.

    Examples:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw_movie(np.zeros((2, 4, 4)), f"{folder}/forecast.gif").name
        'forecast.gif'
    """
    path = movie_path(path)
    panels = {"forecast": forecast} if truth is None else {"truth": truth, "forecast": forecast}
    for name, fields in panels.items():
        if fields.ndim != 3 or not fields.size or len(fields) > len(forecast):
            raise InputError(
                f"a {name} of shape {fields.shape} cannot be shown: give (time, y, x), with at least one frame, and at "
                "most as many frames of the truth as of the forecast."
            )
    if not frames_per_second > 0:
        raise InputError(f"{frames_per_second} frames per second cannot be shown: give a positive number.")
    content = _gif(panels, frames_per_second)
    write_output(path, content, "movie")
    return path


def movie_path(path: str | os.PathLike[str]) -> Path:
    """Checks the path of a movie.

    Args:
        path: a file in an existing folder, with the suffix .gif.

    Returns:
        The path as a `Path`.

    Raises:
        InputError: if the suffix is not .gif, or the file cannot be written.

    Examples:
        >>> movie_path("forecast.gif").suffix
        '.gif'
    """
    return output_path(path, [".gif"], "movie")


def _gif(panels: dict[str, Float[np.ndarray, "time y x"]], frames_per_second: int) -> bytes:
    first, *_ = panels.values()
    largest = float(np.abs(first).max()) or 1.0
    with house_style(), tempfile.TemporaryDirectory() as folder:
        figure = Figure(figsize=(SIDE * len(panels), SIDE + 0.3), layout="constrained")
        images = []
        for axes, (name, fields) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items()):
            images.append(axes.imshow(fields[0], cmap=COLOURS, vmin=-largest, vmax=largest, origin="lower"))
            axes.set_title(name)
            axes.set_axis_off()
        writer = PillowWriter(fps=frames_per_second)
        drawn = Path(folder, "movie.gif")
        with writer.saving(figure, drawn, DOTS):
            for shown in itertools.zip_longest(*panels.values()):
                for image, field in zip(images, shown):
                    image.set_visible(field is not None)
                    if field is not None:
                        image.set_data(field)
                writer.grab_frame()
        return drawn.read_bytes()
