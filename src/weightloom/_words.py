"""How messages name what was given, and several things."""

from collections.abc import Iterable
from typing import Any


def listed(items: Iterable[Any], most: int = 12) -> str:
    """The items between commas; of a long list the first ones and the last.

    Args:
        items: what to name.
        most: how many items are named one by one.

    Examples:
        >>> listed([1, 2, 3]), listed(range(100), most=5), listed([])
        ('1, 2, 3', '0, 1, 2, 3, …, 99', 'none')
    """
    words = [str(item) for item in items]
    if len(words) > most:
        words = [*words[: min(most, 5) - 1], "…", words[-1]]
    return ", ".join(words) or "none"


def shown(given: Any, most: int = 60) -> str:
    """What was given, in one line that is not too long.

    Args:
        given: anything.
        most: characters; of a longer text the rest is left out.

    Examples:
        >>> shown("a word"), shown(list(range(100)), most=12)
        ("'a word'", '[0, 1, 2, 3…')
    """
    words = " ".join(repr(given).split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
