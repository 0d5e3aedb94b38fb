"""Encoding of strings as small integers, with the CF conventions' attributes `flag_values` and `flag_meanings`."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Int8, Shaped

from weightloom.errors import InputError, RunError

MOST = 127
_WORD = re.compile(r"[\w.+@-]+", re.ASCII)


def meanings_of(name: str, variable: xr.Variable, listed: bool) -> list[str]:
    """The strings that a variable may contain.

    Args:
        name: name of the variable in error messages.
        variable: a variable of strings.
        listed: whether the attribute `flag_meanings` must list the possible strings, separated by spaces. If False and
            the attribute is missing, the possible strings are the values of the variable, in order.

    Raises:
        InputError: if the attribute is required and missing, or there are more than 127 strings, or a string is not
            a valid CF flag meaning.

    Examples:
        >>> import xarray as xr
        >>> from weightloom.runs.flags import meanings_of
        >>> meanings_of("side", xr.Variable("side", ["encoder", "decoder"]), listed=False)
        ['encoder', 'decoder']
    """
    if "flag_meanings" in variable.attrs:
        meanings = str(variable.attrs["flag_meanings"]).split()
    elif listed:
        raise InputError(f"measure {name!r} holds strings: list all possible ones in its attribute flag_meanings.")
    else:
        meanings = list(dict.fromkeys(map(str, variable.values.ravel())))
    if not 1 <= len(meanings) <= MOST or not all(map(_WORD.fullmatch, meanings)):
        raise InputError(f"{name!r} has the strings {meanings[:5]}…: give up to {MOST}, of letters, digits and _-.+@.")
    return meanings


def to_flags(name: str, strings: Shaped[np.ndarray, "*shape"], meanings: Sequence[str]) -> Int8[np.ndarray, "*shape"]:
    """Replaces strings with their indices in `meanings`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.runs.flags import to_flags
        >>> to_flags("side", np.array(["decoder", "encoder"]), ["encoder", "decoder"])
        array([1, 0], dtype=int8)

    Raises:
        InputError: if a string is not in `meanings`.
    """
    index = {meaning: position for position, meaning in enumerate(meanings)}
    unknown = sorted(set(map(str, strings.ravel())) - index.keys())
    if unknown:
        raise InputError(f"{name!r} holds {unknown[0]!r}: its flag_meanings are {', '.join(meanings)}.")
    flags = [index[str(string)] for string in strings.ravel()]
    return np.array(flags, np.int8).reshape(strings.shape)


def from_flags(
    name: str, flags: Int8[np.ndarray, "*shape"], meanings: Sequence[str], owner: Path | str
) -> Shaped[np.ndarray, "*shape"]:
    """Replaces indices with the strings in `meanings`: the inverse of `to_flags`.

    Raises:
        RunError: if an index is out of range. The message names `owner`, such as a file.
    """
    wrong = flags[(flags < 0) | (flags >= len(meanings))]
    if wrong.size:
        raise RunError(f"{owner}: {name!r} holds the flag {wrong.flat[0]}: flags are 0 to {len(meanings) - 1}.")
    return np.array(meanings)[flags]
