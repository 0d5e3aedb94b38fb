"""The interface of models of time-dependent fields."""

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from jaxtyping import Array, Bool, Float, Integer, Key, PyTree

from weightloom._deprecated import FormerName
from weightloom._settings import Settings
from weightloom.fields.trajectories import Trajectories


class Observed(NamedTuple):
    """The observations that a model is fitted to, as arrays.

    Attributes:
        values: values, normalised per channel. Unobserved entries are 0.
        mask: which points are observed in each frame, the same for all trajectories and channels; or which values are
            observed, if the data have gaps.
        points: positions of the points.
        times: increasing times, relative to the first frame.
    """

    values: Float[Array, "trajectory time points channels"]
    mask: Bool[Array, "time points"] | Bool[Array, "trajectory time points channels"]
    points: Float[Array, "points d"]
    times: Float[Array, " time"]

    @property
    def seen(self) -> Bool[Array, "_ time points _"]:
        """Which values are observed, with axes that broadcast to those of `values`."""
        return self.mask if self.mask.ndim == 4 else self.mask[None, :, :, None]

    @property
    def anywhere(self) -> Bool[Array, "time points"]:
        """Which points are observed in each frame, in any trajectory and channel."""
        return self.seen.any(axis=(0, 3))


class Frame(NamedTuple):
    """One partially observed frame of one trajectory.

    Attributes:
        values: values, normalised per channel. Unobserved entries are 0.
        mask: which points are observed; or which values, one row per point.
        points: positions of the points.
    """

    values: Float[Array, "points channels"]
    mask: Bool[Array, " points"] | Bool[Array, "points channels"]
    points: Float[Array, "points d"]

    @property
    def seen(self) -> Bool[Array, "points _"]:
        """Which values are observed, with axes that broadcast to those of `values`."""
        return self.mask if self.mask.ndim == 2 else self.mask[:, None]


class FieldModel(Settings, abc.ABC):
    """A model of time-dependent fields.

    A model is a frozen, hashable dataclass of hyperparameters that can be stored as JSON. It holds no arrays. Its
    methods are pure functions of one trajectory or one training set, so that they can be batched with `vmap`.

    Attributes:
        name: name of the model in tables, configs and commands.
        steps: default number of training steps. It is 1 for a closed-form model.
    """

    name: ClassVar[str]
    steps: ClassVar[int]

    @property
    def label(self) -> str:
        """Name of the model in tables."""
        return self.name

    adapted = FormerName("with_defaults_from")

    def with_defaults_from(self, data: Trajectories) -> "FieldModel":
        """Adapts the model to data: sets the settings that depend on the data, such as the domain's period.

        Args:
            data: the trajectories to fit to.

        Raises:
            InputError: if the model cannot be fitted to the data.
        """
        return self

    @abc.abstractmethod
    def init(self, data: Observed, key: Key[Array, ""]) -> PyTree:
        """The initial state of the training.

        Args:
            data: the observations to fit to.
            key: random key.

        Returns:
            Everything that training changes, including the optimiser's state: a pytree of arrays. Training steps keep
            their shapes and dtypes.
        """

    @abc.abstractmethod
    def step(
        self, state: PyTree, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[PyTree, Mapping[str, Any]]:
        """One training step.

        Args:
            state: the state before the step.
            data: the observations to fit to.
            key: random key of the step.
            index: number of the step, starting at 0.
            steps: total number of training steps, for schedules.

        Returns:
            The new state, and scalars to log, by name.
        """

    @abc.abstractmethod
    def parameters(self, state: PyTree) -> PyTree:
        """The part of a state that forecasts need.

        Args:
            state: a state from `init` or `step`.

        Returns:
            A pytree of arrays.
        """

    @abc.abstractmethod
    def forecast(
        self,
        parameters: PyTree,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Forecasts one trajectory from one observed frame.

        Args:
            parameters: parameters from `parameters`.
            frame: the initial frame.
            times: increasing times, relative to the frame.
            points: positions at which to evaluate the forecast.

        Returns:
            Normalised values, shape (times, query, channels).
        """
