"""Numbers that users give."""

import numpy as np
import pytest

from weightloom._checks import are_whole, check_choice, check_positive, check_whole
from weightloom.errors import InputError


@pytest.mark.parametrize("number", [0, 3, np.int64(3), np.uint8(3)], ids=repr)
def test_whole_numbers_are_taken_from_the_least_on(number):
    check_whole(0, number=number)


@pytest.mark.parametrize("number", [-1, 0, 1.0, np.float32(2), True, "3", None], ids=repr)
def test_what_is_not_whole_or_too_small_is_named(number):
    with pytest.raises(InputError, match=r"^second is .*: give a whole number of at least 1\.$"):
        check_whole(first=1, second=number)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_not_positive_or_not_finite_is_named(number):
    check_positive(first=1e-30)
    with pytest.raises(InputError, match=r"^second is .*: give a positive number\.$"):
        check_positive(first=1.0, second=number)


@pytest.mark.parametrize("number", ["1", None, True, [1.0], np.ones(2)], ids=repr)
def test_what_is_no_number_is_named(number):
    with pytest.raises(InputError, match=r"^second is .*: give a positive number\.$"):
        check_positive(first=np.float32(1), second=number)


@pytest.mark.parametrize("name", ["c", "A", 1, None, ["a"], len], ids=repr)
def test_names_that_there_are_not_are_named(name):
    check_choice("letter", "a", "ab")
    with pytest.raises(InputError, match=r"^letter .* is unknown: use one of a, b\.$"):
        check_choice("letter", name, {"a": 1, "b": 2})


@pytest.mark.parametrize("given", [3, None, "12", [1.0], (1, "2"), [0], [True]], ids=repr)
def test_only_sequences_of_whole_numbers_are_whole(given):
    assert are_whole((1, np.int64(2)))
    assert are_whole([])
    assert are_whole(np.arange(1, 3))
    assert not are_whole(given)
