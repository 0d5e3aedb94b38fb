import errno
import os
from types import SimpleNamespace

import jax
import pytest
import xarray as xr
from jaxtyping import TypeCheckError
from matplotlib.figure import Figure

import weightloom as wl
from tests.plotting import swept_measures
from weightloom.discovery.plots import (
    draw_architecture,
    draw_encoder_ablation,
    draw_front,
    draw_order_parameters,
    draw_phase_diagram,
)
from weightloom.errors import InputError
from weightloom.figures.saving import figure_path, save
from weightloom.figures.style import house_style

SIGNATURES = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
# These take more than one thing to draw: tests/fields/plots/test_forecast.py has them.
OF_FIELDS = {"draw_errors", "draw_forecast", "draw_movie"}
FIGURES = [getattr(wl, name) for name in wl.__all__ if name.startswith("draw") and name not in OF_FIELDS]


def save_empty(path):
    with house_style():
        save(Figure(figsize=(1, 1)), path)


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_the_suffix_chooses_the_format(suffix, tmp_path):
    for path in (tmp_path / f"net{suffix}", tmp_path / f"NET{suffix.upper()}"):
        save_empty(figure_path(path))
        assert path.read_bytes().startswith(SIGNATURES[suffix])
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw_measures", "suffix"),
    [
        (draw_front, ".svg"),
        (draw_front, ".pdf"),
        (draw_phase_diagram, ".png"),
        (draw_order_parameters, ".svg"),
        (draw_encoder_ablation, ".svg"),
    ],
)
def test_the_same_measures_give_the_same_bytes(draw_measures, suffix, tmp_path):
    measures = swept_measures()
    first, again = (draw_measures(measures, str(tmp_path / f"{name}{suffix}")) for name in "ab")
    assert first == tmp_path / f"a{suffix}"
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("draw_figure", FIGURES)
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("net.jpg", "ends in .jpg: use .svg, .png or .pdf"),
        ("net", "ends in no suffix"),
        ("missing/net.svg", "there is no folder"),
        ("file/net.svg", "there is no folder"),
        ("folder.svg", "a folder has that name"),
    ],
)
def test_every_figure_refuses_a_path_before_it_looks_at_its_data(draw_figure, name, complaint, tmp_path, measures):
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("here before")
    broken = measures.drop_vars(list(measures))
    if draw_figure is wl.draw:  # since Python 3.12 a protocol's attributes must really be there, and no dataset's are
        broken = SimpleNamespace(parameters=())
    if draw_figure is draw_architecture:
        broken = wl.AttentionalHypernetwork(wl.MLP((1, 1)), key=jax.random.key(0))
    with pytest.raises(InputError, match=complaint) as raised:
        draw_figure(broken, tmp_path / name)
    assert "\n" not in str(raised.value)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder.svg"]


@pytest.mark.parametrize("draw_figure", FIGURES)
def test_data_that_cannot_be_drawn_leave_no_file(draw_figure, tmp_path):
    with pytest.raises((InputError, TypeCheckError)):
        draw_figure(xr.Dataset(), tmp_path / "net.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["nul\0.svg", "n" * 300 + ".svg"], ids=["null", "long"])
def test_a_name_that_no_file_can_have_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        save_empty(figure_path(tmp_path / name))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", ["fsync", "replace"])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EACCES, errno.EIO], ids=errno.errorcode.get)
def test_a_disk_that_refuses_leaves_what_was_there(broken, reason, tmp_path, monkeypatch):
    (tmp_path / "net.svg").write_text("the figure before")

    def refuse(*_):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, broken, refuse)
    for name in ("net.svg", "new.svg"):
        with pytest.raises(InputError, match=os.strerror(reason)):
            save_empty(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == ["net.svg"]
    assert (tmp_path / "net.svg").read_text() == "the figure before"


def test_a_path_is_only_checked_not_made(tmp_path):
    figure_path(tmp_path / "net.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_a_figure_holds_no_date(suffix, tmp_path):
    save_empty(tmp_path / f"net{suffix}")
    written = (tmp_path / f"net{suffix}").read_bytes()
    assert not any(word in written for word in (b"CreationDate", b"ModDate", b"dc:date", b"Creation Time"))
