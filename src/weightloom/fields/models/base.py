"""The interface of field models: pure functions of arrays, one trajectory at a time."""

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from jaxtyping import Array, Bool, Float, Integer, Key, PyTree

from weightloom._settings import Settings
from weightloom.fields.trajectories import Trajectories


class Observed(NamedTuple):
    """What a model is fitted to; arrays only.

    Attributes:
        values: normalised per channel; entries that are not observed are 0.
        mask: which points are observed in each frame, the same for all trajectories.
        points: positions of the points, as a model reads them.
        times: increasing, counted from the first frame.
    """

    values: Float[Array, "trajectory time points channels"]
    mask: Bool[Array, "time points"]
    points: Float[Array, "points d"]
    times: Float[Array, " time"]


class Frame(NamedTuple):
    """One frame of one trajectory, observed at some points.

    Attributes:
        values: normalised per channel; entries that are not observed are 0.
        mask: which points are observed.
        points: positions of the points.
    """

    values: Float[Array, "points channels"]
    mask: Bool[Array, " points"]
    points: Float[Array, "points d"]


class FieldModel(Settings, abc.ABC):
    """A model of fields that change in time: a description without arrays.

    Members are frozen, hashable dataclasses of hyperparameters, which JSON can hold. What a model needs to know of
    the domain is in its fields or in the data. All functions are pure, so that `vmap` is the only batching.

    Attributes:
        name: the model's name in tables, configs and commands.
        steps: training steps unless told otherwise; 1 for a model that is solved in closed form.
    """

    name: ClassVar[str]
    steps: ClassVar[int]

    @property
    def label(self) -> str:
        """What a table calls the model."""
        return self.name

    def adapted(self, data: Trajectories) -> "FieldModel":
        """The model with the entries filled in that the data decide, such as the domain's period.

        Args:
            data: the trajectories to be fitted to.

        Raises:
            InputError: if the model cannot be fitted to such data.
        """
        return self

    @abc.abstractmethod
    def init(self, data: Observed, key: Key[Array, ""]) -> PyTree:
        """The state before training.

        Args:
            data: what the model is fitted to.
            key: the randomness of the start.

        Returns:
            Everything that training changes, the optimiser's state included; arrays only, whose shapes and types no
            step changes.
        """

    @abc.abstractmethod
    def step(
        self, state: PyTree, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[PyTree, Mapping[str, Any]]:
        """One training step.

        Args:
            state: what the step before returned.
            data: what the model is fitted to.
            key: this step's randomness.
            index: the step, from 0.
            steps: how many steps the training has, for schedules.

        Returns:
            The new state, and scalars to report by name.
        """

    @abc.abstractmethod
    def parameters(self, state: PyTree) -> PyTree:
        """What forecasting needs of a state.

        Args:
            state: as `init` or `step` returns it.

        Returns:
            A pytree of arrays only.
        """

    @abc.abstractmethod
    def forecast(
        self,
        parameters: PyTree,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """What follows one observed frame, for one trajectory.

        Args:
            parameters: as `parameters` returns them.
            frame: the frame to start from.
            times: increasing, counted from the frame's own time: that is 0.
            points: where to evaluate.

        Returns:
            Normalised values, shape (times, query, channels).
        """
