"""Pages as files: self-contained, escaped, whole or not at all."""

import errno
import os
import re

import pytest

import weightloom as wl
from tests.discovery.page.fabricated import FabricatedRun
from tests.discovery.page.reading import elements, embedded
from weightloom.figures.page import embedded_json

HOSTILE = (
    "</script><script>document.documentElement.dataset.errors = 'owned'</script><img src=x onerror=alert(1)>&\"'\ud800"
)


def test_a_page_names_no_address_and_loads_nothing(page):
    text = page.read_text("utf-8")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|import\(|fetch\(|XMLHttpRequest", text)
    for tag, attributes in elements(page):
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "href", "action"} & attributes.keys()


def test_a_pages_policy_forbids_all_but_its_own_script_and_style(page):
    [policy] = [
        attributes["content"]
        for tag, attributes in elements(page)
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert re.fullmatch(r"default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'", policy)


def test_the_same_run_gives_the_same_bytes(run, page, tmp_path):
    again = wl.report(wl.open_run(run.path), str(tmp_path / "again.html"))
    assert again == tmp_path / "again.html"
    assert again.read_bytes() == page.read_bytes()


def test_hostile_names_stay_text(tmp_path):
    page = wl.report(FabricatedRun(tmp_path / "run", task=HOSTILE, source=HOSTILE), tmp_path / "page.html")
    plain = wl.report(FabricatedRun(tmp_path / "run"), tmp_path / "plain.html")
    assert [tag for tag, _ in elements(page)] == [tag for tag, _ in elements(plain)]
    assert not any(name.startswith("on") for _, attributes in elements(page) for name in attributes)
    assert embedded(page)["sizes"] == [2, 3, 1]


def test_hostile_text_in_the_data_stays_data():
    text = embedded_json({"name": HOSTILE + "<!--\u2028"})
    assert not set("<>&\u2028") & set(text)


def test_a_failed_write_leaves_the_old_page_and_nothing_else(run, tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text("the old page")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(wl.InputError, match="cannot be written \\(No space left on device\\)"):
        wl.report(run, page)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.html", "the old page")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("page.svg", "ends in .svg: use .html"),
        ("page", "ends in no suffix"),
        ("missing/page.html", "there is no folder"),
        ("folder.html", "a folder has that name"),
        ("nul\0.html", "cannot be written"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(run, tmp_path, name, said):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(wl.InputError, match=said) as raised:
        wl.report(run, tmp_path / name)
    assert "\n" not in str(raised.value)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.html"]


def test_a_page_does_not_spoil_the_run_that_it_shows(tmp_path):
    run = FabricatedRun(tmp_path)
    (run.path / "measures").mkdir()
    (run.path / "config.json").touch()
    with pytest.raises(wl.InputError, match="would lie among the files of a run"):
        wl.report(run, run.path / "page.html")
    (run.path / "figures").mkdir()
    assert wl.report(run, run.path / "figures" / "page.html").exists()
