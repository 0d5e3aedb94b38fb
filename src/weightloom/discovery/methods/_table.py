"""The table of training methods."""

from weightloom._checks import check_choice
from weightloom.discovery.methods.adam import AdamMethod
from weightloom.discovery.methods.base import Method
from weightloom.discovery.methods.hypernetwork import HypernetworkMethod

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
    check_choice("method", name, METHODS)
    return METHODS[name]
