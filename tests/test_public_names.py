"""Every public name is documented: what it does, its arguments, an example, a place in the reference."""

import inspect
import re
import types
from pathlib import Path

import pytest

import weightloom as wl

DOCS = Path(__file__).parents[1] / "docs"
ROOMS = {"weightloom": (wl, "reference.md"), "weightloom.fields": (wl.fields, "fields.md")}
OBJECTS = {
    f"{room}.{name}": (value, page)
    for room, (module, page) in ROOMS.items()
    for name, value in vars(module).items()
    if not name.startswith("_") and not isinstance(value, types.ModuleType | dict)
}
FUNCTIONS = [name for name, (value, _) in OBJECTS.items() if inspect.isfunction(value)]


def is_described(parameter, text):
    """Alone, or in a list of those that have one description."""
    return re.search(rf"^ *(\w+, )*[*]*{parameter}(, \w+)*: ", text, re.M)


@pytest.mark.parametrize("name", OBJECTS)
def test_is_documented_and_in_the_reference(name):
    value, page = OBJECTS[name]
    assert inspect.getdoc(value)
    assert f"::: {name}\n" in (DOCS / page).read_text()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_function_is_described(name):
    function, _ = OBJECTS[name]
    described = inspect.getdoc(function)
    for parameter in inspect.signature(function).parameters:
        assert is_described(parameter, described), f"{name} does not describe {parameter}"


METHODS = {
    f"{name}.{method}": (value, method)
    for name, (value, _) in OBJECTS.items()
    if inspect.isclass(value)
    for method, function in vars(value).items()
    if not method.startswith("_") and inspect.isfunction(function)
}


@pytest.mark.parametrize("name", METHODS)
def test_every_argument_of_a_method_is_described_there_or_where_it_is_declared(name):
    owner, method = METHODS[name]
    declared = [vars(base)[method] for base in owner.__mro__ if method in vars(base)]
    described = "\n".join(filter(None, map(inspect.getdoc, declared)))
    for parameter in list(inspect.signature(declared[0]).parameters)[1:]:
        assert is_described(parameter, described), f"{name} does not describe {parameter}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_come_with_an_example(name):
    assert ">>>" in inspect.getdoc(OBJECTS[name][0]), f"{name} has no example"
