"""What the runs of all applications have in common for their readers."""

import abc
import functools
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, PyTree, Shaped

from weightloom._words import listed
from weightloom.errors import InputError, RunError
from weightloom.runs import MemoryRun, RunStore
from weightloom.training.config import RunConfig

Config = TypeVar("Config", bound=RunConfig)

Own = TypeVar("Own", bound="BaseRun[Any]")


class BaseRun(abc.ABC, Generic[Config]):
    """A run: its config, what was measured, and what was trained; in a folder or in memory.

    Args:
        store: the folder, or the run in memory.

    Attributes:
        config: what was computed.
        path: the run's folder; None for a run in memory.
        store: where the run is kept.
    """

    config_class: ClassVar[type[RunConfig]]

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.path: Path | None = store.path
        self.config: Config = self.config_class.from_dict(store.config, self._file, store.schema)  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """What messages call the run: its folder, or "the run in memory"."""
        return str(self.path) if self.path else "the run in memory"

    @property
    def _file(self) -> str:
        return str(self.path / "config.json") if self.path else "the run in memory"

    @property
    def complete(self) -> bool:
        """Whether training reached its last step."""
        return self.store.complete

    @property
    def last_step(self) -> int | None:
        """The newest step that was saved; None before the first."""
        return self.store.last_step

    @functools.cached_property
    def measures(self) -> xr.Dataset:
        """Everything measured so far, over seed and step.

        Raises:
            RunError: if nothing was measured yet, or a file is damaged.
        """
        measures = self.store.measures()
        if measures.sizes["step"] == 0:
            raise RunError(f"{self.name}: nothing has been measured yet; continue the training first.")
        halves = [name for name, variable in measures.data_vars.items() if variable.dtype == np.float16]
        return measures.assign({name: measures[name].astype(np.float32) for name in halves})

    def parameters(self, seed: int, step: int | None = None) -> PyTree[Array]:
        """What was trained for one seed.

        Args:
            seed: one of the run's seeds.
            step: a step whose parameters were kept. The default is the run's best: the step with the least validation
                error in a fields run, the last one in a discovery run.

        Returns:
            A pytree of arrays, such as the module that a discovery run trained.

        Raises:
            InputError: if the run has no such seed, or does not keep the step.
            RunError: if nothing was kept yet; naming the file and the entry if one is damaged.
        """
        self._check_seed(seed)
        if not self.store.parameter_steps:
            raise RunError(f"{self.name}: no parameters have been kept yet; continue the training first.")
        index = self.config.seeds.index(seed)
        chosen = self._best_step(seed) if step is None else step
        return jax.tree.map(lambda leaf: jnp.asarray(leaf[index]), self.all_parameters(chosen))

    def all_parameters(self, step: int) -> PyTree[Shaped[np.ndarray, "seeds ..."] | Shaped[jax.Array, "seeds ..."]]:
        """What was trained for all seeds.

        Args:
            step: a step whose parameters were kept.

        Returns:
            As `parameters` returns it, with a leading axis of seeds.

        Raises:
            InputError: if the run does not keep the step.
            RunError: naming the file and entry that is wrong.
        """
        return self.store.load_parameters(step, self._kept())

    def save(self: Own, path: str | Path) -> Own:
        """Write a run that is in memory into a folder.

        Args:
            path: the folder: new or empty.

        Returns:
            The same run, opened from the folder.

        Raises:
            InputError: if the run has a folder already, or the path holds something else.
        """
        if not isinstance(self.store, MemoryRun):
            raise InputError(f"the run is in {self.path} already: copy that folder.")
        return type(self)(self.store.save(path))

    @abc.abstractmethod
    def _kept(self) -> PyTree[Any]:
        """Shapes of what a run keeps of one measured step, with a leading axis of seeds."""

    def _best_step(self, seed: int) -> int:
        return self.store.parameter_steps[-1]

    def _check_seed(self, seed: int) -> None:
        if isinstance(seed, bool | str) or seed not in self.config.seeds:
            raise InputError(f"seed {seed!r} is not in this run: its seeds are {listed(self.config.seeds)}.")

    def _state(self) -> str:
        return "complete" if self.complete else f"at step {self.last_step}"
