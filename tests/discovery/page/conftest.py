"""Pages of the shared run, and a browser to open them in."""

import pytest

import weightloom as wl
from tests.browser import browser as browser
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
