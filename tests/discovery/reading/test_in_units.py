"""Formulas, Python and SymPy of a network with units say what the network does with the user's own columns."""

import re

import numpy as np
import pytest
import sympy

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import Program, Role, read
from weightloom.discovery.reading.formulas import TEXT
from weightloom.discovery.reading.in_units import formula_in_units
from weightloom.discovery.units import Units

# A year lies 200 standard deviations from 0, where three digits of a coefficient are not enough.
NAMES, MEAN, STD = ("age", "year", "dist", "rooms"), (30.0, 1990.0, 0.0, -3e-4), (17.0, 9.0, 1.0, 2e-3)
CASES = {
    "l1": (make.l1, ("price",), (250.0,), (100.0,)),
    "gini": (make.gini, ("price",), (0.0,), (1.0,)),
    "pairs against pairs": (make.pairs_against_pairs, ("price",), (-3.0,), (0.01,)),
    "two outputs": (make.two_outputs, ("price", "rent"), (250.0, 5.0), (100.0, 2.0)),
}


def with_units(network, units):
    return wl.Network(network.architecture, network.parameters, units=units)


@pytest.fixture(scope="module", params=CASES)
def reading(request):
    build, outputs, mean, std = CASES[request.param]
    network = make.built(build(4, np.random.default_rng(1)))
    return read(with_units(network, Units(NAMES, MEAN, STD, outputs, mean, std)))


def columns():
    return np.random.default_rng(2).standard_normal((40, 4)) * STD + MEAN


def restored(reading, x):
    units = reading.source.units
    return units.restored(reading.program(units.standardised(x)))


def test_python_takes_columns_and_gives_targets(reading):
    space, x = {}, columns()
    exec(reading.python, space)
    np.testing.assert_allclose(space["f"](x).reshape(40, -1), restored(reading, x), rtol=1e-9, atol=1e-9)


def test_sympy_has_the_names_of_the_columns(reading):
    function = sympy.lambdify(sympy.symbols(list(NAMES), real=True), reading.expression, "numpy")
    np.testing.assert_allclose(function(*columns().T), restored(reading, columns())[:, 0], rtol=1e-6, atol=1e-9)


def evaluated(text, x):
    """A formula read as a reader reads it, at one row: a space is a product."""
    text = re.sub(r"\be\(", "E(", text.replace("−", "-"))
    text = re.sub(r"([\d)]) (?=[A-Za-z(])", r"\1*", text)
    return eval(text, {"E": lambda z: z / 2 * np.tanh(z / 2), **dict(zip(NAMES, x))})


def test_the_formula_computes_the_targets_to_its_digits(reading):
    x = columns()
    lines = reading.formula.splitlines()
    for output, (line, name) in enumerate(zip(lines, reading.source.units.outputs, strict=True)):
        left, formula = line.split(" = ")
        assert left == name
        wanted = restored(reading, x)[:, output]
        found = np.array([evaluated(formula, row) for row in x])
        assert np.abs(found - wanted).max() < 0.03 * wanted.std()


def test_a_unit_of_one_input_says_where_it_bends():
    network = make.layers(*map(np.array, ([[2.0]], [-3.0], [[1.0]], [0.0])))
    reading = read(with_units(network, Units(("age",), (30.0,), (10.0,), ("price",), (0.0,), (1.0,))))
    assert "e(0.2 (age − 45))" in reading.formula  # 2 (age − 30)/10 − 3


def test_members_that_read_the_same_are_one_term():
    role = Role(np.ones((2, 2), int) * [1, 2], np.array([[3.0, 1.0]]), None, np.array([[0.5]]), ((0,), (1,)))
    program = Program("swish", np.zeros(1), None, (role,), 2)
    units = Units(("a", "b"), (0.0, 0.0), (1.0, 2.0), ("y",), (0.0,), (1.0,))
    assert formula_in_units(program, units, TEXT) == "y = 0 + 1 e(3 a + 0.5 b)"


def test_sums_stay_where_inputs_are_alike():
    network = wl.algorithms.double_sided(n=4, hidden=12, strength=3.0)
    names = tuple(f"x{k}" for k in range(4))
    reading = read(with_units(network, Units(names, (0.0,) * 4, (2.0,) * 4, ("f",), (10.0,), (100.0,))))
    assert reading.formula == "f = −203 + 51.6 Σ[i] e(1.5 xᵢ)"


def test_hostile_names_are_only_names():
    network = make.layers(np.eye(2) * 3, np.zeros(2), np.ones((2, 1)), np.zeros(1))
    names = ("a_b%\n\r\u2028import os", "50 $ & {x}")
    reading = read(with_units(network, Units(names, (0.0, 1.0), (1.0, 2.0), ("y",), (0.0,), (1.0,))))
    space = {}
    exec(reading.python, space)
    assert "os" not in space
    assert r"50 \$ \& \{x\}" in reading.latex
    assert reading.expression.free_symbols == {sympy.Symbol(name, real=True) for name in names}
