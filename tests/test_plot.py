"""`weightloom.plot`: one name for whatever there is to show, and what notebooks show by themselves."""

import numpy as np
import pytest

import weightloom as wl
from tests.plotting import fabricated_connectors, similarity_table, small_network
from tests.tiny import train_tiny


@pytest.fixture(scope="module")
def run(trained):
    return wl.open_run(trained)


@pytest.fixture(scope="module")
def field_run(tmp_path_factory):
    data = wl.fields.heat(6, frames=6, grid=8)
    return wl.fields.fit(data, wl.fields.MeanField(), out=tmp_path_factory.mktemp("fields") / "run", in_frames=4)


def xlabels(figure):
    return [axes.get_xlabel() for axes in figure.axes]


def test_a_run_shows_its_front(run):
    assert xlabels(wl.plot(run)) == xlabels(wl.plot_front(run.measures))


def test_a_baseline_has_no_front_and_shows_a_network(tmp_path):
    baseline = train_tiny(tmp_path / "run", method="adam", steps=1, checkpoints=1)
    assert {group.get_gid() for group in wl.plot(baseline).axes[0].collections} >= {"weights", "inputs", "outputs"}


def test_a_fields_run_shows_its_validation_errors(field_run):
    [axes] = wl.plot(field_run).axes
    [line] = axes.lines
    assert line.get_label() == field_run.model.label
    np.testing.assert_allclose(line.get_ydata(), field_run.measures.validation_mse.values.reshape(-1, 6)[-1])


def test_networks_tables_connectors_and_trajectories_show_their_own_figures(run):
    network = run.network(0, float(run.measures.beta[0]))
    for thing in (network, small_network()):
        assert len(wl.plot(thing).axes[0].collections) == 4
    assert [axes.get_title() for axes in wl.plot(similarity_table()).axes[:3]] == ["first ↑", "second ↓", "third ↑"]
    assert wl.plot(fabricated_connectors()).axes[0].get_title() == "recall@1 ↑"
    assert len(wl.plot(wl.fields.heat(1, frames=3, grid=8)).axes) == 3 + 1


@pytest.mark.parametrize("thing", [None, 3, "front", np.ones(3), wl.MLP((2, 1))], ids=str)
def test_anything_else_is_refused_with_what_can_be_shown(thing):
    with pytest.raises(wl.InputError, match=f"a {type(thing).__name__} cannot be plotted: give a Network, a Run"):
        wl.plot(thing)


def test_measures_are_no_similarity_table(run):
    with pytest.raises(wl.InputError, match="the table lacks value"):
        wl.plot(run.measures)
