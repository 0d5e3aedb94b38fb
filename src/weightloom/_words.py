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


def counted(count: int, thing: str) -> str:
    """A number of things.

    Args:
        count: how many there are.
        thing: the word for one of them, whose plural ends in s.

    Examples:
        >>> counted(1, "output"), counted(3, "output"), counted(0, "output")
        ('1 output', '3 outputs', '0 outputs')
    """
    return f"{count} {thing}{'s' if count != 1 else ''}"


def shown(given: Any, most: int = 60) -> str:
    """The repr of a value on one line, truncated to a maximal length.

    Args:
        given: any value.
        most: maximal number of characters.

    Examples:
        >>> shown("a word"), shown(list(range(100)), most=12)
        ("'a word'", '[0, 1, 2, 3…')
    """
    return shortened(" ".join(repr(given).split()), most)


def shortened(text: str, most: int) -> str:
    """A text, truncated to a maximal length.

    Args:
        text: the text.
        most: maximal number of characters.

    Examples:
        >>> shortened("Σ|xᵢ|", 5), shortened("a long name", 5)
        ('Σ|xᵢ|', 'a lo…')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
