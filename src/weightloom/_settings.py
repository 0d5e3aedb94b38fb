"""Settings from text, such as `penalty=0.1`: how commands change a description's entries."""

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar

from weightloom.errors import InputError

Described = TypeVar("Described")


def with_settings(described: Described, name: str, settings: Sequence[str]) -> Described:
    """A frozen dataclass with some entries changed.

    Args:
        described: a dataclass with a value for every entry, such as a score, a PDE or a model.
        name: what messages call it.
        settings: ENTRY=VALUE each; a value is a number, a word, or several of them between commas, as the one that it
            takes the place of.

    Returns:
        The same with these entries.

    Raises:
        InputError: if a text is of another form, names no entry, or has a value that cannot be used.

    Examples:
        >>> from weightloom.architectures import SIREN
        >>> with_settings(SIREN((2, 8, 1)), "siren", ["sizes=2,16,1", "frequency=20"])
        SIREN(sizes=(2, 16, 1), frequency=20.0)
    """
    usual = {one.name: getattr(described, one.name) for one in dataclasses.fields(described)}  # type: ignore[arg-type]
    # What is None or empty unless told otherwise is filled in from the data.
    settable = [entry for entry, value in usual.items() if value is not None and value != ()]
    changes = {}
    for text in settings:
        entry, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"setting {text!r} cannot be read: give ENTRY=VALUE.")
        if entry not in settable:
            known = f"it has {', '.join(settable)}" if settable else "it has none"
            raise InputError(f"{name} has no setting {entry!r}: {known}.")
        changes[entry] = _read(text, value.strip(), usual[entry])
    return dataclasses.replace(described, **changes)  # type: ignore[type-var]


def _read(text: str, value: str, usual: Any) -> Any:
    """The value in the type of the one that it takes the place of."""
    try:
        if isinstance(usual, tuple):
            return tuple(type(usual[0])(part) for part in value.split(",") if part)
        if isinstance(usual, bool):
            return {"true": True, "false": False}[value.lower()]
        return type(usual)(value)
    except (ValueError, KeyError):
        shown = ",".join(map(str, usual)) if isinstance(usual, tuple) else usual
        raise InputError(f"setting {text!r} cannot be used: give a value such as {shown}.") from None
