"""Settings of scores from text, such as `mutual-knn.neighbours=20`."""

import dataclasses
from collections.abc import Mapping, Sequence

from weightloom.errors import InputError
from weightloom.similarity.scores import Score


def with_settings(chosen: Mapping[str, Score], settings: Sequence[str]) -> dict[str, Score]:
    """The scores with settings of one's own.

    Args:
        chosen: scores by name.
        settings: texts SCORE.SETTING=VALUE; a value is a number, a word, or numbers between commas.

    Returns:
        All of the scores, in the same order.

    Raises:
        InputError: if a text is of another form, names a score or a setting that is not there, or has a value that the
            score refuses.

    Examples:
        >>> from weightloom.similarity.scores import SCORES
        >>> with_settings({"gulp": SCORES["gulp"]}, ["gulp.penalty=0.1"])
        {'gulp': Gulp(penalty=0.1)}
    """
    found = dict(chosen)
    for text in settings:
        place, equals, value = text.partition("=")
        name, dot, setting = place.strip().partition(".")
        if not (equals and dot):
            raise InputError(f"setting {text!r} cannot be read: give SCORE.SETTING=VALUE, such as gulp.penalty=0.1.")
        if name not in found:
            raise InputError(f"setting {text!r} is of a score that was not asked for: these are {', '.join(found)}.")
        fields = [field.name for field in dataclasses.fields(found[name])]  # type: ignore[arg-type]
        if setting not in fields:
            known = f"it has {', '.join(fields)}" if fields else "it has none"
            raise InputError(f"{name} has no setting {setting!r}: {known}.")
        default = getattr(found[name], setting)
        found[name] = dataclasses.replace(found[name], **{setting: _value(text, value.strip(), default)})  # type: ignore[type-var]
    return found


def _value(text: str, value: str, default: object) -> object:
    """The value in the type of the one that it takes the place of."""
    if isinstance(default, str):
        return value
    try:
        if isinstance(default, tuple):
            return tuple(int(part) for part in value.split(",") if part)
        return type(default)(value)  # type: ignore[call-arg]
    except ValueError:
        raise InputError(f"setting {text!r} cannot be used: give a value such as {default!r}.") from None
