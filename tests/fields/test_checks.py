"""Numbers that users give."""

import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.fields.checks import check_positive, check_whole


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
