"""Every page that the package writes, in Chromium: nothing is blocked, nothing fails, every image can be seen.

They need Chromium: apt-get install chromium.
"""

import pytest

import weightloom as wl
from tests.browser import browser as browser
from tests.discovery.page.fabricated import FabricatedRun
from tests.plotting import loss_by_size, similarity_table
from weightloom.similarity.page import report_similarity

PHONE, DESK = (390, 844), (1400, 1000)


def of_a_run(path):
    return wl.report(FabricatedRun(path.parent / "run"), path, loss_by_size())


def of_a_baseline(path):
    return wl.report(FabricatedRun(path.parent / "run", method="adam"), path)


def of_few_encoders(path):
    return report_similarity(similarity_table(), path)


def of_many_encoders(path):
    return report_similarity(similarity_table(encoders=20, scores=1), path)


PAGES = [of_a_run, of_a_baseline, of_few_encoders, of_many_encoders]


def open_page(browser, path):
    browser.open(path)
    if browser.evaluate("document.querySelector('#drawing') != null"):
        browser.open_report(path)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("write", PAGES)
def test_a_page_loads_without_a_blocked_request_an_error_or_an_empty_image(write, size, browser, tmp_path):
    browser.requests.clear()
    browser.errors.clear()
    with browser.sized(*size):
        path = write(tmp_path / "page.html")
        open_page(browser, path)
        images = browser.images()
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.errors == []
    addresses = {address for address in browser.requests if not address.startswith(("data:", "about:"))}
    assert addresses == {path.resolve().as_uri()}
    assert all(image["own"] > 0 and image["width"] > 0 and image["height"] > 0 for image in images), images
    heat_maps = {of_few_encoders: 3, of_many_encoders: 1}.get(write, 0)
    assert len(images) == 2 * heat_maps  # each with its scale


def test_what_a_policy_blocks_is_noticed(browser, tmp_path):
    """The test above can fail: with the policy as it once was, the heat maps do not load."""
    path = of_few_encoders(tmp_path / "page.html")
    path.write_text(path.read_text().replace("img-src data:", ""))
    browser.errors.clear()
    open_page(browser, path)
    assert {image["own"] for image in browser.images()} == {0}
    assert any("Content Security Policy" in error for error in browser.errors)
