"""How the tests of networks are compiled."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly(compiled_quickly):
    """All of them."""
