"""Checked descriptions: frozen sets of named entries whose values are checked when they are made.

An entry is one line. What it accepts, its default and its description stand there; validation, the command line and
the tests read them from there.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pydantic
from pydantic import ConfigDict, Field, ValidationError

from weightloom.errors import InputError


def entry(
    default: Any,
    description: str,
    *,
    flags: tuple[str, ...] = (),
    option: bool = True,
    example: str = "",
    before: Mapping[int, Any] | None = None,
    **limits: Any,
) -> Any:
    """One entry of a description.

    Args:
        default: its value when none is given; `...` when one must be given.
        description: one sentence for the documentation and the command line.
        flags: further names of the command-line option, beside the one that follows from the entry's name.
        option: whether there is a command-line option.
        example: for several values, how they are typed, such as "16,48,1".
        before: for an entry that older runs lack: from a schema's version to the value that all runs up to this
            version had.
        **limits: what pydantic's `Field` takes: `ge`, `gt`, `lt`, `le`, `min_length`.

    Returns:
        A field of a `Described` class.
    """
    extra: Any = {"flags": list(flags), "option": option, "example": example, "before": dict(before or {})}
    return Field(default, description=description, json_schema_extra=extra, **limits)


Own = TypeVar("Own", bound="Described")


class Described(pydantic.BaseModel):
    """A frozen set of named entries, checked when it is made.

    Raises:
        InputError: one sentence for the first entry that cannot be used.

    Examples:
        >>> from weightloom._validation import Described, entry
        >>> class Walk(Described):
        ...     steps: int = entry(10, "Steps to take.", ge=1)
        >>> Walk().steps
        10
        >>> Walk(steps=0)
        Traceback (most recent call last):
        weightloom.errors.InputError: steps 0 cannot be used: give at least 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    def __init__(self, **entries: Any) -> None:
        try:
            super().__init__(**{name: plain_value(value) for name, value in entries.items()})
        except ValidationError as error:
            raise InputError(_sentence(error, type(self), entries)) from None

    def replace(self: Own, **changes: Any) -> Own:
        """The same with some entries changed, checked again.

        Args:
            **changes: new values by the entries' names.

        Raises:
            InputError: for the first entry that cannot be used.
        """
        return type(self)(**(dict(self) | changes))


def plain_value(value: Any) -> Any:
    """NumPy's numbers as Python's, and lists and arrays as tuples, all the way down."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    return tuple(map(plain_value, value)) if isinstance(value, list | tuple) else value


def closest(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is not known: the one that was probably meant, and all that there are.

    Examples:
        >>> closest("step", ["seeds", "steps"])
        "did you mean 'steps'? There are seeds, steps."
    """
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]!r}? There are" if near else "use one of"
    return f"{meant} {', '.join(known)}."


_HINTS = {
    "greater_than_equal": "give at least {ge}",
    "greater_than": "give more than {gt}",
    "less_than_equal": "give at most {le}",
    "less_than": "give less than {lt}",
    "finite_number": "give a finite number",
    "int_type": "give a whole number",
    "int_from_float": "give a whole number",
    "float_type": "give a number",
    "bool_type": "give True or False",
    "string_type": "give a text",
    "tuple_type": "give several values, such as a tuple",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
}


def _sentence(error: ValidationError, owner: type[Described], entries: dict[str, Any]) -> str:
    first = error.errors()[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    name = str(first["loc"][0])
    if kind == "missing":
        return f"{name} was not given: {owner.model_fields[name].description}"
    if kind == "extra_forbidden":
        return f"{name!r} is no entry of {owner.__name__}: {_known(owner, name)}"
    value = entries.get(name, first["input"])
    if kind == "literal_error":
        return f"{name} {value!r} is unknown: use {_words(context['expected'])}."
    if kind not in _HINTS:
        return f"{name} {value!r} cannot be used: {_lower(first['msg'])}."
    return f"{name} {value!r} cannot be used: {_HINTS[kind].format(**context)}."


def _known(owner: type[Described], name: str) -> str:
    """What to say of an entry that there is not; its command-line option may have another name."""
    extras: dict[str, Any] = {known: field.json_schema_extra or {} for known, field in owner.model_fields.items()}
    for known, extra in extras.items():
        if f"--{name.replace('_', '-')}" in extra.get("flags", ()):
            return f"it is called {known!r}."
    return closest(name, [known for known, extra in extras.items() if extra.get("option", True)])


def _words(expected: str) -> str:
    return re.sub(r"'(\S+?)'", r"\1", expected)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
