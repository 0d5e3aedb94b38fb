"""`weightloom report`: the page from the command line."""

import shutil

import pytest

from tests.cli.conftest import command as command, refused as refused


def test_the_command_writes_the_page(command, trained, page, tmp_path):
    out = tmp_path / "page.html"
    assert command("report", trained, "--out", out) == (0, f"{out}\n", "")
    assert out.read_bytes() == page.read_bytes()


def test_the_page_goes_among_the_runs_figures_unless_told_otherwise(command, trained, page, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    code, output, _ = command("report", run)
    assert (code, output) == (0, f"{run / 'figures' / 'report.html'}\n")
    assert command("show", run)[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("report nowhere", "holds no run: it has no config.json"),
        ("report RUN --out page.txt", "page 'page.txt' ends in .txt: use .html"),
        ("report RUN --out no/page.html", "there is no folder 'no'"),
        ("report RUN --out RUN/page.html", "a stranger among the run's own files"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(refused, trained, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(*line.replace("RUN", str(trained)).split())
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_run_gets_no_folder(refused, trained, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    file = run / "measures.zarr/loss/zarr.json"
    file.write_bytes(file.read_bytes()[:-1])
    assert "loss/zarr.json" in refused("report", run)
    assert not (run / "figures").exists()
