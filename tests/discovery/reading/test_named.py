"""Responses get the names that they have, by description length, with a verdict of their own."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.random import normal

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import named
from weightloom.discovery.reading._named import SHAPES


def relu(units, line=(0, 0, 0, 0)):
    """The reading of Σ v e(w·x + b) + line·x with e(z) = |z|/2."""
    return make.network([make.unit(*one) for one in units], np.array(line, float)[:, None], "relu").reading


def name_of(reading):
    found = named(reading)
    return found.formula, found.state


E = np.eye(4)


# Of each name: a network whose response is it, its formula, and its R² to four digits.
NAMES = {
    # e(z) = |z|/2 for ReLU.
    "absolute value": (lambda: relu([(2 * row, 1.0) for row in E]), "Σ[i] |xᵢ|", 1),
    # e(z) is nearly z²/4 near 0 for swish.
    "square": (
        lambda: make.network([make.unit(0.05 * row, 4 / 0.05**2) for row in E], np.zeros((4, 1))).reading,
        "Σ[i] xᵢ²",
        1,
    ),
    # |x − ½|/2 + x/2 = max(x − ½, 0) + ¼, four times.
    "relu": (lambda: relu([(row, 1.0, -0.5) for row in E], np.full(4, 0.5)), "1 + Σ[i] max(xᵢ − 0.5, 0)", 1),
    "clip": (
        lambda: relu([part for row in E for part in ((row, 1.0, 1.0), (row, -1.0, -1.0))]),
        "Σ[i] clip(xᵢ, −1, 1)",
        1,
    ),
    # From −½ to ½ within a fiftieth around ½, four times.
    "step": (
        lambda: relu([part for row in E for part in ((50 * row, 1.0, -24.5), (50 * row, -1.0, -25.5))]),
        "−2 + Σ[i] [xᵢ > 0.5]",
        0.9972,
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_exact_responses_get_their_names_and_simple_numbers(name):
    assert NAMES.keys() == SHAPES.keys()
    build, formula, faithful = NAMES[name]
    found = named(build())
    assert (found.formula, found.state, round(found.faithful, 4)) == (formula, "named", faithful)
    assert found.snapped >= 2


def test_a_difference_of_inputs_has_a_name_too():
    reading = relu([(row - other, 6.0) for row, other in zip(E, E[1:])])
    assert name_of(reading) == ("3 Σ[i] |xᵢ − xᵢ₊₁|", "named")


@pytest.mark.parametrize(("sign", "name"), [(1, "max(x₀, x₁)"), (-1, "min(x₀, x₁)")])
def test_half_a_difference_and_half_a_sum_are_a_maximum(sign, name):
    reading = relu([([1.0, -1.0], sign * 1.0)], [0.5, 0.5])
    assert name_of(reading) == (name, "named")


def test_squares_of_sums_and_differences_are_a_product():
    a = 0.1
    units = [make.unit(a * np.array(row), v / a**2) for row, v in (([1, 1], 1), ([1, -1], -1))]
    found = named(make.network(units, np.zeros((2, 1))).reading)
    assert found.formula.endswith("x₀ x₁")
    assert found.faithful > 0.999


def test_a_soft_corner_is_close_to_an_absolute_value_and_shorter_as_it_is():
    reading = wl.algorithms.double_sided(n=3, hidden=6, strength=9.0).reading
    found = reading.named
    assert found.state == "close"
    assert found.bits > found.plain
    assert "≈ −2.29 + 0.957 Σ[i] |xᵢ|\nclose: R² 0.999" in repr(reading)


def test_a_wave_has_no_name():
    found = make.built(make.of_activation(make.l1, "sine")(3, np.random.default_rng(0))).reading.named
    assert found.state == "not"


def test_the_tasks_units_are_those_of_the_formula():
    # The task is 5 Σ|xᵢ| + 3; a network computes it standardised.
    mean, std = 20 * np.sqrt(2 / np.pi) + 3, 10 * np.sqrt(1 - 2 / np.pi)
    task = wl.Task("mine", lambda x: 5 * jnp.abs(x).sum(axis=1) + 3, moments=lambda n: (mean, std))
    net = make.network(
        [make.unit(2 * row, 5 / std) for row in E], np.zeros((4, 1)), "relu", np.array([(3 - mean) / std])
    )
    assert wl.read(net, task=task).named.formula == "3 + 5 Σ[i] |xᵢ|"


def triple(key, shape):
    return 3 * normal(key, shape)


def test_other_inputs_than_the_tasks_give_no_units(unchecked):
    network = relu([(2 * row, 1.0) for row in E]).source
    table = np.random.default_rng(0).standard_normal((20, 4))
    for task in (
        wl.Task("mine", lambda x: 5 * jnp.abs(x).sum(axis=1), distribution=triple),
        wl.Task.from_data(table, 5 * np.abs(table).sum(axis=1)),
    ):
        assert wl.read(network, task=task).named.formula == "Σ[i] |xᵢ|"


def test_the_verdict_is_of_the_named_program():
    reading = make.built(make.clipped(3, np.random.default_rng(0))).reading
    found = reading.named
    amplitude, place = float(found.formula.split(" ")[0]), float(found.formula.split(" ")[-1].strip(")"))
    x = np.random.default_rng(1).standard_normal((4000, 3))
    target = reading.canonical(x)[:, 0]
    error = np.mean((amplitude * np.clip(x, -place, place).sum(axis=1) - target) ** 2) / target.var()
    assert found.faithful == pytest.approx(1 - error, abs=2e-3)


@pytest.mark.parametrize("name", ["two outputs", "sort of two"])
def test_several_outputs_have_no_names(name):
    kind = make.KINDS[name]
    assert make.built(kind.build(kind.sizes[0], np.random.default_rng(0))).reading.named is None
