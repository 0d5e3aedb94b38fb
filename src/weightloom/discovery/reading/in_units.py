"""Programs in the units of their inputs and outputs, with the names of both."""

import dataclasses
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from weightloom.discovery.reading.code import expression, python
from weightloom.discovery.reading.formulas import LATEX, Style, formula, number, signed
from weightloom.discovery.reading.program import Program, Role
from weightloom.discovery.units import Units

if TYPE_CHECKING:
    import sympy

# An input further from 0 than so many standard deviations is written as a distance from a round number: three digits of
# its coefficient would not be enough.
FAR = 3.0
# A dense role of no more weights is written out.
MOST_WRITTEN = 12
NUMBERED = re.compile(r"x\d+")


def formula_in_units(program: Program, units: Units, style: Style, output: int = 0) -> str:
    """One output of a program as a formula, in units.

    Args:
        program: any program.
        units: of its inputs and outputs.
        style: `TEXT` or `LATEX`.
        output: which output, numbered from 0.

    Returns:
        The formula, with the name of the output before it. Sums over inputs are written out where inputs have names or
        other units than one another.
    """
    name = _named(units.outputs[output], style)
    if _alike(units):
        return f"{name} = {formula(_rescaled(program, units), style, output)}"
    std, mean = np.array(units.input_std), np.array(units.input_mean)
    places = [_round(centre, scale) if abs(centre) > FAR * scale else 0.0 for centre, scale in zip(mean, std)]
    scale = units.output_std[output]
    slopes = np.zeros(program.inputs)
    if program.linear is not None:
        slopes = np.broadcast_to(program.linear[:, output], (program.inputs,)) * scale / std
    constant = units.output_mean[output] + scale * program.constant[output] + slopes @ (places - mean)
    terms = [(1.0 if constant >= 0 else -1.0, number(abs(constant)))]
    terms += [(slope, _input(units, k, places[k], style)) for k, slope in enumerate(slopes) if slope]
    text = f"{name} = {signed(terms, style)}"
    for place, role in enumerate(program.roles):
        text += f" {_role(role, place, units, places, style, output)}"
    return text


def python_in_units(program: Program, units: Units) -> str:
    """A program as a Python file that needs NumPy alone.

    Args:
        program: any program.
        units: of its inputs and outputs.

    Returns:
        The source: `f(x)` takes the inputs in their units, shape (..., n), and returns the outputs in theirs.
    """
    scale, shift = list(units.output_std), list(units.output_mean)
    if len(scale) == 1:
        scale, shift = scale[0], shift[0]  # type: ignore[assignment]
    lines = [
        python(program, "standardised"),
        "",
        "def f(x):",
        f"    # {units.inputs} -> {units.outputs}",  # a name is user's text: its repr has no line breaks
        f"    x = (np.asarray(x, float) - np.array({list(units.input_mean)})) / np.array({list(units.input_std)})",
        f"    return np.array({shift}) + np.array({scale}) * standardised(x)",
        "",
    ]
    return "\n".join(lines)


def expression_in_units(program: Program, units: Units) -> "sympy.Expr":
    """The first output of a program as a SymPy expression in the names of the inputs.

    Args:
        program: any program.
        units: of its inputs and outputs.
    """
    import sympy

    standardised = expression(program)
    symbols = sympy.symbols([f"x{k}" for k in range(program.inputs)], real=True)
    own = [sympy.Symbol(name, real=True) for name in units.inputs]
    values = [(symbol - mean) / std for symbol, mean, std in zip(own, units.input_mean, units.input_std)]
    return units.output_mean[0] + units.output_std[0] * standardised.subs(dict(zip(symbols, values)), simultaneous=True)


def _alike(units: Units) -> bool:
    """Whether all inputs have one unit, no shift and no names of their own, so that sums over them can stay."""
    numbered = all(NUMBERED.fullmatch(name) for name in units.inputs)
    return numbered and len(set(units.input_std)) == 1 and not any(units.input_mean)


def _rescaled(program: Program, units: Units) -> Program:
    inner, outer = units.input_std[0], np.array(units.output_std)
    roles = tuple(
        dataclasses.replace(role, levels=role.levels / inner, readout=role.readout * outer) for role in program.roles
    )
    linear = None if program.linear is None else program.linear / inner * outer
    constant = units.output_mean + program.constant * outer
    return dataclasses.replace(program, constant=constant, linear=linear, roles=roles)


def _role(role: Role, place: int, units: Units, places: list[float], style: Style, output: int) -> str:
    if role.dense and role.weight.size > MOST_WRITTEN:
        return f"+ {style.dense(place + 1)}"
    factors: dict[str, float] = {}  # members that read the same are one term
    for weight, bias, readout in zip(role.weight.T, role.offsets, role.readouts[:, output]):
        inside = style.function(_argument(weight, float(bias), units, places, style))
        factors[inside] = factors.get(inside, 0.0) + float(readout) * units.output_std[output]
    return " ".join(
        f"{style.minus if factor < 0 else '+'} {number(abs(factor))}{style.times}{inside}"
        for inside, factor in factors.items()
    )


def _argument(weight: np.ndarray, bias: float, units: Units, places: list[float], style: Style) -> str:
    """w·x + b in units; of one input as w (x − t), where the unit bends."""
    mean, std = np.array(units.input_mean), np.array(units.input_std)
    slopes, chosen = weight / std, np.flatnonzero(weight)
    if len(chosen) == 1:
        k = int(chosen[0])
        bend = float(mean[k] - bias / slopes[k])
        if abs(bend - mean[k]) < 100 * std[k]:
            return signed([(float(slopes[k]), _input(units, k, bend, style))], style)
    offset = bias + float(slopes @ (places - mean))
    terms = [(float(slopes[k]), _input(units, int(k), places[k], style)) for k in chosen]
    if offset or not terms:
        terms.append((1.0 if offset >= 0 else -1.0, number(abs(offset))))
    return signed(terms, style)


def _input(units: Units, k: int, place: float, style: Style) -> str:
    """The name of an input, or its distance from a place."""
    name, digits = _named(units.inputs[k], style), 2 - math.floor(math.log10(units.input_std[k]))
    shown = f"{round(abs(place), digits):.{max(digits, 0)}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    if not float(shown):
        return name
    return f"({name} {style.minus if place > 0 else '+'} {shown})"


def _round(value: float, scale: float) -> float:
    """A round number near a value: to the decimal place of the scale."""
    return round(float(value), -math.floor(math.log10(scale)))


def _named(name: str, style: Style) -> str:
    if style is not LATEX:
        return name
    escaped = re.sub(r"([#$%&_{}])", r"\\\1", name.replace("\\", " ").replace("^", " ").replace("~", " "))
    return rf"\mathrm{{{escaped}}}"
