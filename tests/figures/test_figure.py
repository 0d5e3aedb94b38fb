"""What holds for every figure: it is returned, shows itself, draws into what is given, and leaves settings alone."""

import contextlib
import functools
import io

import jax
import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import weightloom as wl
from tests.plotting import fabricated_connectors, loss_by_size, similarity_table, small_network, swept_measures
from weightloom.figures.figure import HouseFigure
from weightloom.figures.style import STYLE

TRUTH = np.random.default_rng(0).standard_normal((5, 6, 8))
TRAJECTORIES = wl.fields.Trajectories(TRUTH[None, ..., None], np.arange(5.0), np.zeros((6, 8, 2)), ["height"])
USERS = {"font.size": 21.0, "axes.facecolor": "#102030", "xtick.color": "#ff00ff", "xtick.major.size": 9.0}


@functools.cache
def hypernetwork():
    return wl.AttentionalHypernetwork(wl.MLP((2, 3, 1)), key=jax.random.key(0), hyperdepth=2)


@functools.cache
def reading():
    return wl.algorithms.pudding(n=3, hidden=6).reading


ONE_PANEL = {
    "plot_architecture": lambda **into: wl.plot_architecture(hypernetwork(), **into),
    "plot_connectors": lambda **into: wl.plot_connectors(fabricated_connectors(), **into),
    "plot_encoder_ablation": lambda **into: wl.plot_encoder_ablation(swept_measures(), **into),
    "plot_errors": lambda **into: wl.plot_errors({"one": np.array([0.1, 0.2, 0.4])}, in_frames=2, **into),
    "plot_generalisation": lambda **into: wl.plot_generalisation(loss_by_size(), **into),
    "plot_network": lambda **into: wl.plot_network(small_network(), layout="layered", **into),
    "plot_reading": lambda **into: wl.plot_reading(reading(), **into),
}
MANY_PANELS = {
    "plot_forecast": lambda **into: wl.plot_forecast(TRUTH, 0.9 * TRUTH, in_frames=3, **into),
    "plot_front": lambda **into: wl.plot_front(swept_measures(), **into),
    "plot_order_parameters": lambda **into: wl.plot_order_parameters(swept_measures(), **into),
    "plot_phase_diagram": lambda **into: wl.plot_phase_diagram(swept_measures(), **into),
    "plot_similarity": lambda **into: wl.plot_similarity(similarity_table(), **into),
    "plot_trajectories": lambda **into: wl.plot_trajectories(TRAJECTORIES, **into),
}
EVERY = ONE_PANEL | MANY_PANELS


def named(cases):
    return pytest.mark.parametrize("plot", list(cases.values()), ids=list(cases))


@contextlib.contextmanager
def users_style():
    with matplotlib.rc_context(USERS):
        before = matplotlib.rcParams.copy()
        yield
        assert matplotlib.rcParams.copy() == before


def test_every_public_figure_is_tested_here():
    assert set(EVERY) == {name for name in wl.__all__ if name.startswith("plot_")}


@named(EVERY)
def test_a_figure_shows_itself_the_same_whatever_the_users_settings(plot):
    """Matplotlib makes ticks when it draws, from the settings of that moment."""
    with users_style():
        figure = plot()
        content, size = figure._repr_png_()
    assert isinstance(figure, HouseFigure)
    assert plot()._repr_png_() == (content, size)
    inches = figure.get_size_inches()
    assert size == {axis: round(72 * length) for axis, length in zip(("width", "height"), inches)}
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == pytest.approx(tuple(144 * inches), abs=1)
        assert picture.getpixel((0, 0))[:3] == (255, 255, 255)
        assert len(picture.convert("L").getcolors()) > 2


def test_what_a_file_is_like_is_the_users_choice():
    figure, content = wl.plot_front(swept_measures()), io.BytesIO()
    with matplotlib.rc_context({"savefig.dpi": 50}):
        figure.savefig(content, format="png")
    with Image.open(content) as picture:
        assert picture.size[0] == pytest.approx(50 * figure.get_size_inches()[0], abs=1)


@named(ONE_PANEL)
def test_two_stand_side_by_side_in_axes_of_the_users_style(plot):
    with users_style():
        figure = Figure(figsize=(12, 5), layout="constrained")
        left, right = figure.subplots(1, 2)
        assert plot(ax=left) is figure
        assert plot(ax=right) is figure
        figure.draw_without_rendering()
    assert len(left.get_children()) == len(right.get_children()) > 10
    assert matplotlib.colors.to_hex(left.get_facecolor()) == USERS["axes.facecolor"]
    for axes in (left, right):
        assert figure.bbox.x0 <= axes.bbox.x0 < axes.bbox.x1 <= figure.bbox.x1
    assert left.bbox.x1 <= right.bbox.x0


@pytest.mark.slow
@named(MANY_PANELS)
def test_two_stand_side_by_side_in_parts_of_a_figure_of_the_users_style(plot):
    with users_style():
        figure = Figure(figsize=(16, 5))
        left, right = figure.subfigures(1, 2)
        assert plot(figure=left) is figure
        assert plot(figure=right) is figure
        figure.draw_without_rendering()
    assert len(left.axes) == len(right.axes) >= 1
    assert matplotlib.colors.to_hex(left.axes[0].get_facecolor()) == USERS["axes.facecolor"]
    assert max(axes.bbox.x1 for axes in left.axes) <= min(axes.bbox.x0 for axes in right.axes)


def test_a_figure_can_be_changed_afterwards():
    figure = wl.plot_front(swept_measures())
    figure.axes[0].set_title("mine", fontsize=STYLE["font.size"] + 20)
    figure.set_size_inches(3, 2)
    content, size = figure._repr_png_()
    assert size == {"width": 216, "height": 144}
    assert content != wl.plot_front(swept_measures())._repr_png_()[0]


def test_figures_do_not_gather_in_pyplot():
    """A figure of pyplot's would be shown twice in a notebook: by the cell's end and as its value."""
    from matplotlib import pyplot

    figure = wl.plot_network(small_network(), layout="layered")
    assert isinstance(figure, HouseFigure)
    assert pyplot.get_fignums() == []
