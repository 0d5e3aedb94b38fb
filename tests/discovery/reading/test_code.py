"""A program says the same as Python, as SymPy, in JAX and as a formula."""

import itertools
import re
import subprocess
import sys

import numpy as np
import pytest
import sympy

from tests.discovery.reading import constructions as make
from tests.discovery.reading.test_programs import program
from weightloom.discovery.reading import Program, Role, read
from weightloom.discovery.reading.canonical import NONLINEARITIES
from weightloom.discovery.reading.code import expression, python
from weightloom.discovery.reading.formulas import LATEX, TEXT, formula, number, signed

CASES = {
    "l1": (make.l1, 3),
    "variation": (make.variation, 4),
    "ring": (make.ring_differences, 5),
    "pudding": (make.pudding_with_background, 5),
    "clipped": (make.clipped, 3),
    "sort of two": (make.sort_of_two, 2),
    "pairs against pairs": (make.pairs_against_pairs, 4),
    "two outputs": (make.two_outputs, 4),
    "tanh": (make.positives_by_tanh, 3),
    "gelu": (make.of_activation(make.gini, "gelu"), 3),
    "sine": (make.of_activation(make.l1, "sine"), 3),
}


@pytest.fixture(scope="module")
def readings():
    """One reading of each construction, and one of a dense network."""
    found = {name: read(make.built(build(n, np.random.default_rng(1)))) for name, (build, n) in CASES.items()}
    rng = np.random.default_rng(0)
    dense = make.layers(rng.standard_normal((5, 6)), rng.standard_normal(6), rng.standard_normal((6, 2)), np.zeros(2))
    return found | {"dense": read(dense)}


NAMES = [*CASES, "dense"]


def inputs(reading):
    return np.random.default_rng(2).standard_normal((7, reading.program.inputs))


def flat(values, reading):
    """Without an axis of outputs where there is one output."""
    return values[..., 0] if len(reading.program.constant) == 1 else values


@pytest.mark.parametrize("name", NAMES)
def test_python_computes_the_program(readings, name):
    reading = readings[name]
    space = {}
    exec(reading.python, space)
    x = inputs(reading)
    assert np.allclose(space["f"](x), flat(reading.program(x), reading), atol=1e-12)
    assert np.allclose(space["f"](x[0]), flat(reading.program(x), reading)[0], atol=1e-12)
    assert "weightloom" not in reading.python


@pytest.mark.parametrize("tied", [(True, True, True), (True, False, False), (False, None, True)])
@pytest.mark.parametrize("outputs", [1, 2])
def test_python_computes_programs_with_numbers_of_their_own(tied, outputs):
    own, space = program(7, outputs=outputs, tied=tied, line=4), {}
    exec(python(own, "g"), space)
    x = np.random.default_rng(0).standard_normal((5, 4))
    assert np.allclose(space["g"](x).reshape(5, outputs), own(x))


def test_python_runs_where_this_package_is_not(readings):
    sources = [readings[name].python for name in NAMES]
    asked = "import sys; sys.modules['weightloom'] = sys.modules['jax'] = None\nimport numpy as np\n"
    for source, name in zip(sources, NAMES):
        n = readings[name].program.inputs
        asked += f"{source}\nprint(np.sum(f(np.linspace(-1, 1, {n}))))\n"
    lines = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout
    for line, name in zip(lines.split(), NAMES, strict=True):
        own = readings[name].program
        assert float(line) == pytest.approx(own(np.linspace(-1, 1, own.inputs)[None]).sum())


@pytest.mark.parametrize("name", NAMES)
def test_sympy_computes_the_program(readings, name):
    reading = readings[name]
    own, x = reading.program, inputs(reading)
    symbols = sympy.symbols([f"x{k}" for k in range(own.inputs)], real=True)
    for output in range(len(own.constant)):
        function = sympy.lambdify(symbols, expression(own, output=output), "numpy")
        assert np.allclose(function(*x.T), own(x)[:, output], atol=1e-9)
    assert reading.expression == expression(own)
    assert expression(own, names="abcdefgh"[: own.inputs]).free_symbols <= set(
        sympy.symbols(list("abcdefgh"), real=True)
    )


@pytest.mark.parametrize("name", ["two outputs", "tanh"])
def test_jax_computes_the_program(readings, name):
    import jax

    reading = readings[name]
    x = inputs(reading)
    assert np.allclose(jax.jit(reading.function)(x), reading.program(x), atol=1e-4)
    slope = jax.grad(lambda x: reading.function(x)[0])(x[0])
    steps = 1e-5 * np.eye(len(slope))
    difference = (reading.program(x[0] + steps) - reading.program(x[0] - steps))[:, 0] / 2e-5
    assert np.allclose(slope, difference, atol=1e-3)


# A formula read as a reader reads it: Σ[range] e(…), a space for a product, S for the sum of the inputs.
DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚq₊−", "0123456789ijklmnpq+-")
TERM = re.compile(r"(?:([\d.e-]+) )?(?:Σ\[(.*?)\] )?e\(")


def ranges(name, n):
    """The index tuples that a sum runs over, with their names."""
    if name in ("i", "i around"):
        return ["i"], [(i,) for i in range(n)]
    if name == "i<j":
        return ["i", "j"], list(itertools.combinations(range(n), 2))
    if " in " not in name:
        names = name.split(",")
        return names, list(itertools.permutations(range(n), len(names)))
    names, places = name.split(" in ")
    return list(names), [tuple(map(int, place)) for place in places.split(", ")]


def linear(text, x, indices):
    """The value of a sum such as 3 x0 + 2 (xi - xj) + 0.5."""
    text = re.sub(r"x([\w+]+)", lambda match: f"X({match[1]})", text)
    text = re.sub(r"(\d|\)) (?=[XS(])", r"\1*", text)
    return eval(text, {"X": lambda k: x[k % len(x)], "S": x.sum(), **indices})


def evaluated(text, x, activation):
    """The value of a formula at one input."""
    function = NONLINEARITIES[activation].function
    text, total = text.translate(DIGITS), 0.0
    while match := TERM.search(text):
        end, depth = match.end(), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        argument, before = text[match.end() : end - 1], text[: match.start()].rstrip()
        sign = -1 if before.endswith("-") else 1
        names, places = ranges(match[2], len(x)) if match[2] else ([], [()])
        for place in places:
            shift = max((int(k) for k in re.findall(r"i\+(\d+)", argument)), default=0)
            if match[2] == "i" and place[0] + shift >= len(x):
                continue
            z = np.array([linear(argument, x, dict(zip(names, place)))])
            total += sign * float(match[1] or 1) * function(z)[0]
        text = before.rstrip("+- ") + text[end:]
    return total + linear(text, x, {})


@pytest.mark.parametrize("name", CASES)
def test_the_formula_says_the_program_to_three_digits(readings, name):
    reading = readings[name]
    lines, x = reading.formula.splitlines(), inputs(reading)
    values = reading.program(x)
    assert len(lines) == values.shape[1]
    for output, line in enumerate(lines):
        said = [evaluated(line, row, reading.program.activation) for row in x]
        assert np.allclose(said, values[:, output], atol=0.02 * np.abs(values).max()), line


@pytest.mark.parametrize("name", NAMES)
def test_latex_has_the_numbers_of_the_text(readings, name):
    def numbers(text):
        return re.findall(r"(?<![\w{])\d+\.\d+", text)

    reading = readings[name]
    assert numbers(reading.latex) == numbers(reading.formula)
    assert reading.latex.count("{") == reading.latex.count("}")
    assert "−" not in reading.latex


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5"), (-2.0, "-2"), (1234.5, "1.23e+03"), (0.00012345, "0.000123"), (0.0, "0")]
)
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_a_coefficient_of_one_is_left_out():
    assert signed([(-1.0, "a"), (1.0, "b"), (0.9999, "c")], TEXT) == "−a + b + c"
    assert signed([(2.0, "a")], LATEX) == r"2\,a"


def test_dense_units_are_said_to_be_dense():
    units = Role(np.array([[1, -2, 3]]), np.array([[1.0, 2.0, 3.0]]), None, np.array([[0.5, 2.0]]), ((0,),))
    of_two = Program("swish", np.array([1.0, -1.0]), None, (units,), 3)
    assert [formula(of_two, TEXT, output) for output in (0, 1)] == [
        f"{constant} + Σₘ vₘ e(wₘ·x + bₘ) over the dense units of role 1" for constant in ("1", "−1")
    ]
