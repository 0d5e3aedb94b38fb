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
from weightloom.discovery.reading.patterns import Pattern, dense, oriented, signature
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
        kind = "dense" if unit.pattern.dense else signature(unit.pattern.assignment)
        side = tuple(np.sign(unit.readout)) if len(unit.readout) == 1 else None
        groups.setdefault((kind, side), []).append(unit)
    roles = [role for group in groups.values() for role in _roles(group, form, curved, price)[1]]
    values = [_values(role, form, curved) for role in roles]
    line = curved.line(form(curved.x) - sum(values, np.zeros_like(form.constant)))
    curvature = [curved.share(curved.part(one)) for one in values]
    roles = [roles[k] for k in np.argsort([-one for one in curvature], kind="stable")]
    return Program(form.activation, line[0], _linear(line[1:], curved, price), tuple(roles), len(form.weight))


def _with_patterns(form: Canonical, candidates: Candidates, price: Price) -> list[_Unit]:
    options = candidates.of(form)
    if not options:
        return []
    strength = np.mean((form.readout / candidates.curved.scale) ** 2, axis=1)
    unit_of = np.repeat(np.arange(len(options)), [len(own.patterns) for own in options])
    flat = [pattern for own in options for pattern in own.patterns]
    kinds = [kind for own in options for kind in own.kinds]
    shares = np.concatenate([own.changes for own in options]) * strength[unit_of]
    structure = np.concatenate([own.bits for own in options]) + price.error(1.0) * shares
    levels = np.concatenate([own.levels for own in options]) * price.number
    chosen = _best(unit_of, structure + levels)
    for _ in range(2):
        known = Counter(kinds[place] for place in chosen)
        shared = np.array([known[kind] + 1 for kind in kinds])
        chosen = _best(unit_of, structure + levels / shared)
    return [
        _Unit(flat[place], form.weight[:, unit], float(form.bias[unit]), form.readout[unit], form.neurons[unit])
        for unit, place in enumerate(chosen)
    ]


def _best(unit_of: np.ndarray, bits: np.ndarray) -> list[int]:
    places = np.arange(len(bits))
    return [int(own[bits[own].argmin()]) for own in (places[unit_of == unit] for unit in range(unit_of.max() + 1))]


def _roles(units: Sequence[_Unit], form: Canonical, curved: Curved, price: Price) -> tuple[float, list[Role]]:
    """One role for all units, or several if that is shorter; with the bits."""
    own = curved.part(_values(_free(units), form, curved))
    options = _options(units)
    # Options that differ in output weights alone share the values of their units.
    hidden = {
        (id(option.levels), id(option.bias)): form.nonlinearity.function(curved.x @ option.weight + option.offsets)
        for option in options[:: 1 if len(units) == 1 else 2]
    }

    def bits_of(option: Role) -> float:
        change = curved.part(hidden[id(option.levels), id(option.bias)] @ option.readouts) - own
        return option.numbers * price.number + price.error(curved.share(change))

    bits, role = min(((bits_of(option), option) for option in options), key=lambda pair: pair[0])
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
    tied = np.average(levels, axis=0, weights=strength)[None]
    assignment = np.array([unit.pattern.assignment for unit in units])
    # e is nearly |z|/2, so that weights and output weights have a meaning as a product.
    carried = readout * (np.linalg.norm(levels, axis=1) / max(np.linalg.norm(tied), 1e-300))[:, None]
    every_bias = [None, np.average(bias, weights=strength)[None], bias]
    neurons = tuple(unit.neurons for unit in units)
    if len(units) == 1:
        return [Role(assignment, levels, own, readout, neurons) for own in every_bias[:2]]
    own_levels = [(levels, readout)] if units[0].pattern.dense else [(tied, carried), (levels, readout)]
    return [
        Role(assignment, magnitudes, own, outputs, neurons)
        for (magnitudes, out), own in itertools.product(own_levels, every_bias)
        for outputs in (out.mean(axis=0, keepdims=True), out)
    ]


def _values(role: Role, form: Canonical, curved: Curved) -> Float[np.ndarray, "samples outputs"]:
    return role.values(curved.x, form.activation)


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
