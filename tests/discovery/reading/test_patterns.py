"""Patterns of weights: the best levels, by brute force, and signatures that know no order and no sign."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from weightloom.discovery.reading.patterns import MOST_LEVELS, dense, oriented, patterns, signature, spread, written

weights = st.integers(1, 6).flatmap(
    lambda n: arrays(np.float64, n, elements=st.floats(-10, 10, allow_subnormal=False, width=32))
)
assignments = (
    st.integers(1, 6)
    .flatmap(lambda n: arrays(np.int64, n, elements=st.integers(-3, 3)))
    .map(lambda row: np.sign(row) * np.searchsorted(np.unique(np.abs(row[row != 0])), np.abs(row)) + np.sign(row))
)


def least_error(magnitudes, groups):
    """The smallest squared error over all divisions into that many groups."""
    return min(
        sum(((part - part.mean()) ** 2).sum() for part in parts)
        for labels in itertools.product(range(groups), repeat=len(magnitudes))
        if len(set(labels)) == groups
        for parts in [[magnitudes[np.array(labels) == label] for label in range(groups)]]
    )


@settings(max_examples=40, deadline=None)
@given(weight=weights)
def test_levels_are_the_best_ones(weight):
    found = patterns(weight)
    plain = [pattern for pattern in found[:-1] if (pattern.assignment != 0).all()]
    assert [len(pattern.levels) for pattern in plain] == list(range(1, min(MOST_LEVELS, len(weight) - 1) + 1))
    for pattern in plain:
        error = ((pattern.weight - weight) ** 2).sum()
        assert error == pytest.approx(least_error(np.abs(weight), len(pattern.levels)), abs=1e-6)
    assert np.array_equal(found[-1].weight, weight)


@settings(max_examples=40, deadline=None)
@given(weight=weights)
def test_patterns_are_written_alike(weight):
    for pattern in patterns(weight)[:-1]:
        levels = np.unique(np.abs(pattern.assignment[pattern.assignment != 0]))
        assert levels.tolist() == list(range(1, len(pattern.levels) + 1))
        assert (np.diff(pattern.levels) <= 0).all()
        assert (pattern.weight * weight >= 0).all()


@pytest.mark.parametrize("n", range(1, 6))
def test_one_input_is_a_pattern_at_every_number_of_inputs(n):
    weight = 3.0 * np.eye(n)[n - 1]
    exact = [pattern for pattern in patterns(weight) if np.allclose(pattern.weight, weight)]
    shortest = min(exact, key=lambda pattern: len(pattern.levels))
    assert signature(shortest.assignment) == ((1, 0),)


@settings(max_examples=60, deadline=None)
@given(row=assignments, seed=st.integers(0, 99))
def test_signatures_know_no_order_and_no_sign(row, seed):
    other = row[np.random.default_rng(seed).permutation(len(row))]
    assert signature(row) == signature(other) == signature(-other)


@settings(max_examples=60, deadline=None)
@given(row=assignments)
def test_a_row_and_its_negative_are_oriented_alike(row):
    one = oriented(row) * row
    assert np.array_equal(one, oriented(-row) * -row) or not row.any()
    counts = [(int((one == level).sum()), int((one == -level).sum())) for level in range(1, np.abs(one).max() + 1)]
    assert tuple(counts) == signature(row)


@pytest.mark.parametrize(
    ("row", "other"),
    [([1, 0, 0], [1, 1, 0]), ([1, -1, 0], [1, 1, 0]), ([1, 2, 2], [1, 1, 2]), ([1, 2, 0], [1, -2, 0])],
)
def test_other_patterns_have_other_signatures(row, other):
    assert signature(np.array(row)) != signature(np.array(other))


def test_many_units_get_the_patterns_that_each_gets_alone():
    weight = np.random.default_rng(0).standard_normal((5, 6)).round(1)
    together = written(weight)
    for k, unit in enumerate(weight):
        alone = patterns(unit)[:-1]
        assert len(alone) == len(together)
        for pattern, (assignment, levels) in zip(alone, together):
            assert np.array_equal(pattern.assignment, assignment[k])
            assert np.allclose(pattern.levels, levels[k])


def test_structure_bits_are_the_entropy_of_the_assignment():
    row = np.array([1, 1, -1, -1, 0, 0, 0, 0])
    pattern = dense(np.zeros(8))._replace(assignment=row, levels=np.ones(1))
    assert pattern.structure_bits == pytest.approx(8 * 1.5 + math.log2(2 * MOST_LEVELS))
    assert pattern._replace(assignment=np.ones(8, int)).structure_bits == pytest.approx(math.log2(2 * MOST_LEVELS))


def test_weights_are_spread_for_one_row_of_levels_or_one_for_each_member():
    rows = np.array([[1, 0, -2], [2, 1, 0]])
    assert spread(rows, np.array([[5.0, 3.0]])).tolist() == [[5, 0, -3], [3, 5, 0]]
    assert spread(rows, np.array([[5.0, 3.0], [7.0, 1.0]])).tolist() == [[5, 0, -3], [1, 7, 0]]
    assert spread(rows[0], np.array([5.0, 3.0])).tolist() == [5, 0, -3]
