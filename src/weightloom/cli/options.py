"""Command-line options derived from the entries of a config."""

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
    """Add one option per config entry to a command.

    The command's last parameter must be called `entries`. It receives a dict of the values that are not None, by
    entry.

    Args:
        described: the class of the config.
        defaults: defaults that replace those of the config, by entry.

    Returns:
        A decorator for the command.
    """
    changed = defaults or {}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        explicit = [one for one in inspect.signature(command).parameters.values() if one.name != "entries"]
        reserved = {one.name for one in explicit}
        names = [name for name in described.model_fields if name not in reserved and _extra(described, name)["option"]]
        options = [_parameter(described, name, changed) for name in names]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            entries = {name: _read(described, name, given.pop(name)) for name in names}
            command(**given, entries={name: value for name, value in entries.items() if value is not None})

        run.__signature__ = inspect.Signature([*explicit, *options])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in [*explicit, *options]} | {"return": None}
        return run

    return decorate


def numbers(text: str, name: str, example: str, kind: type = int) -> tuple[Any, ...]:
    """Read comma-separated numbers, such as 16,48,1.

    Args:
        text: the value of the option.
        name: the name of the option, for the error message.
        example: a valid value, for the error message.
        kind: int or float. The default is int.

    Returns:
        The numbers.

    Raises:
        InputError: if the text is not a list of such numbers.
    """
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        several = "whole numbers" if kind is int else "numbers"
        raise InputError(
            f"{name} {text!r} cannot be read: give {several} separated by commas, such as {example}."
        ) from None


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
    """Convert the value of an option to that of the entry: comma-separated values become a tuple."""
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
    """The type of the option for an annotated entry."""
    if get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is Literal:
        return str
    return get_origin(annotation) or annotation
