"""What a page embeds is the run's own, to half precision, and fits."""

import importlib

import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from tests.discovery.page.fabricated import FabricatedRun
from tests.discovery.page.reading import array, number_of, weights
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.page.contents import contents

module = importlib.import_module("weightloom.discovery.page.contents")


def assert_networks_are_the_runs(data, run):
    for seed, step, beta in np.ndindex(len(data["seeds"]), len(data["steps"]), len(data["betas"])):
        own = run.network(data["seeds"][seed], data["betas"][beta], step=data["steps"][step]).parameters
        for read, (weight, _) in zip(weights(data, number_of(data, seed, step, beta)), own, strict=True):
            np.testing.assert_allclose(read, weight, rtol=1e-3, atol=1e-7 * np.abs(weight).max())


def test_every_network_is_the_runs_own(run, data):
    assert (data["seeds"], data["steps"], data["sizes"]) == ([0, 1], [1, 12], [2, 3, 1])
    assert_networks_are_the_runs(data, run)


@pytest.mark.parametrize("sizes", [(2, 1), (3, 4, 5, 2, 1)])
def test_every_network_is_the_runs_own_at_any_depth(tmp_path, sizes):
    run = FabricatedRun(tmp_path, sizes)
    run._stored = lambda seed, step, beta: _stored(run, seed, step, beta)
    assert_networks_are_the_runs(contents(run), run)


def _stored(run, seed, step, beta):
    at = run.measures.sel(seed=seed, step=step, beta=beta)
    layers = range(len(run.config.sizes) - 1)
    return wl.Network(run.config.architecture, [(at[f"weight_{k}"].values, at[f"bias_{k}"].values) for k in layers])


@pytest.mark.parametrize("factor", [1e-30, 1e30, 0.0])
def test_weights_beyond_half_precisions_reach_keep_theirs(tmp_path, factor):
    run = FabricatedRun(tmp_path)
    run.measures["weight_0"] = run.measures.weight_0 * np.float32(factor)
    assert_networks_are_the_runs(contents(run), run)


def test_measures_are_the_runs_own(run, data):
    shape = (2, 2, 3)
    ordered = run.measures.transpose("seed", "step", "beta", ...)
    assert {"loss", "loss_without_encoder", "kl", "seed_dependence"} <= data["scalars"].keys()
    for name, text in data["scalars"].items():
        np.testing.assert_array_equal(array(text, "<f4", *shape), ordered[name].values)
    names = np.array(list(ALGORITHMS))[array(data["algorithm"], "<u1", *shape)]
    np.testing.assert_array_equal(names, ordered.algorithm.values)
    np.testing.assert_array_equal(array(data["hyperlayers"], "<f4", *shape, 2), ordered.kl_hyperlayer.values)
    np.testing.assert_array_equal(array(data["edges"], "<f4", 2, 3, 9), ordered.kl_edge.values[:, -1])


def test_colours_and_names_are_the_palettes(data):
    algorithms = data["palette"]["algorithms"]
    assert [one["colour"] for one in algorithms] == [label.colour for label in ALGORITHMS.values()]
    assert [one["name"] for one in algorithms] == [label.legend for label in ALGORITHMS.values()]
    assert len({one["marker"] for one in algorithms}) == len(ALGORITHMS)


def test_too_much_data_means_fewer_steps_up_to_the_last(tmp_path, limit):
    run = FabricatedRun(tmp_path, steps=(1, 2, 4, 8, 16, 32, 64))
    limit(4 * 6 * 27)  # four steps of six networks, nine weights each
    data = contents(run)
    assert data["steps"] == [1, 4, 16, 64]
    assert data["measured"] == {"steps": 7, "betas": 3}
    assert_networks_are_the_runs(data, run)


def test_still_too_much_data_means_fewer_betas_of_the_last_step(tmp_path, limit):
    run = FabricatedRun(tmp_path, betas=9)
    limit(3 * 2 * 27)
    data = contents(run)
    assert data["steps"] == [100]
    np.testing.assert_allclose(data["betas"], [1e-12, 1e-6, 1])
    assert_networks_are_the_runs(data, run)


def test_too_large_a_network_is_refused(tmp_path, limit):
    limit(27)
    with pytest.raises(wl.InputError, match="networks of 9 weights from 2 seeds are too large for a page"):
        contents(FabricatedRun(tmp_path))


def test_a_baseline_has_no_kl(tmp_path):
    data = contents(FabricatedRun(tmp_path, method="adam"))
    assert data["betas"] == [0.0]
    assert data["scalars"].keys() == {"loss", "double_sidedness", "strongest_connection", "margin"}
    assert data["hyperlayers"] is data["edges"] is None


def test_of_several_draws_the_median_is_shown(run):
    loss = (("inputs", "hidden", "draw"), [[[9.0, 0.5, 0.25]]])
    given = xr.Dataset({"loss": loss}, {"inputs": [4], "hidden": [6]})
    assert contents(run, given)["generalisation"]["loss"] == [[0.5]]


def test_generalisation_is_sorted_and_may_have_gaps(run):
    loss = (("hidden", "inputs"), [[0.5, np.nan], [0.25, 2.0]])
    given = xr.Dataset({"loss": loss}, {"hidden": [96, 48], "inputs": [16, 32]})
    read = contents(run, given)["generalisation"]
    assert read == {"loss": [[0.25, 0.5], [2.0, None]], "inputs": [16, 32], "hidden": [48, 96]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (xr.Dataset(), "the dataset has no inputs: give a Dataset"),
        (xr.Dataset({"loss": ("inputs", [1.0])}, {"inputs": [4]}), "the dataset has no hidden: give a Dataset"),
        (
            xr.Dataset({"loss": (("inputs", "hidden"), [[1.0]])}, {"inputs": [4]}),
            "the dataset has no hidden: give a Dataset",
        ),
        (
            xr.Dataset({"loss": (("inputs", "hidden"), [["low"]])}, {"inputs": [4], "hidden": [9]}),
            "the dataset has a loss that is not a number",
        ),
    ],
)
def test_a_generalisation_that_cannot_be_read_is_refused(run, given, said):
    with pytest.raises(wl.InputError, match=said) as raised:
        contents(run, given)
    assert "\n" not in str(raised.value)


@pytest.fixture
def limit(monkeypatch):
    """Sets how many characters all networks of a page may take."""
    return lambda characters: monkeypatch.setattr(module, "LARGEST_NETWORKS", characters)


def test_the_page_knows_the_loss_and_the_names(tmp_path):
    options = {"inputs": ("age", "rooms"), "input_scales": (0, 1, 0, 1), "outputs": ("cheap", "dear")}
    run = FabricatedRun(tmp_path, (2, 3, 2), standardisation=(0, 1, 0, 1), loss="cross-entropy", norm=False, **options)
    data = contents(run)
    assert (data["inputs"], data["outputs"]) == (["age", "rooms"], ["cheap", "dear"])
    assert data["loss_label"] == "cross-entropy in nats"
    assert "Loss as cross-entropy in nats (a constant has 1), KL" in wl.report(run, tmp_path / "p.html").read_text()
