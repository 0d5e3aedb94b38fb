"""What README and docs show works: their Python, lines about the included run, options, files, the scripts' imports."""

import ast
import re
import shlex
from importlib import import_module
from pathlib import Path

import jax
import pytest

import weightloom as wl
from tests.cli.conftest import command as command

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTEBOOKS = sorted((ROOT / "docs").rglob("*.py"))
# One seed, so that documents about the same function share the compiled programs.
TINY = {"seeds": 1, "steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8}
FENCES = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)


def blocks(document, language):
    """The code blocks of a document in one language."""
    return [code for found, code in FENCES.findall(document.read_text()) if found == language]


def command_lines(document):
    """The lines of a document that call weightloom, those in its text included."""
    text = document.read_text().replace("\\\n", " ")
    fenced = [line for code in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S) for line in code.splitlines()]
    inline = re.findall(r"`(weightloom [^`\n]+)`", text)
    lines = [line.split(" #")[0].strip() for line in fenced + inline]
    return [line for line in lines if re.search(r"(^|/)weightloom \w", line)]


def named_files(document):
    """The paths of Python files that a document names."""
    return re.findall(r"`((?:\w+/)+\w+\.py)`", document.read_text())


LINES = sorted({line for document in DOCUMENTS for line in command_lines(document)})


@pytest.fixture
def quickly(monkeypatch):
    """Trainings of discovery take two steps of one seed, whatever the document asks for."""
    discover = wl.discover
    monkeypatch.setattr(wl, "discover", lambda *arguments, **options: discover(*arguments, **options | TINY))


@pytest.mark.example
@pytest.mark.parametrize(
    "document", [one for one in DOCUMENTS if blocks(one, "python")], ids=lambda one: str(one.relative_to(ROOT))
)
def test_the_python_of_a_document_runs(document, quickly, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jax.config, "update", lambda name, value: None)  # this process has its devices already
    names = {"__name__": "document"}
    for block in blocks(document, "python"):
        exec(block, names)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=pytest.mark.example) if re.match("weightloom (report|figures|atlas)", line) else line
        for line in LINES
        if "l1-paper" in line
    ],
)
def test_a_line_about_the_included_run_works(command, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("weightloom.discovery._generalisation"), "_around", lambda trained: [trained])
    # Reading is what takes long.
    few = ["--read", "4"] if " report " in line else []
    code, output, errors = command(*shlex.split(line, comments=True)[1:], *few)
    assert (code, errors) == (0, "")
    assert output
    assert not list(wl.open_run("l1-paper").path.glob("figures"))


@pytest.mark.parametrize("name", sorted({line.split("weightloom ", 1)[1].split()[0] for line in LINES}))
def test_every_option_that_documents_name_exists(command, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "200")
    code, output, _ = command(name, "--help")
    assert code == 0
    named = {option for line in LINES if f"weightloom {name}" in line for option in re.findall(r" (--[\w-]+)", line)}
    assert named <= set(re.findall(r"--[\w-]+", output))


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if named_files(one)], ids=lambda one: one.name)
def test_every_file_that_a_document_names_exists(document):
    missing = [
        name
        for name in named_files(document)
        if not any((root / name).exists() for root in (ROOT, ROOT / "src" / "weightloom", ROOT / "experiments"))
    ]
    assert missing == []


SCRIPTS = sorted((*(ROOT / "experiments").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_what_a_script_imports_exists(script):
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("weightloom"):
            module = import_module(node.module)
            assert not [alias.name for alias in node.names if not hasattr(module, alias.name)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.stem)
def test_links_of_a_notebook_lead_to_pages(notebook):
    """MkDocs checks those of Markdown pages only: a notebook links to addresses, not to files."""
    address = notebook.with_suffix("") if notebook.stem != "index" else notebook.parent
    for link in re.findall(r"\]\((?!https:)([^)#]*)", notebook.read_text()):
        page = (address / link).resolve()
        assert link.endswith("/")
        assert any(found.exists() for found in (page.with_suffix(".md"), page / "index.md", page.with_suffix(".py"))), (
            link
        )
