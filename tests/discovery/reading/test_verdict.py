"""A verdict sees errors that cancel, errors on wider inputs, and counts bits as theory does."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading.canonical import canonical
from weightloom.discovery.reading.program import Program, Role, sensitivities
from weightloom.discovery.reading.sampling import normal_inputs
from weightloom.discovery.reading.verdict import (
    Verdict,
    description_bits,
    generality,
    network_bits,
    number_bits,
    verdict,
)

X = normal_inputs(2, 512)


def network_of(units):
    return make.network(units, np.zeros((len(units[0].weight), 1)))


def role_of(units, neurons):
    rows = np.array([np.sign(unit.weight) for unit in units]).astype(int)
    return Role(
        rows,
        np.array([[np.abs(unit.weight).max()] for unit in units]),
        np.array([unit.bias for unit in units]),
        np.array([unit.readout for unit in units]),
        tuple((neuron,) for neuron in neurons),
    )


def program_of(*roles, constant=0.0, inputs=2):
    return Program("swish", np.array([constant]), None, tuple(roles), inputs)


def judged(network, program):
    return verdict(network, canonical(network), program)


A, B = make.unit([3.0, 0.0]), make.unit([0.0, 3.0])


def test_the_program_itself_is_faithful_on_all_counts():
    found = judged(network_of([A, B]), program_of(role_of([A], [0]), role_of([B], [1])))
    assert found[:3] == pytest.approx((1, 1, 1), abs=1e-9)
    assert found.structured == pytest.approx(1, abs=1e-9)


def test_errors_of_two_roles_that_cancel_are_seen_in_replacements():
    network = network_of([A, A, B])
    wrong = [A._replace(readout=np.array([v])) for v in (4.0, -2.0)]
    found = judged(network, program_of(role_of(wrong[:1], [0]), role_of(wrong[1:], [1]), role_of([B], [2])))
    assert found.faithful == pytest.approx(1, abs=1e-6)
    assert found.wide == pytest.approx(1, abs=1e-6)
    # Three units too many of x₀; the whole is 2 units of x₀ and one of x₁, so that R² is 1 − 3²/(2² + 1²).
    assert found.causal == pytest.approx(-0.8, abs=0.02)
    assert found.state != "read"


def test_a_neuron_that_no_role_has_is_an_error_of_its_own():
    found = judged(network_of([A, B]), program_of(role_of([A], [0]), constant=float(canonical_mean(B))))
    assert found.causal == pytest.approx(0.5, abs=0.05)
    assert found.faithful == pytest.approx(0.5, abs=0.05)


def canonical_mean(unit):
    x = normal_inputs(2)
    return np.mean(canonical(network_of([unit]))(x))


def test_what_happens_on_wide_inputs_alone_is_seen_there():
    tail = make.unit([9.0, 0.0], 1.0, -27.0)
    network = make.network([A, B, tail], np.array([[4.5], [0.0]]), constant=np.array([-13.5]))
    found = judged(network, program_of(role_of([A], [0]), role_of([B], [1])))
    assert found.faithful > 0.95
    assert found.wide < 0.8
    assert found.state != "read"


def test_each_output_counts():
    network = make.network(
        [A._replace(readout=np.array([1.0, 0.0])), B._replace(readout=np.array([0.0, 1.0]))], np.zeros((2, 2))
    )
    role = dataclasses.replace(role_of([A], [0]), readout=np.array([[1.0, 0.0]]))
    program = Program("swish", np.zeros(2), None, (role,), 2)
    assert judged(network, program).faithful < 0.1


def test_a_number_costs_what_its_precision_needs():
    zero, one, two, four = (number_bits(np.array([v]), np.ones(1)) for v in (0.0, 1.0, 2.0, 4.0))
    assert zero == 1
    assert two - one == pytest.approx(1, abs=0.01)
    assert four - two == pytest.approx(1, abs=0.01)
    assert number_bits(np.ones(2), np.ones(2)) == pytest.approx(2 * (one + 0.5), abs=0.01)


@pytest.mark.parametrize("change", [make.shuffled])
def test_bits_of_a_network_do_not_depend_on_the_order_of_its_neurons(change):
    network = network_of([A, B, make.unit([1.0, 2.0], 0.5, 0.3)])
    other = change(network, np.random.default_rng(0))
    assert network_bits(canonical(other), other, X) == pytest.approx(network_bits(canonical(network), network, X))


def test_idle_neurons_cost_a_sign_for_each_weight_that_may_be_0():
    network = network_of([A, B])
    weight, bias, readout, constant = make.arrays(network)
    hidden = len(bias)
    more = make.layers(
        np.column_stack([weight, np.zeros((2, 3))]),
        np.append(bias, np.zeros(3)),
        np.vstack([readout, np.zeros((3, 1))]),
        constant,
    )
    few, many = (network_bits(canonical(one), one, X) for one in (network, more))
    numbers = 4 * hidden + 1
    # All numbers become more precise as there are more of them; none by more than this.
    precision = 0.5 * np.log2((numbers + 12) / numbers) * numbers
    assert 12 <= many - few <= 12 + precision


def test_a_description_counts_its_error():
    network = network_of([A, B])
    right = program_of(role_of([A], [0]), role_of([B], [1]))
    values = canonical(network)(X)
    bits = [description_bits(right, X, values + error * X[:, :1] * X[:, 1:]) for error in (0, 0.1, 0.3, 1)]
    assert bits == sorted(bits)
    assert bits[-1] > bits[0] + 20


def test_numbers_of_ones_own_cost_more_than_tied_ones():
    values = canonical(network_of([A, B]))(X)
    own = role_of([A, B], [0, 1])
    tied = dataclasses.replace(own, levels=own.levels[:1], bias=own.bias[:1], readout=own.readout[:1])
    assert description_bits(program_of(tied), X, values) < description_bits(program_of(own), X, values)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("bias", [None, 1, 3])
@pytest.mark.parametrize("readout", [1, 3])
def test_bits_of_a_dense_role_are_those_of_its_sensitivities(readout, bias, outputs):
    rng = np.random.default_rng(0)
    rows = np.array([[1, -2], [-1, 2], [2, 1]])
    role = Role(
        rows,
        rng.uniform(1, 2, (3, 2)),
        None if bias is None else rng.standard_normal(bias),
        rng.standard_normal((readout, outputs)),
        ((0,), (1,), (2,)),
    )
    own = Program("swish", np.ones(outputs), np.ones((1, outputs)), (role,), 2)
    values = own(X)
    numbers = np.concatenate([leaf.ravel() for leaf in own.leaves if leaf is not None])
    influence = np.mean(sensitivities(own, X) ** 2 / values.var(axis=0)[:, None], axis=(0, 1))
    assert description_bits(own, X, values) == pytest.approx(number_bits(numbers, influence))


def task_of(function):
    """Its scale does not count, so it need not be measured."""
    return wl.Task("mine", function, moments=lambda n: (0.0, 1.0))


ABSOLUTE = make.built(make.l1(4, np.random.default_rng(0))).reading.program


@pytest.mark.parametrize("task", [wl.tasks.l1, task_of(lambda x: 3 * jnp.abs(x).sum(axis=1) - 7)])
def test_a_program_that_computes_the_function_is_general(task):
    # The scale and the constant of the task are those of its standardisation, so they do not count.
    assert generality(ABSOLUTE, task) < 0.01


def test_a_program_of_another_function_is_not_general():
    # ‖x‖₁ and Σxᵢ² agree well, ‖x‖₁ and x₀ not at all.
    corr = np.corrcoef(np.abs(normal_inputs(8)).sum(axis=1), np.square(normal_inputs(8)).sum(axis=1))[0, 1]
    assert generality(ABSOLUTE, wl.tasks.sum_of_squares) == pytest.approx(1 - corr**2, abs=0.03)
    assert generality(ABSOLUTE, task_of(lambda x: x[:, 0])) > 0.95


def test_generality_is_the_worse_of_two_sizes():
    changing = task_of(lambda x: jnp.abs(x).sum(axis=1) if x.shape[1] < 8 else x[:, 0])
    assert generality(ABSOLUTE, changing) > 0.95


@pytest.mark.parametrize(
    "task", [lambda x: jnp.abs(x[:, :4]).sum(axis=1) if x.shape[1] == 4 else x[:, 9], lambda x: x[:, 0] / 0]
)
def test_a_task_without_other_sizes_has_no_generality(task):
    assert generality(ABSOLUTE, task_of(task)) is None


def test_inputs_that_are_not_normal_have_no_generality():
    assert generality(ABSOLUTE, dataclasses.replace(wl.tasks.l1, distribution="uniform:0,1")) is None


def test_several_outputs_have_no_generality():
    assert generality(ABSOLUTE, wl.tasks.sort) is None


def test_a_program_that_names_inputs_has_no_generality():
    assert generality(program_of(role_of([A], [0])), wl.tasks.l1) is None


def test_the_verdict_of_a_runs_network_knows_the_task(run):
    network = run.network(0, float(run.measures.beta.values[0]))
    assert network.task is wl.tasks.l1
    found = network.reading.verdict
    assert found.general == generality(network.reading.program, wl.tasks.l1)
    kl = float(run.measures.kl.isel(seed=0, step=-1, beta=0))
    assert found.kl_bits * np.log(2) == pytest.approx(kl)  # 1 bit is ln 2 nats.
    assert f"KL {kl / np.log(2):.0f} bits" in str(found)
    reading = make.built(make.l1(3, np.random.default_rng(0))).reading
    assert reading.verdict.general is reading.verdict.kl_bits is None
    known = wl.read(reading.source, task="l1")
    assert f"loss {known.verdict.general:.3g} at other numbers" in str(known.verdict)


GOOD = Verdict(faithful=0.99, wide=0.99, causal=0.99, program_bits=30.0, network_bits=100.0, structured=0.9)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "read"),
        ({"wide": 0.5}, "partly read"),
        ({"causal": -3.0}, "partly read"),
        ({"program_bits": 90.0}, "partly read"),
        ({"program_bits": 90.0, "structured": 0.1}, "unread"),
        ({"faithful": 0.5}, "unread"),
    ],
)
def test_states(changes, state):
    found = GOOD._replace(**changes)
    assert found.state == state
    assert str(found).startswith(state)
    assert ("(90%)" in str(found)) == (state == "partly read")


def test_points_are_symmetric_normal_and_fresh_ones_differ():
    x = normal_inputs(3, 1024)
    assert np.allclose(x.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(np.cov(x.T), np.eye(3), atol=0.03)
    assert not np.isin(normal_inputs(3, 1024, seed=1), x).any()
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 0
