"""Validation of the sizes of networks."""

from collections.abc import Sequence

from weightloom._checks import are_whole
from weightloom._words import shown
from weightloom.errors import InputError


def checked_sizes(sizes: Sequence[int], least: int = 2) -> tuple[int, ...]:
    """Validates the sizes of a network.

    Args:
        sizes: widths from input to output.
        least: minimal number of widths.

    Returns:
        The widths as a tuple.

    Raises:
        InputError: if there are fewer than `least` widths, or a width is not a whole number of at least 1.

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
