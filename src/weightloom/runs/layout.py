"""Which files a run's folder holds."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from weightloom.errors import InputError, RunError
from weightloom.runs.contents import check_contents, files_in
from weightloom.runs.json_files import short
from weightloom.runs.limits import MOST_STEPS as MOST_STEPS
from weightloom.runs.measures import Measures

CONFIG, COMPLETE, LOCK = "config.json", "COMPLETE", "LOCK"
MEASURES, PARAMETERS, STATE, FIGURES = "measures.zarr", "parameters", "state", "figures"

_STEP_FILE = r"(\d{8})\.safetensors"


def file_of_step(step: int) -> str:
    """The name of a step's file in `parameters/` and `state/`."""
    return f"{step:08}.safetensors"


def steps_in(folder: Path) -> tuple[int, ...]:
    """The steps that have a file in `parameters/` or `state/`, increasing; none without the folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"{folder} cannot be read: {error.strerror}.") from error
    matches = [re.fullmatch(_STEP_FILE, name) for name in names]
    return tuple(sorted(int(match[1]) for match in matches if match))


def checked_steps(steps: Iterable[int]) -> list[int]:
    """The steps to measure as a list.

    Raises:
        InputError: unless they are increasing whole numbers, from 0 on, that a file's name has room for.
    """
    listed = [int(step) for step in steps]
    increasing = listed == sorted(set(listed))
    if not listed or not increasing or listed[0] < 0 or listed[-1] >= MOST_STEPS:
        raise InputError(
            f"steps {short(listed)} cannot be measured: give increasing whole numbers from 0 to {MOST_STEPS - 1}."
        )
    return listed


def check_folder(
    folder: Path, measures: Measures, committed: Sequence[int], kept: Sequence[int], last: int | None
) -> None:
    """Checks that a run's folder holds all that it must, and nothing that it must not.

    Args:
        folder: the run's folder.
        measures: its measures.
        committed: the measured steps that are committed.
        kept: the committed steps whose parameters are kept.
        last: the last committed step, if any.

    Raises:
        RunError: naming a file that is missing, unexpected, or not a regular file.
    """
    found = files_in(folder, skip={FIGURES})
    begun = _files(measures, measures.steps[:1], measures.steps[:1])
    every = _files(measures, measures.steps, measures.steps)
    if last is None and found & (every - begun):
        raise RunError(f"{folder / STATE} has lost its file: restore it or train the run anew.")
    states = {name for name in found if re.fullmatch(f"{STATE}/{_STEP_FILE}", name)}
    required = {CONFIG} | _files(measures, committed, kept)
    check_contents(found, folder, required, allowed={LOCK, COMPLETE} | states | every)


def _files(measures: Measures, measured: Sequence[int], kept: Sequence[int]) -> set[str]:
    chunks = {f"{MEASURES}/{name}" for name in measures.files(measured)}
    return chunks | {f"{PARAMETERS}/{file_of_step(step)}" for step in kept}
