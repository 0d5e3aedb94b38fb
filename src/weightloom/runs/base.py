"""What every run is, on disk or in memory: the order of its steps, and what is asked of each."""

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
    """Where one training puts its steps, and where everything else reads them: `RunFolder` or `MemoryRun`.

    Attributes:
        path: the run's folder; None in memory.
        config: what decides the run's results, as JSON values.
        keep: whether parameters stay for the last measured step only, or for all.
        schema: the version of the form in which the config was written; 1 is that of weightloom 0.1.
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
        """Whether the training reached its end."""

    @property
    @abc.abstractmethod
    def last_step(self) -> int | None:
        """The newest committed step; None before the first."""

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
            assert self._template is not None  # there is one wherever steps can be written
            numbers = self._template.numbers_of(step, measures, self._name)
        owner = f"{self._name}: step {step}"
        kept = None if parameters is None else arrays_of(parameters, owner)
        self._write(step, arrays_of(state, owner), kept, numbers)

    def finish(self) -> None:
        """Marks the run complete, removes the state, and lets go of the lock.

        Raises:
            InputError: if a measured step is not committed yet.
            RunError: if the disk refuses.
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
            like: a pytree with the structure, shapes and dtypes to expect.

        Raises:
            InputError: if no step is committed yet, or the run is complete and its state gone.
            RunError: naming the file and entry that is wrong.
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
            like: a pytree with the structure, shapes and dtypes to expect.

        Raises:
            InputError: if the run does not keep the step.
            RunError: naming the file and entry that is wrong.
        """
        if step not in self.parameter_steps:
            kept = ", ".join(map(str, self.parameter_steps)) or "none yet"
            raise InputError(f"{self._name} does not hold parameters of step {step}: it holds {kept}.")
        return self._load("parameters", step, like)

    @abc.abstractmethod
    def measures(self) -> xr.Dataset:
        """The measures of all committed steps.

        Raises:
            RunError: naming the file that is missing or damaged, or the variable and coordinates of a value
                that is not finite.
        """

    def close(self) -> None:  # noqa: B027, a run in memory has nothing to let go of
        """Lets go of the lock; the run can still be read."""

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
        """What errors call the run."""
        return "the run in memory" if self.path is None else str(self.path)

    def _last_step_for_writing(self) -> int | None:
        """The last step; InputError if nothing can be written."""
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
    def _load(self, kind: str, step: int, like: PyTree) -> PyTree: ...


def check_keep(keep: str) -> None:
    """Raise an InputError unless `keep` is one of the words that say whose parameters stay."""
    if keep not in KEEP:
        raise InputError(f"keep {keep!r} is unknown: use 'last' or 'all'.")
