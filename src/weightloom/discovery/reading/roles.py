"""Roles: units that do the same for other inputs, with numbers tied where that costs nothing visible."""

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from weightloom.discovery.reading.candidates import Candidates
from weightloom.discovery.reading.canonical import Canonical, in_one_half_turn
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.patterns import Pattern, dense, oriented
from weightloom.discovery.reading.program import Program, Role


@dataclasses.dataclass(frozen=True)
class Price:
    """What numbers and errors cost, in bits. Where each unit has an equal part of the tolerance, it costs two numbers.

    Attributes:
        tolerance: the share of the output's variance that the units' errors may add up to.
        units: how many units there are.
    """

    tolerance: float
    units: int

    @property
    def number(self) -> float:
        """Bits of one number at this tolerance."""
        return 2 + 0.5 * math.log2(1 / self.tolerance)

    def error(self, share: float) -> float:
        """Bits of an error, as a share of the output's variance."""
        return 2 * self.number * self.units * share / self.tolerance


@dataclasses.dataclass(frozen=True)
class _Unit:
    pattern: Pattern
    kind: tuple[tuple[int, int], ...]
    weight: Float[np.ndarray, " inputs"]
    bias: float
    readout: Float[np.ndarray, " outputs"]
    neurons: tuple[int, ...]


def program(form: Canonical, candidates: Candidates, tolerance: float) -> Program:
    """The shortest program that computes a merged canonical form within a tolerance.

    First each unit gets a pattern: few levels where the output hardly changes, dense otherwise. Patterns that other
    units have too cost less. Then units of one pattern, up to a permutation of inputs, become roles, whose numbers
    are tied or not, and which are divided, as the description is shortest.

    Args:
        form: a merged canonical form.
        candidates: the patterns of units, kept over several calls.
        tolerance: as a share of the output's variance.

    Returns:
        The program; its numbers are means, not yet fitted together.
    """
    price = Price(tolerance, max(1, len(form.bias)))
    curved = candidates.curved
    units = [_turned(unit, form) for unit in _with_patterns(form, candidates, price)]
    groups: dict[object, list[_Unit]] = {}
    for unit in units:
        kind = "dense" if unit.pattern.dense else unit.kind
        side = np.sign(unit.readout[0]) if len(unit.readout) == 1 else None
        groups.setdefault((kind, side), []).append(unit)
    alone = iter(_alone([group[0] for group in groups.values() if len(group) == 1], form, curved, price))
    found = [[next(alone)] if len(group) == 1 else _roles(group, form, curved, price)[1] for group in groups.values()]
    roles = [role for own in found for role in own]
    values = _values(roles, form, curved)
    line = curved.line(form(curved.x) - values.sum(axis=1))
    curvature = _shares(values, curved)
    roles = [roles[k] for k in np.argsort(-curvature, kind="stable")]
    return Program(form.activation, line[0], _linear(line[1:], curved, price), tuple(roles), len(form.weight))


def _with_patterns(form: Canonical, candidates: Candidates, price: Price) -> list[_Unit]:
    options = candidates.of(form)
    if not options:
        return []
    strength = np.mean((form.readout / candidates.curved.scale) ** 2, axis=1)
    structure = np.array([own.bits + price.error(1.0) * own.changes * v for own, v in zip(options, strength)])
    levels = np.array([own.levels * price.number for own in options])
    kinds = [own.kinds for own in options]
    chosen = (structure + levels).argmin(axis=1)
    for _ in range(2):
        known = Counter(own[place] for own, place in zip(kinds, chosen))
        shared = np.array([[known[kind] + 1 for kind in own] for own in kinds])
        chosen = (structure + levels / shared).argmin(axis=1)
    picked = [(own.patterns[place], own.kinds[place]) for own, place in zip(options, chosen)]
    return [
        _Unit(pattern, kind, form.weight[:, k], float(form.bias[k]), form.readout[k], form.neurons[k])
        for k, (pattern, kind) in enumerate(picked)
    ]


def _roles(units: Sequence[_Unit], form: Canonical, curved: Curved, price: Price) -> tuple[float, list[Role]]:
    """One role for all units, or several if that is shorter; with the bits."""
    options = _options(units)
    # Options that differ in output weights alone share the values of their units.
    apart = options[:: 1 if len(units) == 1 else 2]
    z = curved.x @ np.concatenate([option.weight for option in apart], axis=1)
    hidden = form.nonlinearity.function(z + np.concatenate([option.offsets for option in apart]))
    hidden = hidden.reshape(len(z), len(apart), len(units)).repeat(len(options) // len(apart), axis=1)
    values = np.einsum("skm,kmo->sko", hidden, np.array([option.readouts for option in options]))
    shares = _shares(values - _values([_free(units)], form, curved), curved)
    costs = [option.numbers * price.number + price.error(share) for option, share in zip(options, shares.tolist())]
    bits = min(costs)
    role = options[costs.index(bits)]
    best = (bits, [role])
    # Two roles need a level, an output weight and a division at least: below that no division is shorter.
    divided = 2 * (role.levels.shape[1] + role.readout.shape[1]) * price.number + len(units)
    if len(units) > 1 and not role.dense and bits > divided:
        halves = [_roles(half, form, curved, price) for half in _division(units)]
        total = sum(half[0] for half in halves) + len(units)
        if total < best[0]:
            best = (total, halves[0][1] + halves[1][1])
    return best


def _turned(unit: _Unit, form: Canonical) -> _Unit:
    """With the sign of w that its signature has."""
    if oriented(unit.pattern.assignment) > 0:
        return unit
    bias, readout = -unit.bias, unit.readout * form.nonlinearity.parity
    if form.activation == "sine":
        biases, readouts = in_one_half_turn(np.array([bias]), readout[None])
        bias, readout = float(biases[0]), readouts[0]
    return dataclasses.replace(
        unit,
        pattern=unit.pattern._replace(assignment=-unit.pattern.assignment),
        weight=-unit.weight,
        bias=bias,
        readout=readout,
    )


def _free(units: Sequence[_Unit]) -> Role:
    """The units as they were before a pattern was found."""
    own = [dense(unit.weight) for unit in units]
    return Role(
        np.array([pattern.assignment for pattern in own]),
        np.array([pattern.levels for pattern in own]),
        np.array([unit.bias for unit in units]),
        np.array([unit.readout for unit in units]),
        tuple(unit.neurons for unit in units),
    )


def _options(units: Sequence[_Unit]) -> list[Role]:
    """The role with levels, offsets and output weights tied or not, and offsets of 0."""
    levels = np.array([unit.pattern.levels for unit in units])
    bias, readout = np.array([unit.bias for unit in units]), np.array([unit.readout for unit in units])
    length = np.maximum(np.linalg.norm(np.array([unit.weight for unit in units]), axis=1), 1e-300)
    strength = length * np.linalg.norm(readout, axis=1) + 1e-300
    strength = strength / strength.sum()
    tied = strength[None] @ levels
    assignment = np.array([unit.pattern.assignment for unit in units])
    # e is nearly |z|/2, so that weights and output weights have a meaning as a product.
    carried = readout * (np.linalg.norm(levels, axis=1) / max(np.linalg.norm(tied), 1e-300))[:, None]
    every_bias = [None, strength[None] @ bias, bias]
    neurons = tuple(unit.neurons for unit in units)
    if len(units) == 1:
        return [Role(assignment, levels, own, readout, neurons) for own in every_bias[:2]]
    own_levels = [(levels, readout)] if units[0].pattern.dense else [(tied, carried), (levels, readout)]
    return [
        Role(assignment, magnitudes, own, outputs, neurons)
        for (magnitudes, out), own in itertools.product(own_levels, every_bias)
        for outputs in (out.mean(axis=0, keepdims=True), out)
    ]


def _alone(units: Sequence[_Unit], form: Canonical, curved: Curved, price: Price) -> list[Role]:
    """A role for each unit: what `_roles` gives for one, for all of them at once."""
    if not units:
        return []
    bias = np.array([unit.bias for unit in units])
    z = curved.x @ np.array([unit.pattern.weight for unit in units]).T
    own = curved.x @ np.array([unit.weight for unit in units]).T + bias
    without, with_bias, own = form.nonlinearity.function(np.array([z, z + bias, own]))
    strength = np.mean((np.array([unit.readout for unit in units]) / curved.scale) ** 2, axis=1)
    changes = (np.mean(curved.part(one - own) ** 2, axis=0) * strength for one in (without, with_bias))
    return [
        Role(
            unit.pattern.assignment[None],
            unit.pattern.levels[None],
            None if price.error(left) <= price.number + price.error(kept) else np.array([unit.bias]),
            unit.readout[None],
            (unit.neurons,),
        )
        for unit, left, kept in zip(units, *(change.tolist() for change in changes))
    ]


def _values(roles: Sequence[Role], form: Canonical, curved: Curved) -> Float[np.ndarray, "samples roles outputs"]:
    """The parts of the output that roles have."""
    if not roles:
        return np.zeros((len(curved.x), 0, len(form.constant)))
    z = curved.x @ np.concatenate([role.weight for role in roles], axis=1)
    hidden = form.nonlinearity.function(z + np.concatenate([role.offsets for role in roles]))
    carried = hidden[:, :, None] * np.concatenate([role.readouts for role in roles])
    return np.add.reduceat(carried, np.cumsum([0, *(role.members for role in roles[:-1])]), axis=1)


def _shares(values: Float[np.ndarray, "samples roles outputs"], curved: Curved) -> Float[np.ndarray, " roles"]:
    """The mean square of functions up to a line, in variances of the outputs."""
    curvature = curved.part(values.reshape(len(values), -1)).reshape(values.shape)
    return np.mean((curvature / curved.scale) ** 2, axis=(0, 2))


def _division(units: Sequence[_Unit]) -> tuple[list[_Unit], list[_Unit]]:
    """The units in two parts, divided at the widest gap in one of their numbers, relative to its range."""
    numbers = np.array([[*unit.pattern.levels, unit.bias, *unit.readout] for unit in units])
    order = np.argsort(numbers, axis=0, kind="stable")
    gaps = np.diff(np.take_along_axis(numbers, order, axis=0), axis=0) / np.maximum(np.abs(numbers).max(axis=0), 1e-300)
    cut, column = np.unravel_index(int(gaps.argmax()), gaps.shape)
    return [units[k] for k in order[: cut + 1, column]], [units[k] for k in order[cut + 1 :, column]]


def _linear(
    slopes: Float[np.ndarray, "inputs outputs"], curved: Curved, price: Price
) -> Float[np.ndarray, "rows outputs"] | None:
    mean = slopes.mean(axis=0, keepdims=True)
    options = [(None, slopes), (mean, slopes - mean), (slopes, 0 * slopes)]
    bits = [
        (0 if option is None else option.size) * price.number + price.error(curved.share(curved.x @ error))
        for option, error in options
    ]
    return options[int(np.argmin(bits))][0]
