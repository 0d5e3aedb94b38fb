"""A run on disk: the folder with everything that one training produced."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import PyTree

from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import sync_folder, write_file
from weightloom.runs.base import KEEP, RunStore, check_keep
from weightloom.runs.claim import Upgrade, claimed_folder, refuse_other_run, try_to_remove
from weightloom.runs.format_1 import MeasuresOfFormat1
from weightloom.runs.json_files import open_record, plain, read_record, write_record
from weightloom.runs.layout import (
    COMPLETE,
    CONFIG,
    MEASURES,
    MEASURES_OF_0_1,
    PARAMETERS,
    STATE,
    check_folder,
    file_of_step,
    steps_in,
)
from weightloom.runs.limits import checked_steps
from weightloom.runs.lock import Lock
from weightloom.runs.measures import Measures
from weightloom.runs.template import Template
from weightloom.runs.tensors import arrays_bytes, load_arrays, load_tree


class RunFolder(RunStore):
    """A run stored in a folder. One training writes it step by step; any number of processes read it.

    ```
    config.json                  the config of the training; written first
    measures/                    the template of the measures, and one file per measured step
    parameters/STEP.safetensors  parameters at the last measured step, or at every measured step
    state/STEP.safetensors       state to resume the training from; writing this file commits the step
    COMPLETE                     written at the end, with the last step; state/ is then removed
    figures/                     files of the user
    ```

    `RunFolder.create` opens a run for training, `RunFolder.open` for reading. Runs of weightloom 0.1, whose measures
    are a Zarr group, can be read.

    Examples:
        >>> import tempfile, numpy as np, xarray as xr
        >>> from weightloom.runs import RunFolder
        >>> template = xr.Dataset({"loss": ("seed", np.zeros(2))})
        >>> weights = {"weight": np.ones(3)}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with RunFolder.create(f"{folder}/run", {"seeds": 2}, [0, 10], template) as run:
        ...         run.commit(0, weights, weights, template)
        ...         run.commit(5, weights)
        ...         run.commit(10, weights, weights, template + 0.5)
        ...         run.finish()
        ...     RunFolder.open(f"{folder}/run").measures()["loss"].values.tolist()
        [[0.0, 0.0], [0.5, 0.5]]
    """

    def __init__(self, path: Path, lock: Lock | None) -> None:
        """Use `create` or `open` instead, which check the folder first."""
        self.path: Path = path
        self._lock = lock
        record = open_record(path / CONFIG)
        entries = record.entries
        if not isinstance(entries.get("config"), dict) or entries.get("keep") not in KEEP:
            raise RunError(f"{path / CONFIG}: entry 'config' or 'keep' is not what weightloom writes.")
        self.config: dict[str, Any] = entries["config"]
        self.keep: str = entries["keep"]
        self.schema: int = record.schema
        self._measures: Measures | MeasuresOfFormat1
        if record.schema == 1:
            self._measures, self._template = MeasuresOfFormat1(path / MEASURES_OF_0_1), None
        else:
            self._measures = Measures(path / MEASURES)
            self._template = self._measures.template
        self._due = self._measures.steps

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        config: dict[str, Any],
        steps: Sequence[int],
        template: xr.Dataset,
        keep: str = "last",
        upgrade: Upgrade = lambda config, schema: config,
    ) -> "RunFolder":
        """Creates a run folder for training, or opens an existing run with the same config to resume it.

        The folder stays locked until `close`, `finish` or the end of the process. If this method fails, it removes
        what it created.

        Args:
            path: the folder. It is created, with its parents, if it does not exist.
            config: everything that determines the run's results, as JSON values.
            steps: the steps to measure, increasing whole numbers of at least 0.
            template: the measures of one step, as for `weightloom.runs.template.Template.of`.
            keep: "last" keeps the parameters of the last measured step only, "all" those of every measured step.
            upgrade: function of a stored config and its older schema version. It returns the config in the current
                schema, which is compared with `config`. The default returns the stored config unchanged.

        Raises:
            InputError: if the folder contains other files, a run with another config (the message names the entries
                that differ) or an unfinished run of weightloom 0.1, or cannot be written.
            RunError: if the folder contains a damaged run, or another process trains into it.
        """
        check_keep(keep)
        folder = Path(path).absolute()
        record = {"keep": keep, "config": plain(config)}
        form = Template.of(checked_steps(steps), template)
        try:
            if (folder / COMPLETE).exists():
                refuse_other_run(folder, record, form, upgrade)
                try_to_remove(folder / STATE)  # state/ remains if a process was killed in `finish`
                return cls.open(folder)
            with claimed_folder(folder, record, form, upgrade) as lock:
                run = cls(folder, lock)
                run._check()
            return run
        except OSError as error:
            raise InputError(
                f"the run folder {folder} cannot be written ({error.strerror}): give a folder that is writable, on a "
                "disk with free space."
            ) from error

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "RunFolder":
        """Opens a run for reading. A training may write to the run at the same time.

        Raises:
            RunError: if a file or an entry is missing, unexpected or damaged. The message names it.
        """
        folder = Path(path).absolute()
        if not (folder / CONFIG).exists():
            raise RunError(f"{folder} holds no run: it has no {CONFIG}.")
        run = cls(folder, lock=None)
        while True:
            seen = run.last_step, run.complete
            try:
                run._check()
                return run
            except RunError:
                # A training may have added or removed files during the check. Repeat it if the run has advanced.
                if seen == (run.last_step, run.complete):
                    raise

    @property
    def complete(self) -> bool:
        """Whether the training has finished."""
        return (self.path / COMPLETE).exists()

    @property
    def last_step(self) -> int | None:
        """The last committed step. None if no step is committed."""
        # Read state/ before COMPLETE: a training writes COMPLETE before it removes state/.
        states = steps_in(self.path / STATE)
        if not self.complete:
            return max(states, default=None)
        step = read_record(self.path / COMPLETE).get("last_step")
        if type(step) is not int:
            raise RunError(f"{self.path / COMPLETE}: entry 'last_step' is {step!r} instead of a step.")
        return step

    def measures(self) -> xr.Dataset:
        """The measures of all committed steps.

        Raises:
            RunError: if a file is missing or damaged, or a value is not finite. The message names the file, or the
                variable and its coordinates.
        """
        return self._measures.read(self.steps)

    def close(self, remove_lock: bool = False) -> None:
        """Releases the lock. The run stays readable.

        Args:
            remove_lock: whether to remove the lock file too.
        """
        if self._lock is not None:
            self._lock.release(remove_lock)
            self._lock = None

    def _last_step_for_writing(self) -> int | None:
        if self._lock is None or self.complete:
            raise InputError(f"{self.path} is open for reading only: use RunFolder.create to train into it.")
        return self.last_step

    def _write(
        self,
        step: int,
        state: Mapping[str, np.ndarray],
        parameters: Mapping[str, np.ndarray] | None,
        numbers: Mapping[str, np.ndarray] | None,
    ) -> None:
        last = self.last_step
        try:
            if numbers is not None and isinstance(self._measures, Measures):
                self._measures.write(step, numbers)
            if parameters is not None:
                self._save(PARAMETERS, step, parameters)
            self._save(STATE, step, state)
        except OSError as error:
            raise RunError(
                f"step {step} cannot be stored in {self.path} ({error.strerror}): free space on the disk and repeat "
                f"the same call; the training resumes from {'the start' if last is None else f'step {last}'}."
            ) from error
        self._remove_superseded()

    def _finish(self, last: int) -> None:
        self._remove_superseded()
        try:
            write_record(self.path / COMPLETE, {"last_step": last})
        except OSError as error:
            raise RunError(f"{self.path / COMPLETE} cannot be written ({error.strerror}).") from error
        try_to_remove(self.path / STATE)
        self.close(remove_lock=True)

    def _save(self, kind: str, step: int, arrays: Mapping[str, np.ndarray]) -> None:
        folder = self.path / kind
        folder.mkdir(exist_ok=True)
        sync_folder(self.path)
        write_file(folder / file_of_step(step), arrays_bytes(arrays, {"step": step}))

    def _arrays_of_parameters(self, step: int) -> dict[str, np.ndarray]:
        return load_arrays(self.path / PARAMETERS / file_of_step(step))[0]

    def _load(self, kind: str, step: int, like: PyTree) -> PyTree:
        file = self.path / kind / file_of_step(step)
        tree, metadata = load_tree(file, like)
        if metadata != {"step": step}:
            raise RunError(f"{file}: entry 'step' is {metadata.get('step')!r}: the file was renamed.")
        return tree

    def _remove_superseded(self) -> None:
        # The newer step is already committed. A file that cannot be removed now is removed after the next step.
        with contextlib.suppress(RunError):
            for kind, kept in ((STATE, (self.last_step,)), (PARAMETERS, self.parameter_steps)):
                for step in set(steps_in(self.path / kind)).difference(kept):
                    try_to_remove(self.path / kind / file_of_step(step))

    def _check(self) -> None:
        check_folder(self.path, self._measures, self.steps, self.parameter_steps, self.last_step)
