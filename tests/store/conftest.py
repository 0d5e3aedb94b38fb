import os

import pytest

from tests.store.example_run import go_on, start


@pytest.fixture(autouse=True)
def _unflushed(monkeypatch):
    """Flushing takes most of the time, and matters to power cuts alone."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def running(tmp_path):
    """The folder of a run that was interrupted after step 17."""
    with start(tmp_path / "running", keep="all") as run:
        go_on(run, (0, 10, 17))
    return tmp_path / "running"


@pytest.fixture
def finished(tmp_path):
    """The folder of a run that reached its end."""
    with start(tmp_path / "finished", keep="all") as run:
        go_on(run).finish()
    return tmp_path / "finished"
