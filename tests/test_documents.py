"""What README and docs show works as it stands, from the run that comes with the package."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import jax
import pytest

import weightloom as wl
from tests.cli.conftest import command as command

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TRAINS = "wl.discover("
LINES = sorted(
    {line for document in DOCUMENTS for line in re.findall(r"^(weightloom .*l1-paper.*)$", document.read_text(), re.M)}
)


def blocks(document):
    """The Python of a document that trains nothing, block by block."""
    found = re.findall(r"^```python\n(.*?)^```", document.read_text(), re.M | re.S)
    return [block for block in found if TRAINS not in block]


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if blocks(one)], ids=lambda one: one.name)
def test_the_python_of_a_document_runs(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jax.config, "update", lambda name, value: None)  # this process has its devices already
    names = {}
    for block in blocks(document):
        exec(block, names)


@pytest.mark.parametrize("line", LINES)
def test_a_line_about_the_included_run_works(command, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("weightloom.discovery._generalisation"), "_around", lambda trained: [trained])
    code, output, errors = command(*shlex.split(line, comments=True)[1:])
    assert (code, errors) == (0, "")
    assert output
    assert not list(wl.open_run("l1-paper").path.glob("figures"))
