"""Figures of a hypernetwork's architecture (Liao et al. 2023, figure 7)."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Patch, Rectangle

from weightloom.discovery.plots.hyperlayers import Hyperlayer, hyperlayers
from weightloom.errors import InputError
from weightloom.figures.figure import full_panel, root_figure, share_that_fits
from weightloom.figures.saving import save_plot
from weightloom.figures.style import HIDDEN, INK, INPUT, OUTPUT, PALE
from weightloom.hypernetworks import AttentionalHypernetwork, Hypernetwork, ParetoHypernetwork
from weightloom.hypernetworks.attentional.edges import Edges

FEATURE = 0.04  # height of one hyperfeature, in inches
STACK, LINEAR, ARROW = 0.95, 0.52, 0.2  # widths of blocks, linear maps and arrows, in inches
MIDDLE = 0.34  # height of the gap between the two sides, in inches
MOST_DOTS = 7
WHITE = "#ffffff"
COLOURS = {
    "channel": "#f2a541",
    "swish": "#c9d7ee",
    "attention": "#f2c3c8",
    "noise": "#d9d9d9",
    "PE(i)": "#d3ebcf",
    "PE(j)": "#d3ebcf",
    "PE(ℓ)": "#d3ebcf",
    "learned": "#e2d4ee",
}


def plot_architecture(hypernetwork: Hypernetwork, *, ax: Axes | None = None) -> Figure:
    """Plot the architecture of a hypernetwork.

    The figure shows the hyperlayers from left to right, with the encoder side above and the decoder side below. Each
    side has a linear map of hyperfeatures, followed by blocks whose heights are their numbers of features. The KL
    channel is between the sides. On the right, the read-out of the decoder side gives the weights and biases of the
    generated network. The hyperhypernetwork of a `ParetoHypernetwork` is at the top.

    Args:
        hypernetwork: an `AttentionalHypernetwork`, or a `ParetoHypernetwork` that generates one.
        ax: the Axes to draw into. Text and lines are scaled to fit. The default is a new figure.

    Returns:
        The figure.

    Raises:
        InputError: if the hypernetwork has another type.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((2, 3, 1)), key=jax.random.key(0), hyperdepth=2)
        >>> [text.get_text() for text in plot_architecture(hypernetwork).axes[0].texts][:2]
        ['encoder side', 'decoder side']
    """
    attentional = _attentional(hypernetwork)
    layers = hyperlayers(attentional)
    side = FEATURE * max(sum(layer.decoder.values()) for layer in layers)
    step = LINEAR + STACK + 2 * ARROW
    width, top = step * len(layers) + 3.55, side + MIDDLE / 2 + 0.3
    ceiling = top + (0.95 if isinstance(hypernetwork, ParetoHypernetwork) else 0.1)
    size = (width + 0.5, ceiling + top)
    with full_panel(ax, size) as axes:
        axes.set(xlim=(-0.5, width), ylim=(-top, ceiling), aspect=1)
        axes.set_axis_off()
        for sign, name in ((1, "encoder side"), (-1, "decoder side")):
            axes.text(-0.3, sign * (MIDDLE + side) / 2, name, rotation=90, ha="center", va="center")
        for index, layer in enumerate(layers):
            _draw_hyperlayer(axes, step * index, layer, f"hyperlayer {index + 1}", top)
        _draw_readout(axes, step * len(layers), attentional, side)
        if isinstance(hypernetwork, ParetoHypernetwork):
            _draw_hyperhypernetwork(axes, hypernetwork, step * len(layers), top)
        if ax is not None:
            _scale_to(axes, share_that_fits(axes, size))
    return root_figure(axes)


def draw_architecture(hypernetwork: Hypernetwork, path: str | os.PathLike[str]) -> Path:
    """Write the figure of `plot_architecture` to a file.

    Args:
        hypernetwork: as for `plot_architecture`.
        path: the .svg, .png or .pdf file to write.

    Returns:
        The path.

    Raises:
        InputError: in the cases of `plot_architecture`, or if the path cannot be written.

    Examples:
        >>> import tempfile, jax, weightloom as wl
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((2, 3, 1)), key=jax.random.key(0), hyperdepth=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wl.draw_architecture(hypernetwork, f"{folder}/architecture.svg").name
        'architecture.svg'
    """
    return save_plot(path, lambda: plot_architecture(hypernetwork))


def _attentional(hypernetwork: Hypernetwork) -> AttentionalHypernetwork:
    if isinstance(hypernetwork, ParetoHypernetwork):
        # A figure needs only shapes, so nothing is computed.
        hypernetwork = jax.eval_shape(hypernetwork.hyperweights, jax.ShapeDtypeStruct((), jnp.float32))
    if not isinstance(hypernetwork, AttentionalHypernetwork):
        raise InputError(
            f"a {type(hypernetwork).__name__} cannot be drawn: give an AttentionalHypernetwork, "
            "or a ParetoHypernetwork that generates one."
        )
    return hypernetwork


def _draw_hyperlayer(axes: Axes, left: float, layer: Hyperlayer, name: str, top: float) -> None:
    stack = left + ARROW + LINEAR + ARROW
    axes.text(left + ARROW + (LINEAR + ARROW + STACK) / 2, top - 0.12, name, ha="center", va="center", weight="bold")
    for sign, blocks, side in ((1, layer.encoder, "encoder"), (-1, layer.decoder, "decoder")):
        edge = sign * MIDDLE / 2
        middle = sign * (MIDDLE + FEATURE * sum(layer.decoder.values())) / 2
        emitted = layer.emitted if len(blocks) > 1 else 2 * blocks["channel"]
        if layer.features:
            _arrow(axes, (left, middle), (left + ARROW, middle))
        label = f"linear\n{layer.features} → {emitted}" if layer.features else f"bias\n{emitted}"
        _box(axes, left + ARROW, middle, LINEAR, 0.8, label)
        if len(blocks) > 1:
            _arrow(axes, (left + ARROW + LINEAR, middle), (stack, middle))
        else:
            channel_top = (stack + STACK / 2, edge + sign * FEATURE * blocks["channel"])
            _arrow(axes, (left + ARROW + LINEAR, middle), channel_top, connectionstyle="angle,angleA=0,angleB=90")
        for block, features in blocks.items():
            low = min(edge, edge + sign * FEATURE * features)
            silent = block == "learned" and side == "decoder"
            axes.add_patch(
                Rectangle(
                    (stack, low), STACK, FEATURE * features, facecolor=WHITE if silent else COLOURS[block],
                    edgecolor=INK, linewidth=0.6, linestyle=":" if silent else "-", gid=f"{side} {block}",
                )
            )  # fmt: skip
            text = "zeros" if silent else block
            place = (stack + STACK / 2, low + FEATURE * features / 2)
            axes.text(*place, f"{text} {features}", ha="center", va="center_baseline", fontsize=6.5)
            edge += sign * FEATURE * features
    for sign in (1, -1):
        axes.plot([stack + STACK / 2] * 2, [sign * MIDDLE / 2, 0], color=INK, linewidth=0.8, zorder=1)
    style = {"boxstyle": "round,pad=0.2", "facecolor": COLOURS["channel"], "edgecolor": INK, "linewidth": 0.6}
    axes.text(stack + STACK / 2, 0, "KL(q ‖ p)", ha="center", va="center_baseline", fontsize=6.5, bbox=style, zorder=2)


def _draw_readout(axes: Axes, left: float, hypernetwork: AttentionalHypernetwork, side: float) -> None:
    emitted, features = hypernetwork.readout.weight.shape
    sizes, height = hypernetwork.target.sizes, -(MIDDLE + side) / 2
    _arrow(axes, (left, height), (left + ARROW, height))
    _box(axes, left + ARROW, height, LINEAR, 0.8, f"linear\n{features} → {emitted}")
    _arrow(axes, (left + ARROW + LINEAR, height), (left + 1.45, height))
    axes.text(left + 1.07, height + 0.08, "weights", ha="center", fontsize=6.5)
    axes.text(left + 1.07, height - 0.18, "biases\n(mean over i)", ha="center", va="center", fontsize=6.5)
    columns = left + 1.65 + np.linspace(0, 1.5, len(sizes))
    layers = [np.linspace(-1, 1, count) if count > 1 else np.zeros(1) for count in np.minimum(sizes, MOST_DOTS)]
    places = [height + 0.7 * min(1.0, len(layer) / MOST_DOTS) * layer for layer in layers]
    for index, (column, ys) in enumerate(zip(columns, places)):
        if index:
            lines = [(columns[index - 1], column), *((start, end) for start in places[index - 1] for end in ys)]
            for ends in lines[1:]:
                axes.plot(lines[0], ends, color=PALE, linewidth=0.4, zorder=1)
        colour = INPUT if index == 0 else OUTPUT if index == len(sizes) - 1 else HIDDEN
        for y in ys:
            axes.add_patch(Circle((column, y), 0.045, facecolor=colour, edgecolor=WHITE, linewidth=0.5, zorder=2))
        axes.text(column, height - 0.92, f"{sizes[index]}", ha="center", va="center", fontsize=8)
    middle = columns.mean()
    axes.text(middle, height + 0.95, "generated network", ha="center", va="center", weight="bold")
    edges = Edges(tuple(sizes)).total
    axes.text(middle, height - 1.15, f"{edges:,} weights: edges of the graph", ha="center", va="center", fontsize=6.5)


def _draw_hyperhypernetwork(axes: Axes, hypernetwork: ParetoHypernetwork, right: float, top: float) -> None:
    hidden = [hypernetwork.first[0].shape[0], hypernetwork.second[0].shape[1]]
    hyperweights = hypernetwork.scale[1].shape[0]
    height = top + 0.5
    swish = [f"{count}\nswish" for count in hidden]
    labels = ["log β", *swish, f"a, b\n{hyperweights:,} each", "hyperweights\na · sigmoid(b)"]
    width = 1.05
    lefts = np.linspace(ARROW, max(right - width, 5.6), len(labels))
    for index, (left, label) in enumerate(zip(lefts, labels)):
        _box(axes, left, height, width, 0.42, label)
        if index:
            _arrow(axes, (lefts[index - 1] + width, height), (left, height))
    end = lefts[-1] + width / 2
    _arrow(axes, (end, height - 0.21), (end, top))
    axes.text(-0.3, height, "hyperhyper-\nnetwork", rotation=90, ha="center", va="center", fontsize=7)


def _box(axes: Axes, left: float, middle: float, width: float, height: float, text: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, middle - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=WHITE, edgecolor=INK, linewidth=0.8, zorder=2,
        )
    )  # fmt: skip
    axes.text(left + width / 2, middle, text, ha="center", va="center", fontsize=6.5, zorder=3)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **options: str) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
    axes.annotate("", end, start, arrowprops=style | options)


def _scale_to(axes: Axes, scale: float) -> None:
    """Scale text and lines, whose sizes are in points, to the size of the Axes."""
    for text in axes.texts:
        text.set_fontsize(scale * float(text.get_fontsize()))
    arrows = [arrow for text in axes.texts if (arrow := getattr(text, "arrow_patch", None)) is not None]
    for arrow in arrows:
        arrow.set_mutation_scale(scale * arrow.get_mutation_scale())
    lines: list[Line2D | Patch] = [*axes.lines, *axes.patches, *arrows]
    for line in lines:
        line.set_linewidth(scale * line.get_linewidth())
