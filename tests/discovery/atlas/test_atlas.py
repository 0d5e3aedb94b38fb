"""Families are programs up to constants and sizes, and the atlas agrees with names that it does not know."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.atlas import atlas, family, variant
from weightloom.discovery.atlas.families import is_drawn


@pytest.mark.parametrize(
    ("construction", "n", "name"),
    [
        (make.l1, 4, "Σ[i] e(xᵢ)"),
        (make.l1, 6, "Σ[i] e(xᵢ)"),
        (make.gini, 4, "Σ[i<j] e(xᵢ − xⱼ)"),
        (make.variation, 5, "Σ[i] e(xᵢ − xᵢ₊₁)"),
        (make.clipped, 4, "Σ[i] e(xᵢ + b) − Σ[i] e(xᵢ + b)"),
    ],
)
def test_a_family_has_no_constants_and_no_sizes(construction, n, name):
    assert family(make.built(construction(n, np.random.default_rng(0))).reading) == name


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (wl.algorithms.double_sided(n=4), "both sides"),
        (wl.algorithms.pudding(n=4, sign=1), "negative side"),
        (wl.algorithms.pudding(n=4, sign=-1), "positive side"),
    ],
    ids=["double-sided", "pudding+", "pudding-"],
)
def test_the_sides_of_the_neurons_are_a_variant(network, name):
    assert (family(network.reading), variant(network.reading)) == ("Σ[i] e(xᵢ)", name)


@pytest.mark.parametrize(("sign", "is_typical"), [(np.abs, True), (np.asarray, False)], ids=["one sign", "both signs"])
def test_a_network_without_a_program_is_unread_and_may_be_drawn(sign, is_typical):
    """With output weights of both signs the mean of the draws is nearly flat, and explains none of the curvature."""
    generator = np.random.default_rng(0)
    weight, readout = generator.standard_normal((12, 40)), generator.standard_normal((40, 1))
    layers = [(weight, np.zeros(40)), (sign(readout), np.zeros(1))]
    reading = wl.Network(wl.MLP((12, 40, 1)), layers).reading
    assert (reading.verdict.state, family(reading), variant(reading)) == ("unread", "unread", "")
    assert is_drawn(reading) == is_typical


@pytest.mark.slow
def test_the_atlas_of_the_included_run_agrees_with_the_names(unchecked):
    networks = atlas(wl.open_run("l1-paper")).networks
    assert len(networks) == 120
    assert adjusted_rand_score(networks.algorithm, networks.family + networks.variant) >= 0.9


def test_an_atlas_has_one_row_for_each_network_and_each_program(run):
    found = run.atlas(step=1)
    table = run.table(1)
    np.testing.assert_array_equal(found.networks.loss, table.loss)
    assert found.steps == [1]
    assert len(found.families) == len(found.networks.groupby(["family", "variant"]))
    assert found.families.family[0] in repr(found)
    assert "<table" in found._repr_html_()
