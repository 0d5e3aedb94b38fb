"""The progress bar: loss, KL and time left where a terminal watches, nothing elsewhere."""

import numpy as np
import pytest

from weightloom.training.progress import progress_bar

SCALARS = {"loss": np.array([0.5, 0.25, 9.0]), "kl": np.array([100.0, 300.0, 200.0])}


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def show_some(capfd, **options):
    with progress_bar("l1", 1000, **options) as show:
        show(250, SCALARS)
        show(1000, SCALARS)
    return capfd.readouterr()


def test_a_terminal_sees_medians_steps_and_the_time_left(terminal, capfd):
    seen = show_some(capfd)
    for text in ("l1", "1000/1000", "loss 0.5", "kl 200", "ETA"):
        assert text in seen.err
    assert seen.out == ""


def test_nobody_watching_sees_nothing(monkeypatch, capfd):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert tuple(show_some(capfd)) == ("", "")


def test_a_hidden_bar_is_silent_in_a_terminal_too(terminal, capfd):
    assert tuple(show_some(capfd, shown=False)) == ("", "")


def test_an_error_ends_the_bar_and_goes_on(terminal, capfd):
    with pytest.raises(RuntimeError, match="on purpose"), progress_bar("l1", 10) as show:
        show(1, SCALARS)
        raise RuntimeError("on purpose")
    assert "1/10" in capfd.readouterr().err


def test_a_log_gets_a_line_at_times_with_medians_and_the_time_left(monkeypatch, capfd):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    clock = iter([0.0, 10.0, 70.0, 80.0, 131.0, 200.0])  # the start, then one reading per report
    monkeypatch.setattr("weightloom.training.progress.monotonic", lambda: next(clock))
    with progress_bar("l1", 1000) as show:
        for step in (100, 200, 210, 300, 1000):
            show(step, SCALARS)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "l1: step 200 of 1,000, loss 0.5  kl 200, 8 min left",
        "l1: step 300 of 1,000, loss 0.5  kl 200, 7 min left",
    ]
