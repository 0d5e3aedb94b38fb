"""The file layout of a run folder."""

import os
import re
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Protocol, runtime_checkable

from weightloom.errors import RunError
from weightloom.runs.contents import check_contents, files_in
from weightloom.runs.limits import MOST_STEPS as MOST_STEPS

CONFIG, COMPLETE, LOCK = "config.json", "COMPLETE", "LOCK"
MEASURES, PARAMETERS, STATE, FIGURES = "measures", "parameters", "state", "figures"
MEASURES_OF_0_1 = "measures.zarr"
_STEP_FILE = r"(\d{8})\.safetensors"


def file_of_step(step: int) -> str:
    """File name of a step in `measures/`, `parameters/` and `state/`."""
    return f"{step:08}.safetensors"


def steps_in(folder: Path) -> tuple[int, ...]:
    """The steps that have a file in a folder such as `parameters/`, in increasing order. Empty if there is no folder.

    Raises:
        RunError: if the folder cannot be read.
    """
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"{folder} cannot be read: {error.strerror}.") from error
    matches = [re.fullmatch(_STEP_FILE, name) for name in names]
    return tuple(sorted(int(match[1]) for match in matches if match))


@runtime_checkable
class MeasuredFiles(Protocol):
    """The files of a run's measures, in any version of the format.

    Attributes:
        path: the folder of the measures.
        steps: the steps to measure.
    """

    path: Path
    steps: tuple[int, ...]

    def files(self, steps: Sequence[int]) -> Set[str]:
        """Names of the files that must exist when the given steps are written, relative to the folder."""


def check_folder(
    folder: Path, measures: MeasuredFiles, committed: Sequence[int], kept: Sequence[int], last: int | None
) -> None:
    """Checks the files of a run folder.

    Args:
        folder: the run folder.
        measures: the run's measures.
        committed: the measured steps that are committed.
        kept: the committed steps whose parameters are kept.
        last: the last committed step, or None.

    Raises:
        RunError: if a file is missing, unexpected or not a regular file. The message names it.
    """
    found = files_in(folder, skip={FIGURES})
    begun = _files(measures, measures.steps[:1], measures.steps[:1])
    every = _files(measures, measures.steps, measures.steps)
    if last is None and found & (every - begun):
        raise RunError(f"{folder / STATE} has no file: restore it, or train the run again.")
    states = {name for name in found if re.fullmatch(f"{STATE}/{_STEP_FILE}", name)}
    required = {CONFIG} | _files(measures, committed, kept)
    check_contents(found, folder, required, allowed={LOCK, COMPLETE} | states | every)


def _files(measures: MeasuredFiles, measured: Sequence[int], kept: Sequence[int]) -> set[str]:
    chunks = {f"{measures.path.name}/{name}" for name in measures.files(measured)}
    return chunks | {f"{PARAMETERS}/{file_of_step(step)}" for step in kept}
