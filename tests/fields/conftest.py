"""How the tests of fields are compiled."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly(compiled_quickly):
    """All of them."""
