"""Programs by known names: |t|, t², max(t, k), clip(t) and steps in place of e, where a fit says so."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from weightloom.discovery.reading.formulas import TEXT, argument, index_names, number, over, signed
from weightloom.discovery.reading.loops import LETTERS, loop
from weightloom.discovery.reading.program import Program, Role
from weightloom.discovery.reading.sampling import FRESH, normal_inputs, spread
from weightloom.discovery.reading.verdict import (
    FAITHFUL,
    PRECISION,
    RESIDUAL_NUMBERS,
    WIDE,
    number_bits,
    r2,
    structure_bits,
)

if TYPE_CHECKING:
    from weightloom.discovery.reading import Reading

# More groups of units than these are not named: their names would be tried in all combinations.
MOST_GROUPS, TRIED = 3, 2
# Weights in this proportion, and amplitudes that cancel to this share, are the same.
SAME = 0.05
SIMPLE = (0.0, 0.25, 1 / 3, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
# How far a number may lie from a simple one, as a share, and what a simple number costs.
NEAR, SIMPLE_BITS = 0.1, float(np.log2(2 * len(SIMPLE)))
Values = Float[np.ndarray, "..."]


class Shape(NamedTuple):
    """A function of one variable t, and of k where it has a place.

    Attributes:
        value: the function.
        text: from t and k, as text, to the function.
        placed: whether it has k.
    """

    value: Callable[[Values, float], Values]
    text: Callable[[str, str], str]
    placed: bool


SHAPES: dict[str, Shape] = {
    "absolute value": Shape(lambda t, k: np.abs(t), lambda t, k: f"|{t}|", False),
    "square": Shape(lambda t, k: t**2, lambda t, k: f"({t})²" if " " in t else f"{t}²", False),
    "relu": Shape(
        lambda t, k: np.maximum(t - k, 0), lambda t, k: f"max({t}, 0)" if k == "0" else f"max({t} − {k}, 0)", True
    ),
    "clip": Shape(lambda t, k: np.clip(t, -abs(k), abs(k)), lambda t, k: f"clip({t}, −{k}, {k})", True),
    "step": Shape(lambda t, k: (t > k).astype(float), lambda t, k: f"[{t} > {k}]", True),
}
"""The names that a response may get."""


class Named(NamedTuple):
    """A program whose responses have names, with its verdict against the network.

    Attributes:
        formula: the program, in units of the task where it is known and its inputs are from N(0, I).
        faithful: R² against the network on fresh inputs.
        wide: the same on inputs twice as wide.
        bits: of the program and its error.
        plain: bits of the program with e, and of its error.
        snapped: how many of its numbers are simple ones (½, 1, 2, …), because the description got no longer by it.
    """

    formula: str
    faithful: float
    wide: float
    bits: float
    plain: float
    snapped: int

    @property
    def state(self) -> str:
        """ "named" where the description with names is shorter, "close" where it holds but is longer, else "not"."""
        holds = self.faithful >= FAITHFUL and self.wide >= WIDE
        return ("named" if self.bits <= self.plain else "close") if holds else "not"

    def __str__(self) -> str:
        than = "shorter" if self.bits <= self.plain else "longer"
        return (
            f"{'' if self.state == 'named' else '≈ '}{self.formula}\n{self.state}: R² {self.faithful:.4f}, "
            f"{self.wide:.4f} on inputs twice as wide; {abs(self.bits - self.plain):.0f} bits {than} than with e"
        )


class _Group(NamedTuple):
    """Roles whose units read the same inputs in the same proportion: one response r(t)."""

    role: Role
    rows: Float[np.ndarray, "inputs members"]
    parts: list[tuple[float, float, float]]

    def response(self, t: Values, function: Callable[[Values], Values]) -> Values:
        return sum((v * function(level * t + b) for level, b, v in self.parts), np.zeros_like(t))


def named(reading: "Reading") -> Named | None:
    """Replaces the responses of a program's units by functions that have names.

    Units that read the same inputs are one response r(t), say e(a t + b) − e(a t − b). Each response is compared with
    |t|, t², max(t − k, 0), clip(t, −k, k) and a step. The names are chosen together, by the bits of the whole program
    and its error against the network. Two squares over the same inputs, of t = x ± y and opposite amplitudes, are one
    product; |x₀ − x₁| with a line of the same size is a maximum. Numbers become simple ones, such as ½ or 1, where the
    description gets no longer by it.

    Args:
        reading: of a network of one output.

    Returns:
        The named program, whether it is shorter or not; None for several outputs, inputs in units, dense roles, roles
        with numbers for each unit, or more than three responses.

    Examples:
        >>> import weightloom as wl
        >>> named(wl.algorithms.double_sided(n=3, hidden=6, strength=9.0).reading).formula
        '−2.29 + 0.957 Σ[i] |xᵢ|'
    """
    program = reading.program
    groups = _groups(program)
    single = len(program.constant) == 1 and (program.linear is None or len(program.linear) == 1)
    if groups is None or not single or reading.source.units is not None:
        return None
    x, values = reading.samples
    mean, std = _scales(reading)
    fits = []
    for shapes in itertools.product(*(_alike(group, x, reading) for group in groups)):
        for line in (False, True):
            fits.append(_Fit(groups, shapes, line, mean, std).fitted(x, values[:, 0]))
    best = min(fits, key=lambda fit: fit.bits(x, values[:, 0]))
    best, snapped = _snapped(best.joined(x, values[:, 0]), x, values[:, 0])
    fresh = normal_inputs(program.inputs, seed=FRESH)
    faithful, wide = (r2(best(own)[:, None], reading.canonical(own)) for own in (fresh, 2 * fresh))
    few = fresh[: len(x)]
    bits = best.bits(few, reading.canonical(few)[:, 0])
    return Named(best.text(), faithful, wide, bits, reading.verdict.program_bits, snapped)


def _scales(reading: "Reading") -> tuple[float, float]:
    """Mean and standard deviation of the task's values; (0, 1) where its inputs are not those of the network."""
    task = reading.task
    if task is None or not task.is_normal:
        return 0.0, 1.0
    mean, std = task.standardisation(reading.program.inputs)
    return float(mean), float(std)


def _groups(program: Program) -> list[_Group] | None:
    """The responses of a program; None where a role has none."""
    groups: list[_Group] = []
    for role in program.roles:
        if role.dense or not role.tied:
            return None
        largest = float(role.levels[0, 0])
        rows = role.weight / largest
        part = (largest, float(role.offsets[0]), float(role.readouts[0, 0]))
        for group in groups:
            order = [
                next((k for k, other in enumerate(group.rows.T) if np.abs(other - row).max() < SAME), None)
                for row in rows.T
            ]
            if rows.shape == group.rows.shape and None not in order and len(set(order)) == len(order):
                group.parts.append(part)
                break
        else:
            groups.append(_Group(role, rows, [part]))
    return groups if 0 < len(groups) <= MOST_GROUPS else None


def _alike(group: _Group, x: Values, reading: "Reading") -> list[str]:
    """The names whose best fit to a response, up to a line, is closest."""
    t = np.linspace(-3, 3, 121) * float((x @ group.rows[:, 0]).std())
    weight = np.sqrt(np.exp(-0.5 * (t / t.max() * 3) ** 2))
    target = group.response(t, reading.canonical.nonlinearity.function)
    errors = {}
    for name, shape in SHAPES.items():
        places = np.linspace(t[10], t[-11], 41) if shape.placed else [0.0]
        errors[name] = min(
            _residual(np.column_stack([np.ones_like(t), t, shape.value(t, k)]), target, weight) for k in places
        )
    return sorted(errors, key=errors.__getitem__)[:TRIED]


def _residual(design: Values, target: Values, weight: Values) -> float:
    found = np.linalg.lstsq(weight[:, None] * design, weight * target, rcond=None)[0]
    return float(np.sum((weight * (design @ found - target)) ** 2))


class _Fit:
    """Names for all groups, with a constant, amplitudes, places, and a slope of the sum of inputs or none."""

    def __init__(self, groups: list[_Group], shapes: tuple[str, ...], line: bool, mean: float, std: float) -> None:
        self.groups, self.shapes, self.line, self.mean, self.std = groups, shapes, line, mean, std
        self.places = np.array([0.5 if SHAPES[name].placed else 0.0 for name in shapes])
        # In units of the task: constant, amplitudes, slope.
        self.numbers = np.zeros(1 + len(groups) + line)
        self.simple = np.zeros(len(self.numbers), bool), np.zeros(len(self.places), bool)
        self.tied = False

    def design(self, x: Values, places: Values) -> Values:
        columns = [
            SHAPES[name].value(x @ group.rows, float(k)).sum(axis=1)
            for group, name, k in zip(self.groups, self.shapes, places)
        ]
        return np.column_stack([np.ones(len(x)), *columns, *([x.sum(axis=1)] if self.line else [])])

    def __call__(self, x: Values) -> Values:
        return (self.design(x, self.places) @ self.numbers - self.mean) / self.std

    def fitted(self, x: Values, values: Values) -> "_Fit":
        raw = self.std * values + self.mean
        free = [k for k, name in enumerate(self.shapes) if SHAPES[name].placed]

        def solved(places: Values) -> tuple[Values, float]:
            design = self.design(x, places)
            found = np.linalg.lstsq(design, raw, rcond=None)[0]
            return found, float(np.mean((design @ found - raw) ** 2))

        def error(own: Values) -> float:
            places = self.places.copy()
            places[free] = own
            return solved(places)[1]

        if free:
            starts = itertools.product((-1.0, -0.5, 0.0, 0.5, 1.0), repeat=len(free))
            start = np.array(min(starts, key=lambda own: error(np.array(own))))
            simplex = np.vstack([start, start + 0.25 * np.eye(len(free))])
            options = {"xatol": 1e-3, "maxiter": 100, "initial_simplex": simplex}
            self.places[free] = minimize(error, start, method="Nelder-Mead", options=options).x
            clips = np.array([name == "clip" for name in self.shapes])
            self.places = np.where(clips, np.abs(self.places), self.places)
        self.numbers = solved(self.places)[0]
        return self

    def bits(self, x: Values, values: Values) -> float:
        numbers, simple = np.append(self.numbers, self.places), np.append(*self.simple)
        variance = float(spread(values[:, None])[0] ** 2)
        columns = self.design(x, self.places)
        slopes = [
            (self.design(x, self.places + step) - self.design(x, self.places - step)) @ self.numbers / 0.02
            for step in 0.01 * np.eye(len(self.places))
        ]
        sensitivity = np.mean((np.column_stack([columns, *slopes]) / self.std) ** 2, axis=0) / variance
        placed = [SHAPES[name].placed for name in self.shapes]
        counted = np.append(np.ones(len(self.numbers), bool), placed)
        if self.tied:
            counted[self._second] = False
        free = counted & ~simple
        residual = float(np.mean((self(x) - values) ** 2)) / variance
        return (
            number_bits(numbers[free], sensitivity[free])
            + float(np.where(numbers == 0, 1.0, SIMPLE_BITS)[counted & simple].sum())
            + len(self.shapes) * float(np.log2(len(SHAPES)))
            + sum(structure_bits(group.role) for group in self.groups)
            + RESIDUAL_NUMBERS * 0.5 * float(np.log2(1 + residual / PRECISION))
        )

    @property
    def _second(self) -> int:
        """Which number is tied to the first amplitude: the other square's, or the slope."""
        return 2 if len(self.groups) == 2 else -1

    def joined(self, x: Values, values: Values) -> "_Fit":
        """With two numbers tied where that is shorter: squares as products, |x₀ − x₁| and a slope as a maximum."""
        if not (self._are_products() or self._is_maximum()):
            return self
        bits, before = self.bits(x, values), self.numbers.copy()
        one, two = float(self.numbers[1]), float(self.numbers[self._second])
        size = (abs(one) + abs(two)) / 2
        self.numbers[1], self.numbers[self._second], self.tied = np.sign(one) * size, np.sign(two) * size, True
        if self.bits(x, values) > bits:
            self.numbers, self.tied = before, False
        return self

    def _are_products(self) -> bool:
        if self.shapes != ("square", "square") or abs(self.numbers[1] + self.numbers[2]) > SAME * abs(self.numbers[1]):
            return False
        one, two = (np.round(np.abs(group.rows)).T.astype(int) for group in self.groups)
        alike = one.shape == two.shape and {tuple(row) for row in one} == {tuple(row) for row in two}
        return alike and bool((one.sum(axis=1) == 2).all())

    def _is_maximum(self) -> bool:
        if self.shapes != ("absolute value",) or not self.line or self.groups[0].role.assignment.shape != (1, 2):
            return False
        near = abs(abs(self.numbers[1]) - abs(self.numbers[-1])) <= SAME * abs(self.numbers[1])
        return near and _sign(self.groups[0].role) < 0

    def text(self) -> str:
        """The formula in the task's units."""
        constant, slope = float(self.numbers[0]), float(self.numbers[-1]) if self.line else 0.0
        terms = [(float(np.sign(constant)), number(abs(constant)))] if abs(constant) > 1e-6 * self.std else []
        maximum = self.tied and len(self.groups) == 1
        if slope and not maximum:
            terms.append((slope, TEXT.total))
        if maximum:
            amplitude = float(self.numbers[1])
            terms.append((2 * slope, f"{'max' if amplitude * slope > 0 else 'min'}(x₀, x₁)"))
        elif self.tied:
            terms.append((4 * float(self.numbers[1]) * _sign(self.groups[0].role), _product(self.groups[0].role)))
        else:
            for group, name, amplitude, k in zip(self.groups, self.shapes, self.numbers[1:], self.places):
                terms.append((float(amplitude), _term(group.role, SHAPES[name], number(k))))
        return signed(terms, TEXT) or "0"


def _sign(role: Role) -> float:
    """1 where a role reads the sum of its two inputs, −1 where their difference."""
    return float(np.sign(role.assignment[0][role.assignment[0] != 0]).prod())


def _indices(role: Role) -> tuple[list[str], str]:
    own = loop(role, common=0)
    if role.members == 1 or len(own.slots) > len(LETTERS):
        return [str(place) for place in own.places[0]], ""
    return index_names(own), f"Σ[{over(own)}] "


def _term(role: Role, shape: Shape, place: str) -> str:
    whole = Role(role.assignment, role.levels / role.levels[0, 0], None, role.readout, role.neurons)
    own = loop(whole)
    if not own.slots:
        return shape.text(TEXT.total, place).replace("− -", "+ ")
    names = [str(k) for k in own.places[0]] if role.members == 1 else index_names(own)
    head = "" if role.members == 1 else f"Σ[{over(own)}] "
    return head + shape.text(argument(whole, own, names, TEXT, 0), place).replace("− -", "+ ").replace("> -", "> −")


def _product(role: Role) -> str:
    names, head = _indices(role)
    return head + " ".join(TEXT.variable(name) for name in names)


def _snapped(fit: _Fit, x: Values, values: Values) -> tuple[_Fit, int]:
    """With simple numbers where the description gets no longer by it; and how many."""
    bits = fit.bits(x, values)
    for numbers, simple in zip((fit.numbers, fit.places), fit.simple):
        for k, value in enumerate(numbers.tolist()):
            near = min((sign * one for one in SIMPLE for sign in (1, -1)), key=lambda one: abs(one - value))
            tied = fit.tied and numbers is fit.numbers and k > 0
            if tied or abs(near - value) > NEAR * (abs(value) if near else fit.std):
                continue
            numbers[k], simple[k] = near, True
            changed = fit.bits(x, values)
            if changed > bits:
                numbers[k], simple[k] = value, False
            else:
                bits = changed
    placed = np.array([SHAPES[name].placed for name in fit.shapes])
    return fit, int(fit.simple[0].sum() + (fit.simple[1] & placed).sum())
