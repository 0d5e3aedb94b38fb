"""Sizes of networks, checked before anything is made of them."""

from collections.abc import Sequence

from weightloom._checks import are_whole
from weightloom._words import shown
from weightloom.errors import InputError


def checked_sizes(sizes: Sequence[int], least: int = 2) -> tuple[int, ...]:
    """The sizes of a network as a tuple, if they can be used.

    Args:
        sizes: widths from input to output.
        least: how many of them there must be.

    Returns:
        The same widths.

    Raises:
        InputError: if there are too few, or one is no whole number of at least 1.

    Examples:
        >>> checked_sizes((16, 48, 1))
        (16, 48, 1)
    """
    if not are_whole(sizes) or len(sizes) < least:
        raise InputError(
            f"sizes {shown(sizes)} cannot be used: give {_WORDS[least]} or more whole numbers of at least 1, "
            "from input to output, such as (16, 48, 1)."
        )
    return tuple(int(width) for width in sizes)


_WORDS = {2: "two", 3: "three"}
