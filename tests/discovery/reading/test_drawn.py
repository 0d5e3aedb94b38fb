""" "w ~ D" holds for networks that are draws, at the rate that a test of this level promises, and for no others."""

import numpy as np
import pytest
from scipy import stats

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import Program, Reading, drawn
from weightloom.discovery.reading.canonical import canonical


def random_network(seed, n=4, hidden=16):
    rng = np.random.default_rng(seed)
    weight, readout = rng.standard_normal((n, hidden)), rng.uniform(0.5, 1, (hidden, 1))
    return make.layers(weight, rng.standard_normal(hidden), readout, np.zeros(1))


@pytest.mark.slow
def test_ranks_of_draws_are_nearly_uniform():
    found = [drawn(random_network(seed)) for seed in range(30)]
    # D is known from the network's own weights, so that ranks are not exactly uniform.
    for ranks in ([one.rank for one in found], [one.sharing for one in found]):
        assert stats.kstest(ranks, "uniform").pvalue > 0.01
    assert np.mean([one.state == "drawn" for one in found]) >= 0.8


@pytest.mark.parametrize(
    "network",
    [
        wl.algorithms.double_sided(n=8, hidden=24),
        make.built(make.gini(5, np.random.default_rng(0))),
    ],
    ids=["double-sided", "gini"],
)
def test_networks_with_a_program_are_no_draws(network):
    assert drawn(network).state == "unread"


def test_half_of_the_neurons_twice_is_no_draw_of_all():
    network = random_network(0, hidden=8)
    twice = make.duplicated(make.duplicated(network, np.random.default_rng(0)), np.random.default_rng(1))
    weight, bias, readout, constant = make.arrays(twice)
    four = make.layers(np.tile(weight, 6), np.tile(bias, 6), np.tile(readout, (6, 1)) / 6, constant)
    assert drawn(four).rank > 0.975


def test_only_unread_networks_of_one_output_are_drawn():
    assert wl.algorithms.double_sided(n=4).reading.drawn is None
    network = random_network(0)
    nothing = Program("swish", np.zeros(1), None, (), 4)
    reading = Reading(network, nothing, 0.03, canonical(network))
    assert reading.verdict.state == "unread"
    assert reading.drawn == drawn(network)
    assert ("w ~ D" in repr(reading)) == (reading.drawn.state == "drawn")


def test_what_a_line_has_of_a_network_is_not_explained_by_draws():
    # Nearly the line (x₀ − x₁)/40, with 1 % of curvature, x₀² − x₁², that no mean of draws has.
    found = drawn(make.layers(0.05 * np.eye(2), np.zeros(2), np.array([[1.0], [-1.0]]), np.zeros(1)))
    assert (found.explained < 0.1, found.state) == (True, "unread")


def test_networks_of_several_outputs_or_layers_are_refused():
    with pytest.raises(wl.InputError, match="cannot be drawn again: give a network of one output"):
        drawn(make.layers(np.eye(2), np.zeros(2), np.eye(2), np.zeros(2)))
    layers = [(np.eye(2), np.zeros(2))] * 3
    with pytest.raises(wl.InputError, match="give an MLP with one hidden layer"):
        drawn(wl.Network(wl.MLP((2, 2, 2, 2)), layers))


def test_the_same_draws_are_made_each_time():
    assert drawn(random_network(3)) == drawn(random_network(3))
