"""Every public name is documented: what it does, its arguments, an example, a place in the reference."""

import inspect
import types
from pathlib import Path

import pytest

import weightloom as wl

REFERENCE = Path(__file__).parents[1] / "docs" / "reference.md"
NAMES = sorted(name for name in vars(wl) if not name.startswith("_"))
OBJECTS = [name for name in NAMES if not isinstance(getattr(wl, name), types.ModuleType)]
FUNCTIONS = [name for name in OBJECTS if inspect.isfunction(getattr(wl, name))]


@pytest.mark.parametrize("name", OBJECTS)
def test_is_documented_and_in_the_reference(name):
    assert inspect.getdoc(getattr(wl, name))
    assert f"::: weightloom.{name}\n" in REFERENCE.read_text()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_function_is_described(name):
    function = getattr(wl, name)
    described = inspect.getdoc(function)
    for parameter in inspect.signature(function).parameters:
        assert f"{parameter}: " in described, f"{name} does not describe {parameter}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_come_with_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(wl, name)), f"{name} has no example"
