"""Deprecated names of public objects. An old name works for one more release and warns with the new name."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any


def with_old_names(package: str, get: Callable[[str], Any], new_names: Mapping[str, str]) -> Callable[[str], Any]:
    """Adds deprecated names to a package's `__getattr__`.

    Args:
        package: name of the package, shown in the warning.
        get: the package's `__getattr__` without the old names.
        new_names: maps each old name to its new name.

    Returns:
        A `__getattr__` that resolves current and old names. An old name raises a DeprecationWarning.

    Examples:
        >>> import warnings
        >>> get = with_old_names("wl", {"new": 1}.__getitem__, {"old": "new"})
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     get("old"), str(caught[0].message)
        (1, 'wl.old is deprecated: use wl.new. The next release removes the old name.')
    """

    def get_any(name: str) -> Any:
        if name not in new_names:
            return get(name)
        new = new_names[name]
        message = f"{package}.{name} is deprecated: use {package}.{new}. The next release removes the old name."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return get(new)

    return get_any
