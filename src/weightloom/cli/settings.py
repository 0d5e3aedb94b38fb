"""Entries of a model on the command line: NAME=VALUE."""

import ast
import dataclasses
from typing import Any

from weightloom.errors import InputError


def settings_of(described: type, entries: list[str]) -> dict[str, Any]:
    """Read entries of a description, such as code=50 or dynamics=512,512.

    Args:
        described: a dataclass, whose fields the entries name.
        entries: NAME=VALUE each; a value is a number, a word, or several of them between commas.

    Raises:
        InputError: if it has no such entry.
    """
    accepted = [field.name for field in dataclasses.fields(described)]
    found = {}
    for entry in entries:
        name, equals, text = entry.partition("=")
        if not equals or name not in accepted:
            raise InputError(f"--set {entry!r} cannot be used: give NAME=VALUE with one of {', '.join(accepted)}.")
        try:
            found[name] = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            found[name] = text
    return found
