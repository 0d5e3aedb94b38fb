"""The base class of runs: config, measures and trained parameters."""

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
    """The result of a training, in a folder or in memory: its config, measures and parameters.

    Args:
        store: the stored run: a `RunFolder` or a `MemoryRun`.

    Attributes:
        config: the config of the training.
        path: the run's folder, or None for a run in memory.
        store: the stored run.
    """

    config_class: ClassVar[type[RunConfig]]

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.path: Path | None = store.path
        self.config: Config = self.config_class.from_dict(store.config, self._file, store.schema)  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """The run's name in messages: its folder, or "the run in memory"."""
        return str(self.path) if self.path else "the run in memory"

    @property
    def _file(self) -> str:
        return str(self.path / "config.json") if self.path else "the run in memory"

    @property
    def complete(self) -> bool:
        """Whether the training has finished."""
        return self.store.complete

    @property
    def last_step(self) -> int | None:
        """The last saved step, or None if no step was saved."""
        return self.store.last_step

    @functools.cached_property
    def measures(self) -> xr.Dataset:
        """All measures so far, as a Dataset over seed and step.

        Raises:
            RunError: if nothing has been measured yet, or if a file is damaged.
        """
        measures = self.store.measures()
        if measures.sizes["step"] == 0:
            raise RunError(f"{self.name}: nothing has been measured yet; continue the training first.")
        halves = [name for name, variable in measures.data_vars.items() if variable.dtype == np.float16]
        return measures.assign({name: measures[name].astype(np.float32) for name in halves})

    def parameters(self, seed: int, step: int | None = None) -> PyTree[Array]:
        """The trained parameters of one seed.

        Args:
            seed: one of the run's seeds.
            step: a step whose parameters are stored. The default is the last one in a discovery run, and the step with
                the lowest validation error in a fields run.

        Returns:
            A pytree of arrays, such as the hypernetwork of a discovery run.

        Raises:
            InputError: if the run does not have the seed, or does not store parameters of the step.
            RunError: if no parameters are stored yet, or if a file is damaged. The error names the damaged entry.
        """
        self._check_seed(seed)
        if not self.store.parameter_steps:
            raise RunError(f"{self.name}: no parameters have been stored yet; continue the training first.")
        index = self.config.seeds.index(seed)
        chosen = self._best_step(seed) if step is None else step
        return jax.tree.map(lambda leaf: jnp.asarray(leaf[index]), self.all_parameters(chosen))

    def all_parameters(self, step: int) -> PyTree[Shaped[np.ndarray, "seeds ..."] | Shaped[jax.Array, "seeds ..."]]:
        """The trained parameters of all seeds.

        Args:
            step: a step whose parameters are stored.

        Returns:
            The pytree that `parameters` returns, with a leading axis of seeds.

        Raises:
            InputError: if the run does not store parameters of the step.
            RunError: if a file is damaged. The error names the damaged entry.
        """
        return self.store.load_parameters(step, self._parameter_shapes())

    def save(self: Own, path: str | Path) -> Own:
        """Write a run from memory to a folder.

        Args:
            path: a new or empty folder.

        Returns:
            The run, opened from the folder.

        Raises:
            InputError: if the run is already in a folder, or if `path` exists and is not an empty folder.
        """
        if not isinstance(self.store, MemoryRun):
            raise InputError(f"the run is already in {self.path}: copy that folder.")
        return type(self)(self.store.save(path))

    @abc.abstractmethod
    def _parameter_shapes(self) -> PyTree[Any]:
        """The shapes of the stored parameters of one step, with a leading axis of seeds."""

    def _best_step(self, seed: int) -> int:
        return self.store.parameter_steps[-1]

    def _check_seed(self, seed: int) -> None:
        if isinstance(seed, bool | str) or seed not in self.config.seeds:
            raise InputError(f"seed {seed!r} is not in this run: its seeds are {listed(self.config.seeds)}.")

    def _state(self) -> str:
        return "complete" if self.complete else f"at step {self.last_step}"
