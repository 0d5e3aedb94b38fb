"""The command line as a newcomer uses it, mistakes included."""

import signal
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

import weightloom as wl
from tests.store.example_run import file_bytes
from tests.tiny import finish, wait_for_step
from weightloom.cli import main

COMMANDS = ("discover", "show", "figures", "draw", "export")


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command in this process: exit code, output, errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["weightloom", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGINT)
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        finally:
            signal.signal(signal.SIGINT, handler)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_every_option(command, name):
    code, output, _ = command(name, "--help")
    assert code == 0
    assert all(line.rstrip("│ ").split("  ")[-1] for line in output.splitlines() if line.startswith("│ --"))


def test_show_prints_a_row_for_each_beta(command, trained, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    code, output, _ = command("show", trained)
    assert code == 0
    measures = wl.open_run(trained).measures.isel(step=-1)
    for beta in measures.beta.values:
        rows = [line for line in output.splitlines() if line.strip().startswith(f"{beta:.1e}")]
        text = " ".join(rows)
        for seed in measures.seed.values:
            network = measures.sel(seed=seed, beta=beta)
            assert str(network.algorithm.values) in text
            assert f"{float(network.loss):.3f}" in text


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_draw_and_figures_write_files(command, trained, tmp_path, suffix):
    code, _, errors = command("draw", trained, "--beta", 1e-6, "--out", tmp_path / f"net.{suffix}")
    assert code == 0, errors
    assert (tmp_path / f"net.{suffix}").stat().st_size > 1000
    if suffix == "svg":
        code, output, errors = command("figures", trained, "--out", tmp_path / "figures")
        assert code == 0, errors
        assert len(list((tmp_path / "figures").glob("*.svg"))) == 5
        assert "front.svg" in output


def test_export_writes_the_network(command, trained, tmp_path):
    code, _, errors = command("export", trained, "--beta", 1e-6, "--to", "safetensors", "--out", tmp_path / "net.st")
    assert code == 0, errors
    network = wl.open_run(trained).network(0, 1e-6)
    np.testing.assert_array_equal(load_file(tmp_path / "net.st")["layers.0.weight"], network.parameters[0][0])


def test_ctrl_c_saves_and_the_same_line_resumes(started, tmp_path):
    out, options = tmp_path / "run", ("--method", "adam", "--steps", 400, "--save-every", 1)
    process = started("l1", out, *options)
    wait_for_step(out, 3, process)
    process.send_signal(signal.SIGINT)
    code, output, errors = finish(process)
    assert code == 130, errors
    assert "The same line again resumes." in output
    code, output, errors = finish(started("l1", out, *options))
    assert code == 0, errors
    assert "is complete" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sizes", "16,,1"], "--sizes '16,,1'"),
        (["--sizes", "a,b"], "--sizes 'a,b'"),
        (["--sizes", "16"], "two or more"),
        (["--sizes", "0,3,1"], "at least 1"),
        (["--sizes", "4,3,2"], "one output"),
        (["--seeds", "0"], "--seeds 0"),
        (["--seeds", "-2"], "--seeds -2"),
        (["--first-seed", "-1"], "seeds"),
        (["--steps", "0"], "steps 0"),
        (["--lowest-beta", "0"], "β from 0"),
        (["--highest-beta", "-1"], "β from"),
        (["--betas", "1"], "measured β"),
        (["--method", "sgd"], "hypernetwork, adam"),
        (["--regime", "cold"], "warmup, literal"),
        (["--spacing", "cubic"], "log, linear"),
        (["--keep", "none"], "last or all"),
        (["--activation", "step"], "swish, relu"),
        (["--warmup", "5"], "two steps"),
        (["--devices", "0"], "--devices 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_get_one_sentence_and_leave_nothing(command, tmp_path, arguments, said):
    code, output, errors = command("discover", "l1", "--out", tmp_path / "run", *arguments)
    assert code == 2
    assert output == ""
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert said in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("f = 3", "f", "not a function"),
        ("def f(x): return x", "f", "one value per row"),
        ("def f(x): return x[:, 0] / 0", "f", "not finite"),
        ("def f(x): return 0 * x[:, 0]", "f", "constant"),
        ("def f(x): raise KeyError('no')", "f", "KeyError"),
        ("def f(x): return x[:, 0]", "g", "no function 'g'"),
        ("def f(x: return", "f", "mine.py"),
    ],
)
def test_bad_tasks_get_one_sentence_and_leave_nothing(command, tmp_path, text, name, said):
    file = tmp_path / "mine.py"
    file.write_text(text)
    code, _, errors = command("discover", f"{file}:{name}", "--sizes", "2,3,1", "--out", tmp_path / "run")
    assert code == 2
    assert said in errors
    assert list(tmp_path.iterdir()) == [file]


def test_an_unknown_task_is_told_the_known_ones(command, tmp_path):
    code, _, errors = command("discover", "l3", "--out", tmp_path / "run")
    assert code == 2
    assert "sum_of_squares" in errors
    assert "file.py:function" in errors


def test_folders_that_hold_something_else_or_cannot_be_are_refused(command, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = file_bytes(tmp_path)
    for out in (tmp_path / "full", tmp_path / "file", tmp_path / "file" / "run", "/proc/run"):
        code, _, errors = command("discover", "l1", "--sizes", "2,3,1", "--method", "adam", "--out", out)
        assert code == 2
        assert errors.count("\n") == 1
    assert file_bytes(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "RUN/nowhere"], "no run"),
        (["show", "RUN", "--step", "3"], "step 3 was not measured"),
        (["draw", "RUN", "--out", "net.svg"], "give one"),
        (["draw", "RUN", "--beta", "0", "--out", "net.svg"], "β = 0"),
        (["draw", "RUN", "--beta", "1e-6", "--seed", "9", "--out", "net.svg"], "seed 9"),
        (["draw", "RUN", "--beta", "1e-6", "--sizes", "3,,1", "--out", "net.svg"], "--sizes '3,,1'"),
        (["draw", "RUN", "--beta", "1e-6", "--out", "net.txt"], ".svg"),
        (["draw", "RUN", "--beta", "1e-6", "--layout", "spiral", "--out", "net.svg"], "force-directed"),
        (["export", "RUN", "--beta", "1e-6", "--to", "pickle", "--out", "net"], "safetensors"),
        (["figures", "RUN", "--suffix", "gif"], "svg, png or pdf"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_readers_refuse_in_one_sentence(command, trained, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, _, errors = command(*(argument.replace("RUN", str(trained)) for argument in arguments))
    assert code == 2
    assert errors.count("\n") == 1
    assert said in errors
    assert list(tmp_path.iterdir()) == []
