"""For mkdocstrings: a class with declared entries is documented as Python shows it, with one argument per entry."""

import inspect
from typing import Any

import griffe

from weightloom._settings import Settings
from weightloom._validation import Described


class DeclaredEntries(griffe.Extension):
    """Takes the docstring of such a class from the class itself, and its defaults from the declarations."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        if not cls.path.startswith("weightloom.") or cls.docstring is None:
            return
        found = griffe.dynamic_import(cls.path)
        if not (isinstance(found, type) and issubclass(found, Settings | Described)):
            return
        cls.docstring.value = inspect.cleandoc(found.__doc__ or "")
        for one in cls.attributes.values():
            if isinstance(one.value, griffe.ExprCall) and str(one.value.function) in ("entry", "setting"):
                default = one.value.arguments[0]
                one.value = None if str(default) == "..." else default
