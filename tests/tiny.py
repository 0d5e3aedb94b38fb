"""The smallest training that shows all of a run, from Python and from the command line."""

import subprocess
import sys
import time
from pathlib import Path

import weightloom as wl
from weightloom.runs.layout import steps_in

SIZES = (2, 3, 1)
STEPS = 12
MEASURED = (1, STEPS)
SEEDS = (0, 1)
# Trainings that differ in nothing but seeds, steps, checkpoints and what is kept run the same compiled program.
OPTIONS = {"hyperdepth": 2, "measured_betas": 3, "batch": 8, "checkpoints": 2, "warmup": (2, 6)}
LINE = [
    "--sizes",
    "2,3,1",
    "--seeds",
    "2",
    "--hyperdepth",
    "2",
    "--betas",
    "3",
    "--batch",
    "8",
    "--checkpoints",
    "2",
    "--warmup",
    "2,6",
]


def train_tiny(out, task=wl.tasks.l1, **changes) -> wl.Run:
    """Train two seeds for 12 steps, or otherwise as the changes say."""
    return wl.discover(task, wl.MLP(SIZES), out=out, **({"seeds": SEEDS, "steps": STEPS} | OPTIONS | changes))


def start_tiny(task: str, out: Path, *arguments: object, **options) -> subprocess.Popen:
    """Start the same training as a command, in a process of its own; its outputs are text."""
    line = [Path(sys.executable).with_name("weightloom"), "discover", task, "--out", out, *LINE, *arguments]
    if "--steps" not in arguments:
        line += ["--steps", STEPS]
    outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(list(map(str, line)), **(outputs | options))


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    """Wait for a command's end: its exit code, output and errors."""
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def wait_for_step(out: Path, step: int, process: subprocess.Popen) -> None:
    """Wait until a training in another process has committed a step."""
    while process.poll() is None:
        if max(steps_in(out / "state"), default=-1) >= step:
            return
        time.sleep(0.002)
    raise AssertionError(f"the training ended before step {step}: {finish(process)}")
