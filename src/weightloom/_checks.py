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
        weightloom.errors.InputError: first -1 cannot be used: give a whole number of at least 0.
    """
    for name, number in given.items():
        if not is_whole(number, least):
            raise InputError(f"{name} {shown(number)} cannot be used: give a whole number of at least {least}.")


def check_widths(**given: Any) -> None:
    """Checks that arguments are sequences of positive whole numbers; they may be empty.

    Args:
        given: the sequences by their names.

    Raises:
        InputError: naming the first that cannot be used.

    Examples:
        >>> check_widths(hidden=(8, 0))
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: hidden (8, 0) cannot be used: give a tuple of whole numbers of at least 1.
    """
    for name, widths in given.items():
        if not (isinstance(widths, Sequence | np.ndarray) and all(map(is_whole, widths))):
            raise InputError(f"{name} {shown(widths)} cannot be used: give a tuple of whole numbers of at least 1.")


def check_positive(zero: bool = False, /, **given: Any) -> None:
    """Checks that numbers are positive and finite.

    Args:
        zero: whether 0 can be used too.
        given: the numbers by their names.

    Raises:
        InputError: naming the first that cannot be used.

    Examples:
        >>> check_positive(frame=float("nan"))
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: frame nan cannot be used: give a positive number.
    """
    for name, number in given.items():
        if not is_real(number) or not 0 <= number < math.inf or (number == 0 and not zero):
            wanted = "0 or a positive number" if zero else "a positive number"
            raise InputError(f"{name} {shown(number)} cannot be used: give {wanted}.")


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


def is_real(number: Any) -> bool:
    """Whether something is a number that can be compared, from Python, NumPy or an array of one."""
    if isinstance(number, bool | str) or number is None:
        return False
    return isinstance(number, numbers.Real) or (
        getattr(number, "shape", None) == () and getattr(number.dtype, "kind", "") in "iuf"
    )
