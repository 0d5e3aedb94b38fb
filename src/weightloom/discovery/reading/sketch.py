"""What a drawing of a program shows: its inputs, units, line and outputs in columns, and the lines between them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom.discovery.reading.index_sets import background
from weightloom.discovery.reading.program import Program, Role
from weightloom.figures.style import HIDDEN, NEGATIVE, POSITIVE, ROLES

# Fainter lines, relative to the strongest of their layer, are not visible.
FAINTEST = 1 / 250


class Unit(NamedTuple):
    """A unit, or the program's line, in the middle column.

    Attributes:
        role: the number of its role, from 0; −1 for the line.
        bias: the sign of its offset.
        height: where it stands, from 0 at the top to 1 at the bottom.
        weight: of each input.
        readout: of each output.
    """

    role: int
    bias: int
    height: float
    weight: Float[np.ndarray, " inputs"]
    readout: Float[np.ndarray, " outputs"]

    @property
    def colour(self) -> str:
        """That of its role; the line has another."""
        return HIDDEN if self.role < 0 else role_colour(self.role)

    @property
    def ring(self) -> str:
        """The colour of its bias's sign; white without a bias."""
        return {1: POSITIVE, -1: NEGATIVE, 0: "white"}[self.bias]


class Line(NamedTuple):
    """A line between columns: from an input to a unit, or from a unit to an output.

    Attributes:
        start: the height where it starts.
        end: the height where it ends.
        share: from −1 to 1. To a unit, w relative to the unit's largest; to an output, the unit's strength v · max|w|
            relative to the largest. The line's ℓ is relative to the largest strength too.
    """

    start: float
    end: float
    share: float

    @property
    def colour(self) -> str:
        """That of its sign."""
        return POSITIVE if self.share > 0 else NEGATIVE

    @property
    def opacity(self) -> float:
        """How dark the line is, from 0 to 1."""
        return float(0.9 * abs(self.share) ** 0.7)

    @property
    def width(self) -> float:
        """How wide the line is, relative to the widest one."""
        return 0.1 + 0.9 * abs(self.share)


class Sketch(NamedTuple):
    """A program as a graph of three columns.

    Attributes:
        inputs: heights of the inputs, from 0 at the top to 1 at the bottom.
        units: units and the line.
        outputs: heights of the outputs.
        left: lines from inputs to units, the faintest first, so that strong lines lie over faint ones.
        right: lines from units to outputs, in the same order.
        strongest: the largest |v| · max|w| of the units, and |ℓ| of the line.
    """

    inputs: list[float]
    units: list[Unit]
    outputs: list[float]
    left: list[Line]
    right: list[Line]
    strongest: float


def sketch(program: Program) -> Sketch:
    """Places a program's units beside the inputs that they read.

    Args:
        program: any program.

    Returns:
        The columns and the lines.

    Examples:
        >>> import weightloom as wl
        >>> drawn = sketch(wl.algorithms.double_sided(n=2, hidden=4, strength=3.0).reading.program)
        >>> [unit.height for unit in drawn.units], [(line.start, line.end, line.share) for line in drawn.left]
        ([0.25, 0.75], [(0.25, 0.25, 1.0), (0.75, 0.75, 1.0)])
    """
    inputs = _spread(program.inputs)
    outputs = _spread(len(program.constant))
    found = [unit for place, role in enumerate(program.roles) for unit in _units(place, role, inputs)]
    found.sort(key=lambda unit: (unit.height, unit.role))
    if program.linear is not None:
        # A line of several outputs is drawn by its sum over them.
        slopes = np.broadcast_to(program.linear, (program.inputs, len(outputs)))
        size = max(float(np.abs(slopes).max()), 1e-300)
        found.append(Unit(-1, 0, 1.0, slopes.sum(axis=1), np.abs(slopes).max(axis=0) / size))
    units = [unit._replace(height=height) for unit, height in zip(found, _spread(len(found)))]
    largest = [max(float(np.abs(unit.weight).max()), 1e-300) for unit in units]
    strength = [most * unit.readout for most, unit in zip(largest, units)]
    strongest = max((float(np.abs(one).max()) for one in strength), default=0.0)
    left, right = [], []
    for unit, most, carried in zip(units, largest, strength):
        # A faint line ℓ stays faint.
        faint = float(np.abs(carried).max()) / max(strongest, 1e-300) if unit.role < 0 else 1.0
        left += _lines(inputs, [unit.height] * len(inputs), faint * unit.weight / most)
        right += _lines([unit.height] * len(outputs), outputs, carried / max(strongest, 1e-300))
    left, right = (sorted(lines, key=lambda line: abs(line.share)) for lines in (left, right))
    return Sketch(inputs, units, outputs, left, right, strongest)


def role_colour(place: int) -> str:
    """The colour of a role.

    Args:
        place: its number, from 0.

    Returns:
        The colour, as "#rrggbb".
    """
    return ROLES[place % len(ROLES)]


def _spread(count: int) -> list[float]:
    return [(place + 0.5) / count for place in range(count)]


def _lines(starts: list[float], ends: list[float], shares: Float[np.ndarray, " lines"]) -> list[Line]:
    places = zip(starts, ends, shares.tolist())
    return [Line(start, end, share) for start, end, share in places if abs(share) >= FAINTEST]


def _units(place: int, role: Role, inputs: list[float]) -> list[Unit]:
    """The members of a role, at the mean height of the inputs that stand out in them."""
    units = []
    for row, weight, bias, readout in zip(role.assignment, role.weight.T, role.offsets, role.readouts):
        read = np.abs(weight) * (row != background(row))
        height = float(np.average(inputs, weights=read)) if read.any() else 1.0
        units.append(Unit(place, int(np.sign(bias)), height, weight, readout))
    return units
