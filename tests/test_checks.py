"""Numbers that users give."""

import numpy as np
import pytest

from weightloom._checks import check_choice, check_positive, check_whole, check_widths
from weightloom.errors import InputError


@pytest.mark.parametrize("number", [0, 3, np.int64(3), np.uint8(3)], ids=repr)
def test_whole_numbers_are_taken_from_the_least_on(number):
    check_whole(0, number=number)


@pytest.mark.parametrize("number", [-1, 0, 1.0, np.float32(2), True, "3", None], ids=repr)
def test_what_is_not_whole_or_too_small_is_named(number):
    with pytest.raises(InputError, match=r"^second .* cannot be used: give a whole number of at least 1\.$"):
        check_whole(first=1, second=number)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_not_positive_or_not_finite_is_named(number):
    check_positive(first=1e-30)
    with pytest.raises(InputError, match=r"^second .* cannot be used: give a positive number\.$"):
        check_positive(first=1.0, second=number)


@pytest.mark.parametrize("number", ["1", None, True, [1.0], np.ones(2)], ids=repr)
def test_what_is_no_number_is_named(number):
    with pytest.raises(InputError, match=r"^second .* cannot be used: give a positive number\.$"):
        check_positive(first=np.float32(1), second=number)


@pytest.mark.parametrize("name", ["c", "A", 1, None, ["a"], len], ids=repr)
def test_names_that_there_are_not_are_named(name):
    check_choice("letter", "a", "ab")
    with pytest.raises(InputError, match=r"^letter .* is unknown: use one of a, b\.$"):
        check_choice("letter", name, {"a": 1, "b": 2})


@pytest.mark.parametrize("given", [3, None, "12", [1.0], (1, "2"), [0], [True]], ids=repr)
def test_only_sequences_of_whole_numbers_are_widths(given):
    check_widths(first=(1, np.int64(2)), second=[], third=np.arange(1, 3))
    with pytest.raises(InputError, match=r"^fourth .* cannot be used: give a tuple of whole numbers of at least 1\.$"):
        check_widths(third=(1,), fourth=given)


def test_zero_can_be_allowed():
    check_positive(True, scale=0.0)
    with pytest.raises(InputError, match=r"^scale -1\.0 cannot be used: give 0 or a positive number\.$"):
        check_positive(True, scale=-1.0)
