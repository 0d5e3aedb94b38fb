"""Programs as text: a formula, and LaTeX."""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom._words import shortened
from weightloom.discovery.reading.loops import LETTERS, Loop, loop
from weightloom.discovery.reading.program import Program, Role

DIGITS = 3
# What double precision leaves of a sum that is 0.
ZERO = 1e-12
LONGEST_LABEL = 52


class Style(NamedTuple):
    """How a formula is written.

    Attributes:
        variable: from an index name to the input of that index.
        total: the sum of all inputs.
        times: between factors.
        minus: the sign.
        sum: from the loop's name and a term to the sum.
        function: from e's argument to its value.
        dense: a sum over dense members, from the role's number.
        number: a magnitude.
    """

    variable: Callable[[str], str]
    total: str
    times: str
    minus: str
    sum: Callable[[str, str], str]
    function: Callable[[str], str]
    dense: Callable[[int], str]
    number: Callable[[float], str]


def number(value: float) -> str:
    """A number with three digits.

    Examples:
        >>> number(-0.12345), number(2.0)
        ('-0.123', '2')
    """
    return f"{float(value) if abs(value) > ZERO else 0.0:.{DIGITS}g}"


def subscripted(name: str) -> str:
    """A name whose digits and indices are subscripts.

    Examples:
        >>> subscripted("x12"), subscripted("xi+1")
        ('x₁₂', 'xᵢ₊₁')
    """
    return name.translate(SUBSCRIPTS)


SUBSCRIPTS = str.maketrans("0123456789ijklmnpq+", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚq₊")
TEXT = Style(
    lambda index: subscripted(f"x{index}"),
    "S",
    " ",
    "−",
    lambda name, term: f"Σ[{name}] {term}",
    lambda argument: f"e({argument})",
    lambda number: f"Σₘ vₘ e(wₘ·x + bₘ) over the dense units of role {number}",
    number,
)
LATEX = Style(
    lambda index: f"x_{{{index}}}",
    "S",
    r"\,",
    "-",
    lambda name, term: rf"\sum_{{{name}}} {term}",
    lambda argument: rf"e\left({argument}\right)",
    lambda number: rf"\sum_m v^{{({number})}}_m\, e\left(w^{{({number})}}_m \cdot x + b^{{({number})}}_m\right)",
    number,
)


def formula(program: Program, style: Style = TEXT, output: int = 0) -> str:
    """One output of a program as a formula.

    Args:
        program: any program.
        style: `TEXT` or `LATEX`.
        output: which output, numbered from 0.

    Returns:
        The formula. S is the sum of all inputs, and e the even or odd part of the activation.
    """
    constant = program.constant[output]
    terms = [(1.0 if constant >= 0 else -1.0, style.number(abs(constant)))]
    if program.linear is not None and len(program.linear) == 1:
        terms.append((program.linear[0, output], style.total))
    elif program.linear is not None:
        terms += [(slope, style.variable(str(k))) for k, slope in enumerate(program.linear[:, output])]
    text = signed(terms, style)
    for place, role in enumerate(program.roles):
        text = f"{text} {_role(role, place, style, output)}"
    return text


def signed(terms: Sequence[tuple[float, str]], style: "Style") -> str:
    """A sum of terms with coefficients, the first without a plus.

    Examples:
        >>> signed([(1.0, "a"), (-2.0, "b"), (0.5, "c")], TEXT)
        'a − 2 b + 0.5 c'
    """
    text = ""
    for coefficient, term in terms:
        size = style.number(abs(coefficient))
        factor = term if size == "1" else f"{size}{style.times}{term}"
        if text:
            text += f" {style.minus if coefficient < 0 else '+'} {factor}"
        else:
            text = f"{style.minus}{factor}" if coefficient < 0 else factor
    return text


def role_label(role: Role, place: int, style: Style = TEXT, output: int = 0) -> str:
    """A role in one short line: its part of the formula, or what its units have in common.

    Args:
        role: any role.
        place: its number, from 0.
        style: `TEXT` or `LATEX`.
        output: which output, numbered from 0.
    """
    if role.dense:
        return "dense units: every input has a weight of its own"
    text = _role(role, place, style, output).removeprefix("+ ")
    if len(text) <= LONGEST_LABEL:
        return text
    own = loop(role)
    if len(own.slots) > len(LETTERS):
        return f"e of {len(own.slots)} inputs"
    names = list(map(str, own.places[0])) if role.members == 1 else index_names(own)
    inside = argument(role, own, names, style, 0, shape=True)
    several = "" if role.members == 1 or own.over == "listed" else f"Σ[{over(own)}] "
    text = f"{several}e({inside}{'' if role.bias is None else ' + b'})"
    return shortened(text, LONGEST_LABEL)


def _role(role: Role, place: int, style: Style, output: int) -> str:
    if role.dense:
        return f"+ {style.dense(place + 1)}"
    own = loop(role)
    readout = role.readout[:, output]
    if role.members == 1:
        indices = [str(index) for index in own.places[0]]
        return _plus(float(readout[0]), style.function(argument(role, own, indices, style, 0)), style)
    if role.tied and 0 < len(own.slots) <= len(LETTERS):
        term = style.function(argument(role, own, index_names(own), style, 0))
        return _plus(float(readout[0]), style.sum(over(own), term), style)
    values = np.broadcast_to(readout, (role.members,))
    return " ".join(
        _plus(float(values[k]), style.function(argument(role, own, list(map(str, places)), style, k)), style)
        for k, places in enumerate(own.places)
    )


def _plus(factor: float, term: str, style: Style) -> str:
    return f"{style.minus if factor < 0 else '+'} {style.number(abs(factor))}{style.times}{term}"


def argument(role: Role, own: Loop, indices: Sequence[str], style: Style, member: int, *, shape: bool = False) -> str:
    """w·x + b of one member, with its inputs by name.

    Args:
        role: the role.
        own: its loop.
        indices: of the inputs that stand out, in the order of the loop's slots.
        style: how it is written.
        member: which member, from 0.
        shape: whether to leave out numbers: signs alone, and neither background nor offset.
    """
    levels = np.ones(role.levels.shape[1]) if shape else role.levels[min(member, len(role.levels) - 1)]
    common = 0.0 if shape else coefficient(levels, own.background)
    terms = []
    for slot, group in itertools.groupby(zip(own.slots, indices), key=lambda pair: pair[0][0]):
        inputs = [(float(sign), style.variable(index)) for (_, sign), index in group]
        shift = {sign: coefficient(levels, (slot, sign)) - common for sign in (1, -1)}
        if common or len(inputs) == 1 or style.number(float(levels[slot - 1])) == "1":
            terms += [(shift[int(sign)], name) for sign, name in inputs]
        else:
            terms.append((float(levels[slot - 1]), f"({signed(inputs, style)})"))
    if common:
        terms.append((common, style.total))
    if role.bias is not None and not shape:
        offset = float(role.bias[min(member, len(role.bias) - 1)])
        terms.append((1.0 if offset >= 0 else -1.0, style.number(abs(offset))))
    return signed(terms, style)


def coefficient(levels: Float[np.ndarray, " levels"], slot: tuple[int, int] | None) -> float:
    """The weight of a level and sign; 0 for None."""
    return 0.0 if slot is None else float(slot[1] * levels[slot[0] - 1])


def index_names(own: Loop) -> list[str]:
    """Index names of the slots: i, j, …, or i and i+1 for neighbours."""
    if own.over in ("neighbours", "ring"):
        return [f"i+{step}" if step else "i" for step in own.steps]
    return list(LETTERS[: len(own.slots)])


def over(own: Loop) -> str:
    """What a sum runs over, as it is written below it."""
    names = index_names(own)
    short = {"every": "i", "pairs": "i<j", "ordered": ",".join(names), "neighbours": "i", "ring": "i around"}
    if own.over in short:
        return short[own.over]
    chosen = ", ".join("".join(map(str, places)) if max(places) < 10 else str(places) for places in own.places)
    return f"{''.join(names)} in {chosen}"
