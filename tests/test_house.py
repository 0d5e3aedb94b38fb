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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downstairs(path):
    room = path.relative_to(ROOT).parts[0]
    for name in imported_names(path):
        parts = name.split(".")
        assert parts[0] not in {"pickle", "cloudpickle", "dill", "joblib"}, f"{path} imports {name}"
        if parts[0] == "weightloom" and len(parts) > 1 and parts[1] != room:
            assert FLOORS[parts[1]] <= FLOORS[room], f"{path} imports {name} from a higher floor"
            assert not {room, parts[1]} <= APPLICATIONS, f"{path} imports another application: {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_can_be_held_in_the_head(path):
    assert len(path.read_text().splitlines()) <= 400


PACKAGES = sorted(path.parent for path in ROOT.rglob("__init__.pyi"))


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_public_name_hides_a_module(folder):
    names = {
        alias.name
        for node in ast.walk(ast.parse((folder / "__init__.pyi").read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert not names & modules


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
