"""`weightloom report`: the page from the command line."""

import shutil
from importlib import import_module

import pytest

import weightloom as wl
from tests.cli.conftest import command as command, refused as refused
from tests.discovery.page.reading import embedded
from tests.tiny import train_tiny
from weightloom.discovery.tasks import load_task


def test_the_command_writes_the_page(command, trained, page, tmp_path):
    out = tmp_path / "page.html"
    assert command("report", trained, "--out", out, "--no-map", "--no-atlas") == (0, f"{out}\n", "")
    assert out.read_bytes() == page.read_bytes()


def test_the_page_maps_other_sizes_of_the_network_that_memorises_least(command, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("weightloom.discovery._generalisation"), "_around", lambda trained: [trained])
    assert command("report", trained, "--out", tmp_path / "page.html", "--no-atlas")[0] == 0
    measures = wl.open_run(trained).measures.isel(step=-1)
    best = measures.isel(measures.loss_without_encoder.argmin(("seed", "beta")))
    [[loss]] = embedded(tmp_path / "page.html")["generalisation"]["loss"]
    assert loss == pytest.approx(float(best.loss), rel=1e-3)


@pytest.mark.slow
def test_a_page_of_a_users_task_executes_nothing_of_theirs(command, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import jax.numpy as jnp\ndef f(x): return jnp.abs(x).sum(axis=1)\n")
    run = train_tiny(tmp_path / "run", load_task(f"{file}:f"), steps=1, checkpoints=1)
    file.write_text("raise SystemExit")
    assert command("report", run.path, "--out", tmp_path / "page.html", "--no-atlas")[0] == 0
    assert embedded(tmp_path / "page.html")["generalisation"] is None


def test_the_page_goes_among_the_runs_figures_unless_told_otherwise(command, trained, page, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    code, output, _ = command("report", run, "--no-map", "--read", "2")
    assert (code, output) == (0, f"{run / 'figures' / 'report.html'}\n")
    assert command("show", run)[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("report nowhere", "holds no run: it has no config.json"),
        ("report RUN --out page.txt", "page 'page.txt' ends in .txt: use .html"),
        ("report RUN --out no/page.html", "there is no folder 'no'"),
        ("report RUN --out RUN/page.html", "would lie among the files of a run"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(refused, trained, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(*line.replace("RUN", str(trained)).split())
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_run_gets_no_folder(refused, trained, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    file = run / "measures/template.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    assert "measures/template.safetensors" in refused("report", run)
    assert not (run / "figures").exists()
