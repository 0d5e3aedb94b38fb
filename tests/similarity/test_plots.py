"""The matrix figure: every value in its cell, doubt in parentheses, directions told."""

import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from weightloom.similarity.plots import svg_element


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    over = ("score", "a", "b")
    value = random.random((3, 4, 4))
    variables = {
        "value": (over, value),
        "null_low": (over, value / 4),
        "null_high": (over, value / 3),
        "p": (over, random.choice([0.001, 0.3], (3, 4, 4))),
    }
    names = ["one", "two", "three", "four"]
    coordinates = {
        "score": ["first", "second", "third"], "a": names, "b": names,
        "larger_is_more_similar": ("score", [True, False, True]), "symmetric": ("score", [True, True, False]),
    }  # fmt: skip
    return xr.Dataset(variables, coordinates)


def panels(figure):
    return [axes for axes in figure.axes if axes.get_title()]


def test_every_cell_has_its_value_and_doubt_is_in_parentheses(table):
    for panel, score in zip(panels(wl.plot_similarity(table)), table.score.values):
        written = {text.get_position(): text.get_text() for text in panel.texts}
        for (a, b), value in np.ndenumerate(table.value.sel(score=score).values):
            text = written[b, a]
            assert float(text.strip("()")) == pytest.approx(value, abs=0.005)
            assert text.startswith("(") == (table.p.sel(score=score).values[a, b] > 0.05)


def test_titles_tell_the_direction_and_directed_scores_their_axes(table):
    shown = panels(wl.plot_similarity(table))
    assert [panel.get_title() for panel in shown] == ["first ↑", "second ↓", "third ↑"]
    assert [panel.get_ylabel() for panel in shown] == ["", "", "from"]


def test_darker_is_more_alike_in_both_directions(table):
    for panel, larger in zip(panels(wl.plot_similarity(table)), (True, False, True)):
        [image] = panel.images
        brightness = image.to_rgba(image.get_array())[..., :3].mean(-1)
        most = np.unravel_index(np.argmax(image.get_array() if larger else -image.get_array()), (4, 4))
        assert brightness[most] == brightness.min()


def test_small_numbers_are_written_with_their_power_of_ten(table):
    texts = [text.get_text() for text in panels(wl.plot_similarity(table.assign(value=1e-4 * table.value)))[0].texts]
    assert all("e-" in text for text in texts)


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_the_same_table_gives_the_same_bytes(table, tmp_path, suffix):
    one, two = (wl.draw_similarity(table, tmp_path / f"{n}.{suffix}").read_bytes() for n in "12")
    assert one == two


def test_the_element_for_a_page_is_svg_alone(table):
    assert svg_element(table).startswith("<svg")
    assert svg_element(table).rstrip().endswith("</svg>")


def test_a_table_of_something_else_is_refused(table):
    with pytest.raises(wl.InputError, match="the table lacks p"):
        wl.plot_similarity(table.drop_vars("p"))
