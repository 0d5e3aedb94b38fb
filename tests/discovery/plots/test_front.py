import numpy as np
import pytest
from matplotlib.colors import to_rgba

from tests.plotting import random_measures
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots import plot_front
from weightloom.errors import InputError


def markers(axes):
    """Points (x, y) of one panel by algorithm."""
    by_colour = {tuple(group.get_facecolor()[0]): group.get_offsets().data for group in axes.collections}
    return {name: by_colour.get(to_rgba(label.colour), []) for name, label in ALGORITHMS.items()}


@pytest.mark.parametrize("step", [None, 0, 100])
def test_each_network_is_a_marker_of_its_algorithm_in_both_panels(measures, step):
    figure = plot_front(measures, step=step)
    at = measures.sel(step=200 if step is None else step)
    against_kl, over_beta = figure.axes
    for name in ALGORITHMS:
        chosen = at.algorithm.values == name
        loss = at.loss.values[chosen]
        beta = np.broadcast_to(at.beta.values, chosen.shape)[chosen]
        for axes, across in ((against_kl, at.kl.values[chosen]), (over_beta, beta)):
            expected = np.stack([across, loss], axis=1)
            drawn = np.reshape(markers(axes)[name], (-1, 2))
            assert sorted(drawn.tolist()) == sorted(expected.tolist())


def test_one_line_per_seed_follows_beta(measures):
    figure = plot_front(measures)
    against_kl, over_beta = figure.axes
    assert len(against_kl.lines) == len(over_beta.lines) == 2
    ascending = measures.sel(step=200).sortby("beta")
    for seed, line in enumerate(against_kl.lines):
        np.testing.assert_array_equal(line.get_xdata(), ascending.kl.values[seed])
        np.testing.assert_array_equal(line.get_ydata(), ascending.loss.values[seed])


@pytest.mark.parametrize(
    ("kl", "scale", "label"),
    [
        ([5.0, 50.0, 5e3, 1e4], "log", "KL (nats)"),
        ([-1e-7, 0.0, 40.0, 1e4], "symlog", "KL (nats; linear below 1)"),
        ([-1e-7, 0.0, 3e-4, 3e-4], "linear", "KL (nats)"),
    ],
    ids=["large", "from nothing", "nothing"],
)
def test_the_kl_axis_suits_the_kl(measures, kl, scale, label):
    measures["kl"] = measures.kl * 0 + kl
    figure = plot_front(measures)
    axes = figure.axes[0]
    assert axes.get_xscale() == scale
    assert axes.get_xlabel() == label
    assert min(line.get_xdata().min() for line in axes.lines) >= 0
    left, right = axes.get_xlim()
    assert left <= max(kl[0], 0) < kl[-1] <= right


@pytest.mark.parametrize(
    ("loss", "scale"), [([0.4, 0.1, 0.02, 0.01], "log"), ([0.42] * 4, "linear"), ([0.0, 1, 2, 3], "linear")]
)
def test_the_loss_axis_suits_the_loss(measures, loss, scale):
    measures["loss"] = measures.loss * 0 + loss
    figure = plot_front(measures)
    assert {axes.get_yscale() for axes in figure.axes} == {scale}
    assert figure.axes[0].get_ylabel() == "loss (variance of the target)"


def test_networks_that_are_not_finite_are_left_out(measures):
    measures.loss[0, 2, 1] = np.nan
    measures.kl[1, 2, 3] = np.inf
    figure = plot_front(measures)
    points = sum(np.isfinite(np.reshape(p, (-1, 2))).all(axis=1).sum() for p in markers(figure.axes[0]).values())
    assert points == 2 * 4 - 2


def test_nothing_finite_is_no_front(measures):
    measures["loss"] = measures.loss * np.nan
    with pytest.raises(InputError, match="no finite loss and KL at step 200"):
        plot_front(measures)


def test_a_step_that_was_not_measured_is_refused_with_those_that_were(measures):
    with pytest.raises(InputError, match="step 150 was not measured: the measured steps are 0, 100, 200"):
        plot_front(measures, step=150)
    many = random_measures(steps=range(50))
    with pytest.raises(InputError, match=r"the measured steps are 0, 1, 2, 3, …, 49\."):
        plot_front(many, step=99)


@pytest.mark.parametrize("seeds", [1, 12])
@pytest.mark.parametrize("betas", [(1e-6,), (1e-12, 1.0)])
def test_a_single_network_and_many_seeds_can_be_drawn(seeds, betas):
    plot_front(random_measures(seeds, steps=[7], betas=betas)).draw_without_rendering()
