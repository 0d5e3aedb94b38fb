"""A run in memory, which can be saved as a run folder."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import PyTree

from weightloom.errors import InputError
from weightloom.runs.atomic import write_folder
from weightloom.runs.base import RunStore, check_keep
from weightloom.runs.claim import made_folders
from weightloom.runs.json_files import plain, record_bytes
from weightloom.runs.layout import COMPLETE, CONFIG, MEASURES, PARAMETERS, STATE, file_of_step
from weightloom.runs.limits import SCHEMA, checked_steps
from weightloom.runs.measures import TEMPLATE, step_bytes, template_bytes
from weightloom.runs.run_folder import RunFolder
from weightloom.runs.template import Template
from weightloom.runs.tensors import arrays_bytes, tree_of


class MemoryRun(RunStore):
    """A run in memory, with the interface of `RunFolder`. Create it with `MemoryRun.create`.

    `commit` copies the arrays, so later changes to them do not affect the run.

    Examples:
        >>> import tempfile, numpy as np, xarray as xr
        >>> from weightloom.runs import MemoryRun
        >>> one = xr.Dataset({"loss": ("seed", np.zeros(2))})
        >>> weights = {"weight": np.ones(3)}
        >>> run = MemoryRun.create({"seeds": 2}, [0, 10], one)
        >>> run.commit(0, weights, weights, one)
        >>> run.commit(10, weights, weights, one + 0.5)
        >>> run.finish()
        >>> run.measures()["loss"].values.tolist()
        [[0.0, 0.0], [0.5, 0.5]]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run.save(f"{folder}/run").steps
        (0, 10)
    """

    path: None

    def __init__(self, config: dict[str, Any], template: Template, keep: str) -> None:
        """Use `create` instead, which checks the arguments first."""
        self.path = None
        self.config = config
        self.keep = keep
        self.schema = SCHEMA
        self._template: Template = template
        self._due = template.steps
        self._last: int | None = None
        self._complete = False
        self._arrays: dict[str, dict[int, dict[str, np.ndarray]]] = {STATE: {}, PARAMETERS: {}, MEASURES: {}}

    @classmethod
    def create(
        cls, config: dict[str, Any], steps: Sequence[int], template: xr.Dataset, keep: str = "last"
    ) -> "MemoryRun":
        """Creates a run without steps.

        Args:
            config: everything that determines the run's results, as JSON values.
            steps: the steps to measure, increasing whole numbers of at least 0.
            template: the measures of one step, as for `weightloom.runs.template.Template.of`.
            keep: "last" keeps the parameters of the last measured step only, "all" those of every measured step.

        Raises:
            InputError: if an argument is invalid.
        """
        check_keep(keep)
        return cls(plain(config), Template.of(checked_steps(steps), template), keep)

    @property
    def complete(self) -> bool:
        """Whether the training has finished."""
        return self._complete

    @property
    def last_step(self) -> int | None:
        """The last committed step. None if no step is committed."""
        return self._last

    def measures(self) -> xr.Dataset:
        """The measures of all committed steps."""
        return self._template.dataset({step: self._arrays[MEASURES][step] for step in self.steps}, self._name)

    def save(self, path: str | os.PathLike[str]) -> RunFolder:
        """Writes the run to a folder, atomically.

        An unfinished run can be saved too. A training with the same config can resume it from the folder.

        Args:
            path: a new or an empty folder. It is created, with its parents, if it does not exist.

        Returns:
            The run folder, open for reading.

        Raises:
            InputError: if the folder is not empty, or cannot be written.
        """
        folder = new_folder(path)
        files = {
            CONFIG: record_bytes({"keep": self.keep, "config": self.config}),
            f"{MEASURES}/{TEMPLATE}": template_bytes(self._template),
        }
        for step, numbers in self._arrays[MEASURES].items():
            files[f"{MEASURES}/{file_of_step(step)}"] = step_bytes(step, numbers)
        for kind in (PARAMETERS, STATE):
            for step, arrays in self._arrays[kind].items():
                files[f"{kind}/{file_of_step(step)}"] = arrays_bytes(arrays, {"step": step})
        if self.complete:
            files[COMPLETE] = record_bytes({"last_step": self._last})
        try:
            with contextlib.ExitStack() as undo:
                made_folders(folder.parent, undo)
                write_folder(folder, files)
                undo.pop_all()
        except OSError as error:
            raise InputError(
                f"the run folder {folder} cannot be written ({error.strerror}): give a folder that is writable, on a "
                "disk with free space."
            ) from error
        return RunFolder.open(folder)

    def _last_step_for_writing(self) -> int | None:
        if self._complete:
            raise InputError(f"{self._name} is complete: no further step can be committed.")
        return self._last

    def _write(
        self,
        step: int,
        state: Mapping[str, np.ndarray],
        parameters: Mapping[str, np.ndarray] | None,
        numbers: Mapping[str, np.ndarray] | None,
    ) -> None:
        given = {STATE: state, PARAMETERS: parameters, MEASURES: numbers}
        copies = {kind: _copied(arrays) for kind, arrays in given.items() if arrays is not None}
        # Nothing below can fail, so a step is stored completely or not at all.
        for kind, arrays in copies.items():
            if kind == STATE or (kind == PARAMETERS and self.keep == "last"):
                self._arrays[kind].clear()
            self._arrays[kind][step] = arrays
        self._last = step

    def _finish(self, last: int) -> None:
        self._complete = True
        self._arrays[STATE].clear()

    def _arrays_of_parameters(self, step: int) -> dict[str, np.ndarray]:
        return _copied(self._arrays[PARAMETERS][step])

    def _load(self, kind: str, step: int, like: PyTree) -> PyTree:
        arrays = {name: array.copy() for name, array in self._arrays[kind][step].items()}
        return tree_of(arrays, like, f"{self._name}: {kind} of step {step}")


def new_folder(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a folder for a new run. Nothing is written.

    Raises:
        InputError: if the path exists and is not an empty folder.
    """
    folder = Path(path).absolute()
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(f"{folder} exists already: give a new or an empty folder for the run.")
    return folder


def _copied(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.array(array, order="C") for name, array in arrays.items()}
