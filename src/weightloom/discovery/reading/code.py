"""Programs as Python that runs without this package, and as SymPy expressions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from weightloom.discovery.reading.canonical import NONLINEARITIES
from weightloom.discovery.reading.formulas import Style, argument
from weightloom.discovery.reading.loops import LETTERS, Loop, loop
from weightloom.discovery.reading.program import Program, Role

if TYPE_CHECKING:
    import sympy


def python(program: Program, name: str = "f") -> str:
    """A program as a Python file that needs NumPy alone, with loops over the inputs that its members run over.

    Args:
        program: any program.
        name: of the function.

    Returns:
        The source: `name(x)` takes inputs of shape (..., n) and returns (...) for one output, else (..., outputs).
    """
    definition = NONLINEARITIES[program.activation].definition
    for function in ("abs", "tanh", "sqrt", "sin", "pi"):
        definition = definition.replace(function, f"np.{function}")
    shape = "x.shape[:-1]" if len(program.constant) == 1 else "(*x.shape[:-1], 1)"
    lines = [
        "import itertools",
        "",
        "import numpy as np",
        "",
        "",
        "def e(z):",
        f"    return {definition}",
        "",
        "",
        f"def {name}(x):",
        "    x = np.asarray(x, float)",
        "    n, S = x.shape[-1], x.sum(-1)",
        f"    y = {_numbers(program.constant)} + np.zeros({shape})",
    ]
    if program.linear is not None and len(program.linear) == 1:
        lines.append(f"    y = y + {_outer('S', program.linear[0])}")
    elif program.linear is not None:
        slopes = program.linear[:, 0] if program.linear.shape[1] == 1 else program.linear
        lines.append(f"    y = y + x @ np.array({slopes.tolist()})")
    for role in program.roles:
        lines += [f"    {line}" for line in _role(role)]
    used = "\n".join(lines)
    if "itertools." not in used:
        lines = lines[2:]
    return "\n".join([*lines, "    return y", ""])


def _numbers(values: Float[np.ndarray, " outputs"]) -> str:
    """One number, or an array of one for each output."""
    return repr(float(values[0])) if len(values) == 1 else f"np.array({values.tolist()})"


def _outer(term: str, values: Float[np.ndarray, " outputs"]) -> str:
    return f"{_numbers(values)} * {term}" if len(values) == 1 else f"{term}[..., None] * {_numbers(values)}"


PYTHON = Style(
    variable=lambda index: f"x[..., {index}]",
    total="S",
    times=" * ",
    minus="-",
    sum=lambda name, term: term,
    function=lambda argument: f"e({argument})",
    dense=str,
    number=lambda value: repr(float(value)),
)


def _role(role: Role) -> list[str]:
    """The lines that add a role to y."""
    if role.dense:
        readout = role.readouts[:, 0] if role.readout.shape[1] == 1 else role.readouts
        return [
            f"weight = np.array({role.weight.tolist()})",
            f"y = y + e(x @ weight + np.array({role.offsets.tolist()})) @ np.array({readout.tolist()})",
        ]
    own = loop(role)
    names = list(LETTERS[: len(own.slots)])
    if not own.slots or not role.tied or len(own.slots) > len(LETTERS):
        return [_added(role, own, list(map(str, places)), member) for member, places in enumerate(own.places)]
    return [f"for {_range(own, names)}:", f"    {_added(role, own, names, 0)}"]


def _added(role: Role, own: Loop, indices: Sequence[str], member: int) -> str:
    term = PYTHON.function(argument(role, own, indices, PYTHON, member))
    return f"y = y + {_outer(term, role.readouts[member])}"


def _range(own: Loop, names: Sequence[str]) -> str:
    tuple_ = ", ".join(names)
    if own.over == "every":
        return "i in range(n)"
    if own.over in ("pairs", "ordered"):
        return f"{tuple_} in itertools.{'combinations' if own.over == 'pairs' else 'permutations'}(range(n), 2)"
    if own.over in ("neighbours", "ring"):
        last = f"n - {max(own.steps)}" if own.over == "neighbours" and max(own.steps) else "n"
        around = " % n" if own.over == "ring" else ""
        shifted = ", ".join(f"(i + {step}){around}" if step else "i" for step in own.steps)
        return f"{tuple_} in [({shifted}{',' if len(own.steps) == 1 else ''}) for i in range({last})]"
    return f"{tuple_} in {[places if len(places) > 1 else places[0] for places in own.places]}"


def expression(program: Program, names: Sequence[str] | None = None, output: int = 0) -> "sympy.Expr":
    """One output of a program as a SymPy expression, all sums written out.

    Args:
        program: any program.
        names: of the inputs; the default is x0, x1, ….
        output: which output, numbered from 0.
    """
    import sympy

    symbols = sympy.symbols(list(names) if names else [f"x{k}" for k in range(program.inputs)], real=True)
    z = sympy.Symbol("z", real=True)
    function = sympy.Lambda(z, sympy.sympify(NONLINEARITIES[program.activation].definition, {"z": z, "abs": sympy.Abs}))

    def combination(weights: Float[np.ndarray, " inputs"]) -> "sympy.Expr":
        return sympy.Add(*(float(weight) * symbol for weight, symbol in zip(weights, symbols) if weight))

    total = sympy.Float(float(program.constant[output]))
    if program.linear is not None:
        total += combination(np.broadcast_to(program.linear, (program.inputs, program.linear.shape[1]))[:, output])
    for role in program.roles:
        for weight, bias, readout in zip(role.weight.T, role.offsets, role.readouts[:, output]):
            total += float(readout) * function(combination(weight) + float(bias))
    return total
