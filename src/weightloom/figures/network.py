"""Drawings of networks as graphs: neurons are dots, weights are lines (Liao et al. 2023, figures 1 and 6)."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from weightloom._checks import check_choice
from weightloom._keys import AnyKey, as_key
from weightloom.architectures.protocols import Parametrised
from weightloom.errors import InputError
from weightloom.figures.figure import full_panel, root_figure, share_that_fits
from weightloom.figures.layouts import LAYOUTS
from weightloom.figures.layouts.base import Positions, Weight, layer_of_neuron, layer_sizes
from weightloom.figures.saving import save_plot, svg_element
from weightloom.figures.style import HIDDEN, INPUT, NEGATIVE, OUTPUT, POSITIVE

SIDE = 5.0  # inches
MOST_SHOWN = 20_000  # weights, which take about 3 MB in a notebook
FAINTEST = 1 / 250  # relative to the strongest weight; fainter lines are not visible on paper


def plot_network(
    network: Parametrised, *, key: AnyKey = 0, layout: str = "force-directed", ax: Axes | None = None
) -> Figure:
    """Plots a network as a graph of neurons and weights.

    Input neurons are green, output neurons magenta and hidden neurons grey. Inputs and outputs that have names are
    labelled. Positive weights are red, negative weights blue. The width and opacity of a line grow with |w| relative to
    the strongest weight of the layer. Weights below 1/250 of the strongest are not drawn.

    Args:
        network: an object with `parameters`, such as a `weightloom.Network`. Its `units`, if it has any, have the names
            `inputs` and `outputs`.
        key: random key of the layout, a whole number or a JAX key.
        layout: a name from `weightloom.figures.LAYOUTS`. The default is the layout of the paper (appendix B.1).
        ax: existing Axes to draw into. Dots and lines are scaled to their size. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if the network has no valid weights, the key is invalid, or the layout is unknown.

    Examples:
        >>> import types, numpy as np
        >>> network = types.SimpleNamespace(parameters=[(np.ones((2, 1)), np.zeros(1))])
        >>> plot_network(network, layout="layered").get_size_inches().tolist()
        [5.0, 5.0]
    """
    check_choice("layout", layout, LAYOUTS)
    weights = _weights(network)
    positions = LAYOUTS[layout](weights, as_key(key))
    with full_panel(ax, (SIDE, SIDE)) as axes:
        side = SIDE if ax is None else SIDE * share_that_fits(ax, (SIDE, SIDE))
        _draw_graph(axes, weights, positions, side)
        _draw_names(axes, getattr(network, "units", None), layer_sizes(weights), positions)
    return root_figure(axes)


@runtime_checkable
class Read(Protocol):
    """A program with a figure of its own, such as a `weightloom.Reading`."""

    @property
    def program(self) -> object:
        """The program."""

    def plot(self) -> Figure:
        """The figure."""


def draw(
    network: Parametrised | Read,
    path: str | os.PathLike[str],
    *,
    key: AnyKey = 0,
    layout: str = "force-directed",
) -> Path:
    """Saves the figure of a network or of a reading to a file.

    Args:
        network: as for `plot_network`, or a `weightloom.Reading`, whose figure is that of `plot_reading`.
        path: the file to write, with the suffix .svg, .png or .pdf.
        key: of a network, as for `plot_network`.
        layout: of a network, as for `plot_network`.

    Returns:
        The path. The same network and key give the same bytes.

    Raises:
        InputError: as `plot_network`, or if the path cannot be written.

    Examples:
        >>> import pathlib, tempfile, types, numpy as np
        >>> network = types.SimpleNamespace(parameters=[(np.ones((2, 1)), np.zeros(1))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw(network, pathlib.Path(folder, "net.svg"), layout="layered").name
        'net.svg'
    """
    if isinstance(network, Read):
        return save_plot(path, network.plot)
    return save_plot(path, lambda: plot_network(network, key=key, layout=layout))


def network_svg(network: Parametrised) -> str | None:
    """The notebook representation of a network: an <svg> element, or None if it has more than 20,000 weights.

    Args:
        network: as for `plot_network`.

    Examples:
        >>> import types, numpy as np
        >>> network_svg(types.SimpleNamespace(parameters=[(np.ones((2, 1)), np.zeros(1))]))[:4]
        '<svg'
    """
    if sum(weight.size for weight in _weights(network)) > MOST_SHOWN:
        return None
    return svg_element(lambda: plot_network(network))


def _weights(network: Parametrised) -> list[np.ndarray]:
    try:
        weights = [np.asarray(weight, np.float64) for weight, _ in network.parameters]
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"a {type(network).__name__} cannot be drawn: give an object with `parameters`, one (weight, bias) pair "
            "per layer."
        ) from error
    layer_sizes(weights)
    return weights


def _draw_graph(axes: Axes, weights: Sequence[Weight], positions: Positions, side: float) -> None:
    axes.set_axis_off()
    middle = (positions.max(axis=0) + positions.min(axis=0)) / 2
    reach = 1.08 * max(np.ptp(positions, axis=0).max() / 2, 1e-6)
    axes.set(xlim=middle[0] + reach * np.array([-1, 1]), ylim=middle[1] + reach * np.array([-1, 1]), aspect=1)
    room = 72 * side / max(np.sqrt(len(positions)), 4)  # width per neuron, in points, if neurons were on a square grid
    _draw_weights(axes, weights, positions, widest=0.055 * room)
    _draw_neurons(axes, layer_sizes(weights), positions, diameter=0.2 * room)


def _draw_weights(axes: Axes, weights: Sequence[Weight], positions: Positions, widest: float) -> None:
    starts, ends, shares = [], [], []
    first = np.cumsum([0, *layer_sizes(weights)])
    for layer, weight in enumerate(weights):
        share = weight / max(np.abs(weight).max(), np.finfo(float).tiny)
        inputs, outputs = np.nonzero(np.abs(share) >= FAINTEST)
        starts.append(positions[first[layer] + inputs])
        ends.append(positions[first[layer + 1] + outputs])
        shares.append(share[inputs, outputs])
    share = np.concatenate(shares)
    strongest_last = np.argsort(np.abs(share), kind="stable")
    lines = np.stack([np.concatenate(starts), np.concatenate(ends)], axis=1)[strongest_last]
    share = share[strongest_last]
    axes.add_collection(
        LineCollection(
            list(lines),
            colors=_line_colours(share),
            linewidths=widest * (0.1 + 0.9 * np.abs(share)),
            capstyle="round",
            gid="weights",
        ),
        autolim=False,
    )


def _line_colours(share: Float[np.ndarray, " lines"]) -> Float[np.ndarray, "lines 4"]:
    hue = np.where(share[:, None] > 0, to_rgb(POSITIVE), to_rgb(NEGATIVE))
    return np.concatenate([hue, 0.9 * np.abs(share[:, None]) ** 0.7], axis=1)


def _draw_neurons(axes: Axes, sizes: tuple[int, ...], positions: Positions, diameter: float) -> None:
    layer = layer_of_neuron(sizes)
    inputs, outputs = layer == 0, layer == len(sizes) - 1
    for name, chosen, colour, scale in (
        ("hidden", ~(inputs | outputs), HIDDEN, 0.7),
        ("inputs", inputs, INPUT, 1.0),
        ("outputs", outputs, OUTPUT, 1.3),
    ):
        across, up = positions[chosen].T
        axes.scatter(
            across,
            up,
            s=(scale * diameter) ** 2,
            color=colour,
            edgecolors="white",
            linewidths=0.08 * diameter,
            zorder=3,
            gid=name,
        )


def _draw_names(axes: Axes, units: Any, sizes: tuple[int, ...], positions: Positions) -> None:
    if units is None:
        return
    for names, places in ((units.inputs, positions[: sizes[0]]), (units.outputs, positions[-sizes[-1] :])):
        for name, place in zip(names, places):
            # A name is no formula: a $ in it is a dollar.
            text = axes.annotate(
                name, place, (0, 5), textcoords="offset points", ha="center", va="bottom", zorder=4, parse_math=False
            )
            text.set_gid(name)
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
