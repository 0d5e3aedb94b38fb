"""Commands run in the tests' process."""

import signal
import sys

import pytest

from weightloom.cli import main


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command line: its exit code, output and errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["weightloom", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGINT)
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code or 0
        finally:
            signal.signal(signal.SIGINT, handler)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(command):
    """Run a command line that cannot be carried out: the one sentence that it answers."""

    def run(*arguments):
        code, output, errors = command(*arguments)
        assert (code, output) == (2, "")
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
        return errors

    return run
