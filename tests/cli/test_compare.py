"""`weightloom compare`: files in, a table and a page out."""

import json

import numpy as np
import pytest
import xarray as xr

from tests.similarity.encoders import digits, encoders


@pytest.fixture
def files(tmp_path):
    for name, features in encoders().items():
        np.save(tmp_path / f"{name}.npy", features)
    np.save(tmp_path / "y.npy", digits()[1])
    return tmp_path


@pytest.mark.parametrize("columns", ["70", "140"])
def test_table_and_page(command, files, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    code, output, errors = command(
        "compare", files / "wide.npy", files / "narrow.npy", "--labels", files / "y.npy", "--scores",
        "cka,gulp,stitching", "--gaussian", "--out", files / "page.html",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    for word in ("cka ↑", "gulp ↓", "stitching ↑", "from", "gaussian", "null, mean"):
        assert word in output
    page = (files / "page.html").read_text()
    assert "<svg" in page
    assert page.count("<tr>") == 1 + 3 * 9
    assert "src=" not in page
    assert "<script" not in page


def test_without_labels_it_says_what_was_left_out(command, files):
    code, output, _ = command("compare", files / "wide.npy", files / "narrow.npy")
    assert code == 0
    assert "give --labels" in output


def test_settings_reach_the_scores(command, files):
    nulls = []
    for neighbours in (5, 50):
        setting = f"mutual-knn.neighbours={neighbours}"
        _, output, _ = command(
            "compare", files / "wide.npy", files / "narrow.npy", "--scores", "mutual-knn", "--set", setting
        )
        nulls.append(float(output.split("null, mean")[1].split()[0]))
    # Unrelated encoders share k / (rows − 1).
    assert nulls == pytest.approx([5 / 239, 50 / 239], rel=0.1)


def test_files_of_one_name_may_have_other_names(command, files):
    (files / "other").mkdir()
    np.save(files / "other" / "wide.npy", encoders()["narrow"])
    np.savez(files / "both.npz", first=encoders()["wide"], second=encoders()["narrow"])
    code, output, errors = command(
        "compare",
        files / "wide.npy",
        f"two={files / 'other' / 'wide.npy'}",
        f"pair={files / 'both.npz'}",
        "--scores",
        "cka",
    )
    assert (code, errors) == (0, "")
    for name in ("wide", "two", "pair:first", "pair:second"):
        assert name in output


def test_blocks_and_outputs_reach_the_comparison(command, files):
    rows = len(encoders()["wide"])
    np.save(files / "blocks.npy", np.arange(rows) % 3)
    (files / "logits").mkdir()
    outputs = []
    for seed, name in enumerate(("wide", "narrow")):
        np.save(files / "logits" / f"{name}.npy", np.random.default_rng(seed).standard_normal((rows, 4)))
        outputs += ["--outputs", files / "logits" / f"{name}.npy"]
    code, _, errors = command(
        "compare", files / "wide.npy", files / "narrow.npy", "--scores", "disagreement", "--blocks",
        files / "blocks.npy", "--out", files / "table.json", *outputs,
    )  # fmt: skip
    assert (code, errors) == (0, "")
    table = xr.Dataset.from_dict(json.loads((files / "table.json").read_text()))
    said = [np.load(files / "logits" / f"{name}.npy").argmax(1) for name in ("wide", "narrow")]
    assert float(table.value[0, 0, 1]) == np.mean(said[0] != said[1])
    assert table.attrs["blocks"] == 3


def test_every_ending_is_written(command, files):
    wanted = [files / f"table.{suffix}" for suffix in ("csv", "json", "nc")]
    outs = [part for path in wanted for part in ("--out", path)]
    code, output, errors = command("compare", files / "wide.npy", files / "narrow.npy", "--scores", "cka", *outs)
    assert (code, errors) == (0, "")
    assert output.split()[-3:] == list(map(str, wanted))
    assert all(path.stat().st_size for path in wanted)


def test_hostile_names_stay_text(command, files):
    (files / "wide.npy").rename(files / "<b>x&.npy")
    command("compare", files / "<b>x&.npy", files / "narrow.npy", "--scores", "cka", "--out", files / "page.html")
    page = (files / "page.html").read_text()
    assert "<b>" not in page
    assert "&lt;b&gt;x&amp;" in page


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("wide.npy", "narrow.npy", "--scores", "foo"), "score 'foo' is unknown"),
        (("wide.npy", "wide.npy"), "two encoders have the name 'wide': give one another name, as in NAME=wide.npy"),
        (("wide.npy", "missing.npy"), "is not a file"),
        (("wide.npy", "narrow.npy", "--out", "page.txt"), "use .csv, .json, .nc, .html, .svg, .png or .pdf"),
        (("wide.npy", "narrow.npy", "--scores", "stitching"), "need labels"),
        (("wide.npy", "narrow.npy", "--scores", "gulp", "--set", "cka-rbf.bandwidth=2"), "not computed here"),
        (
            ("wide.npy", "narrow.npy", "--scores", "mutual-knn", "--set", "mutual-knn.neighbours=240"),
            "give at most",
        ),
        (("wide.npy", "narrow.npy", "--out", "map.svg", "--limits", "1,0"), "two numbers in ascending order"),
        (("wide.npy", "narrow.npy", "--out", "map.svg", "--colours", "foo"), "colours 'foo' are unknown"),
        (("wide.npy", "narrow.npy", "--out", "map.csv", "--title", "T"), "are of a figure: give one"),
        (("wide.npy",), "wide alone cannot be compared"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_writes_nothing(refused, files, monkeypatch, arguments, sentence):
    monkeypatch.chdir(files)
    before = sorted(files.iterdir())
    assert sentence in refused("compare", *arguments)
    assert sorted(files.iterdir()) == before
