"""The commands as a newcomer meets them: help that leaves no option out, and usage errors."""

import re

import pytest

from weightloom.cli._app import COMMANDS as NAMES, load

COMMANDS = {name: load(name) for name in NAMES}


def test_the_commands_are_listed(command):
    code, output, _ = command("--help")
    assert code == 0
    assert all(name in output for name in COMMANDS)


@pytest.mark.parametrize("columns", [60, 80, 2000])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_and_explains_every_argument(command, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, output, errors = command(name, "--help")
    assert (code, errors) == (0, "")
    for parameter in COMMANDS[name].params:
        if parameter.name == "help":
            continue
        assert parameter.help
        shown = parameter.opts[0] if parameter.param_type_name == "option" else (parameter.metavar or parameter.name)
        lines = [line for line in output.splitlines() if re.search(rf"(?<![\w-]){re.escape(shown)}(?![\w-])", line)]
        assert lines
        if columns == 2000:  # narrower ones break the explanations
            assert any(parameter.help in line for line in lines), shown


def test_nothing_asked_is_answered_with_the_help(command):
    code, output, errors = command()
    assert code == 2
    assert "discover" in output + errors


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("weave", "No such command 'weave'"),
        ("show", "Missing argument"),
        ("discover l1", "Missing option '--out'"),
        ("discover l1 --out run --sizes", "requires an argument"),
        ("discover l1 --out run --steps many", "--steps"),
        ("discover l1 --out run --weights 3", "--weights"),
        ("draw run", "Missing option '--out'"),
        ("export run --out net", "Missing option '--to'"),
    ],
)
def test_usage_errors_exit_with_2(command, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    code, _, errors = command(*line.split())
    assert code == 2
    assert said in errors
    assert list(tmp_path.iterdir()) == []


def test_brackets_in_a_sentence_are_no_markup(refused, tmp_path):
    assert "[red]here" in refused("show", tmp_path / "[red]here")
