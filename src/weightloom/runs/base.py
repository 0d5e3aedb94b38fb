"""Interface of a run's storage, on disk or in memory, and the rules for committing its steps."""

import abc
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import xarray as xr
from jaxtyping import PyTree

from weightloom.errors import InputError
from weightloom.runs.limits import MOST_STEPS
from weightloom.runs.template import Template
from weightloom.runs.tensors import arrays_of

KEEP = ("last", "all")

Own = TypeVar("Own", bound="RunStore")


class RunStore(abc.ABC):
    """Storage of one run. One training commits steps to it; analyses read them. See `RunFolder` and `MemoryRun`.

    Attributes:
        path: the run folder. None for a run in memory.
        config: everything that determines the run's results, as JSON values.
        keep: "last" keeps the parameters of the last measured step only, "all" those of every measured step.
        schema: version of the format in which the config was written. weightloom 0.1 wrote version 1.
    """

    path: Path | None
    config: dict[str, Any]
    keep: str
    schema: int
    _due: tuple[int, ...]
    _template: Template | None

    @property
    @abc.abstractmethod
    def complete(self) -> bool:
        """Whether the training has finished."""

    @property
    @abc.abstractmethod
    def last_step(self) -> int | None:
        """The last committed step. None if no step is committed."""

    @property
    def steps(self) -> tuple[int, ...]:
        """The measured steps that are committed."""
        last = self.last_step
        return () if last is None else tuple(step for step in self._due if step <= last)

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
        """Stores a step atomically: after a failure or a crash, readers see the previous step.

        Args:
            step: the step, at least `last_step`.
            state: everything that the training needs to resume from this step, a pytree of arrays.
            parameters: the parameters, a pytree of arrays. Required at a measured step, None at other steps.
            measures: the measures, as in the template. Required at a measured step, None at other steps.

        Raises:
            InputError: if a measured step is skipped, parameters or measures are missing or not expected, or the
                measures do not match the template.
            RunError: if a value is not finite, or the step cannot be written to disk.
        """
        last = self._last_step_for_writing()
        if not (0 if last is None else last) <= step < MOST_STEPS:
            raise InputError(f"step {step} cannot be committed after step {last} in {self._name}.")
        skipped = [due for due in self._due if (-1 if last is None else last) < due < step]
        if skipped:
            raise InputError(f"step {step} cannot be committed before the measured step {skipped[0]}.")
        measured = step in self._due
        if measured != (parameters is not None) or measured != (measures is not None):
            raise InputError(
                f"step {step} is {'measured' if measured else 'not measured'} in {self._name}: "
                "give parameters and measures at measured steps, and only there."
            )
        numbers = None
        if measures is not None:
            assert self._template is not None  # only runs of format 1 have no template, and they are read-only
            numbers = self._template.numbers_of(step, measures, self._name)
        owner = f"{self._name}: step {step}"
        parameter_arrays = None if parameters is None else arrays_of(parameters, owner)
        self._write(step, arrays_of(state, owner), parameter_arrays, numbers)

    def finish(self) -> None:
        """Marks the run as complete, removes the state and releases the lock.

        Raises:
            InputError: if a measured step is not committed yet.
            RunError: if the marker cannot be written to disk.
        """
        if self.complete:
            return
        last = self._last_step_for_writing()
        if last is None or last < self._due[-1]:
            raise InputError(f"{self._name} is at step {last}: its last measured step is {self._due[-1]}.")
        self._finish(last)

    def load_state(self, like: PyTree) -> PyTree:
        """The state at `last_step`.

        Args:
            like: a pytree with the expected structure, shapes and dtypes.

        Raises:
            InputError: if no step is committed yet, or the run is complete and its state was removed.
            RunError: if the stored state is damaged or does not match `like`. The message names the file and entry.
        """
        step = self.last_step
        if self.complete or step is None:
            why = "is complete" if self.complete else "has no step yet"
            raise InputError(f"{self._name} {why}: it holds no state.")
        return self._load("state", step, like)

    def load_parameters(self, step: int, like: PyTree) -> PyTree:
        """The parameters at a step.

        Args:
            step: one of `parameter_steps`.
            like: a pytree with the expected structure, shapes and dtypes.

        Raises:
            InputError: if the run does not hold parameters of the step.
            RunError: if the stored parameters are damaged or do not match `like`. The message names the file and entry.
        """
        if step not in self.parameter_steps:
            kept = ", ".join(map(str, self.parameter_steps)) or "none yet"
            raise InputError(f"{self._name} does not hold parameters of step {step}: it holds {kept}.")
        return self._load("parameters", step, like)

    def stored_parameters(self, step: int, like: PyTree) -> dict[str, np.ndarray]:
        """The parameters at a step as they are stored: by name, and in half precision where they were stored so.

        Args:
            step: as for `load_parameters`.
            like: as for `load_parameters`.

        Raises:
            InputError: as `load_parameters`.
            RunError: as `load_parameters`.
        """
        self.load_parameters(step, like)  # with all of its checks
        return self._arrays_of_parameters(step)

    @abc.abstractmethod
    def measures(self) -> xr.Dataset:
        """The measures of all committed steps.

        Raises:
            RunError: if a file is missing or damaged, or a value is not finite. The message names the file, or the
                variable and its coordinates.
        """

    def close(self) -> None:  # noqa: B027, a run in memory has no lock
        """Releases the lock. The run stays readable."""

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _name(self) -> str:
        """Name of the run in error messages."""
        return "the run in memory" if self.path is None else str(self.path)

    def _last_step_for_writing(self) -> int | None:
        """The last committed step. Raises an InputError if the run is not writable."""
        return self.last_step

    @abc.abstractmethod
    def _write(
        self,
        step: int,
        state: Mapping[str, np.ndarray],
        parameters: Mapping[str, np.ndarray] | None,
        numbers: Mapping[str, np.ndarray] | None,
    ) -> None: ...

    @abc.abstractmethod
    def _finish(self, last: int) -> None: ...

    @abc.abstractmethod
    def _arrays_of_parameters(self, step: int) -> dict[str, np.ndarray]: ...

    @abc.abstractmethod
    def _load(self, kind: str, step: int, like: PyTree) -> PyTree: ...


def check_keep(keep: str) -> None:
    """Raises an InputError unless `keep` is "last" or "all"."""
    if keep not in KEEP:
        raise InputError(f"keep {keep!r} is unknown: use 'last' or 'all'.")
