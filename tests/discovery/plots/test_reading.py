"""The figure of a reading shows its units by role, its inputs by name, signs and a scale."""

import dataclasses

import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgb
from matplotlib.figure import Figure

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.plots.reading import plot_reading
from weightloom.figures.style import NEGATIVE, POSITIVE, ROLES


@pytest.fixture(scope="module")
def clipped():
    return make.built(make.clipped(3, np.random.default_rng(0))).reading


def marks(figure, name):
    return [line for line in figure.axes[0].lines if line.get_gid() == name]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_units_have_the_colour_of_their_role_and_the_ring_of_their_offset(clipped):
    figure = plot_reading(clipped)
    for place, role in enumerate(clipped.roles):
        own = marks(figure, f"unit of role {place + 1}")
        assert len(own) == role.members == 3
        assert all(same_color(mark.get_color(), ROLES[place]) for mark in own)
        ring = POSITIVE if role.bias[0] > 0 else NEGATIVE
        assert all(same_color(mark.get_markeredgecolor(), ring) for mark in own)


def test_lines_have_the_colour_of_their_sign():
    reading = make.built(make.variation(4, np.random.default_rng(0))).reading
    left, right = (one for one in plot_reading(reading).axes[0].collections if one.get_gid() == "weights")
    assert {tuple(colour[:3]) for colour in left.get_colors()} == {to_rgb(POSITIVE), to_rgb(NEGATIVE)}
    assert {tuple(colour[:3]) for colour in right.get_colors()} == {to_rgb(POSITIVE)}


def test_inputs_are_named_and_roles_told(clipped):
    shown = texts(plot_reading(clipped, ["size", "age", "a very long name"]))
    assert shown[:3] == ["size", "age", "a very long…"]
    assert any(text.startswith("1: ") and "Σ[i] e(" in text and "3 units of 3 neurons" in text for text in shown)
    assert any("widest line to an output" in text for text in shown)
    assert texts(plot_reading(clipped))[:3] == ["x₀", "x₁", "x₂"]


def test_names_must_fit(clipped):
    with pytest.raises(wl.InputError, match="2 names do not fit a network of 3 inputs"):
        plot_reading(clipped, ["a", "b"])


def test_a_reading_is_drawn_plotted_and_fits_into_axes(clipped, tmp_path):
    assert wl.draw(clipped, tmp_path / "program.svg").read_text().startswith("<?xml")
    assert texts(wl.plot(clipped)) == texts(plot_reading(clipped))
    axes = Figure(figsize=(2, 2)).subplots()
    small = plot_reading(clipped, ax=axes)
    assert small.axes == [axes]
    assert max(text.get_fontsize() for text in axes.texts) < 5


def test_many_roles_are_counted(clipped):
    program = dataclasses.replace(clipped.program, roles=5 * clipped.roles)
    assert "and 2 more roles" in texts(plot_reading(dataclasses.replace(clipped, program=program)))
