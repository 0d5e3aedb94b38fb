"""`weightloom.plot`: one name for whatever there is to show, and what notebooks show by themselves."""

import numpy as np
import pytest

import weightloom as wl
from tests.plotting import fabricated_connectors, similarity_table, small_network
from tests.tiny import train_tiny
from weightloom.discovery.algorithms.names import ALGORITHMS


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
    with pytest.raises(wl.InputError, match=f"a {type(thing).__name__} cannot be plotted: give a Network, a Reading"):
        wl.plot(thing)


def test_measures_are_no_similarity_table(run):
    with pytest.raises(wl.InputError, match="the table lacks value"):
        wl.plot(run.measures)


def test_a_runs_table_has_a_row_per_network(run):
    table = run.table()
    assert list(table.columns[:7]) == ["seed", "beta", "algorithm", "loss", "r2", "kl", "margin"]
    last = run.measures.isel(step=-1)
    assert len(table) == last.sizes["seed"] * last.sizes["beta"]
    for row in table.to_dict("records"):
        network = last.sel(seed=row["seed"], beta=row["beta"])
        assert {name: row[name] for name in ("loss", "kl", "margin")} == {
            name: float(network[name]) for name in ("loss", "kl", "margin")
        }
        assert row["algorithm"] == network.algorithm.item()


def test_a_table_is_of_the_step_that_was_asked_for(run, field_run):
    first = run.measures.isel(step=0)
    assert sorted(run.table(int(first.step)).loss) == sorted(first.loss.values.ravel().tolist())
    for any_run in (run, field_run):
        with pytest.raises(wl.InputError, match="step 999 was not measured: the measured steps are "):
            any_run.table(999)


def test_a_fields_runs_table_has_the_errors_inside_and_after_the_trained_times(field_run):
    errors = field_run.measures.validation_mse.isel(step=-1)
    [row] = field_run.table().to_dict("records")
    assert row["model"] == field_run.model.label
    assert row["in_t"] == pytest.approx(float(errors[..., :4].mean()))
    assert row["out_t"] == pytest.approx(float(errors[..., 4:].mean()))


def test_a_runs_view_names_every_algorithm_loss_and_kl_and_stays_short(run):
    view = run._repr_html_()
    last = run.measures.isel(step=-1)
    assert view.count("<tr>") == 1 + last.sizes["beta"]
    for loss, algorithm in zip(last.loss.values.ravel(), last.algorithm.values.ravel()):
        assert f"{loss:.3g}" in view
        assert ALGORITHMS[str(algorithm)].legend in view
    long = wl.open_run("l1-paper")
    assert long._repr_html_().count("<tr>") == 1 + 12
    assert "12 of 30 β and 4 of 4 seeds; run.table() has all." in long._repr_html_()


def test_a_fields_runs_view_has_a_row_per_step(field_run):
    view = field_run._repr_html_()
    assert view.count("<tr>") == 1 + min(12, field_run.measures.sizes["step"])
    assert f"{field_run.table().in_t[0]:.1e}" in view


def test_users_names_stay_text_in_views():
    """Notebooks run scripts that a view holds."""
    data = wl.fields.Trajectories(np.ones((1, 2, 3, 3, 1)), [0.0, 1.0], np.zeros((3, 3, 2)), ["<script>"])
    assert "<script>" not in data._repr_html_()
    assert "&lt;script&gt;" in data._repr_html_()


def test_data_and_connectors_show_a_picture_that_is_inside_the_view():
    for thing in (wl.fields.heat(1, frames=3, grid=8), fabricated_connectors()):
        assert thing._repr_html_().count('src="data:image/png;base64,') == 1


def test_a_network_shows_its_drawing_unless_that_is_too_large(run):
    network = run.network(0, float(run.measures.beta[0]))
    assert network._repr_svg_().count("<use") == sum(network.architecture.sizes)
    large = wl.MLP((200, 101, 1))
    parameters = [(np.ones(weight), np.ones(bias)) for weight, bias in large.shapes]
    assert wl.Network(large, parameters)._repr_svg_() is None


@pytest.mark.parametrize(
    ("points", "kind"),
    [
        (np.linspace(0, 1, 12)[:, None], "lines"),
        (np.random.default_rng(0).random((12, 2)), "collections"),
        (np.random.default_rng(0).random((12, 3)), "collections"),
        (np.eye(3)[np.arange(12) % 3], "collections"),
    ],
    ids=["line", "plane", "space", "sphere"],
)
def test_trajectories_at_any_points_have_a_picture(points, kind):
    values = np.random.default_rng(1).standard_normal((2, 4, 12, 2))
    data = wl.fields.Trajectories(values, np.arange(4.0), points, ["first", "second"])
    panels = wl.plot_trajectories(data, 1, channel="second", frames=[0, 3]).axes[:2]
    assert [panel.get_title() for panel in panels] == ["0", "3"]
    for panel, frame in zip(panels, (0, 3)):
        [drawn] = getattr(panel, kind)
        shown = drawn.get_ydata() if kind == "lines" else drawn.get_array()
        np.testing.assert_array_equal(np.sort(shown), np.sort(data.values[1, frame, :, 1]))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"channel": "wind"}, "channel 'wind' is unknown"),
        ({"trajectory": 7}, "trajectories"),
        ({"frames": [9]}, "frames"),
    ],
)
def test_what_trajectories_do_not_have_is_named(options, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        wl.plot_trajectories(wl.fields.heat(1, frames=3, grid=8), **options)
