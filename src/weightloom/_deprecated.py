"""Deprecated names of objects and arguments. An old name works for one more release and warns with the new name."""

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


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
        _warn(f"{package}.{name}", f"{package}.{new}", stacklevel=3)
        return get(new)

    return get_any


def with_former_arguments(**new_names: str) -> Callable[[Function], Function]:
    """A decorator of a function: arguments can also be given under their deprecated names.

    Args:
        **new_names: the new name of an argument, by its old name.

    Examples:
        >>> import warnings
        >>> @with_former_arguments(rate="learning_rate")
        ... def descend(learning_rate):
        ...     return learning_rate
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     descend(rate=0.1), str(caught[0].message)
        (0.1, 'rate is deprecated: use learning_rate. The next release removes the old name.')
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def with_old(*positional: Any, **named: Any) -> Any:
            return function(*positional, **present_names(named, new_names, stacklevel=3))

        return with_old  # type: ignore[return-value]

    return decorate


class FormerName:
    """A deprecated name of an attribute or a method: a descriptor that warns and returns the one of the new name.

    Args:
        new: the new name.

    Examples:
        >>> import warnings
        >>> class Law:
        ...     frames = 20
        ...     usual_frames = FormerName("frames")
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     Law().usual_frames, str(caught[0].message)
        (20, 'usual_frames is deprecated: use frames. The next release removes the old name.')
    """

    def __init__(self, new: str) -> None:
        self.new = new

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        _warn(self.name, self.new, stacklevel=3)
        return getattr(owner if instance is None else instance, self.new)


def present_names(named: Mapping[str, Any], new_names: Mapping[str, str], stacklevel: int = 2) -> dict[str, Any]:
    """Values under their new names, with a DeprecationWarning for each old name.

    Args:
        named: values by names.
        new_names: maps each old name to its new name.
        stacklevel: how far above this function the caller is that the warning names.

    Examples:
        >>> present_names({"steps": 3}, {"rate": "learning_rate"})
        {'steps': 3}
    """
    for name in named.keys() & new_names.keys():
        _warn(name, new_names[name], stacklevel + 2)
    return {new_names.get(name, name): value for name, value in named.items()}


def _warn(old: str, new: str, stacklevel: int) -> None:
    message = f"{old} is deprecated: use {new}. The next release removes the old name."
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)
