"""A run: everything that one training produced, in a folder."""

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
from weightloom.runs.tensors import arrays_bytes, load_tree


class RunFolder(RunStore):
    """A run's folder: written step by step by one training, read by everything else.

    ```
    config.json                  what was trained; written first
    measures/                    the template of the measures, and one file per measured step
    parameters/STEP.safetensors  parameters at a measured step: the newest, or every one
    state/STEP.safetensors       what a training resumes from; its appearance commits the step
    COMPLETE                     the last step, at the end; then state/ goes
    figures/                     the user's
    ```

    Make one with `RunFolder.create` for training, with `RunFolder.open` for reading. A run that weightloom 0.1 wrote,
    whose measures are one Zarr group, can be read too.

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
        """For `create` and `open`, which check the folder first."""
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
        """Makes a run's folder, or opens the one that holds a run of the same config, for training into it.

        The folder is locked until `close` or `finish`, or the end of the process. A failure leaves nothing.

        Args:
            path: the folder; it is made, with its parents, unless it is there.
            config: what decides the run's results, as JSON values.
            steps: the steps that will be measured, increasing, from 0 on.
            template: the measures of one step, as in `weightloom.runs.template.Template.of`.
            keep: whether parameters stay for the last measured step only, or for all.
            upgrade: gives the config of a run that the folder holds, and the older schema that it was written in, in
                the words of the present schema, to be compared with `config`. The default leaves it as it is.

        Raises:
            InputError: if the folder holds something else, a run of another config (naming the entries that
                differ), or an unfinished run of weightloom 0.1; or cannot be written.
            RunError: if it holds a damaged run, or another process trains into it.
        """
        check_keep(keep)
        folder = Path(path).absolute()
        record = {"keep": keep, "config": plain(config)}
        form = Template.of(checked_steps(steps), template)
        try:
            if (folder / COMPLETE).exists():
                refuse_other_run(folder, record, form, upgrade)
                try_to_remove(folder / STATE)  # a process killed in `finish` leaves it
                return cls.open(folder)
            with claimed_folder(folder, record, form, upgrade) as lock:
                run = cls(folder, lock)
                run._check()
            return run
        except OSError as error:
            raise InputError(
                f"the run folder {folder} cannot be written ({error.strerror}): give a folder on a disk "
                "that has room and lets you write."
            ) from error

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "RunFolder":
        """Opens a run for reading, also while a training writes it.

        Raises:
            RunError: naming the file and entry, if anything in the folder is missing, unexpected or damaged.
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
                # A training that goes on while we look moves files; then look again.
                if seen == (run.last_step, run.complete):
                    raise

    @property
    def complete(self) -> bool:
        """Whether the training reached its end."""
        return (self.path / COMPLETE).exists()

    @property
    def last_step(self) -> int | None:
        """The newest committed step; None before the first."""
        # In this order, because a training that ends writes COMPLETE before it removes state/.
        states = steps_in(self.path / STATE)
        if not self.complete:
            return max(states, default=None)
        step = read_record(self.path / COMPLETE).get("last_step")
        if type(step) is not int:
            raise RunError(f"{self.path / COMPLETE}: entry 'last_step' is {step!r} in place of a step.")
        return step

    def measures(self) -> xr.Dataset:
        """The measures of all committed steps.

        Raises:
            RunError: naming the file that is missing or damaged, or the variable and coordinates of a value
                that is not finite.
        """
        return self._measures.read(self.steps)

    def close(self, remove_lock: bool = False) -> None:
        """Lets go of the lock; the run can still be read.

        Args:
            remove_lock: remove the lock's file too.
        """
        if self._lock is not None:
            self._lock.release(remove_lock)
            self._lock = None

    def _last_step_for_writing(self) -> int | None:
        if self._lock is None or self.complete:
            raise InputError(f"{self.path} is open for reading only: a training opens it with RunFolder.create.")
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
                f"step {step} cannot be stored in {self.path} ({error.strerror}): make room on the disk "
                f"and run the same again; it resumes from {'the start' if last is None else f'step {last}'}."
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

    def _load(self, kind: str, step: int, like: PyTree) -> PyTree:
        file = self.path / kind / file_of_step(step)
        tree, metadata = load_tree(file, like)
        if metadata != {"step": step}:
            raise RunError(f"{file}: entry 'step' is {metadata.get('step')!r}: the file was renamed.")
        return tree

    def _remove_superseded(self) -> None:
        # The newer step is committed already: a file that stays now is removed after the next one.
        with contextlib.suppress(RunError):
            for kind, kept in ((STATE, (self.last_step,)), (PARAMETERS, self.parameter_steps)):
                for step in set(steps_in(self.path / kind)).difference(kept):
                    try_to_remove(self.path / kind / file_of_step(step))

    def _check(self) -> None:
        check_folder(self.path, self._measures, self.steps, self.parameter_steps, self.last_step)
