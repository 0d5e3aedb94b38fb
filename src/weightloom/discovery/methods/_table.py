"""Methods: ways to obtain networks that compute a task: the table of the members."""

from weightloom._checks import check_choice
from weightloom.discovery.methods.adam import AdamMethod
from weightloom.discovery.methods.base import Method
from weightloom.discovery.methods.hypernetwork import HypernetworkMethod

METHODS: dict[str, Method] = {method.name: method for method in (HypernetworkMethod(), AdamMethod())}
"""The methods of training by name."""


def find_method(name: str) -> Method:
    """The method of this name.

    Args:
        name: one of `METHODS`.

    Raises:
        InputError: if there is none.

    Examples:
        >>> find_method("adam").name
        'adam'
    """
    check_choice("method", name, METHODS)
    return METHODS[name]
