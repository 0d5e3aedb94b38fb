"""Choosing layers by patterns of their names."""

import dataclasses
import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any

from weightloom._words import listed, shown
from weightloom.errors import InputError

SHOWN = 8


def chosen(names: Iterable[str], patterns: str | Sequence[str]) -> list[str]:
    """The names that match at least one pattern, in their own order.

    Args:
        names: names of layers, with dots between the parts of a path.
        patterns: a name, or a pattern in which `*` stands for a part of the path, or several. `**` stands for any name.

    Raises:
        InputError: if a pattern matches no name.

    Examples:
        >>> chosen(["layer1", "layer1.conv", "layer2", "head"], "layer*")
        ['layer1', 'layer2']
        >>> chosen(["layer1", "layer1.conv", "head"], ["head", "*.conv"])
        ['layer1.conv', 'head']
    """
    names = list(names)
    wanted = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(wanted, Sequence) or not wanted or not all(isinstance(one, str) for one in wanted):
        raise InputError(
            f"layers {shown(patterns)} cannot be used: give a name, a pattern such as 'layer*', or several."
        )
    for pattern in wanted:
        if not any(matches(name, pattern) for name in names):
            known = listed(names, SHOWN)
            raise InputError(f"no layer matches {pattern!r}: use `*` for one part of a name, as in {known}.")
    return [name for name in names if any(matches(name, pattern) for pattern in wanted)]


def matches(name: str, pattern: str) -> bool:
    """Whether a name matches a pattern, part by part."""
    if pattern == "**":
        return True
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def first_array(output: Any) -> Any:
    """The features in what a layer returns: itself, or the first array in a tuple, a list, a dictionary or a dataclass.

    Returns:
        The array. None if there is none.

    Examples:
        >>> import numpy as np
        >>> first_array((None, {"hidden": np.ones(3)})).tolist()
        [1.0, 1.0, 1.0]
    """
    if hasattr(output, "shape"):
        return output
    if hasattr(output, "values") and callable(output.values):
        output = list(output.values())
    elif dataclasses.is_dataclass(output) and not isinstance(output, type):
        output = [getattr(output, one.name) for one in dataclasses.fields(output)]
    if isinstance(output, tuple | list):
        return next((found for one in output if (found := first_array(one)) is not None), None)
    return None


def keep(found: dict[str, Any], name: str, array: Any) -> None:
    """Adds the features of a call of a layer, as `name:2` for its second call, and so on.

    Args:
        found: features by name.
        name: name of the layer.
        array: the features. None if the layer returns none.

    Examples:
        >>> import numpy as np
        >>> found = {}
        >>> for _ in range(3):
        ...     keep(found, "layer", np.ones(3))
        >>> list(found)
        ['layer', 'layer:2', 'layer:3']
    """
    calls = sum(1 for known in found if known.split(":")[0] == name)
    if array is not None:
        found[name if not calls else f"{name}:{calls + 1}"] = array
