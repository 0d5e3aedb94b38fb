"""Text for messages: lists of items, and the value of an argument."""

from collections.abc import Iterable
from typing import Any


def listed(items: Iterable[Any], most: int = 12) -> str:
    """Joins items with commas. A long list is shortened to its first items and the last one.

    Args:
        items: the items.
        most: longest list that is shown in full.

    Examples:
        >>> listed([1, 2, 3]), listed(range(100), most=5), listed([])
        ('1, 2, 3', '0, 1, 2, 3, …, 99', 'none')
    """
    words = [str(item) for item in items]
    if len(words) > most:
        words = [*words[: min(most, 5) - 1], "…", words[-1]]
    return ", ".join(words) or "none"


def shown(given: Any, most: int = 60) -> str:
    """The repr of a value on one line, truncated to a maximal length.

    Args:
        given: any value.
        most: maximal number of characters.

    Examples:
        >>> shown("a word"), shown(list(range(100)), most=12)
        ("'a word'", '[0, 1, 2, 3…')
    """
    words = " ".join(repr(given).split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
