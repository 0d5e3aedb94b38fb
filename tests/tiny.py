"""The smallest training that shows all of a run, from Python and from the command line."""

import subprocess
import sys
from pathlib import Path

import weightloom as wl

SIZES = (2, 3, 1)
STEPS = 12
# Trainings that differ in nothing but seeds, steps, checkpoints and what is kept run the same compiled program.
OPTIONS = {"hyperdepth": 2, "measured_betas": 3, "batch": 8, "checkpoints": 2, "warmup": (2, 6)}
LINE = "--sizes 2,3,1 --hyperdepth 2 --betas 3 --batch 8 --checkpoints 2 --warmup 2,6".split()


def train_tiny(out, task=wl.tasks.l1, **changes) -> wl.Run:
    """Train for 12 steps, or otherwise as the changes say."""
    return wl.discover(task, wl.MLP(SIZES), out=out, **({"seeds": 2, "steps": STEPS} | OPTIONS | changes))


def start_tiny(task: str, out: Path, *arguments: object, **options) -> subprocess.Popen:
    """Start the same training as a command, in a process of its own."""
    line = ["discover", task, "--out", out, "--seeds", 2, "--steps", STEPS, *LINE, *arguments]
    return start(*line, **options)


def start(*line: object, **options) -> subprocess.Popen:
    """Start a command of weightloom's; its outputs are text."""
    program = [sys.executable, "-m", "weightloom.cli"] if False else [Path(sys.executable).with_name("weightloom")]
    outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*map(str, program), *map(str, line)], **(outputs | options))
