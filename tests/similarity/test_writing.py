"""Tables in files: nothing is lost, and what cannot be written says so."""

import csv
import json

import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from tests.plotting import similarity_table
from tests.similarity.encoders import encoders
from weightloom.similarity import compare, score_correlations, write

FEATURES = encoders() | {"sums": encoders()["wide"][:, ::-1].cumsum(1)}


@pytest.fixture(scope="module")
def table():
    return compare(FEATURES, scores=["cka", "mutual-knn"], key=2**60)


def test_a_row_of_csv_per_score_and_pair_has_the_numbers_of_the_pair(table, tmp_path):
    rows = list(csv.DictReader(write(table, tmp_path / "table.csv").read_text().splitlines()))
    assert len(rows) == table.value.size
    for row in rows:
        cell = table.sel(score=row["score"], a=row["a"], b=row["b"])
        for name in ("value", "null", "p", "low", "high"):
            assert float(row[name]) == float(cell[name])
        assert row["spread"] == ""


def test_netcdf_gives_back_a_table_that_can_be_used(table, tmp_path):
    again = xr.load_dataset(write(table, tmp_path / "table.nc"))
    xr.testing.assert_equal(again, table)
    assert (again.attrs["rows"], int(again.attrs["key"])) == (240, 2**60)
    xr.testing.assert_equal(score_correlations(again), score_correlations(table))
    assert [text.get_text() for text in wl.plot(again).axes[0].texts] == [
        text.get_text() for text in wl.plot(table).axes[0].texts
    ]


def test_json_gives_back_the_numbers_and_null_for_undefined_ones(table, tmp_path):
    content = json.loads(write(table, tmp_path / "table.json").read_text())
    again = xr.Dataset.from_dict(content)
    np.testing.assert_array_equal(again.value, table.value)
    np.testing.assert_array_equal(again.a_is_floor, table.a_is_floor)
    assert set(np.ravel(content["data_vars"]["spread"]["data"])) == {None}


@pytest.mark.parametrize("suffix", ["csv", "json", "nc", "html", "svg"])
def test_a_made_up_table_is_written_to_every_file_twice_alike(suffix, tmp_path):
    one, two = (write(similarity_table(2, 1), tmp_path / f"{n}.{suffix}").read_bytes() for n in "12")
    assert one == two != b""


def test_options_are_of_figures_only(tmp_path):
    assert "My title" in write(similarity_table(2, 1), tmp_path / "map.svg", title="My title").read_text()
    with pytest.raises(wl.InputError, match=r"title cannot be used for \.csv"):
        write(similarity_table(2, 1), tmp_path / "table.csv", title="My title")


def test_what_cannot_be_written_gets_one_sentence_and_leaves_nothing(tmp_path):
    good = similarity_table(2, 1)
    for table, name, sentence in (
        (good, "table.xlsx", "ends in .xlsx: use .csv, .json, .nc, .html, .svg, .png or .pdf"),
        (good, "none/table.csv", "there is no folder"),
        (good.drop_vars("p"), "table.nc", "the table lacks p"),
        (good.assign_coords(a=["a", "\ud800"]), "table.csv", "rename the encoders"),
        (good.assign_coords(a=["a", "\ud800"]), "table.nc", "rename the encoders"),
    ):
        with pytest.raises(wl.InputError, match=sentence):
            write(table, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_progress_tells_every_score_and_its_pairs():
    told = []
    compare(FEATURES, scores=["cka", "procrustes"], progress=lambda *one: told.append(one))
    assert {score for score, _, _ in told} == {"cka", "procrustes"}
    for score in ("cka", "procrustes"):
        assert [done for name, done, total in told if name == score and total == 16] == list(range(1, 17))
