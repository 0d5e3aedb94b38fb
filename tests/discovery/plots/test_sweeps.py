import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from tests.plotting import random_measures
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots.sweeps import draw_sweeps, drawable, sweeps_at
from weightloom.errors import InputError
from weightloom.figures.style import PALE


@pytest.mark.parametrize(("step", "expected"), [(None, 200), (0, 0), (100, 100)])
def test_the_last_step_is_the_default(measures, step, expected):
    at = sweeps_at(measures, step, "loss")
    np.testing.assert_array_equal(at.loss, measures.loss.sel(step=expected).sortby("beta"))
    assert (np.diff(at.beta) > 0).all()


def test_a_step_that_was_not_measured_is_refused_with_those_that_were(measures):
    with pytest.raises(InputError, match="step 150 was not measured: the measured steps are 0, 100, 200"):
        sweeps_at(measures, 150, "loss")
    with pytest.raises(InputError, match=r"the measured steps are 0, 1, 2, 3, …, 49\."):
        sweeps_at(random_measures(steps=range(50)), 99, "loss")


def test_one_value_that_is_not_finite_leaves_the_network_out():
    across, up = drawable(np.array([[1.0, np.nan, 3.0]]), np.array([[np.inf, 2.0, 4.0]]), step=9, what="losses")
    np.testing.assert_array_equal(across, [[np.nan, np.nan, 3.0]])
    np.testing.assert_array_equal(up, [[np.nan, np.nan, 4.0]])
    with pytest.raises(InputError, match="no finite losses at step 9: choose another step"):
        drawable(np.array([[np.nan]]), step=9, what="losses")


@pytest.mark.parametrize("colours", [None, ["#123456", "#abcdef"]])
def test_every_seed_is_a_line_and_every_network_a_marker_of_its_algorithm(measures, colours):
    axes = Figure().subplots()
    at = sweeps_at(measures, None, "loss", "kl", "algorithm")
    draw_sweeps(axes, at.kl.values, at.loss.values, at.algorithm.values, colours)
    assert [to_hex(line.get_color()) for line in axes.lines] == (colours or [PALE] * 2)
    for seed, line in enumerate(axes.lines):
        np.testing.assert_array_equal(line.get_xdata(), at.kl.values[seed])
    by_colour = {tuple(group.get_facecolor()[0]): len(group.get_offsets()) for group in axes.collections}
    for name, label in ALGORITHMS.items():
        assert by_colour.get(to_rgba(label.colour), 0) == (at.algorithm.values == name).sum()


def test_markers_of_many_seeds_are_small_but_visible():
    areas = []
    for seeds in (1, 33, 1000):
        axes = Figure().subplots()
        draw_sweeps(axes, np.ones((seeds, 1)), np.ones((seeds, 1)), np.full((seeds, 1), "convexity"))
        areas.append(axes.collections[0].get_sizes()[0])
    assert areas[0] > areas[1] >= areas[2] > 4
