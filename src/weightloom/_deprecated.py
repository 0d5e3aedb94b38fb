"""Names of the release before, which work for one more release and say what they are called now."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any


def with_old_names(package: str, get: Callable[[str], Any], new_names: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` that also knows old names.

    Args:
        package: the package's name, for the warning.
        get: the package's own `__getattr__`.
        new_names: the new name of each old one.

    Returns:
        A function from a name to the object, which warns when the name is an old one.

    Examples:
        >>> import warnings
        >>> get = with_old_names("wl", {"new": 1}.__getitem__, {"old": "new"})
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     get("old"), str(caught[0].message)
        (1, 'wl.old is called wl.new now; the old name goes with the next release.')
    """

    def get_any(name: str) -> Any:
        if name not in new_names:
            return get(name)
        new = new_names[name]
        message = f"{package}.{name} is called {package}.{new} now; the old name goes with the next release."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return get(new)

    return get_any
