"""The page in a browser that reaches no network: every network can be chosen, and is drawn as it is."""

import importlib

import jax
import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from tests.discovery.page.fabricated import FabricatedRun
from tests.discovery.page.reading import number_of, weights
from tests.discovery.page.test_page import HOSTILE
from weightloom.discovery.page.contents import contents
from weightloom.figures.layouts._force_directed import attraction_matrix, energy, force_directed
from weightloom.figures.network import FAINTEST

ERRORS = "document.documentElement.dataset.errors ?? ''"


@pytest.fixture
def opened(browser):
    """Open a page; at the test's end it must have met no error and asked for nothing but itself."""
    pages = []
    browser.errors.clear()
    browser.requests.clear()

    def open_page(page, fragment=""):
        browser.open_report(page, fragment)
        pages.append(page.resolve().as_uri())
        return browser

    yield open_page
    assert browser.evaluate(ERRORS) == ""
    assert browser.errors == []
    assert {address.partition("#")[0] for address in browser.requests} <= {*pages, "about:blank"}


def assert_drawn(browser, data, network):
    browser.wait_for(f"""document.querySelector('#drawing[data-drawn="{network}"]')""")
    visible = sum((np.abs(w) >= FAINTEST * np.abs(w).max()).sum() for w in weights(data, network) if w.any())
    assert browser.evaluate("document.querySelectorAll('#drawing .weights line').length") == visible
    kinds = browser.evaluate("[...document.querySelectorAll('#drawing circle')].map((c) => c.getAttribute('class'))")
    sizes = data["sizes"]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        kind: count
        for kind, count in (("input", sizes[0]), ("hidden", sum(sizes[1:-1])), ("output", sizes[-1]))
        if count
    }
    assert "NaN" not in browser.evaluate("document.body.innerHTML.replace(/<script.*/s, '')")


def text_of(browser, selector):
    return browser.evaluate(f"document.querySelector('{selector}').textContent")


def test_the_address_chooses_a_network(opened, page, data, run):
    beta = data["betas"][1]
    browser = opened(page, f"#seed=1&step=1&beta={beta:.3e}")
    assert_drawn(browser, data, number_of(data, 1, 0, 1))
    measured = run.measures.sel(seed=1, step=1, beta=beta)
    assert f"{float(measured.loss):.3g}"[:4] in text_of(browser, "#facts")
    assert "step 1" in text_of(browser, "#front h2")


def test_an_address_that_names_no_network_shows_one_all_the_same(opened, page, data):
    browser = opened(page, "#seed=9&step=x&beta=-1&other=%3Cscript%3E")
    assert_drawn(browser, data, data["start"])


def test_every_cell_is_a_network_that_a_click_draws(opened, page, data):
    browser = opened(page)
    cells = browser.evaluate("[...document.querySelectorAll('#phases .cell')].map((c) => Number(c.dataset.network))")
    assert sorted(cells) == list(range(12))
    for network in cells:
        browser.click(f'#phases .cell[data-network="{network}"]')
        assert_drawn(browser, data, network)
    assert browser.evaluate("location.hash").startswith("#seed=1&step=12&beta=")


@pytest.mark.parametrize("figure", ["front", "orders", "ledger", "ablation"])
def test_every_point_of_a_figure_is_a_network_that_a_click_draws(opened, page, data, figure):
    browser = opened(page, f"#seed=0&step=12&beta={data['betas'][0]}")
    assert_drawn(browser, data, number_of(data, 0, 1, 0))
    network = number_of(data, 0, 1, 2)
    browser.click(f'#{figure} .point[data-network="{network}"]')
    assert_drawn(browser, data, network)


def test_keys_move_over_the_phase_diagram(opened, page, data):
    browser = opened(page, f"#seed=1&step=1&beta={data['betas'][1]}")
    cell = f'#phases .cell[tabindex="0"][data-network="{number_of(data, 1, 0, 1)}"]'
    browser.evaluate(f"document.querySelector('{cell}').focus()")
    for key, place in (
        ("ArrowRight", (1, 1, 1)),
        ("ArrowUp", (1, 1, 2)),
        ("ArrowUp", (1, 1, 2)),
        ("ArrowLeft", (1, 0, 2)),
    ):
        browser.press(key)
        assert_drawn(browser, data, number_of(data, *place))
    assert "seed 1, step 1, β 1" in browser.evaluate("document.activeElement.getAttribute('aria-label')")


def test_the_layout_has_the_figures_energy(opened, tmp_path):
    run = FabricatedRun(tmp_path, (3, 6, 1))
    browser = opened(wl.report(run, tmp_path.parent / f"{tmp_path.name}.html"))
    network, data = 4, contents(run)
    own = weights(data, network)
    positions = browser.evaluate(
        f"(() => {{ const work = settle(weightsOf({network}), DATA.sizes); let next;"
        "do next = work.next(); while (!next.done); return next.value; })()"
    )
    attraction = attraction_matrix(own)
    figure = float(energy(attraction, force_directed(own, jax.random.key(0))))
    assert float(energy(attraction, np.array(positions))) <= 1.01 * figure
    np.testing.assert_allclose(
        browser.evaluate(f"[...attractionMatrix(weightsOf({network}), DATA.sizes)]"), attraction.ravel()
    )


@pytest.mark.parametrize("sizes", [(2, 1), (3, 4, 5, 1)])
def test_networks_of_any_depth_are_drawn(opened, tmp_path, sizes):
    run = FabricatedRun(tmp_path / "run", sizes, steps=(0, 1, 4, 16, 64))
    data = contents(run)
    browser = opened(wl.report(run, tmp_path / "page.html"))
    browser.click('#phases .cell[data-network="7"]')
    assert_drawn(browser, data, 7)


def test_a_network_without_weights_is_drawn_as_its_neurons(opened, tmp_path):
    run = FabricatedRun(tmp_path / "run", seeds=(3,), steps=(5,), betas=2)
    run.measures["weight_0"] *= 0
    run.measures["weight_1"] *= 0
    browser = opened(wl.report(run, tmp_path / "page.html"))
    assert browser.evaluate("document.querySelectorAll('#drawing circle').length") == 6
    assert browser.evaluate("document.querySelectorAll('#drawing line').length") == 0


def test_a_baseline_shows_what_it_has(opened, tmp_path):
    run = FabricatedRun(tmp_path / "run", method="adam")
    loss = (("inputs", "hidden"), [[0.1, np.nan], [0.01, 1.0]])
    map_of_sizes = xr.Dataset({"loss": loss}, {"inputs": [2, 4], "hidden": [3, 6]})
    browser = opened(wl.report(run, tmp_path / "page.html", map_of_sizes))
    sections = browser.evaluate("[...document.querySelectorAll('section')].map((section) => section.id)")
    assert sections == ["front", "phases", "orders", "generalisation"]
    assert "Loss over training" in text_of(browser, "#front h2")
    assert text_of(browser, "td.trained") == "0.1"
    browser.click('#phases .cell[data-network="2"]')
    assert_drawn(browser, contents(run), 2)


def test_a_compact_copy_says_what_it_leaves_out(opened, tmp_path):
    run = FabricatedRun(tmp_path / "run")
    run.measures = run.measures.drop_vars("kl_edge")
    browser = opened(wl.report(run, tmp_path / "page.html"))
    browser.wait_for("document.querySelector('#drawing[data-drawn]')")
    assert "is not in this run, which is a compact copy" in browser.evaluate("document.body.innerText")


def test_hostile_names_run_nothing(opened, tmp_path):
    browser = opened(wl.report(FabricatedRun(tmp_path / "run", task=HOSTILE), tmp_path / "page.html"))
    assert text_of(browser, "h1").startswith("</script><script>")
    assert browser.evaluate("document.images.length") == 0


def test_a_page_of_some_steps_says_so(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.import_module("weightloom.discovery.page.contents"), "LARGEST_NETWORKS", 4 * 6 * 27)
    run = FabricatedRun(tmp_path / "run", steps=(1, 2, 4, 8, 16, 32, 64))
    browser = opened(wl.report(run, tmp_path / "page.html"))
    assert text_of(browser, "#note") == "To limit its size, this page includes 4 of the 7 measured steps."


def test_a_narrow_page_does_not_scroll_sideways(opened, browser, page):
    with browser.sized(390, 844):
        opened(page)
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
