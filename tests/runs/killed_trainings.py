"""Kills one training after another, each before its next change of the disk, and resumes each: `WORK IDEAL`.

A program of its own, so that it forks before any library has started threads.
"""

import itertools
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np

from tests.runs.breaking import CHANGES, broken, killed
from tests.runs.example_run import file_bytes, go_on, loss_at, read_everything, start


def train(path, acknowledge):
    with start(path, loss_at) as run:
        for step in (0, 10, 17, 25):
            go_on(run, (step,), loss_at)
            acknowledge(step)
        run.finish()


def killed_training(path, at):
    """The last step that a training acknowledged before its change number `at`, and if that killed it."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        with broken(at, killed, CHANGES):
            train(path, lambda step: os.write(write_end, bytes([step])))
        os._exit(0)
    os.close(write_end)
    acknowledged = b"".join(iter(lambda: os.read(read_end, 100), b""))
    os.close(read_end)
    status = os.waitpid(child, 0)[1]
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert was_killed or status == 0, status
    return acknowledged[-1] if acknowledged else None, was_killed


def main(work, ideal):
    expected, expected_bytes, seen = read_everything(ideal), file_bytes(ideal), set()
    for at in itertools.count(1):
        acknowledged, was_killed = killed_training(work / "run", at)
        if (work / "run" / "measures").exists():
            last = read_everything(work / "run")["last_step"]
            assert (-1 if last is None else last) >= (-1 if acknowledged is None else acknowledged), (
                at,
                last,
            )
            seen.add(last)
        else:
            assert acknowledged is None
        train_on(work / "run")
        np.testing.assert_equal(read_everything(work / "run"), expected)
        left = file_bytes(work / "run")
        left.pop("LOCK", None)
        assert left == expected_bytes, (at, left.keys() ^ expected_bytes.keys())
        shutil.rmtree(work)
        if not was_killed:
            print(json.dumps({"trainings": at, "seen": list(seen)}))
            return


def train_on(path):
    with start(path, loss_at) as run:
        if not run.complete:
            go_on(run, measures=loss_at).finish()


if __name__ == "__main__":
    os.fsync = lambda descriptor: None  # it takes most of the time, and matters to power cuts alone
    main(*map(Path, sys.argv[1:]))
