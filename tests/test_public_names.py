"""Every public name is documented: what it does, its arguments, an example, a place in the API's pages."""

import functools
import importlib
import inspect
import re
import types
from pathlib import Path

import griffe
import pytest

import weightloom as wl

DOCS = Path(__file__).parents[1] / "docs" / "api"
SOURCE = Path(wl.__file__).parent
PACKAGES = {
    ".".join(("weightloom", *folder.parts)): importlib.import_module(".".join(("weightloom", *folder.parts)))
    for folder in (stub.parent.relative_to(SOURCE) for stub in sorted(SOURCE.rglob("__init__.pyi")))
    if not any(part.startswith("_") or part == "cli" for part in folder.parts)
}


def public(package):
    """The objects that a package gives by its own name, without packages."""
    module = PACKAGES[package]
    values = {f"{package}.{name}": getattr(module, name) for name in module.__all__}
    return {name: value for name, value in values.items() if not isinstance(value, types.ModuleType)}


def functions(package):
    return {name: value for name, value in public(package).items() if inspect.isfunction(value)}


def methods(package):
    """What the classes of a package declare, each with the same method of the classes that they extend."""
    for name, value in public(package).items():
        for method, function in vars(value).items() if inspect.isclass(value) else ():
            if not method.startswith("_") and inspect.isfunction(function):
                yield f"{name}.{method}", [vars(base)[method] for base in value.__mro__ if method in vars(base)]


def undescribed(function, text, skipped=0):
    """The parameters that a text does not describe, alone or in a list of those that have one description."""
    parameters = list(inspect.signature(function).parameters)[skipped:]
    return [one for one in parameters if not re.search(rf"^ *(\w+, )*[*]*{one}(, \w+)*: ", text, re.M)]


@functools.cache
def entries():
    """The page of every name that has an entry in the API."""
    pages = {page.name: page.read_text() for page in DOCS.glob("*.md")}
    found = [(name, page) for page, text in pages.items() for name in re.findall(r"^::: (\S+)$", text, re.M)]
    assert len(found) == len(dict(found))
    return dict(found)


@functools.cache
def source():
    """The package as the API's pages see it, from its source."""
    return griffe.load("weightloom", search_paths=[SOURCE.parent], resolve_aliases=True, allow_inspection=False)


def entry_of(value):
    """The names under which an object has an entry."""
    return [name for name in entries() if public(name.rpartition(".")[0]).get(name) is value]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_has_one_entry_in_the_api(package):
    wrong = {name: found for name, value in public(package).items() if len(found := entry_of(value)) != 1}
    assert not wrong, "give each of these one entry in docs/api"


def test_an_entry_stands_on_the_page_of_its_package():
    pages = {name: name.split(".")[1] if name.count(".") > 1 else "index" for name in entries()}
    assert {name: f"{page}.md" for name, page in pages.items()} == entries()


def test_the_first_page_has_every_name_of_the_package_itself():
    text = (DOCS / "index.md").read_text()
    assert [name for name in wl.__all__ if f"wl.{name}`" not in text and f"::: weightloom.{name}\n" not in text] == []


def test_every_entry_says_what_it_is():
    assert [name for name in entries() if not source()[name.removeprefix("weightloom.")].docstring] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_argument_is_described(package):
    missing = {name: undescribed(one, inspect.getdoc(one)) for name, one in functions(package).items()}
    for name, declared in methods(package):
        text = "\n".join(filter(None, map(inspect.getdoc, declared)))
        missing[name] = undescribed(declared[0], text, skipped=1)
    assert {name: parameters for name, parameters in missing.items() if parameters} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_function_has_an_example(package):
    shown = re.compile(r">>>|Examples:\n +See `\w+`")
    assert [name for name, one in functions(package).items() if not shown.search(inspect.getdoc(one))] == []
