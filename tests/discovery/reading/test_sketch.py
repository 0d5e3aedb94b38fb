"""A sketch shows each weight of a program once, in proportion, at the place of what it reads."""

import numpy as np
import pytest

from tests.discovery.reading import constructions as make
from weightloom.discovery.reading.program import Program, Role
from weightloom.discovery.reading.sketch import FAINTEST, sketch
from weightloom.figures.style import NEGATIVE, POSITIVE

BIASES = (0.3, -0.3, None)
RNG = np.random.default_rng(0)


def role(rows, level=2.0, bias=None, readout=((0.5,),)):
    rows = np.array(rows, int)
    return Role(rows, np.array([[level]]), bias, np.array(readout), tuple((k,) for k in range(len(rows))))


def program(*roles, linear=None, outputs=1, inputs=4):
    return Program("swish", np.zeros(outputs), linear, roles, inputs)


def test_units_stand_at_the_mean_height_of_their_inputs():
    found = sketch(program(role(np.eye(4)[[2, 0, 3, 1]])))
    # Units are placed by what they read, so that lines do not cross.
    assert [np.flatnonzero(unit.weight)[0] for unit in found.units] == [0, 1, 2, 3]
    assert [unit.height for unit in found.units] == found.inputs
    assert all(line.start == line.end for line in found.left)


def test_rings_have_the_colour_of_the_offsets_sign():
    roles = [role(np.eye(4)[[k]], bias=None if bias is None else np.array([bias])) for k, bias in enumerate(BIASES)]
    assert [unit.ring for unit in sketch(program(*roles)).units] == [POSITIVE, NEGATIVE, "white"]


def test_every_weight_is_a_line_in_proportion():
    pairs = [[1, -1, 0, 0], [0, 0, 1, -1]]
    found = sketch(program(role(pairs, readout=[[0.5], [-0.25]])))
    assert sorted(line.share for line in found.left) == [-1, -1, 1, 1]
    assert [line.share for line in found.right] == [-0.5, 1]  # the faintest first
    assert found.strongest == 1.0


def test_a_unit_that_reads_weakly_and_speaks_loudly_is_as_strong_as_its_product():
    found = sketch(program(role([[1, 0, 0, 0]], 0.01, readout=[[100.0]]), role([[0, 1, 0, 0]], 1.0, readout=[[1.0]])))
    assert [line.share for line in found.right] == pytest.approx([1, 1])


@pytest.mark.parametrize(("slope", "lines"), [(1.0, 4), (0.5, 4), (0.9 * FAINTEST, 0)])
def test_the_line_is_as_wide_as_it_matters(slope, lines):
    found = sketch(program(role([[1, 0, 0, 0]]), linear=np.full((1, 1), slope)))
    own = [line for line in found.left if line.end == found.units[-1].height]
    assert (found.units[-1].role, len(own)) == (-1, lines)
    assert all(line.share == pytest.approx(slope) for line in own)


def test_signs_of_offsets_and_outputs():
    found = sketch(program(role([[1, 0, 0, 0]], bias=np.array([-3.0]), readout=[[0.5, 0.0]]), outputs=2))
    assert [unit.bias for unit in found.units] == [-1]
    assert [(line.end, line.share) for line in found.right] == [(0.25, 1.0)]


def test_a_constant_has_no_lines():
    found = sketch(program())
    assert (found.units, found.left, found.right, found.strongest) == ([], [], [], 0.0)


@pytest.mark.parametrize("name", ["pudding with background", "two outputs", "clipped"])
def test_shares_are_at_most_one(name):
    reading = make.built(make.KINDS[name].build(4, RNG)).reading
    found = sketch(reading.program)
    for lines in (found.left, found.right):
        assert max(abs(line.share) for line in lines) == pytest.approx(1)
