"""Numbers and names that users give, or the reason why they cannot be used."""

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from weightloom._words import shown
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
        if not is_whole(number, least):
            raise InputError(f"{name} is {number!r}: give a whole number of at least {least}.")


def check_positive(**given: Any) -> None:
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
        if not is_real(number) or not 0 < number < math.inf:
            raise InputError(f"{name} is {number!r}: give a positive number.")


def check_choice(kind: str, given: Any, choices: Iterable[str]) -> None:
    """Checks that a name is one of those that there are.

    Args:
        kind: what has the name.
        given: the name.
        choices: the names that there are.

    Raises:
        InputError: if it is none of them.

    Examples:
        >>> check_choice("layout", "circular", ["layered", "force-directed"])
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: layout 'circular' is unknown: use one of layered, force-directed.
    """
    choices = list(choices)
    if not isinstance(given, str) or given not in choices:
        raise InputError(f"{kind} {shown(given)} is unknown: use one of {', '.join(choices)}.")


def is_whole(number: Any, least: int = 1) -> bool:
    """Whether something is a whole number and not too small."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and bool(number >= least)


def are_whole(given: Any, least: int = 1) -> bool:
    """Whether something is a sequence of whole numbers, none of them too small; it may be empty.

    Examples:
        >>> are_whole((64, 64)), are_whole([]), are_whole(64), are_whole("64")
        (True, True, False, False)
    """
    return isinstance(given, Sequence | np.ndarray) and all(is_whole(number, least) for number in given)


def is_real(number: Any) -> bool:
    """Whether something is a number that can be compared, from Python, NumPy or an array of one."""
    if isinstance(number, bool | str) or number is None:
        return False
    return isinstance(number, numbers.Real) or (
        getattr(number, "shape", None) == () and getattr(number.dtype, "kind", "") in "iuf"
    )
