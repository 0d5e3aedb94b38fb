"""Merging: units that do the same become one, and units that do nothing become a line."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom.discovery.reading.canonical import Canonical

# Units whose directions, offset included, differ more than this are never tried as one.
ALIKE = 0.9


class Curved:
    """Measures changes of a function on fixed inputs, up to a line: lines and constants are refitted.

    Args:
        x: the inputs, shape (samples, inputs).
        scale: the standard deviation of each output of the original network, shape (outputs,).
    """

    def __init__(self, x: Float[np.ndarray, "samples inputs"], scale: Float[np.ndarray, " outputs"]) -> None:
        self.x = x
        self.scale = scale
        self.affine = np.column_stack([np.ones(len(x)), x])
        self.basis = np.linalg.qr(self.affine)[0]

    def part(self, values: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, "samples columns"]:
        """What remains of functions after their best line and constant are subtracted."""
        return values - self.basis @ (self.basis.T @ values)

    def line(self, values: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, "coefficients columns"]:
        """The constant and slopes of the best line, shape (1 + inputs, columns)."""
        return np.linalg.lstsq(self.affine, values, rcond=None)[0]

    def share(self, change: Float[np.ndarray, "samples outputs"]) -> float:
        """The mean square of a change in variances of the outputs."""
        return float(np.mean((change / self.scale) ** 2))


def merges(form: Canonical, curved: Curved, tolerances: Sequence[float]) -> list[Canonical]:
    """Merges units greedily while the output changes by at most a tolerance of its variance in all.

    The next merge is always the one that changes the output least: two units of almost one direction become one
    unit with their mean direction and the best output weight, or a unit that is nearly a line becomes a line.

    Args:
        form: the canonical form.
        curved: measures changes of the output.
        tolerances: of the whole change, as shares of the output's variance, in rising order.

    Returns:
        For each tolerance the merged form, its line and constant fitted to the original function.
    """
    directions = np.vstack([form.weight, form.bias]).T
    units = [_Unit(*parts) for parts in zip(directions, form.readout, form.neurons)]
    inputs = np.column_stack([curved.x, np.ones(len(curved.x))])

    def value(directions: list[Float[np.ndarray, " augmented"]]) -> Float[np.ndarray, "samples units"]:
        return curved.part(form.nonlinearity.function(inputs @ np.array(directions).reshape(-1, inputs.shape[1]).T))

    for unit, column in zip(units, value([unit.direction for unit in units]).T):
        unit.value = column
    steps = [_dropped(unit, curved) for unit in units]
    alike = np.argwhere(np.triu(_cosines(directions, directions) > ALIKE, k=1))
    steps += _joins([(units[one], units[two]) for one, two in alike], value, curved)
    change = np.zeros((len(curved.x), form.readout.shape[1]))
    waiting, merged = list(tolerances), []
    while steps and waiting:
        costs = np.array([step.cost + step.change.ravel() @ change.ravel() * 2 for step in steps])
        best = int(costs.argmin())
        share = (costs[best] + (change**2).sum()) / change.size
        while waiting and share > waiting[0]:
            merged.append(_fitted(form, units, curved))
            waiting.pop(0)
        step = steps[best]
        change = change + step.change
        gone = [unit for unit in (step.one, step.two) if unit is not None]
        units = [unit for unit in units if unit not in gone]
        steps = [other for other in steps if other.one not in gone and other.two not in gone]
        if step.two is not None:
            joined = step.joined
            steps.append(_dropped(joined, curved))
            near = _cosines(
                np.array([unit.direction for unit in units]).reshape(-1, directions.shape[1]), joined.direction
            )
            steps += _joins([(unit, joined) for unit, cosine in zip(units, near) if cosine > ALIKE], value, curved)
            units.append(joined)
    return merged + [_fitted(form, units, curved)] * len(waiting)


@dataclasses.dataclass(eq=False)
class _Unit:
    direction: Float[np.ndarray, " augmented"]
    readout: Float[np.ndarray, " outputs"]
    neurons: tuple[int, ...]
    value: Float[np.ndarray, " samples"] = dataclasses.field(default_factory=lambda: np.empty(0))

    @property
    def strength(self) -> float:
        return float(np.linalg.norm(self.readout) * np.linalg.norm(self.direction))


class _Step(NamedTuple):
    """Two units that become one, or one unit that becomes a line; how the scaled output changes, and by what square."""

    one: _Unit
    two: _Unit | None
    joined: _Unit
    change: Float[np.ndarray, "samples outputs"]
    cost: float


def _dropped(unit: _Unit, curved: Curved) -> _Step:
    change = -np.outer(unit.value, unit.readout / curved.scale)
    return _Step(unit, None, unit, change, float((change**2).sum()))


def _joins(pairs: list[tuple[_Unit, _Unit]], value: Callable[..., np.ndarray], curved: Curved) -> list[_Step]:
    """The steps that join two units."""
    if not pairs:
        return []
    steps = []
    directions = [_mean_direction(one, two) for one, two in pairs]
    for (one, two), direction, column in zip(pairs, directions, value(directions).T):
        wanted = np.outer(one.value, one.readout) + np.outer(two.value, two.readout)
        readout = column @ wanted / max(column @ column, 1e-300)
        joined = _Unit(direction, readout, tuple(sorted(one.neurons + two.neurons)), column)
        change = (np.outer(column, readout) - wanted) / curved.scale
        steps.append(_Step(one, two, joined, change, float((change**2).sum())))
    return steps


def _mean_direction(one: _Unit, two: _Unit) -> Float[np.ndarray, " augmented"]:
    """The mean direction, weighted by strength, with the mean length: e is nearly |z|/2, so strengths add up."""
    first, second = np.linalg.norm(one.readout), np.linalg.norm(two.readout)
    total = first * one.direction + np.sign(one.direction @ two.direction) * second * two.direction
    lengths = np.array([np.linalg.norm(unit.direction) for unit in (one, two)])
    length = np.average(lengths, weights=np.maximum([one.strength, two.strength], 1e-300))
    return total / max(np.linalg.norm(total), 1e-300) * length


def _cosines(
    ones: Float[np.ndarray, "units augmented"], others: Float[np.ndarray, "*others augmented"]
) -> Float[np.ndarray, "units *others"]:
    """How nearly units have one direction, up to its sign."""
    lengths = np.multiply.outer(np.linalg.norm(ones, axis=-1), np.linalg.norm(others, axis=-1))
    return np.abs(ones @ others.T) / np.maximum(lengths, 1e-300)


def _fitted(form: Canonical, units: list[_Unit], curved: Curved) -> Canonical:
    """These units, with the line and the constant that fit the original function best."""
    size = len(form.weight) + 1
    directions = np.array([unit.direction for unit in units]).reshape(-1, size).T
    readout = np.array([unit.readout for unit in units]).reshape(-1, form.readout.shape[1])
    merged = dataclasses.replace(
        form,
        weight=directions[:-1],
        bias=directions[-1],
        readout=readout,
        neurons=tuple(unit.neurons for unit in units),
    )
    line = curved.line(form(curved.x) - merged.values(curved.x) @ readout)
    return dataclasses.replace(merged, constant=line[0], linear=line[1:])
