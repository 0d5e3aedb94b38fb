"""Merging: units that do the same become one, and units that do nothing become a line."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.linalg import solve_triangular

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
        self.basis, self.triangle = np.linalg.qr(self.affine)

    def part(self, values: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, "samples columns"]:
        """What remains of functions after their best line and constant are subtracted."""
        return values - self.basis @ (self.basis.T @ values)

    def line(self, values: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, "coefficients columns"]:
        """The constant and slopes of the best line, shape (1 + inputs, columns)."""
        return solve_triangular(self.triangle, self.basis.T @ values)

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
    inputs = np.column_stack([curved.x, np.ones(len(curved.x))])

    def value(directions: Float[np.ndarray, "units augmented"]) -> Float[np.ndarray, "units samples"]:
        return curved.part(form.nonlinearity.function(inputs @ directions.T)).T

    units = _Units(directions, form.readout, value(directions), np.eye(len(directions), dtype=bool))
    one, two = np.nonzero(np.triu(_cosines(directions, directions) > ALIKE, k=1))
    steps = _stacked(_dropped(units, np.arange(len(directions)), curved), _joins(units, one, two, value, curved))
    left = np.ones(len(directions), bool)
    target = form(curved.x)
    change = np.zeros(target.size)
    waiting, merged = list(tolerances), []
    while len(steps.cost) and waiting:
        costs = steps.cost + 2 * (steps.change @ change)
        best = int(costs.argmin())
        share = (costs[best] + change @ change) / change.size
        while waiting and share > waiting[0]:
            merged.append(_fitted(form, _rows(units, left), curved, target))
            waiting.pop(0)
        step = _rows(steps, [best])
        change = change + step.change[0]
        gone = np.append(step.one, step.two)
        left[gone] = False
        steps = _rows(steps, ~np.isin(steps.one, gone) & ~np.isin(steps.two, gone))
        if gone[0] != gone[1]:
            near = np.flatnonzero(left & (_cosines(units.direction, step.direction)[:, 0] > ALIKE))
            units = _stacked(
                units, _Units(step.direction, step.readout, step.value, units.neurons[gone].any(axis=0)[None])
            )
            last = np.array([len(left)])
            left = np.append(left, True)
            joins = _joins(units, near, np.repeat(last, len(near)), value, curved)
            steps = _stacked(steps, _dropped(units, last, curved), joins)
    return merged + [_fitted(form, _rows(units, left), curved, target)] * len(waiting)


class _Units(NamedTuple):
    """Units, one a row: weights and offset, output weights, values up to a line, and the neurons in them."""

    direction: Float[np.ndarray, "units augmented"]
    readout: Float[np.ndarray, "units outputs"]
    value: Float[np.ndarray, "units samples"]
    neurons: Bool[np.ndarray, "units neurons"]


class _Steps(NamedTuple):
    """Possible steps, one a row: units `one` and `two` become one unit, or a line where they are the same.

    `change` is that of the scaled outputs, samples times outputs, and `cost` its square.
    """

    one: Int[np.ndarray, " steps"]
    two: Int[np.ndarray, " steps"]
    direction: Float[np.ndarray, "steps augmented"]
    readout: Float[np.ndarray, "steps outputs"]
    value: Float[np.ndarray, "steps samples"]
    change: Float[np.ndarray, "steps values"]
    cost: Float[np.ndarray, " steps"]


def _stacked(*parts: Any) -> Any:
    """The rows of several tables in one."""
    return type(parts[0])(*map(np.concatenate, zip(*parts)))


def _rows(table: Any, chosen: Any) -> Any:
    """Some rows of a table."""
    return type(table)(*(column[chosen] for column in table))


def _products(
    value: Float[np.ndarray, "units samples"], readout: Float[np.ndarray, "units outputs"]
) -> Float[np.ndarray, "units samples outputs"]:
    return value[:, :, None] * readout[:, None, :]


def _dropped(units: _Units, own: Int[np.ndarray, " chosen"], curved: Curved) -> _Steps:
    """The steps that make lines of units."""
    direction, readout, value, _ = _rows(units, own)
    change = _products(value, -readout / curved.scale)
    change = change.reshape(len(own), math.prod(change.shape[1:]))
    return _Steps(own, own, direction, readout, value, change, np.square(change).sum(axis=1))


def _joins(
    units: _Units,
    one: Int[np.ndarray, " pairs"],
    two: Int[np.ndarray, " pairs"],
    value: Callable[..., np.ndarray],
    curved: Curved,
) -> _Steps:
    """The steps that join two units."""
    first, second = _rows(units, one), _rows(units, two)
    direction = _mean_direction(first, second)
    column = value(direction)
    wanted = _products(first.value, first.readout) + _products(second.value, second.readout)
    length = np.maximum(np.square(column).sum(axis=1, keepdims=True), 1e-300)
    readout = np.einsum("ps,pso->po", column, wanted) / length
    change = ((_products(column, readout) - wanted) / curved.scale).reshape(len(one), math.prod(wanted.shape[1:]))
    return _Steps(one, two, direction, readout, column, change, np.square(change).sum(axis=1))


def _mean_direction(one: _Units, two: _Units) -> Float[np.ndarray, "pairs augmented"]:
    """The mean direction, weighted by strength, with the mean length: e is nearly |z|/2, so strengths add up."""
    first, second = _lengths(one.readout), _lengths(two.readout)
    sides = np.sign((one.direction * two.direction).sum(axis=1, keepdims=True))
    total = first * one.direction + sides * second * two.direction
    lengths = _lengths(one.direction), _lengths(two.direction)
    strengths = np.maximum(first * lengths[0], 1e-300), np.maximum(second * lengths[1], 1e-300)
    length = (lengths[0] * strengths[0] + lengths[1] * strengths[1]) / (strengths[0] + strengths[1])
    return total / np.maximum(_lengths(total), 1e-300) * length


def _lengths(rows: Float[np.ndarray, "units columns"]) -> Float[np.ndarray, "units 1"]:
    return np.sqrt(np.square(rows).sum(axis=1, keepdims=True))


def _cosines(
    ones: Float[np.ndarray, "units augmented"], others: Float[np.ndarray, "others augmented"]
) -> Float[np.ndarray, "units others"]:
    """How nearly units have one direction, up to its sign."""
    return np.abs(ones @ others.T) / np.maximum(_lengths(ones) * _lengths(others).T, 1e-300)


def _fitted(form: Canonical, units: _Units, curved: Curved, target: Float[np.ndarray, "samples outputs"]) -> Canonical:
    """These units, with the line and the constant that fit the original function best."""
    neurons = (np.flatnonzero(own) for own in units.neurons)
    merged = dataclasses.replace(
        form,
        weight=units.direction[:, :-1].T,
        bias=units.direction[:, -1],
        readout=units.readout,
        neurons=tuple(tuple(sorted(neuron for unit in own for neuron in form.neurons[unit])) for own in neurons),
    )
    line = curved.line(target - merged.values(curved.x) @ units.readout)
    return dataclasses.replace(merged, constant=line[0], linear=line[1:])
