"""Numbers that users give, or the reason why they cannot be used."""

import math
import numbers
from typing import Any

from weightloom.errors import InputError


def check_whole(least: int = 1, /, **given: Any) -> None:
    """Checks that numbers are whole and not too small.

    Args:
        least: the smallest that can be used.
        given: the numbers by their names.

    Raises:
        InputError: naming the first that cannot be used.

    Examples:
        >>> check_whole(frames=3)
        >>> check_whole(0, first=-1)
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: first is -1: give a whole number of at least 0.
    """
    for name, number in given.items():
        if not isinstance(number, numbers.Integral) or isinstance(number, bool) or number < least:
            raise InputError(f"{name} is {number!r}: give a whole number of at least {least}.")


def check_positive(**given: float) -> None:
    """Checks that numbers are positive and finite.

    Args:
        given: the numbers by their names.

    Raises:
        InputError: naming the first that cannot be used.

    Examples:
        >>> check_positive(frame=float("nan"))
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: frame is nan: give a positive number.
    """
    for name, number in given.items():
        if not 0 < number < math.inf:
            raise InputError(f"{name} is {number}: give a positive number.")
