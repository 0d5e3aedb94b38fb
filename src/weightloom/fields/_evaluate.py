"""Evaluation of forecasts on test trajectories, with In-s, Out-s, In-t and Out-t errors, and with baselines."""

import functools
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, PyTree

from weightloom.errors import InputError
from weightloom.fields._geometry import placed_as
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.config import FieldsConfig
from weightloom.fields.forecasting import forecast_all
from weightloom.fields.models import FieldModel, GridPOD, MeanField, Observed, Persistence
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import Scale, observed_frames
from weightloom.fields.reading import as_trajectories
from weightloom.fields.run import FieldRun
from weightloom.fields.trajectories import EVEN, Trajectories

BASELINES = (Persistence(), MeanField(), GridPOD(modes=50, quadratic=0), GridPOD())


class Fitted(NamedTuple):
    """A fitted model.

    Attributes:
        model: the model.
        scale: normalisation of the values.
        parameters: fitted parameters of each seed.
    """

    model: FieldModel
    scale: Scale
    parameters: tuple[PyTree, ...]


def evaluate(
    run: FieldRun,
    test: Trajectories | xr.Dataset | xr.DataArray | str | Path | None = None,
    *,
    data: Trajectories | xr.Dataset | xr.DataArray | str | Path | None = None,
    observed: float | None = None,
    mask_key: int | None = None,
    baselines: bool = True,
    beside: Sequence[FieldRun] = (),
) -> xr.Dataset:
    """Evaluates a run and the baselines on test trajectories, as in DINo (Yin et al., ICLR 2023, section 4).

    Each test trajectory is forecast from the observed points of its first frame, at all of its frames and points.
    Of a run with a season, all rows forecast what is left without it: relative errors are relative to anomalies, and
    the baselines are those of anomalies. Errors are reported separately for observed points (In-s) and other points
    (Out-s), and for times within the
    training horizon (In-t) and after it (Out-t).

    Args:
        run: the run to evaluate.
        test: test trajectories on any grid, in any form that `fit` accepts. The default is the run's own test
            trajectories.
        data: the data that `fit` was given. Required if `fit` was given data in memory, not a path.
        observed: share of points observed in the first frame. The default is the share in training.
        mask_key: key of the random choice of observed points. The default is the key in training.
        baselines: whether to fit the baselines to the same observations and add them to the table.
        beside: further runs to add to the table. They must have the same data and the same number of seeds.

    Returns:
        A dataset with these variables and labels:

        - `mse` over (model, seed, where, time): the mean squared error, in squared units of the data. `where` is
          In-s, Out-s or all.
        - `relative_l2` over (model, seed, where, time): the norm of a frame's error, divided by the root mean square
          norm of the true frames of its trajectory. Averaged over channels and trajectories.
        - `parameters` over model: the number of parameters.
        - `seconds` over model: the time of one compiled forecast of all test trajectories.
        - coordinate `in_t`: whether a time is within the training horizon.
        - attribute `left_out`: one sentence for each baseline that cannot be fitted to the data.

    Raises:
        InputError: if there are no test trajectories, they are the data that the run was fitted to, or their channels
            or domain differ from the run's; or if a run in `beside` has other data or another number of seeds.

    Examples:
        >>> import tempfile
        >>> from weightloom.fields import heat
        >>> from weightloom.fields import fit
        >>> from weightloom.fields.models import ContinuousPOD
        >>> data = heat(5, frames=4, grid=8)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model = ContinuousPOD(modes=3, quadratic=0, highest=2)
        ...     run = fit(data, model, out=f"{folder}/run", in_frames=2, test=2)
        ...     table = evaluate(run, data=data, baselines=False)
        >>> table.mse.dims, table["where"].values.tolist()
        (('model', 'seed', 'where', 'time'), ['In-s', 'all'])
    """
    config = run.config
    data = None if data is None else as_trajectories(data, config.names)
    test = None if test is None else as_trajectories(test, config.names)
    parts = None
    if test is None or baselines:
        try:
            parts = run.trajectories() if data is None else run.parts_of(data)
        except InputError as error:
            if test is None:
                raise
            raise InputError(f"{error} Or evaluate without the baselines, which need these data.") from error
    test = parts.test if test is None and parts is not None else test
    if test is None:
        raise InputError(f"{run.name} has no test trajectories: give some as `test`.")
    if test.fingerprint == config.fingerprint:
        raise InputError("`test` is the data of the fit: give other trajectories, or give these as `data`.")
    test = run.anomalies(placed_as(test, config.placement))
    run.check_compatible(test)
    share = config.observed if observed is None else observed
    mask = sensor_mask(test, share, config.mask_key if mask_key is None else mask_key, config.per_frame)
    for other in beside:
        _check_beside(run, other)
    runs = [run, *beside]
    rows = [Fitted(one.model, one.scale, tuple(map(one.parameters, one.config.seeds))) for one in runs]
    left_out = []
    if baselines and parts is not None:
        fitted = run.anomalies(parts.fitted)
        observations = observed_training(run, fitted)
        present = [row.model.label for row in rows]
        for model in (model for model in BASELINES if model.label not in present):
            try:
                rows.append(_fitted(model, run.scale, observations, fitted))
            except InputError as error:
                left_out.append(f"{model.label} is left out: {error}")
    tables = [_row(row, config.seeds, test, mask) for row in rows]
    names = _names(runs) + [row.model.label for row in rows[len(runs) :]]
    known = run.measures.time.values
    horizon = known[min(config.frames, len(known)) - 1] - known[0]
    in_t = test.times - test.times[0] <= horizon * (1 + EVEN)
    table = xr.concat(tables, "model").assign_coords(model=names, time=test.times, in_t=("time", in_t))
    about = {"observed": share, "points": len(test.points), "trajectories": len(test), "channels": test.channels}
    return table.assign_attrs(about | {"left_out": left_out})


def horizons(table: xr.Dataset) -> xr.Dataset:
    """Averages an evaluation over the In-t times and over the Out-t times.

    Args:
        table: the dataset from `evaluate`.

    Returns:
        `mse` and `relative_l2` over (model, seed, where, horizon). `horizon` is In-t or Out-t.

    Examples:
        >>> errors, in_t = ("time", np.array([1.0, 3.0, 8.0])), ("time", np.array([True, True, False]))
        >>> table = xr.Dataset({"mse": errors, "relative_l2": errors}, {"in_t": in_t})
        >>> horizons(table).mse.values.tolist()
        [2.0, 8.0]
    """
    errors = table[["mse", "relative_l2"]]
    parts = {"In-t": errors.isel(time=table.in_t.values), "Out-t": errors.isel(time=~table.in_t.values)}
    means = {name: part.mean("time") for name, part in parts.items() if part.sizes["time"]}
    return xr.concat(means.values(), "horizon").assign_coords(horizon=list(means))


def observed_training(run: FieldRun, fitted: Trajectories) -> Observed:
    """The observations that a run's model was fitted to.

    Args:
        run: the run.
        fitted: the run's training trajectories, without the run's season.
    """
    config = run.config
    sea = fitted.ever_observed
    mask = sensor_mask(fitted, config.observed, config.mask_key, config.per_frame)[: config.frames, sea]
    return observed_frames(fitted.frames(slice(0, config.frames)).at(sea), mask, run.scale)


def _check_beside(run: FieldRun, other: FieldRun) -> None:
    """Raises an InputError unless two runs have the same data, test trajectories, windows and number of seeds."""
    one, another = (
        (config.fingerprint, config.test, config.windows, len(config.seeds), _season(config))
        for config in (run.config, other.config)
    )
    if one != another:
        raise InputError(
            f"{other.name} cannot be compared with {run.name}: give a run with the same data, test, windows, "
            "season with its validation, and number of seeds."
        )


def _season(config: FieldsConfig) -> tuple[object, ...]:
    """What a season is learned with, and from."""
    if config.season is None:
        return ()
    frames = config.in_frames if config.windows is None else None
    return config.season, config.harmonics, config.trend, config.validation, frames


def _names(runs: Sequence[FieldRun]) -> list[str]:
    """Names of runs in a table: the model's label, followed by the run's name if labels are equal."""
    labels = [run.model.label for run in runs]
    return [label if labels.count(label) == 1 else f"{label} ({run.name})" for label, run in zip(labels, runs)]


def _fitted(model: FieldModel, scale: Scale, observed: Observed, data: Trajectories) -> Fitted:
    """Fits a closed-form model without a run."""
    model = model.with_defaults_from(data.at(data.ever_observed).frames(slice(0, len(observed.times))))
    return Fitted(model, scale, (_solved(model, jax.tree.map(jnp.asarray, observed)),))


@functools.partial(jax.jit, static_argnums=0)
@in_full_precision
def _solved(model: FieldModel, observed: Observed) -> PyTree:
    key = jax.random.key(0)
    state, _ = model.step(model.init(observed, key), observed, key, jnp.uint32(0), 1)
    return model.parameters(state)


def _row(row: Fitted, seeds: tuple[int, ...], test: Trajectories, mask: Bool[np.ndarray, "time points"]) -> xr.Dataset:
    """The errors of one model. A deterministic model has the same errors for all seeds."""
    errors = []
    for parameters in row.parameters:
        times = test.times - test.times[0]
        arguments = (row.model, parameters, row.scale, test.at_points[:, 0], mask[0], test.points, times, test.points)
        forecasts = forecast_all(*arguments)
        begun = time.perf_counter()
        forecasts = forecast_all(*arguments)
        seconds = time.perf_counter() - begun
        errors.append(_errors(forecasts, test.at_points, mask))
    repeated = errors * (len(seeds) if len(errors) == 1 else 1)
    count = sum(leaf.size for leaf in jax.tree.leaves(row.parameters[0]))
    sizes = {"parameters": count, "seconds": seconds}
    return xr.concat(repeated, "seed").assign_coords(seed=list(seeds)).assign(sizes)


def _errors(
    forecasts: Float[np.ndarray, "trajectory time points channels"],
    truth: Float[np.ndarray, "trajectory time points channels"],
    mask: Bool[np.ndarray, "time points"],
) -> xr.Dataset:
    places = {"In-s": mask, "Out-s": ~mask, "all": np.ones_like(mask)}
    places = {name: chosen for name, chosen in places.items() if chosen.any()}
    squared, true = (forecasts.astype(np.float64) - truth) ** 2, truth.astype(np.float64) ** 2
    known = np.isfinite(truth)
    mean = np.mean
    if not known.all():
        # Frames with no observation have no error: means over trajectories and channels leave them out.
        squared, true = (np.where(known, array, 0) for array in (squared, true))
        mean = np.nanmean
    mse, relative = [], []
    for chosen in places.values():
        counted = chosen[None, :, :, None] & known
        with np.errstate(invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a mean over no frames is NaN
            weight = counted / counted.sum(axis=2, keepdims=True)
            wrong = (squared * weight).sum(axis=2)
            # Average the norm over all frames, because a single frame may be 0, such as the velocity of a wave at rest.
            size = mean((true * weight).sum(axis=2), axis=1, keepdims=True)
            mse.append(mean(wrong, axis=(0, 2)))
            relative.append(np.nanmean(np.sqrt(wrong / np.where(size > 0, size, np.nan)), axis=(0, 2)))
    dims = ("where", "time")
    return xr.Dataset({"mse": (dims, mse), "relative_l2": (dims, relative)}, {"where": list(places)})
