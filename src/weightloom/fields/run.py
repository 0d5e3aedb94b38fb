"""A fields run on disk, as its readers see it."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, ArrayLike, Bool, Float, PyTree

from weightloom.errors import InputError, RunError
from weightloom.fields import _tables
from weightloom.fields.config import FieldsConfig
from weightloom.fields.models import FieldModel, Frame, Observed
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import Parts, Scale, parted
from weightloom.fields.reading import open_trajectories
from weightloom.fields.trajectories import Trajectories, on_unit_sphere
from weightloom.runs import RunFolder


class FieldRun:
    """A run: its config, what was measured, and forecasts.

    Obtained from `fit` or `weightloom.open_run`. Opening one executes nothing that it holds.

    Attributes:
        config: what was computed.
        path: the run's folder.
        model: what was fitted.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.path: Path = folder.path
        self.config = FieldsConfig.from_dict(folder.config, str(self.path / "config.json"))
        self.model: FieldModel = self.config.described_model

    @property
    def complete(self) -> bool:
        """Whether training reached its last step."""
        return self.folder.complete

    @property
    def scale(self) -> Scale:
        """How values are normalised."""
        return Scale(self.config.mean, self.config.std)

    @functools.cached_property
    def measures(self) -> xr.Dataset:
        """What was measured, over step, seed and time.

        `validation_mse` is the error of forecasts of the validation trajectories from their first frame, over all
        points, in variances of a channel. The coordinate `points` has the positions of the training's points.
        """
        measures = self.folder.measures()
        if measures.sizes["step"] == 0:
            raise RunError(f"{self.path}: nothing has been measured yet; continue the training first.")
        return measures

    def parameters(self, seed: int, step: int | None = None) -> PyTree[Array]:
        """What was fitted for one seed.

        Args:
            seed: one of the run's seeds.
            step: a step whose parameters were kept; of these the one with the least validation error unless given.

        Returns:
            The arrays that the model's `forecast` takes.

        Raises:
            InputError: if the run has no such seed.
            RunError: if nothing was kept of that step, or of any.
        """
        if seed not in self.config.seeds:
            raise InputError(f"seed {seed} is not in this run: its seeds are {', '.join(map(str, self.config.seeds))}.")
        kept = self.folder.parameter_steps
        if not kept:
            raise RunError(f"{self.path}: no parameters have been kept yet; continue the training first.")
        if step is None:
            errors = self.measures.validation_mse.sel(seed=seed, step=list(kept)).mean("time")
            step = int(kept[int(np.argmin(errors.values))])
        index = self.config.seeds.index(seed)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf[index]), self.folder.load_parameters(step, self._kept()))

    def forecast(
        self,
        first_frame: Float[ArrayLike, "*observed channels"],
        *,
        points: Float[ArrayLike, "query d"] | None = None,
        times: ArrayLike | Sequence[float],
        at: Float[ArrayLike, "*places d"] | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "times query channels"]:
        """What follows one frame.

        Args:
            first_frame: values in the data's units, on any grid or at any points; one with NaN in any channel is not
                observed.
            points: where to evaluate, within the domain of the training's points, which are taken unless others are
                given.
            times: increasing, counted from the frame's own time, in the data's units.
            at: positions of the first frame's values; the training's points unless given.
            seed: one of the run's seeds.

        Returns:
            Values in the data's units, shape (times, points, channels).

        Raises:
            InputError: if shapes do not fit, times do not increase from 0 or later, points lie outside the domain, or
                nothing is observed.

        Examples:
            >>> import tempfile, numpy as np, weightloom as wl
            >>> data = wl.fields.heat(3, frames=3, grid=8)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     run = wl.fields.fit(data, wl.fields.MeanField(), out=f"{folder}/run", in_frames=3)
            ...     run.forecast(data.values[0, 0], points=np.array([[0.0, 0.1]]), times=[0.0, 0.5]).shape
            (2, 1, 1)
        """
        known = np.asarray(self.measures["points"].values, np.float32)
        at = known if at is None else _positions(at, known, "at")
        points = known if points is None else _positions(points, known, "points")
        values = np.asarray(first_frame, np.float32)
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
        return self.forecast_many(values[None], mask, at, checked_times(times), points, seed)[0]

    def forecast_many(
        self,
        first: Float[np.ndarray, "trajectory points channels"],
        mask: Bool[np.ndarray, " points"],
        at: Float[np.ndarray, "points d"],
        times: Float[np.ndarray, " times"],
        points: Float[np.ndarray, "query d"],
        seed: int = 0,
    ) -> Float[np.ndarray, "trajectory times query channels"]:
        """`forecast` for many trajectories that are observed at the same points.

        Args:
            first: the first frames, in the data's units; what is not observed does not count.
            mask: which points are observed.
            at: positions of the first frames' points.
            times: increasing, counted from the first frame.
            points: where to evaluate.
            seed: one of the run's seeds.

        Raises:
            InputError: if the seed is not one of the run's.
        """
        parameters = self.parameters(seed)
        return forecast_all(self.model, parameters, self.scale, first, mask, at, times, points)

    def trajectories(self) -> Parts:
        """The run's data, parted as they were for the fit.

        Raises:
            InputError: if the run does not know their path, or they are not there, or not the same.
        """
        config = self.config
        if config.data is None:
            raise InputError(f"{self.path} was fitted to data in memory: give them again.")
        try:
            data = open_trajectories(config.data, **config.names)
        except InputError as error:
            raise InputError(f"{error} {self.path} was fitted to these data: give them from where they are.") from error
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
            raise InputError(f"these are not the data that {self.path} was fitted to: their fingerprint is another.")
        return parted(data, config.test, config.validation, config.windows)

    def check_alike(self, data: Trajectories) -> None:
        """Raise an InputError unless forecasts of these data can be made: the same channels in the same domain.

        Args:
            data: trajectories on any grid.
        """
        channels, own = data.channels, self.config.channels
        if channels != own:
            raise InputError(f"the data have channels {', '.join(channels)}: the run has {', '.join(own)}.")
        _positions(data.points, np.asarray(self.measures["points"].values, np.float32), "the data's points")

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

    def table(self, step: int | None = None) -> Any:
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
        state = "complete" if self.complete else f"at step {self.folder.last_step}"
        return f"FieldRun({str(self.path)!r}, model={self.model.label!r}, {state})"


def forecast_all(
    model: FieldModel,
    parameters: PyTree,
    scale: Scale,
    first: Float[np.ndarray, "trajectory points channels"],
    mask: Bool[np.ndarray, " points"],
    at: Float[np.ndarray, "points d"],
    times: Float[np.ndarray, " times"],
    points: Float[np.ndarray, "query d"],
) -> Float[np.ndarray, "trajectory times query channels"]:
    """Forecasts of many trajectories in the data's units, in one call on the device.

    Args:
        model: what was fitted.
        parameters: of the fit.
        scale: how values are normalised.
        first: the first frames; what is not observed does not count.
        mask: what is observed.
        at: positions of the first frames' points.
        times: increasing, from the first frame's own time on.
        points: where to evaluate.
    """
    values = np.where(mask[:, None], scale.normalised(first), np.float32(0))
    arrays = (jnp.asarray(values), jnp.asarray(mask), jnp.asarray(at), jnp.asarray(times, jnp.float32))
    return scale.restored(np.asarray(_forecasts(model, parameters, *arrays, jnp.asarray(points))))


@functools.partial(jax.jit, static_argnums=0)
@in_full_precision
def _forecasts(model, parameters, first, mask, at, times, points):
    return jax.vmap(lambda values: model.forecast(parameters, Frame(values, mask, at), times, points))(first)


def checked_times(times: ArrayLike | Sequence[float]) -> Float[np.ndarray, " times"]:
    """Times of a forecast, or the reason why they cannot be used.

    Raises:
        InputError: unless they are finite, increase, and start at 0 or later.
    """
    given = np.asarray(times, np.float64)
    if given.ndim != 1 or len(given) == 0 or not np.isfinite(given).all():
        raise InputError(f"times of shape {given.shape} cannot be used: give one row of finite times.")
    if given[0] < 0 or (np.diff(given) <= 0).any():
        raise InputError("times must increase, from 0 (the first frame's own time) or later.")
    return given


def _positions(points: Any, known: np.ndarray, name: str) -> np.ndarray:
    given = np.asarray(points, np.float32)
    if given.ndim < 2 or given.shape[-1] != known.shape[1] or given.size == 0:
        raise InputError(f"{name} of shape {given.shape} do not fit: give (points, {known.shape[1]}) positions.")
    given = given.reshape(-1, known.shape[1])
    if not np.isfinite(given).all():
        raise InputError(f"{name} have {(~np.isfinite(given)).sum()} numbers that are not finite.")
    if on_unit_sphere(known).all():
        outside = ~on_unit_sphere(given)
    else:
        gap = _spacing(known)  # a grid of a periodic domain ends one before the domain does
        outside = ((given < known.min(axis=0) - gap) | (given > known.max(axis=0) + gap)).any(axis=1)
    if outside.any():
        raise InputError(
            f"{name} have {outside.sum()} outside the domain, such as {given[outside][0].tolist()}: the run knows "
            f"{known.min(axis=0).tolist()} to {known.max(axis=0).tolist()}."
        )
    return given


def _spacing(points: np.ndarray) -> np.ndarray:
    """The usual distance between neighbouring positions along each axis; differences by rounding do not count."""
    side = np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), 1)
    places = [np.unique(axis.round(5)) for axis in ((points - points.min(axis=0)) / side).T]
    return side * [np.median(np.diff(place)) if len(place) > 1 else 0 for place in places]
