"""Programs: derivatives, fits, other numbers of inputs, and networks that compute them."""

import dataclasses

import numpy as np
import pytest

from tests.discovery.reading import constructions as make
from weightloom.discovery.reading.canonical import NONLINEARITIES, canonical
from weightloom.discovery.reading.program import Program, Role, as_network, polished, refitted, resized, sensitivities
from weightloom.errors import InputError

SMOOTH = ("swish", "gelu", "tanh", "sine")
X = np.random.default_rng(0).standard_normal((64, 4))


def drawn(rng, *shape):
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def role(rng, rows, outputs=1, levels=1, tied=(True, True, True)):
    """A role of these rows; `tied` says whether levels, offsets and output weights are; None for no offsets."""
    rows = np.array(rows)
    counts = [1 if own else len(rows) for own in tied]
    bias = None if tied[1] is None else drawn(rng, counts[1])
    found = np.abs(drawn(rng, counts[0], levels))
    return Role(rows, found, bias, drawn(rng, counts[2], outputs), tuple((k,) for k in range(len(rows))))


def program(seed=0, activation="swish", outputs=1, tied=(True, True, True), line=1):
    rng = np.random.default_rng(seed)
    one = role(rng, np.eye(4, dtype=int), outputs, tied=tied)
    two = role(rng, [[1, -2, 0, 0], [0, 1, -2, 0], [0, 0, 1, -2]], outputs, 2, tied)
    return Program(activation, drawn(rng, outputs), drawn(rng, line, outputs) if line else None, (one, two), 4)


def moved(own, place, step):
    """The program with one of its numbers moved."""
    leaves = [None if leaf is None else leaf.copy() for leaf in own.leaves]
    for leaf in leaves:
        size = 0 if leaf is None else leaf.size
        if place < size:
            leaf.flat[place] += step
            break
        place -= size
    roles = tuple(
        dataclasses.replace(one, levels=leaves[k], bias=leaves[k + 1], readout=leaves[k + 2])
        for one, k in zip(own.roles, range(2, len(leaves), 3))
    )
    return dataclasses.replace(own, constant=leaves[0], linear=leaves[1], roles=roles)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("line", [0, 1, 4])
@pytest.mark.parametrize("tied", [(True, None, True), (True, True, False), (False, False, True)])
@pytest.mark.parametrize("activation", SMOOTH)
def test_sensitivities_are_finite_differences(activation, tied, line, outputs):
    own = program(1, activation, outputs, tied, line)
    found = sensitivities(own, X)
    assert found.shape == (len(X), outputs, own.numbers)
    for place in range(own.numbers):
        difference = (moved(own, place, 1e-5)(X) - moved(own, place, -1e-5)(X)) / 2e-5
        assert np.allclose(found[..., place], difference, atol=1e-7)


@pytest.mark.parametrize("tied", [(True, True, True), (False, None, False)])
def test_numbers_are_counted(tied):
    rows = [1 if own else members for members in (4, 3) for own in tied]
    sizes = [size * count for size, count in zip((1, 1 if tied[1] is not None else 0, 1, 2, 1, 1), rows)]
    sizes[4] *= tied[1] is not None
    assert program(tied=tied).numbers == 1 + 1 + sum(sizes)


def test_a_program_is_its_sums_in_loops():
    own = program(2)
    (level,), (first, second) = own.roles[0].levels[0], own.roles[1].levels[0]
    function = NONLINEARITIES["swish"].function
    for x, y in zip(X, own(X)[:, 0]):
        value = own.constant[0] + own.linear[0, 0] * x.sum()
        value += sum(own.roles[0].readout[0, 0] * function(level * xi + own.roles[0].bias[0]) for xi in x)
        for k in range(3):
            z = first * x[k] - second * x[k + 1] + own.roles[1].bias[0]
            value += own.roles[1].readout[0, 0] * function(z)
        assert y == pytest.approx(value)


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_fit_finds_the_numbers_that_a_function_was_made_with(outputs):
    own = program(3, outputs=outputs)
    start = own
    for place in range(own.numbers):
        start = moved(start, place, 0.02 * (-1) ** place)
    found = polished(start, X, own(X))
    assert np.allclose(found(X), own(X), atol=1e-5)
    assert np.allclose(found.roles[1].levels, own.roles[1].levels, atol=1e-3)


def test_output_weights_are_fitted_exactly():
    own = program(4, outputs=2, tied=(True, True, False))
    other = dataclasses.replace(
        own, roles=tuple(dataclasses.replace(one, readout=0 * one.readout) for one in own.roles), linear=0 * own.linear
    )
    assert np.allclose(refitted(other, X, own(X))(X), own(X))


@pytest.mark.parametrize("n", [3, 6])
def test_the_same_program_for_other_numbers_of_inputs(n):
    own = program(5)
    other = resized(own, n)
    assert (other.inputs, other.numbers) == (n, own.numbers)
    wanted = [np.eye(n, dtype=int), np.eye(n - 1, n, dtype=int) - 2 * np.eye(n - 1, n, 1, dtype=int)]
    for one, rows in zip(other.roles, wanted):
        assert np.array_equal(one.assignment, rows)
    assert resized(own, 4) is own


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (program(line=4), "each input has a slope of its own"),
        (program(tied=(True, True, False)), "role 1 have numbers of their own"),
        (program(tied=(True, False, True)), "role 1 have numbers of their own"),
    ],
)
def test_programs_that_name_inputs_cannot_grow(own, sentence):
    with pytest.raises(InputError, match=sentence):
        resized(own, 5)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize(("activation", "line"), [("swish", 1), ("relu", 4), ("gelu", 0), ("tanh", 0), ("sine", 0)])
def test_a_network_computes_the_program(activation, line, outputs):
    own = program(6, activation, outputs, line=line)
    assert np.allclose(as_network(own)(X), own(X), atol=1e-5)
    assert np.allclose(canonical(as_network(own))(X), own(X), atol=1e-5)


def test_what_an_activation_cannot_compute_is_refused():
    with pytest.raises(InputError, match="tanh units cannot compute the line"):
        as_network(program(activation="tanh", line=1))


@pytest.mark.parametrize("activation", ["swish", "tanh"])
def test_a_constant_is_a_program_with_a_network(activation):
    own = Program(activation, np.array([2.0]), None, (), 3)
    assert np.allclose(own(X[:, :3]), 2)
    assert np.allclose(as_network(own)(X[:, :3]), 2)


def test_a_program_that_is_a_line_has_a_network():
    own = Program("relu", np.array([2.0]), np.array([[0.5]]), (), 4)
    assert np.allclose(as_network(own)(X), own(X), atol=1e-5)


def test_a_unit_for_each_member_and_no_more_where_no_line_is_left():
    known = make.double(4, np.random.default_rng(0))
    own = Program("tanh", np.zeros(1), None, (role(np.random.default_rng(0), np.eye(4, dtype=int)),), 4)
    assert as_network(own).architecture.sizes == (4, 4, 1)
    assert len(known.units) == 8
