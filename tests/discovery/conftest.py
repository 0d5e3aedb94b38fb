"""Runs that several modules only read."""

import pytest

import weightloom as wl
from tests.tiny import train_tiny


@pytest.fixture(scope="module")
def run(trained):
    """The shared run of the hypernetwork method."""
    return wl.open_run(trained)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    """The same network trained by Adam."""
    return train_tiny(tmp_path_factory.mktemp("adam") / "run", method="adam", checkpoints=3)
