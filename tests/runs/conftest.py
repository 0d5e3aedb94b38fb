import os
import shutil

import pytest

from tests.runs.example_run import go_on, start


@pytest.fixture(autouse=True)
def _unflushed(monkeypatch):
    """Flushing takes most of the time, and matters to power cuts alone."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(scope="session")
def _examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with start(folder / "running", keep="all") as run:
        go_on(run, (0, 10, 17))
    with start(folder / "finished", keep="all") as run:
        go_on(run).finish()
    return folder


@pytest.fixture
def running(_examples, tmp_path):
    """The folder of a run that was interrupted after step 17."""
    return shutil.copytree(_examples / "running", tmp_path / "running")


@pytest.fixture
def finished(_examples, tmp_path):
    """The folder of a run that reached its end."""
    return shutil.copytree(_examples / "finished", tmp_path / "finished")
