"""Pages of the shared run, and a browser to open them in."""

import os

import pytest

import weightloom as wl
from tests.discovery.page.browser import Browser, find_chromium
from tests.discovery.page.reading import embedded


@pytest.fixture(scope="session")
def run(trained):
    return wl.open_run(trained)


@pytest.fixture(scope="session")
def page(run, tmp_path_factory):
    """The shared run's page."""
    return wl.report(run, tmp_path_factory.mktemp("report") / "page.html")


@pytest.fixture(scope="session")
def data(page):
    """What the shared run's page embeds."""
    return embedded(page)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One headless Chromium for all tests of a worker."""
    command = find_chromium()
    if command is None:
        reason = "pages are tested in Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with Browser(command, tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
