"""Settings: frozen dataclasses whose entries are checked as those of configs are, and changed by text from a command.

A setting is one line: its type, its default, its limits and its description stand there.
"""

import dataclasses
import functools
import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

from annotated_types import Ge

from weightloom._deprecated import with_former_arguments
from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom._validation import Described

Own = TypeVar("Own")
Whole = Annotated[int, Ge(1)]
"""The type of the entries of a tuple of positive whole numbers."""


def setting(default: Any, description: str, *, choices: Iterable[str] = (), **limits: Any) -> Any:
    """One entry of `Settings`.

    Args:
        default: its value when none is given; `...` when one must be given.
        description: one sentence for the documentation.
        choices: the words that there are, for an entry that is one of them.
        **limits: what `weightloom._validation.entry` takes: `ge`, `gt`, `lt`, `le`, `multiple_of`, `min_length`,
            `example`.

    Returns:
        A field of a dataclass.
    """
    metadata = {"description": description, "choices": tuple(choices), "limits": limits}
    return dataclasses.field(default=dataclasses.MISSING if default is ... else default, metadata=metadata)


class Settings:
    """The base of frozen dataclasses with settings: models, scores, PDEs and architectures.

    Lists become tuples, and NumPy's numbers those of Python. A subclass that gives an entry another default keeps the
    entry's limits. Fields that are not made by `setting` are left as they are.

    Raises:
        InputError: one sentence for the first entry that cannot be used.

    Examples:
        >>> import dataclasses
        >>> from weightloom._settings import Settings, setting
        >>> @dataclasses.dataclass(frozen=True)
        ... class Walk(Settings):
        ...     stride: float = setting(0.7, "Metres per step.", gt=0)
        >>> Walk(stride=-1.0)
        Traceback (most recent call last):
        weightloom.errors.InputError: stride -1.0 cannot be used: give a positive number.
    """

    former_names: ClassVar[Mapping[str, str]] = {}
    """From the name that a setting had in the last release to its name now."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        found = {name: value for base in reversed(cls.__mro__) for name, value in _own(base).items()}
        cls.__doc__ = with_entries(cls.__doc__, {name: one.metadata["description"] for name, one in found.items()})

    def __post_init__(self) -> None:
        from weightloom._validation import plain_value

        described = _described(type(self))  # type: ignore[arg-type] # a class is hashable
        given = {name: plain_value(getattr(self, name)) for name in described.model_fields}
        described(**given)
        for name, value in given.items():
            object.__setattr__(self, name, value)


def with_former_names(**former_names: str) -> Callable[[type[Own]], type[Own]]:
    """A decorator of a dataclass with settings: they can also be given under their names in the last release.

    Args:
        **former_names: the name now, by the former name.

    Examples:
        >>> import warnings
        >>> from weightloom.fields import DINo
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     DINo(code_rate=0.1).code_learning_rate, str(caught[0].message)
        (0.1, 'code_rate is deprecated: use code_learning_rate. The next release removes the old name.')
    """

    def decorate(kind: type[Own]) -> type[Own]:
        kind.__init__ = with_former_arguments(**former_names)(kind.__init__)  # type: ignore[method-assign]
        kind.former_names = former_names  # type: ignore[attr-defined]
        return kind

    return decorate


def with_entries(doc: str | None, descriptions: Mapping[str, str]) -> str | None:
    """A class's docstring with a section for its entries, before the sections that follow arguments.

    Args:
        doc: the docstring.
        descriptions: of the entries by their names.

    Examples:
        >>> print(with_entries("A walk.", {"steps": "Steps to take."}))
        A walk.
        <BLANKLINE>
        Args:
            steps: Steps to take.
    """
    if not doc or not descriptions:
        return doc
    first, *others = re.split(r"\n\n(?=(?:Raises|Examples):\n)", inspect.cleandoc(doc))
    section = "\n".join(["Args:", *(f"    {name}: {text}" for name, text in descriptions.items())])
    return "\n\n".join([first, section, *others])


def _own(kind: type) -> dict[str, "dataclasses.Field[Any]"]:
    """The fields that `setting` made in a class, whether or not it is a dataclass yet."""
    fields = vars(kind).get("__dataclass_fields__", vars(kind))
    made = {name: one for name, one in fields.items() if isinstance(one, dataclasses.Field)}
    return {name: one for name, one in made.items() if "limits" in one.metadata}


@functools.cache
def _described(kind: type) -> "type[Described]":
    """The description that checks a dataclass: pydantic is not imported before it is needed."""
    import pydantic

    from weightloom._validation import Described, entry

    entries: dict[str, Any] = {}
    for one in dataclasses.fields(kind):
        declared = next((found[one.name] for base in kind.__mro__ if one.name in (found := _own(base))), None)
        if declared is not None:
            told = declared.metadata
            limited = entry(..., told["description"], **told["limits"])
            entries[one.name] = (Literal[told["choices"]] if told["choices"] else declared.type, limited)
    return typing.cast("type[Described]", pydantic.create_model(kind.__name__, __base__=Described, **entries))


def with_settings(described: Own, name: str, settings: Sequence[str]) -> Own:
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
        entry = getattr(described, "former_names", {}).get(entry, entry)
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
