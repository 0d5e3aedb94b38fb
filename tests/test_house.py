"""Rooms on a lower floor never import from a higher one, and nothing unpickles."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import weightloom

ROOT = Path(weightloom.__file__).parent
FLOORS = {
    "_deprecated": 0,
    "errors": 0,
    "_settings": 0,
    "_checks": 0,
    "_keys": 0,
    "_validation": 0,
    "_words": 0,
    "architectures": 0,
    "hypernetworks": 1,
    "runs": 1,
    "training": 2,
    "figures": 2,
    "discovery": 3,
    "fields": 3,
    "similarity": 3,
    "_load": 4,
    "_join": 4,
    "cli": 4,
}
APPLICATIONS = {"discovery", "fields", "similarity"}
FILES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT)


def imported_names(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def broken_rules(path):
    """What a file imports that its room may not use."""
    room = path.relative_to(ROOT).parts[0]
    for name in imported_names(path):
        parts = name.split(".")
        if parts[0] in {"pickle", "cloudpickle", "dill", "joblib"}:
            yield f"{path} imports {name}"
        if parts[0] == "weightloom" and len(parts) > 1 and parts[1] != room:
            if FLOORS[parts[1]] > FLOORS[room]:
                yield f"{path} imports {name} from a higher floor"
            if {room, parts[1]} <= APPLICATIONS:
                yield f"{path} imports another application: {name}"


def test_imports_go_downstairs():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} <= FLOORS.keys()
    assert not [rule for path in FILES for rule in broken_rules(path)]


def test_files_can_be_held_in_the_head():
    assert not [path for path in FILES if len(path.read_text().splitlines()) > 400]


def public_names(package):
    for node in ast.walk(ast.parse((package / "__init__.pyi").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (alias.name for alias in node.names)


def modules(package):
    return {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def test_no_public_name_hides_a_module():
    packages = [path.parent for path in ROOT.rglob("__init__.pyi")]
    assert len(packages) > 10
    assert not [package for package in packages if modules(package) & set(public_names(package))]


HEAVY = ("diffrax", "jax", "matplotlib", "pandas", "rich", "scipy", "sklearn", "typer", "xarray", "zarr")


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("import weightloom", ()),
        ("import weightloom as wl; wl.MLP((2, 3, 1)); wl.SIREN((2, 3, 1))", ("jax", "scipy")),
        ("import weightloom as wl; wl.AttentionalHypernetwork, wl.LowRank", ("jax", "scipy")),
        ("import weightloom.discovery.config, weightloom.fields.config, weightloom.cli.options", ("rich", "typer")),
    ],
)
def test_what_is_not_used_is_not_imported(line, allowed):
    asked = f"import sys; {line}; print(*[name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= set(allowed)
