"""`plot`: the standard figure of any result."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from weightloom.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from weightloom.architectures.protocols import Parametrised
    from weightloom.discovery import Reading, Run
    from weightloom.fields import FieldRun, Trajectories
    from weightloom.similarity import Connectors

SHOWN = (
    "a Network, a Reading, a Run, a FieldRun, Trajectories, a table of similarity.compare, or Connectors; for other "
    "figures call their own function, such as plot_forecast"
)


def plot(
    thing: "Run | FieldRun | Trajectories | xr.Dataset | Connectors | Parametrised | Reading", **options: Any
) -> Figure:
    """Plots a result as its standard figure.

    | result | figure |
    |---|---|
    | a `Network` | `plot_network` |
    | a `Reading` | `plot_reading` |
    | a discovery `Run` | `plot_front` at the last step; for an Adam baseline, `plot_network` of the first seed |
    | a `fields.FieldRun` | `plot_errors` for forecasts of the validation trajectories |
    | `fields.Trajectories` | `plot_trajectories` |
    | a table of `similarity.compare` | `plot_similarity` |
    | `similarity.Connectors` | `plot_connectors` |

    Args:
        thing: an object of one of the types in the table.
        options: options of that function, such as the `ax` or `figure` to draw into, or the `title` of a table.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if `thing` has another type or contains no data, or its figure does not have an option.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> figure = wl.plot(wl.similarity.compare({"a": a, "b": a**2}, scores=["cka", "gulp"]))
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['cka ↑', 'gulp ↓']
    """
    draw = _function_for(thing)
    known = list(inspect.signature(draw).parameters)[1:]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise InputError(
            f"the figure of a {type(thing).__name__} has no option {unknown[0]!r}: use {', '.join(known) or 'none'}."
        )
    return draw(thing, **options)


def _function_for(thing: Any) -> Callable[..., Figure]:
    """The function that draws the standard figure of a result."""
    import xarray as xr

    from weightloom.architectures.protocols import Parametrised
    from weightloom.discovery.reading import Reading
    from weightloom.discovery.run import Run
    from weightloom.fields.run import FieldRun
    from weightloom.fields.trajectories import Trajectories
    from weightloom.figures.network import plot_network
    from weightloom.similarity.connectors import Connectors

    match thing:
        case Run():
            from weightloom.discovery._tables import plot_run

            return plot_run
        case FieldRun():
            from weightloom.fields._tables import plot_run as plot_field_run

            return plot_field_run
        case Trajectories():
            from weightloom.fields.plots import plot_trajectories

            return plot_trajectories
        case Connectors():
            from weightloom.similarity.plots import plot_connectors

            return plot_connectors
        case xr.Dataset():
            from weightloom.similarity.plots import plot_similarity

            return plot_similarity
        case Reading():
            return Reading.plot
        case Parametrised():
            return plot_network
    raise InputError(f"a {type(thing).__name__} cannot be plotted: give {SHOWN}.")
