"""The figure of a reading: the network with its neurons merged into units, by role."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from weightloom._words import counted, shortened
from weightloom.discovery.reading.formulas import role_label, subscripted
from weightloom.discovery.reading.sketch import Line, Sketch, role_colour, sketch
from weightloom.errors import InputError
from weightloom.figures.figure import full_panel, root_figure, share_that_fits
from weightloom.figures.style import HIDDEN, INPUT, OUTPUT

if TYPE_CHECKING:
    from weightloom.discovery.reading import Reading

# In inches.
WIDTH, MARGIN, LEFT, GAP, ROW = 5.6, 0.2, 0.75, 0.3, 0.21
LOWEST, HIGHEST = 1.6, 7.0
MOST_ROLES = 8
LONGEST_NAME = 12


def plot_reading(reading: "Reading", names: Sequence[str] | None = None, *, ax: Axes | None = None) -> Figure:
    """Plots what was read from a network: inputs, units in the colours of their roles, and outputs.

    Each dot in the middle is a unit, with the number of its role; the text below gives the role's part of the formula
    and how many neurons it merges. A square is the line ℓ·x. Positive weights are red, negative weights blue. The width
    of a line from an input grows with |w| relative to the unit's largest, that of a line to an output with the unit's
    strength |v| · max|w| relative to the largest, which is named below. The ring around a unit has the colour of the
    sign of its offset.

    Args:
        reading: of a network.
        names: of the inputs, from the first; the default is those of the network's units, or x₀, x₁, ….
        ax: existing Axes to draw into. Text and lines are scaled to fit. The default is a new figure.

    Returns:
        The figure. Notebooks display it.

    Raises:
        InputError: if the number of names is not the number of inputs.

    Examples:
        >>> import weightloom as wl
        >>> figure = plot_reading(wl.algorithms.double_sided(n=2, hidden=4, strength=3.0).reading, names=["a", "b"])
        >>> [text.get_text() for text in figure.axes[0].texts][:2]
        ['a', 'b']
    """
    program = reading.program
    if names is not None and len(names) != program.inputs:
        raise InputError(f"{len(names)} names do not fit a network of {program.inputs} inputs: give one for each.")
    units = reading.source.units
    if names is None:
        names = [subscripted(f"x{k}") for k in range(program.inputs)] if units is None else units.inputs
    drawn = sketch(program)
    crowd = max(len(drawn.inputs), len(drawn.units), len(drawn.outputs))
    height = float(np.clip(0.3 * crowd, LOWEST, HIGHEST))
    labels = _labels(reading, drawn)
    below = ROW * len(labels) + 0.15
    size = (WIDTH, height + below + 2 * MARGIN)
    with full_panel(ax, size) as axes:
        axes.set(xlim=(0, WIDTH), ylim=(-(size[1] - MARGIN), MARGIN), aspect=1)
        axes.set_axis_off()
        scale = 1.0 if ax is None else share_that_fits(axes, size)
        _draw(axes, drawn, names, height, scale)
        for place, (colour, text) in enumerate(labels):
            level = -height - 0.15 - ROW * (place + 0.5)
            if colour:
                axes.plot(MARGIN + 0.05, level, "s", color=colour, markersize=7 * scale)
            axes.text(MARGIN + (0.2 if colour else 0), level, text, fontsize=8 * scale, va="center_baseline")
    return root_figure(axes)


def _draw(axes: Axes, drawn: Sketch, names: Sequence[str], height: float, scale: float) -> None:
    inputs, units, outputs = LEFT + MARGIN, (LEFT + WIDTH) / 2, WIDTH - MARGIN - GAP
    room = 72 * scale * min(0.3, height / max(len(drawn.inputs), len(drawn.units), 1))
    for lines, start, end in ((drawn.left, inputs, units), (drawn.right, units, outputs)):
        _lines(axes, lines, start, end, height, 0.16 * room)
    dot: dict[str, Any] = {"linestyle": "", "marker": "o", "markeredgecolor": "white", "zorder": 3}
    across = [inputs] * len(names)
    axes.plot(across, [-height * y for y in drawn.inputs], color=INPUT, markersize=0.5 * room, gid="inputs", **dot)
    for name, y in zip(names, drawn.inputs):
        axes.text(
            inputs - 0.12, -height * y, shortened(name, LONGEST_NAME), ha="right", va="center_baseline",
            fontsize=min(9 * scale, 0.7 * room),
        )  # fmt: skip
    for unit in drawn.units:
        line = unit.role < 0
        axes.plot(
            units, -height * unit.height, "s" if line else "o", markersize=0.72 * room, zorder=3,
            color=unit.colour, markeredgecolor=unit.ring,
            markeredgewidth=0.09 * room, gid="line" if line else f"unit of role {unit.role + 1}",
        )  # fmt: skip
        text = "ℓ" if line else str(unit.role + 1)
        axes.text(
            units, -height * unit.height, text, ha="center", va="center_baseline", fontsize=0.4 * room,
            color="white", weight="bold", zorder=4,
        )  # fmt: skip
    axes.plot(
        [outputs] * len(drawn.outputs), [-height * y for y in drawn.outputs], color=OUTPUT,
        markersize=max(0.65 * room, 5 * scale), gid="outputs", **dot,
    )  # fmt: skip
    for place, y in enumerate(drawn.outputs) if len(drawn.outputs) > 1 else ():
        axes.text(outputs + 0.12, -height * y, subscripted(f"y{place}"), va="center_baseline", fontsize=9 * scale)


def _lines(axes: Axes, lines: Sequence[Line], start: float, end: float, height: float, widest: float) -> None:
    axes.add_collection(
        LineCollection(
            [[(start, -height * line.start), (end, -height * line.end)] for line in lines],
            colors=[to_rgba(line.colour, line.opacity) for line in lines],
            linewidths=[widest * line.width for line in lines],
            capstyle="round",
            gid="weights",
        ),
        autolim=False,
    )


def _labels(reading: "Reading", drawn: Sketch) -> list[tuple[str, str]]:
    """Colours and texts below the drawing: one line a role, then the line, the verdict and the scale."""
    labels = []
    for place, role in enumerate(reading.roles[:MOST_ROLES]):
        neurons = sum(len(own) for own in role.neurons)
        merged = f" of {counted(neurons, 'neuron')}" if neurons else ""
        output = int(np.abs(role.readout).max(axis=0).argmax())
        text = f"{place + 1}: {role_label(role, place, output=output)}"
        labels.append((role_colour(place), f"{text}   ({counted(role.members, 'unit')}{merged})"))
    if more := len(reading.roles) - MOST_ROLES:
        labels += [("", f"and {counted(more, 'more role')}")] if more > 0 else []
    if any(unit.role < 0 for unit in drawn.units):
        labels.append((HIDDEN, "ℓ: the line"))
    verdict = reading.verdict
    scale = f"; widest line to an output: {drawn.strongest:.3g}" if drawn.units else ""
    labels.append(("", f"{verdict.state}, R² {verdict.faithful:.4f}{scale}"))
    return labels
