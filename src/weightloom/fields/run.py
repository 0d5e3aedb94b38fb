"""A fields run, as its readers see it."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import jax
import numpy as np
from jaxtyping import ArrayLike, Bool, Float, PyTree

from weightloom.errors import InputError
from weightloom.fields import _tables
from weightloom.fields.config import FieldsConfig
from weightloom.fields.forecasting import check_positions, checked_times, continued, forecast_all
from weightloom.fields.grids import regridded
from weightloom.fields.models import FieldModel, Observed
from weightloom.fields.preprocessing import Parts, Scale, parted
from weightloom.fields.reading import open_trajectories
from weightloom.fields.trajectories import Trajectories
from weightloom.runs import RunStore
from weightloom.training import BaseRun, RunConfig

if TYPE_CHECKING:
    import pandas as pd


class FieldRun(BaseRun[FieldsConfig]):
    """A run: its config, what was measured, and forecasts.

    Obtained from `fit` or `weightloom.open_run`. Opening one executes nothing that it holds.

    `run.measures` is a dataset over step, seed and time. Its `validation_mse` is the error of forecasts of the
    validation trajectories from their first frame, over all points, in variances of a channel. Its coordinate `points`
    has the positions of the training's points.

    Attributes:
        config: what was computed.
        path: the run's folder; None for a run in memory.
        model: what was fitted.
    """

    config_class: ClassVar[type[RunConfig]] = FieldsConfig

    def __init__(self, store: RunStore) -> None:
        super().__init__(store)
        self.model: FieldModel = self.config.described_model

    @property
    def scale(self) -> Scale:
        """How values are normalised."""
        return Scale(self.config.mean, self.config.std)

    @property
    def points(self) -> Float[np.ndarray, "points d"]:
        """Positions of the points that the model was fitted at."""
        return np.asarray(self.measures["points"].values, np.float32)

    @overload
    def forecast(
        self, start: Trajectories, *, frames: int | None = None, grid: int | None = None, seed: int = 0
    ) -> Trajectories: ...

    @overload
    def forecast(
        self,
        start: Float[ArrayLike, "*observed channels"],
        *,
        times: ArrayLike | Sequence[float],
        points: Float[ArrayLike, "query d"] | None = None,
        at: Float[ArrayLike, "*places d"] | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "times query channels"]: ...

    def forecast(
        self,
        start: Trajectories | ArrayLike,
        *,
        times: ArrayLike | Sequence[float] | None = None,
        points: ArrayLike | None = None,
        at: ArrayLike | None = None,
        frames: int | None = None,
        grid: int | None = None,
        seed: int = 0,
    ) -> Trajectories | Float[np.ndarray, "times query channels"]:
        """What follows one frame, or the first frame of each trajectory.

        Args:
            start: one frame: values in the data's units, on any grid or at any points, where a point with NaN in any
                channel is not observed. Or trajectories: each is forecast from its first frame, observed as in
                training.
            times: with a frame: increasing, counted from the frame's own time, in the data's units.
            points: with a frame: where to evaluate, within the domain. The default is the training's points.
            at: with a frame: positions of its values. The default is the training's points.
            frames: with trajectories: how many frames, the first included. The default is as many as they have; after
                their last time, times go on at the last distance.
            grid: with trajectories: points along the longest side of the grid. The default is their own grid.
            seed: one of the run's seeds.

        Returns:
            Values in the data's units, shape (times, points, channels), of a frame; `Trajectories` of trajectories.

        Raises:
            InputError: if shapes do not fit, times do not increase from 0 or later, points lie outside the domain,
                nothing is observed, or a forecast is not finite.

        Examples:
            >>> import numpy as np, weightloom as wl
            >>> data = wl.fields.heat(3, frames=3, grid=8)
            >>> run = wl.fields.fit(data, wl.fields.MeanField(), in_frames=3)
            >>> run.forecast(data.values[0, 0], points=np.array([[0.0, 0.1]]), times=[0.0, 0.5]).shape
            (2, 1, 1)
            >>> run.forecast(data, frames=5, grid=16)
            <Trajectories: 3 trajectories of 5 frames, grid 16 × 16, channels temperature>
        """
        if isinstance(start, Trajectories):
            return self._forecast_trajectories(start, frames, grid, seed)
        if times is None:
            raise InputError("times were not given: give the times to forecast, counted from the frame's own time.")
        known = self.points
        at = known if at is None else check_positions(at, known, "at")
        points = known if points is None else check_positions(points, known, "points")
        values = np.asarray(start, np.float32)
        channels = len(self.config.channels)
        if values.ndim < 2 or values.shape[-1] != channels or values.size != len(at) * channels:
            raise InputError(
                f"a first frame of shape {values.shape} does not fit: give {channels} channels "
                f"({', '.join(self.config.channels)}) at each of {len(at)} points, the channels last."
            )
        values = values.reshape(len(at), channels)
        mask = np.asarray(np.isfinite(values).all(axis=-1))
        if not mask.any():
            raise InputError("the first frame has no point at which all channels are finite: observe at least one.")
        return self.forecast_many(values[None], times=checked_times(times), points=points, at=at, mask=mask, seed=seed)[
            0
        ]

    def forecast_many(
        self,
        start: Float[np.ndarray, "trajectory points channels"],
        *,
        times: Float[np.ndarray, " times"],
        points: Float[np.ndarray, "query d"],
        at: Float[np.ndarray, "points d"],
        mask: Bool[np.ndarray, " points"],
        seed: int = 0,
    ) -> Float[np.ndarray, "trajectory times query channels"]:
        """`forecast` for many first frames that are observed at the same points.

        Args:
            start: the first frames, in the data's units; what is not observed does not count.
            times: increasing, counted from the first frame.
            points: where to evaluate.
            at: positions of the first frames' points.
            mask: which points are observed.
            seed: one of the run's seeds.

        Returns:
            Values in the data's units.

        Raises:
            InputError: if the seed is not one of the run's.
        """
        return forecast_all(self.model, self.parameters(seed), self.scale, start, mask, at, times, points)

    def _forecast_trajectories(
        self, start: Trajectories, frames: int | None, grid: int | None, seed: int
    ) -> Trajectories:
        from weightloom.fields._sensor_mask import sensor_mask

        config = self.config
        self.check_alike(start)
        times = continued(start.times, len(start.times) if frames is None else frames)
        coordinates = start.coordinates if grid is None else regridded(start, grid)
        points = coordinates.reshape(-1, coordinates.shape[-1])
        mask = sensor_mask(start, config.observed, config.mask_key, config.per_frame)[0]
        values = self.forecast_many(
            start.at_points[:, 0], times=times - times[0], points=points, at=start.points, mask=mask, seed=seed
        )
        if not np.isfinite(values).all():
            raise InputError(
                f"forecasts of {len(times)} frames are not finite: the model ran away. Ask for fewer frames."
            )
        origin = {"forecast": {"run": self.name, "model": self.model.label, "seed": seed}}
        shape = (len(start), len(times), *coordinates.shape[:-1], len(config.channels))
        return Trajectories(values.reshape(shape), times, coordinates, config.channels, start.period, origin)

    def trajectories(self) -> Parts:
        """The run's data, parted as they were for the fit.

        Raises:
            InputError: if the run does not know their path, or they are not there, or not the same.
        """
        config = self.config
        if config.data is None:
            raise InputError(f"{self.name} was fitted to data in memory: give them again.")
        try:
            data = open_trajectories(config.data, **config.names)
        except InputError as error:
            raise InputError(f"{error} {self.name} was fitted to these data: give them from where they are.") from error
        return self.parts_of(data)

    def parts_of(self, data: Trajectories) -> Parts:
        """Data parted as for the fit, if they are the ones that it was given.

        Args:
            data: all trajectories, those of the test included.

        Raises:
            InputError: if they are other data.
        """
        config = self.config
        if data.fingerprint != config.fingerprint:
            raise InputError(f"these are not the data that {self.name} was fitted to: their fingerprint is another.")
        return parted(data, config.test, config.validation, config.windows)

    def check_alike(self, data: Trajectories) -> None:
        """Raise an InputError unless forecasts of these data can be made: the same channels in the same domain.

        Args:
            data: trajectories on any grid.
        """
        channels, own = data.channels, self.config.channels
        if channels != own:
            raise InputError(f"the data have channels {', '.join(channels)}: the run has {', '.join(own)}.")
        check_positions(data.points, self.points, "the data's points")

    def _kept(self) -> PyTree[Any]:
        """Shapes of what a run keeps, with a leading axis of seeds."""
        config = self.config
        single: Any = functools.partial(jax.ShapeDtypeStruct, dtype=np.float32)
        boolean: Any = functools.partial(jax.ShapeDtypeStruct, dtype=np.bool_)
        data = Observed(
            single((config.trajectories, config.frames, config.points, len(config.channels))),
            boolean((config.frames, config.points)),
            single((config.points, config.dimensions)),
            single((config.frames,)),
        )
        one = jax.eval_shape(lambda data: self.model.parameters(self.model.init(data, jax.random.key(0))), data)
        return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((len(config.seeds), *leaf.shape), leaf.dtype), one)

    def summary(self) -> str:
        """The validation error of the best step, in a line."""
        error = float(self.measures.validation_mse.mean("time").min())
        return f"{self.model.label}, validation error {error:.2g} variances."

    def _best_step(self, seed: int) -> int:
        kept = self.store.parameter_steps
        errors = self.measures.validation_mse.sel(seed=seed, step=list(kept)).mean("time")
        return int(kept[int(np.argmin(errors.values))])

    def table(self, step: int | None = None) -> "pd.DataFrame":
        """The validation errors of one step as a pandas DataFrame, one row per seed.

        Args:
            step: a measured step; the default is the last one.

        Returns:
            A DataFrame with the columns seed, step, model, and in_t and out_t: the mean squared errors, in variances
            of a channel, of the frames that the model was fitted to and of those after them; NaN where there are none.

        Raises:
            InputError: if the step was not measured.
        """
        return _tables.run_table(self, step)

    def _repr_html_(self) -> str:
        return _tables.run_html(self)

    def __repr__(self) -> str:
        return f"FieldRun({self.name!r}, model={self.model.label!r}, {self._state()})"
