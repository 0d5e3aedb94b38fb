"""Checked descriptions: frozen sets of named entries whose values are checked when they are made.

An entry is one line. What it accepts, its default and its description stand there; validation, the command line and
the tests read them from there.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

import pydantic
from pydantic import ConfigDict, Field, ValidationError

from weightloom._settings import with_entries
from weightloom._words import shown
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
        **limits: what pydantic's `Field` takes: `ge`, `gt`, `lt`, `le`, `multiple_of`, `min_length`.

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
        weightloom.errors.InputError: steps 0 cannot be used: give a whole number of at least 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    def __init__(self, **entries: Any) -> None:
        try:
            super().__init__(**{name: plain_value(value) for name, value in entries.items()})
        except ValidationError as error:
            raise InputError(_sentence(error, type(self), entries)) from None

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        cls.__doc__ = with_entries(cls.__doc__, {name: one.description or "" for name, one in cls.model_fields.items()})

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
    return tuple(map(plain_value, value)) if isinstance(value, list | tuple | range) else value


def closest(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is not known: the one that was probably meant, and all that there are.

    Examples:
        >>> closest("step", ["seeds", "steps"])
        "did you mean 'steps'? There are seeds, steps."
    """
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]!r}? There are" if near else "use one of"
    return f"{meant} {', '.join(known)}."


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
    field = owner.model_fields[name]
    given = shown(entries.get(name, first["input"]))
    if kind == "literal_error":
        choices = get_args(field.annotation)
        several = f"one of {', '.join(choices)}" if len(choices) > 2 else " or ".join(choices)
        return f"{name} {given} is unknown: use {several}."
    example = (field.json_schema_extra or {}).get("example")  # type: ignore[union-attr]
    such = f", such as {example}" if example else ""
    return f"{name} {given} cannot be used: give {accepted(field.annotation, field.metadata)}{such}."


def accepted(kind: Any, limits: Sequence[Any] = (), several: bool = False) -> str:
    """What an entry takes, in words.

    Args:
        kind: its type.
        limits: what pydantic keeps of `ge`, `gt`, `le`, `lt`, `multiple_of` and `min_length`.
        several: whether to speak of more than one.

    Examples:
        >>> accepted(int, Field(ge=1).metadata), accepted(tuple[float, float])
        ('a whole number of at least 1', 'a tuple of 2 finite numbers')
    """
    kinds, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return accepted(kinds[0], kinds[1:], several)
    if type(None) in kinds:
        return f"{accepted(kinds[0], limits)} or None"
    bounds = {name: getattr(one, name) for one in limits for name in _BOUNDS if hasattr(one, name)}
    if origin is tuple:
        each = accepted(kinds[0], several=True)
        if "min_length" in bounds:
            return f"{_NUMERALS[bounds['min_length']]} or more {each}"
        return f"a tuple of {each if Ellipsis in kinds else f'{len(kinds)} {each}'}"
    if kind is int:
        noun, low, high = "whole number", bounds.get("ge"), bounds.get("le", bounds.get("lt", 0) - 1)
        ends = [f"from {low} to {high}"] if high > 0 else [] if low is None else [f"at least {low}"]
    elif kind is float:
        noun = "number" if bounds.keys() - {"gt"} else "positive number" if bounds else "finite number"
        ends = [f"{word} {bounds[name]}" for name, word in _BOUNDS.items() if name in bounds and noun == "number"]
    else:
        return _PLAIN.get(origin or kind, getattr(kind, "__name__", str(kind)))
    if bounds.get("multiple_of") == 2:
        noun = "even number"
    named = f"{noun}s" if several else f"{'an' if noun[0] == 'e' else 'a'} {noun}"
    return f"{named} {'of ' if ends and ends[0].startswith('at') else ''}{' and '.join(ends)}".strip()


_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "multiple_of": "", "min_length": ""}
_NUMERALS = {1: "one", 2: "two", 3: "three"}
_PLAIN = {bool: "True or False", str: "a text", Mapping: "a mapping"}


def _known(owner: type[Described], name: str) -> str:
    """What to say of an entry that there is not; its command-line option may have another name."""
    extras: dict[str, Any] = {known: field.json_schema_extra or {} for known, field in owner.model_fields.items()}
    for known, extra in extras.items():
        if f"--{name.replace('_', '-')}" in extra.get("flags", ()):
            return f"it is called {known!r}."
    return closest(name, [known for known, extra in extras.items() if extra.get("option", True)])
