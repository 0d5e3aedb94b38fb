"""When runs are measured."""

import pytest
from hypothesis import given, settings, strategies as st

from weightloom.errors import InputError
from weightloom.training import measured_steps


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 60), st.sampled_from(["log", "linear"]))
def test_steps_increase_to_the_last_one(steps, count, spacing):
    measured = measured_steps(steps, count, spacing)
    assert measured[-1] == steps
    assert measured[0] >= 1
    assert list(measured) == sorted(set(measured))
    assert len(measured) <= count


def test_linear_steps_are_evenly_spaced():
    assert measured_steps(100, 5, "linear") == (20, 40, 60, 80, 100)


def test_log_steps_have_equal_ratios():
    measured = measured_steps(10**6, 7)
    ratios = [later / earlier for earlier, later in zip(measured, measured[1:])]
    assert max(ratios) / min(ratios) < 1.01


@pytest.mark.parametrize(("steps", "count", "spacing"), [(0, 3, "log"), (-1, 3, "log"), (5, 0, "log"), (5, 3, "cubic")])
def test_what_cannot_be_scheduled_is_refused(steps, count, spacing):
    with pytest.raises(InputError):
        measured_steps(steps, count, spacing)
