"""Options of a command from the entries of a config: one option per entry, with its default and description."""

import functools
import inspect
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic_core import PydanticUndefined

from weightloom._validation import Described
from weightloom.errors import InputError


def options_of(
    described: type[Described], defaults: dict[str, Any] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every entry of a config that has one.

    The command's last parameter is called `entries`: it gets the entries that the user gave, by name.

    Args:
        described: the config's class.
        defaults: what the command takes instead of the config's own defaults.

    Returns:
        A decorator of commands.
    """
    changed = defaults or {}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [one for one in inspect.signature(command).parameters.values() if one.name != "entries"]
        taken = {one.name for one in own}
        names = [name for name in described.model_fields if name not in taken and _extra(described, name)["option"]]
        options = [_parameter(described, name, changed) for name in names]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            entries = {name: _read(described, name, given.pop(name)) for name in names}
            command(**given, entries={name: value for name, value in entries.items() if value is not None})

        run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in [*own, *options]} | {"return": None}
        return run

    return decorate


def numbers(text: str, name: str, example: str, kind: type = int) -> tuple[Any, ...]:
    """Read numbers such as 16,48,1.

    Args:
        text: what was typed.
        name: what the option is called.
        example: something that would be accepted.
        kind: int or float.

    Raises:
        InputError: if it is anything else.
    """
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        several = "whole numbers" if kind is int else "numbers"
        raise InputError(f"{name} {text!r} cannot be read: give {several} between commas, such as {example}.") from None


def _extra(described: type[Described], name: str) -> dict[str, Any]:
    return described.model_fields[name].json_schema_extra or {}  # type: ignore[return-value]


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _parameter(described: type[Described], name: str, changed: dict[str, Any]) -> inspect.Parameter:
    field, extra = described.model_fields[name], _extra(described, name)
    kind = _plain(field.annotation)
    default = changed.get(name, None if field.default is PydanticUndefined else field.default)
    settings: dict[str, Any] = {"help": field.description}
    if kind is tuple:
        settings["metavar"] = extra["example"].upper() if extra["example"].isalpha() else extra["example"]
        default = None if default is None else ",".join(f"{value:g}" for value in default)
        kind = str
    flags = (_flag(name), *extra["flags"])
    annotation: Any = kind if default is not None else kind | None
    annotated = Annotated[annotation, typer.Option(*flags, **settings)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotated)


def _read(described: type[Described], name: str, value: Any) -> Any:
    """What was given for an entry, as the config takes it: values between commas as a tuple."""
    field = described.model_fields[name]
    if _plain(field.annotation) is not tuple or value is None:
        return value
    kinds = get_args(field.annotation)
    example = _extra(described, name)["example"]
    given = numbers(value, _flag(name), example, kinds[0])
    if Ellipsis not in kinds and len(given) != len(kinds):
        raise InputError(f"{_flag(name)} {value!r} cannot be read: give {len(kinds)} numbers, such as {example}.")
    return given


def _plain(annotation: Any) -> Any:
    """The type that an option's text is turned into."""
    if get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is Literal:
        return str
    return get_origin(annotation) or annotation
