"""`weightloom read` and `weightloom atlas` show what Python gives."""

import dataclasses

import pytest

import weightloom as wl


def test_one_network_gives_its_formula_and_its_verdict(command, trained):
    code, output, errors = command("read", trained, "--beta", "1e-6")
    reading = wl.open_run(trained).network(0, 1e-6).reading
    assert (code, errors) == (0, "")
    assert output == f"{reading.formula}\n{reading.verdict}\n"


def test_all_networks_of_a_seed_have_a_line(command, trained, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code, output, errors = command("read", trained, "--seed", "1")
    assert (code, errors) == (0, "")
    assert [line.split()[0] for line in output.splitlines()] == ["β", "1.0e-12", "1.0e-06", "1.0e+00"]


def test_a_program_is_written_as_python(command, trained, tmp_path):
    path = tmp_path / "program.py"
    code, output, _ = command("read", trained, "--beta", "1e-6", "--to", "python", "--out", path)
    assert (code, output.splitlines()[0]) == (0, str(path))
    assert path.read_text().strip() == wl.open_run(trained).network(0, 1e-6).reading.python.strip()


def test_a_program_is_drawn(command, trained, tmp_path):
    path = tmp_path / "program.svg"
    code, output, _ = command("read", trained, "--beta", "1e-6", "--out", path)
    assert (code, output.splitlines()[0]) == (0, str(path))
    assert "<svg" in path.read_text()


def test_own_weights_are_read(command, tmp_path):
    net = wl.algorithms.double_sided(n=3, hidden=6)
    wl.export(net, tmp_path / "net.safetensors", "safetensors")
    code, output, _ = command("read", tmp_path / "net.safetensors")
    assert (code, output.splitlines()[0]) == (0, net.reading.formula)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.safetensors"], "is no file"),
        (["RUN", "--to", "prose"], "prose"),
        (["RUN", "--out", "program.py"], "give --beta"),
        (["RUN", "--beta", "1e-6", "--out", "program.doc"], ".txt"),
    ],
)
def test_what_cannot_be_read_is_said(command, trained, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    code, _, errors = command("read", *(trained if argument == "RUN" else argument for argument in arguments))
    assert code == 2
    assert sentence in errors
    assert not list(tmp_path.iterdir())


def test_the_atlas_is_a_table_and_a_file(command, trained, tmp_path):
    code, output, _ = command("atlas", trained, "--csv", tmp_path / "atlas.csv")
    assert code == 0
    assert "6 networks" in output
    assert len((tmp_path / "atlas.csv").read_text().splitlines()) == 7


def test_the_atlas_of_a_run_without_a_kl_has_a_dash(command, trained, monkeypatch):
    found = wl.open_run(trained).atlas(most=2)
    without = dataclasses.replace(found, networks=found.networks.assign(kl=float("nan")))
    monkeypatch.setattr("weightloom.cli.atlas.read_families", lambda *_: without)
    code, output, _ = command("atlas", trained)
    assert (code, "nan" in output) == (0, False)
    assert all(line.split()[2] == "–" for line in output.splitlines() if "%" in line)
