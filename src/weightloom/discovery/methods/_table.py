"""The table of training methods."""

from weightloom.discovery.methods.adam import AdamMethod
from weightloom.discovery.methods.base import Method
from weightloom.discovery.methods.hypernetwork import HypernetworkMethod
from weightloom.errors import InputError

METHODS: dict[str, Method] = {method.name: method for method in (HypernetworkMethod(), AdamMethod())}
"""The training methods by name."""


def find_method(name: str) -> Method:
    """Look up a training method.

    Args:
        name: one of `METHODS`.

    Returns:
        The method.

    Raises:
        InputError: if the name is unknown.

    Examples:
        >>> find_method("adam").name
        'adam'
    """
    if name not in METHODS:
        raise InputError(f"method {name!r} is unknown: use one of {', '.join(METHODS)}.")
    return METHODS[name]
