"""Single files that users ask for: refused before any work where they cannot stand."""

import pytest

import weightloom as wl
from weightloom.runs.output import output_path, write_output


@pytest.fixture(params=["measures", "measures.zarr"])
def measures(request):
    return request.param


@pytest.fixture
def run(tmp_path, measures):
    folder = tmp_path / "run"
    (folder / measures).mkdir(parents=True)
    (folder / "parameters").mkdir()
    (folder / "figures" / "more").mkdir(parents=True)
    (folder / "config.json").touch()
    return folder


@pytest.mark.parametrize("place", [".", "parameters", "measures"])
def test_a_run_takes_no_stranger(run, measures, place):
    place = measures if place == "measures" else place
    with pytest.raises(wl.InputError, match=r"would lie among the files of a run: write to .*figures"):
        output_path(run / place / "net.svg", [".svg"], "figure")


@pytest.mark.parametrize("place", ["figures", "figures/more", ".."])
def test_figures_may_stand_below_figures_and_beside_a_run(run, place):
    path = run / place / "net.svg"
    assert output_path(path, [".svg"], "figure") == path


def test_a_link_into_a_run_is_seen_through(run, tmp_path):
    (tmp_path / "link").symlink_to(run)
    with pytest.raises(wl.InputError, match="would lie among the files of a run"):
        output_path(tmp_path / "link" / "net.svg", [".svg"], "figure")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("net", "ends in no suffix: use .svg, .png or .pdf"),
        ("net.gif", "ends in .gif: use .svg, .png or .pdf"),
        ("missing/net.svg", "there is no folder"),
        ("folder.svg", "a folder has that name"),
    ],
)
def test_other_places_get_one_sentence(tmp_path, name, sentence):
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(wl.InputError, match=sentence):
        output_path(tmp_path / name, [".svg", ".png", ".pdf"], "figure")


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path):
    path = tmp_path / "page.html"
    write_output(path, b"old", "page")
    with pytest.raises(wl.InputError, match=r"page .* cannot be written"):
        write_output(tmp_path / ("n" * 300 + ".html"), b"new", "page")
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]
    assert path.read_bytes() == b"old"
