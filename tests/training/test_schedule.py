"""When a run is measured: increasing steps that end with the last one."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from weightloom.errors import InputError
from weightloom.training import measured_steps
from weightloom.training.schedule import SPACINGS

lengths, counts = st.integers(1, 10**8), st.integers(1, 200)


@given(lengths, counts, st.sampled_from(SPACINGS))
@settings(max_examples=200, deadline=None)
def test_steps_increase_to_the_last_one(steps, count, spacing):
    measured = measured_steps(steps, count, spacing)
    assert measured[0] >= 1
    assert all(before < after for before, after in zip(measured, measured[1:]))
    assert measured[-1] == steps
    assert len(measured) <= count
    if steps >= 1000 * count:  # whole steps cannot coincide
        assert len(measured) == count


@given(lengths, counts)
@settings(max_examples=100, deadline=None)
def test_linear_steps_are_equally_far_apart(steps, count):
    gaps = np.diff((0, *measured_steps(steps, count, "linear")))
    assert gaps.max() - gaps.min() <= 1 or count > steps


@given(st.integers(1000, 10**8), st.integers(2, 200))
@settings(max_examples=100, deadline=None)
def test_log_steps_begin_at_a_thousandth_and_grow_by_one_factor(steps, count):
    measured = np.array(measured_steps(steps, count, "log"))
    assert abs(measured[0] - steps / 1000) <= 0.5
    ideal = np.geomspace(steps / 1000, steps, count)
    assert np.abs(ideal[:, None] - measured).min(axis=0).max() <= 0.5 + 1e-9 * steps


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_single_measurement_is_made_at_the_end(spacing):
    assert measured_steps(1000, 1, spacing) == (1000,)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, 5), "steps 0 cannot be used: give at least 1"),
        ((-3, 5), "steps -3 cannot be used"),
        ((5, 0), "count 0 cannot be used: give at least 1"),
        ((5, -1), "count -1 cannot be used"),
        ((5, 5, "cubic"), "spacing 'cubic' is unknown: use one of log, linear"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        measured_steps(*arguments)
