"""The atlas of a run of known networks: families, shares, margins, places, and what of a large run is read."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from matplotlib.colors import to_rgba

import weightloom as wl
from tests.discovery.atlas.built import L1, PAIRS, BuiltRun
from weightloom.discovery.atlas import atlas
from weightloom.discovery.atlas._atlas import _counts, _even
from weightloom.discovery.plots import plot_phase_diagram


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return BuiltRun(tmp_path_factory.mktemp("built") / "run", task="mine", norm=False)


@pytest.fixture(scope="module")
def found(run):
    return atlas(run, "all")


def test_every_network_is_in_its_family(run, found):
    assert (len(found.networks), found.total, found.steps) == (18, 18, [1, 10, 100])
    expected = [run.family(step, beta) for step, beta in zip(found.networks.step, found.networks.beta)]
    assert found.networks.family.tolist() == expected


def test_shares_add_up_and_representatives_are_of_their_family(found):
    assert found.families.share.sum() == pytest.approx(1)
    assert found.families.groupby("family").share.sum().to_dict() == pytest.approx({L1: 10 / 18, PAIRS: 8 / 18})
    for row in found.families.itertuples():
        own = found.networks
        own = own[(own.seed == row.seed) & (own.step == row.step) & (own.beta == row.beta)].iloc[0]
        assert (own.family, own.variant) == (row.family, row.variant)


def test_the_margin_is_the_length_of_the_other_familys_program(found):
    assert set(found.representatives) == {L1, PAIRS}
    # No sum over inputs is a sum over pairs: the other program leaves an error that costs many bits.
    assert (found.families.margin > 50).all()


def test_one_family_has_no_margin(run):
    assert math.isnan(atlas(run, 1, most=1).families.margin[0])


def test_the_phase_diagram_shows_families(run, found):
    figure = plot_phase_diagram(found)
    panel = next(axes for axes in figure.axes if axes.axison)
    mesh = panel.collections[0]
    colours = mesh.to_rgba(mesh.get_array()).reshape(3, 3, 4)
    betas = sorted(run.measures.beta.values)
    for row, beta in enumerate(betas):
        for column, step in enumerate(found.steps):
            expected = to_rgba(found.labels[run.family(step, beta)].colour)
            np.testing.assert_allclose(colours[row, column], expected)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {L1, PAIRS}


@given(st.integers(1, 8), st.integers(1, 60), st.integers(1, 60), st.integers(1, 500))
def test_no_more_is_read_than_wanted_and_hardly_less(seeds, steps, betas, most):
    counts = _counts(seeds, steps, betas, most)
    read = math.prod(counts)
    assert 1 <= read <= most
    assert all(1 <= own <= all_ for own, all_ in zip(counts, (seeds, steps, betas)))
    assert read == seeds * steps * betas or 4 * read >= min(most, seeds * steps * betas)


@given(st.integers(1, 60), st.integers(1, 60))
def test_places_are_even_and_end_at_the_last(count, chosen):
    places = _even(count, min(count, chosen))
    assert len(places) == min(count, chosen)
    assert places[-1] == count - 1
    gaps = np.diff(places)
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


def test_some_networks_are_read_of_all_seeds(run):
    some = atlas(run, "all", most=8)
    assert len(some.networks) <= 8
    assert set(some.networks.seed) == {0, 1}
    assert (some.steps[-1], some.total) == (100, 18)
    assert f"{len(some.networks)} of 18 networks" in repr(some)


@pytest.mark.parametrize("most", [0, -1, True])
def test_a_number_of_networks_that_cannot_be_used_is_refused(run, most):
    with pytest.raises(wl.InputError, match=f"most {most} cannot be used: give a whole number of at least 1"):
        atlas(run, most=most)


def test_a_step_that_was_not_measured_is_refused(run):
    with pytest.raises(wl.InputError, match='step 7 was not measured: the measured steps are 1, 10, 100, or "all"'):
        atlas(run, 7)
