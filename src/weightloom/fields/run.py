"""`FieldRun`: reading a fields run and forecasting with it."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import jax
import numpy as np
import xarray as xr
from jaxtyping import ArrayLike, Bool, Float, PyTree

from weightloom._checks import is_real
from weightloom._deprecated import FormerName
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.fields import _tables
from weightloom.fields._calendar import time_on
from weightloom.fields._geometry import moved, placed_as
from weightloom.fields.config import FieldsConfig
from weightloom.fields.forecasting import check_positions, checked_times, continued, forecast_all
from weightloom.fields.grids import regridded
from weightloom.fields.models import FieldModel, Observed
from weightloom.fields.preprocessing import Parts, Scale, parted
from weightloom.fields.reading import open_trajectories, with_template
from weightloom.fields.season import Season
from weightloom.fields.trajectories import REMOVED, Trajectories
from weightloom.runs import RunStore
from weightloom.training import BaseRun, RunConfig

if TYPE_CHECKING:
    import pandas as pd


class FieldRun(BaseRun[FieldsConfig]):
    """A fields run: a fitted model with its config and validation errors. Returned by `fit` and `weightloom.open_run`.

    `run.measures` is a dataset over step, seed and time. Its variable `validation_mse` is the mean squared error, over
    all points, of forecasts of the validation trajectories from their first frame, in variances of a channel. It is NaN
    in a frame with no observation. Its coordinate `points` has the positions of the training points. Opening a run
    executes no code from its files.

    Attributes:
        config: the config of the run.
        path: the run folder. None for a run in memory.
        model: the fitted model.
    """

    config_class: ClassVar[type[RunConfig]] = FieldsConfig

    def __init__(self, store: RunStore) -> None:
        super().__init__(store)
        self.model: FieldModel = self.config.described_model

    @functools.cached_property
    def measures(self) -> xr.Dataset:
        """All measures so far, as a Dataset over step, seed and time.

        Raises:
            RunError: if nothing has been measured yet, or if a file is damaged.
        """
        measures = super().measures
        if "observed" not in measures.coords:
            return measures
        return measures.assign(validation_mse=measures.validation_mse.where(measures.observed))

    @property
    def scale(self) -> Scale:
        """Normalisation of the values."""
        return Scale(self.config.mean, self.config.std)

    @property
    def points(self) -> Float[np.ndarray, "points d"]:
        """Positions of the training points."""
        return np.asarray(self.measures["points"].values, np.float32)

    @functools.cached_property
    def season(self) -> Season | None:
        """The season that was removed before the fit. None if there is none."""
        config = self.config
        if config.season is None:
            return None
        known = np.asarray(self.measures["season"].values, np.float64)
        shape = (config.season, config.harmonics, config.trend, config.season_start)
        return Season(*shape, self.points, known, config.clock, config.placement)

    @overload
    def forecast(
        self, start: Trajectories, *, frames: int | None = None, grid: int | None = None, seed: int = 0
    ) -> Trajectories: ...

    @overload
    def forecast(self, start: xr.Dataset | xr.DataArray, *, frames: int | None = None, seed: int = 0) -> xr.Dataset: ...

    @overload
    def forecast(
        self,
        start: Float[ArrayLike, "*observed channels"],
        *,
        times: ArrayLike | Sequence[float],
        points: Float[ArrayLike, "query d"] | None = None,
        at: Float[ArrayLike, "*places d"] | None = None,
        start_time: float | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "times query channels"]: ...

    def forecast(
        self,
        start: Trajectories | xr.Dataset | xr.DataArray | ArrayLike,
        *,
        times: ArrayLike | Sequence[float] | None = None,
        points: ArrayLike | None = None,
        at: ArrayLike | None = None,
        start_time: float | None = None,
        frames: int | None = None,
        grid: int | None = None,
        seed: int = 0,
    ) -> Trajectories | xr.Dataset | Float[np.ndarray, "times query channels"]:
        """Forecasts from one frame, or from the first frame of each of several trajectories.

        Args:
            start: one of

                - a frame: values in the data's units, on any grid or at any points, channels last. NaN means
                  not observed.
                - trajectories: each is forecast from its first frame, with the share of observed points of the
                  training.
                - an xarray Dataset or DataArray like that of the fit: as trajectories.

            times: for a frame: increasing times, relative to the frame, in the data's units.
            points: for a frame: positions at which to evaluate the forecast, inside the domain. The default is the
                training points.
            at: for a frame: positions of its values. The default is the training points.
            start_time: for a frame, if the run has a season: the frame's time, as in the data of the fit. With time
                stamps: seconds since their first stamp.
            frames: for trajectories: number of frames, including the first. The default is their number of frames.
                Times after their last frame are extended with the last time step.
            grid: for trajectories: number of points along the longest axis of the forecast's grid. The default is the
                grid of the trajectories.
            seed: one of the run's seeds.

        Returns:
            For a frame: values in the data's units, shape (times, points, channels). For trajectories: `Trajectories`.
            For xarray: a Dataset with the names, coordinates and units of `start`.

        Raises:
            InputError: if shapes do not match, times do not increase or are negative, points lie outside the domain,
                no point is observed, the seed is unknown, or a forecast is not finite.

        Examples:
            >>> import numpy as np, weightloom as wl
            >>> data = wl.fields.heat(3, frames=3, grid=8)
            >>> run = wl.fields.fit(data, wl.fields.MeanField(), in_frames=3)
            >>> run.forecast(data.values[0, 0], points=np.array([[0.0, 0.1]]), times=[0.0, 0.5]).shape
            (2, 1, 1)
            >>> run.forecast(data, frames=5, grid=16)
            <Trajectories: 3 trajectories of 5 frames, grid 16 × 16, channels temperature>
        """
        if isinstance(start, xr.Dataset | xr.DataArray):
            if grid is not None:
                raise InputError(
                    "grid cannot be used with xarray: give trajectories, as `open_trajectories` reads them."
                )
            given, template = with_template(start, self.config.names)
            assert template is not None
            result = self._forecast_trajectories(given, frames, None, seed)
            return template.dataset_of({"": result.values}, result.times - given.times[0])
        if isinstance(start, Trajectories):
            return self._forecast_trajectories(start, frames, grid, seed)
        if times is None:
            raise InputError("times is missing: give the times to forecast, relative to the frame.")
        at = self.points if at is None else check_positions(at, self._domain, "at")
        points = self.points if points is None else check_positions(points, self._domain, "points")
        values = np.asarray(start, np.float32)
        channels = len(self.config.channels)
        if values.ndim < 2 or values.shape[-1] != channels or values.size != len(at) * channels:
            raise InputError(
                f"the first frame has shape {values.shape}: give {channels} channels "
                f"({', '.join(self.config.channels)}) at each of {len(at)} points, the channels last."
            )
        values = values.reshape(len(at), channels)
        mask = np.asarray(np.isfinite(values).any(axis=-1))
        if not mask.any():
            raise InputError("the first frame has no finite value: give at least one.")
        values = np.where(np.isfinite(values), values, np.float32(np.nan))
        times, season = checked_times(times), self.season
        if season is None:
            return self.forecast_many(values[None], times=times, points=points, at=at, mask=mask, seed=seed)[0]
        if start_time is None:
            raise InputError("this run has a season: give start_time, the time of the frame as in the data of the fit.")
        if not is_real(start_time) or not np.isfinite(start_time):
            raise InputError(
                f"start_time {shown(start_time)} cannot be used: give a number, in the unit and from the origin of the "
                "data's times; with time stamps, seconds since the first stamp of the fit."
            )
        begun = start_time if season.clock is None else float(time_on(season.clock, season.clock, np.array(start_time)))
        values = (values - season.values(np.array([begun]), at)[0]).astype(np.float32)
        found = self.forecast_many(values[None], times=times, points=points, at=at, mask=mask, seed=seed)[0]
        return (found + season.values(begun + times, points)).astype(np.float32)

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
        """Forecasts several trajectories from first frames that are observed at the same points.

        If the run has a season, values and forecasts are without it.

        Args:
            start: the first frames, in the data's units. NaN where there is no observation.
            times: increasing times, relative to the first frame.
            points: positions at which to evaluate the forecasts.
            at: positions of the points of the first frames.
            mask: points whose values are used.
            seed: one of the run's seeds.

        Returns:
            Values in the data's units. NaN on land: where the nearest training point was never observed.

        Raises:
            InputError: if the seed is unknown.
        """
        values = forecast_all(self.model, self.parameters(seed), self.scale, start, mask, at, times, points)
        land = self._on_land(points)
        return np.where(land[:, None], np.float32(np.nan), values) if land.any() else values

    @property
    def _domain(self) -> Float[np.ndarray, "known d"]:
        """Positions that span the domain: the training points, followed by land."""
        land = self.measures.coords.get("land")
        return self.points if land is None else np.concatenate([self.points, land.values.astype(np.float32)])

    def _on_land(self, points: Float[np.ndarray, "query d"]) -> Bool[np.ndarray, " query"]:
        if "land" not in self.measures.coords:
            return np.zeros(len(points), bool)
        from scipy.spatial import cKDTree

        _, nearest = cKDTree(self._domain).query(points)
        return np.asarray(nearest >= len(self.points))

    def _forecast_trajectories(
        self, start: Trajectories, frames: int | None, grid: int | None, seed: int
    ) -> Trajectories:
        from weightloom.fields._sensor_mask import sensor_mask

        config = self.config
        self.check_compatible(start)
        given, start = start, self.anomalies(start)
        times = continued(start.times, len(start.times) if frames is None else frames)
        coordinates = start.coordinates if grid is None else regridded(start, grid)
        inner = moved(coordinates, start.placement, config.placement)
        points = inner.reshape(-1, inner.shape[-1])
        mask = sensor_mask(start, config.observed, config.mask_key, config.per_frame)[0]
        values = self.forecast_many(
            start.at_points[:, 0],
            times=times - times[0],
            points=points,
            at=moved(start.points, start.placement, config.placement),
            mask=mask,
            seed=seed,
        )
        if not np.isfinite(values[:, :, ~self._on_land(points)]).all():
            raise InputError(
                f"forecasts of {len(times)} frames are not finite because the model diverges: ask for fewer frames."
            )
        origin: dict[str, Any] = {"forecast": {"run": self.name, "model": self.model.label, "seed": seed}}
        origin |= start.carried
        shape = (len(start), len(times), *coordinates.shape[:-1], len(config.channels))
        found = Trajectories(values.reshape(shape), times, coordinates, config.channels, start.period, origin)
        return found if self.season is None or REMOVED in given.attributes else self.season.restored(found)

    def trajectories(self) -> Parts:
        """Reloads the run's data, split as for the fit.

        Raises:
            InputError: if the run was fitted to data in memory, the data do not exist at their path, or they have
                changed.
        """
        config = self.config
        if config.data is None:
            raise InputError(f"{self.name} was fitted to data in memory: give the data again.")
        try:
            data = open_trajectories(config.data, **config.names)
        except InputError as error:
            raise InputError(f"{error} {self.name} was fitted to these data: give their new path.") from error
        return self.parts_of(data)

    def parts_of(self, data: Trajectories) -> Parts:
        """Splits the run's data as for the fit.

        Args:
            data: the data that `fit` was given, including the test trajectories.

        Raises:
            InputError: if they are not the data that `fit` was given.
        """
        config = self.config
        if data.fingerprint != config.fingerprint:
            raise InputError(f"these are not the data that {self.name} was fitted to: give the same data.")
        return parted(data, config.test, config.validation, config.windows)

    def anomalies(self, data: Trajectories) -> Trajectories:
        """Trajectories without the run's season. A run without a season returns them as they are.

        Args:
            data: trajectories on any grid. Without time stamps their times count from the same origin as in the fit.

        Returns:
            What the model was fitted to: values less mean, season and trend, in units of the values.

        Examples:
            >>> from weightloom.fields import MeanField, fit, heat
            >>> data = heat(2, frames=8, grid=4)
            >>> run = fit(data, MeanField(), in_frames=8, validation=0, season=1.0, progress=False)
            >>> bool(abs(run.anomalies(data).values.mean()) < 1e-3)
            True
        """
        return data if self.season is None else self.season.anomalies(data)

    check_alike = FormerName("check_compatible")

    def check_compatible(self, data: Trajectories) -> None:
        """Checks that data have the run's channels and lie in its domain.

        Args:
            data: trajectories on any grid.

        Raises:
            InputError: if they do not.
        """
        given, fitted = data.channels, self.config.channels
        if given != fitted:
            raise InputError(f"the data have channels {', '.join(given)}: give {', '.join(fitted)}, as in the run.")
        check_positions(placed_as(data, self.config.placement).points, self._domain, "the data's points")

    def _parameter_shapes(self) -> PyTree[Any]:
        """Shapes of the stored parameters, with a leading axis of seeds."""
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
        """One line with the validation error of the best step."""
        error = float(self.measures.validation_mse.mean("time").min())
        if np.isnan(error):
            return f"{self.model.label}, without validation: its trajectories have no observation."
        return f"{self.model.label}, validation error {error:.2g} variances."

    def _best_step(self, seed: int) -> int:
        kept = self.store.parameter_steps
        errors = self.measures.validation_mse.sel(seed=seed, step=list(kept)).mean("time").values
        return int(kept[-1 if np.isnan(errors).all() else int(np.nanargmin(errors))])

    def table(self, step: int | None = None) -> "pd.DataFrame":
        """The validation errors of one step as a pandas DataFrame, with one row per seed.

        Args:
            step: a measured step. The default is the last one.

        Returns:
            A DataFrame with the columns seed, step, model, in_t and out_t. `in_t` and `out_t` are mean squared errors,
            in variances of a channel, of the frames within and after the training horizon. NaN if there are none.

        Raises:
            InputError: if the step was not measured.
        """
        return _tables.run_table(self, step)

    def _repr_html_(self) -> str:
        return _tables.run_html(self)

    def __repr__(self) -> str:
        return f"FieldRun({self.name!r}, model={self.model.label!r}, {self._state()})"
