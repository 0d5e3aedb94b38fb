"""A run: everything that one training produced, in a folder."""

import contextlib
import os
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr
from jaxtyping import PyTree

from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import sync_folder
from weightloom.runs.claim import claimed_folder, refuse_other_run, try_to_remove
from weightloom.runs.json_files import plain, read_record, write_record
from weightloom.runs.layout import (
    COMPLETE,
    CONFIG,
    MEASURES,
    MOST_STEPS,
    PARAMETERS,
    STATE,
    check_folder,
    checked_steps,
    file_of_step,
    steps_in,
)
from weightloom.runs.lock import Lock
from weightloom.runs.measures import Measures, initial_files
from weightloom.runs.tensors import load_tree, save_tree


class RunFolder:
    """A run's folder: written step by step by one training, read by everything else.

    ```
    config.json                  what was trained; written first
    measures.zarr/               a dataset over the measured steps, filled in step by step
    parameters/STEP.safetensors  parameters at a measured step: the newest, or every one
    state/STEP.safetensors       what a training resumes from; its appearance commits the step
    COMPLETE                     the last step, at the end; then state/ goes
    figures/                     the user's
    ```

    Make one with `RunFolder.create` for training, with `RunFolder.open` for reading.

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
        self.path = path
        self._lock = lock
        record = read_record(path / CONFIG)
        if not isinstance(record.get("config"), dict) or record.get("keep") not in ("last", "all"):
            raise RunError(f"{path / CONFIG}: entry 'config' or 'keep' is not what weightloom writes.")
        self.config: dict[str, Any] = record["config"]
        self.keep: str = record["keep"]
        self.schema = 1
        self._measures = Measures(path / MEASURES)

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        config: dict[str, Any],
        steps: Sequence[int],
        template: xr.Dataset,
        keep: str = "last",
    ) -> "RunFolder":
        """Makes a run's folder, or opens the one that holds a run of the same config, for training into it.

        The folder is locked until `close` or `finish`, or the end of the process. A failure leaves nothing.

        Args:
            path: the folder; it is made, with its parents, unless it is there.
            config: what decides the run's results, as JSON values.
            steps: the steps that will be measured, increasing, from 0 on.
            template: the measures of one step, as in `weightloom.runs.measures.initial_files`.
            keep: whether parameters stay for the last measured step only, or for all.

        Raises:
            InputError: if the folder holds something else or a run of another config (naming the entries that
                differ), or cannot be written.
            RunError: if it holds a damaged run, or another process trains into it.
        """
        if keep not in ("last", "all"):
            raise InputError(f"keep {keep!r} is unknown: use 'last' or 'all'.")
        folder = Path(path).absolute()
        record = {"keep": keep, "config": plain(config)}
        measures = initial_files(checked_steps(steps), template)
        try:
            if (folder / COMPLETE).exists():
                refuse_other_run(folder, record, measures)
                try_to_remove(folder / STATE)  # a process killed in `finish` leaves it
                return cls.open(folder)
            with claimed_folder(folder, record, measures) as lock:
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

    @property
    def steps(self) -> tuple[int, ...]:
        """The measured steps that are committed."""
        last = self.last_step
        return () if last is None else tuple(step for step in self._measures.steps if step <= last)

    @property
    def parameter_steps(self) -> tuple[int, ...]:
        """The committed steps whose parameters are kept."""
        return self.steps[-1:] if self.keep == "last" else self.steps

    def commit(
        self,
        step: int,
        state: PyTree,
        parameters: PyTree | None = None,
        measures: xr.Dataset | None = None,
    ) -> None:
        """Stores a step, of which a failure or a crash leaves nothing to see.

        Args:
            step: not before the last committed one.
            state: all that the training needs to go on from here, a pytree of arrays.
            parameters: at a measured step, the parameters, a pytree of arrays.
            measures: at a measured step, its measures, as in the template.

        Raises:
            InputError: if a measured step is skipped or lacks parameters or measures, or one does not fit.
            RunError: if a value is not finite, or the disk refuses.
        """
        last = self._last_step_for_writing()
        if not (0 if last is None else last) <= step < MOST_STEPS:
            raise InputError(f"step {step} cannot be committed after step {last} in {self.path}.")
        skipped = [due for due in self._measures.steps if (-1 if last is None else last) < due < step]
        if skipped:
            raise InputError(f"step {step} cannot be committed before the measured step {skipped[0]}.")
        measured = step in self._measures.steps
        if measured != (parameters is not None) or measured != (measures is not None):
            raise InputError(
                f"step {step} is {'measured' if measured else 'not measured'} in {self.path}: "
                "give parameters and measures at measured steps, and only there."
            )
        try:
            if measures is not None:
                self._measures.write(step, measures)
                self._save(PARAMETERS, step, parameters)
            self._save(STATE, step, state)
        except OSError as error:
            raise RunError(
                f"step {step} cannot be stored in {self.path} ({error.strerror}): make room on the disk "
                f"and run the same again; it resumes from {'the start' if last is None else f'step {last}'}."
            ) from error
        self._remove_superseded()

    def finish(self) -> None:
        """Marks the run complete, removes the state, and lets go of the lock.

        Raises:
            InputError: if a measured step is not committed yet.
            RunError: if the disk refuses.
        """
        if self.complete:
            return
        last = self._last_step_for_writing()
        if last is None or last < self._measures.steps[-1]:
            raise InputError(f"{self.path} is at step {last}: its last measured step is {self._measures.steps[-1]}.")
        self._remove_superseded()
        try:
            write_record(self.path / COMPLETE, {"last_step": last})
        except OSError as error:
            raise RunError(f"{self.path / COMPLETE} cannot be written ({error.strerror}).") from error
        try_to_remove(self.path / STATE)
        self.close(remove_lock=True)

    def load_state(self, like: PyTree) -> PyTree:
        """The state at `last_step`.

        Args:
            like: a pytree with the structure, shapes and dtypes to expect.

        Raises:
            InputError: if no step is committed yet, or the run is complete and its state gone.
            RunError: naming the file and entry that is wrong.
        """
        step = self.last_step
        if self.complete or step is None:
            raise InputError(f"{self.path} {'is complete' if self.complete else 'has no step yet'}: it holds no state.")
        return self._load(STATE, step, like)

    def load_parameters(self, step: int, like: PyTree) -> PyTree:
        """The parameters at a step.

        Args:
            step: one of `parameter_steps`.
            like: a pytree with the structure, shapes and dtypes to expect.

        Raises:
            InputError: if the run does not keep the step.
            RunError: naming the file and entry that is wrong.
        """
        if step not in self.parameter_steps:
            kept = ", ".join(map(str, self.parameter_steps)) or "none yet"
            raise InputError(f"{self.path} does not hold parameters of step {step}: it holds {kept}.")
        return self._load(PARAMETERS, step, like)

    def measures(self) -> xr.Dataset:
        """The measures of all committed steps.

        Raises:
            RunError: naming the file that is missing or damaged, or the variable and coordinates of a value
                that is not finite.
        """
        return self._measures.read(self.steps)

    def close(self, remove_lock: bool = False) -> None:
        """Lets go of the lock; the run can still be read."""
        if self._lock is not None:
            self._lock.release(remove_lock)
            self._lock = None

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.close()

    def _last_step_for_writing(self) -> int | None:
        if self._lock is None or self.complete:
            raise InputError(f"{self.path} is open for reading only: a training opens it with RunFolder.create.")
        return self.last_step

    def _save(self, kind: str, step: int, tree: PyTree) -> None:
        folder = self.path / kind
        folder.mkdir(exist_ok=True)
        sync_folder(self.path)
        save_tree(folder / file_of_step(step), tree, {"step": step})

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
