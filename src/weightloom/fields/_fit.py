"""`fit`: fits a model to trajectories and returns a run."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, PyTree

from weightloom._words import listed
from weightloom.errors import InputError, RunError
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.config import FieldsConfig
from weightloom.fields.models import MODELS, FieldModel, Frame, Observed
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import (
    Parts,
    Scale,
    first_frames,
    observed_frames,
    parted,
    pieces_of,
    scale_of,
    training_frames,
)
from weightloom.fields.reading import as_trajectories
from weightloom.fields.run import FieldRun
from weightloom.fields.season import Season, learn_season
from weightloom.fields.trajectories import Trajectories
from weightloom.training import (
    SAVE_EVERY,
    Callback,
    Program,
    Purpose,
    Seed,
    Step,
    check_jax,
    key_for,
    run_program,
    seeds_from,
)

VALIDATION_SHARE = 12
UNUSED = {name: FieldsConfig.model_fields[name].default for name in ("harmonics", "trend")}


def fit(
    data: Trajectories | xr.Dataset | xr.DataArray | str | Path,
    model: FieldModel,
    *,
    out: str | Path | None = None,
    observed: float = 1.0,
    per_frame: bool = False,
    mask_key: int = 0,
    in_frames: int = 10,
    windows: int | None = None,
    season: float | str | None = None,
    test: int = 0,
    validation: int | None = None,
    seeds: int | tuple[int, ...] = 1,
    steps: int | None = None,
    save_every: int = SAVE_EVERY,
    names: Mapping[str, Any] | None = None,
    progress: bool = True,
    callback: Callback | None = None,
    log_every: int | None = None,
    stop: Callable[[], bool] | None = None,
    **options: Any,
) -> FieldRun:
    """Fits a model to trajectories. The fitted model forecasts new trajectories from their first frame.

    Without `out`, the run is in memory; `run.save(path)` writes it to disk. If `out` contains an unfinished run with
    the same config, training resumes from its last checkpoint and gives the same bytes as an uninterrupted run. If
    `out` contains a complete run with the same config, it is returned.

    Args:
        data: trajectories, an xarray Dataset or DataArray, or a path to trajectories. NaN means not observed. With a
            path, the run can reload the data for its evaluation.
        model: a model, such as `wl.fields.ContinuousPOD()`.
        out: folder of the run. The default keeps the run in memory.
        observed: share of the points that are observed, chosen at random.
        per_frame: whether each frame has its own observed points.
        mask_key: key of the random choice of observed points.
        in_frames: number of frames of each trajectory to fit to. Later frames are used for validation only.
        windows: number of frames of the pieces into which trajectories are cut before the fit. The default does not
            cut them. `test` and `validation` count the pieces of a single trajectory, such as one long series.
        season: period of a season, in the unit of times, or "year" for data with time stamps. The mean, `harmonics`
            (the default is 2) and with `trend=True` a line in time are learned at each point from the training part;
            without windows from its first `in_frames` frames.
            The model is fitted to what remains, and forecasts have the season in them again. The default has none.
        test: number of trajectories at the end of the data to exclude from the fit and the validation.
        validation: number of trajectories, before those of the test, to validate on. The default is one twelfth, but
            at least 1, or 0 if there is a single trajectory. With 0, the training trajectories are used.
        seeds: number of seeds (0, 1, …), or a tuple of seeds. Each seed is trained independently.
        steps: number of training steps. The default is the model's.
        save_every: number of steps between checkpoints.
        names: if `data` are your own, in xarray or in a file: the arguments of `open_trajectories`. Names that are not
            given are found by the CF conventions.
        progress: whether to report progress on standard error, as a bar in a terminal and as one line per minute
            in a log.
        callback: function of a step and a dict of its scalars, with one value per seed.
        log_every: number of steps between calls of the callback. The default calls it about once per second.
        stop: function that is called about once per second. If it returns True, the current step is saved and the
            unfinished run is returned. The default saves the step on Ctrl-C and raises KeyboardInterrupt.
        **options: other entries of `FieldsConfig`, such as `checkpoints` or `keep`. `keep="all"` keeps the parameters
            of all measured steps, and forecasts use those with the lowest validation error. `keep="last"` keeps
            those of the last step.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if an argument is invalid, or `out` contains other files. Nothing is written.
        RunError: if the run in `out` is damaged, or the training diverges.

    Examples:
        >>> from weightloom.fields import ContinuousPOD, fit, heat
        >>> model = ContinuousPOD(modes=3, quadratic=0, highest=2)
        >>> run = fit(heat(4, frames=3, grid=8), model, observed=0.5)
        >>> run.measures.validation_mse.shape  # step, seed, time
        (1, 1, 3)
    """
    check_jax()
    if not isinstance(model, FieldModel):
        raise InputError(
            f"model {model!r} is not a field model: give an instance of one of {', '.join(sorted(MODELS))}, such as "
            "ContinuousPOD()."
        )
    path = str(data) if isinstance(data, str | Path) else None
    trajectories = as_trajectories(data, names)
    if validation is None:
        rest = max(pieces_of(trajectories, windows) - test, 1)
        validation = max(rest // VALIDATION_SHARE, min(rest - 1, 1))
    if not np.ptp(trajectories.points, axis=0).any():
        raise InputError("all points of the data have the same position: give at least two different positions.")
    learned = None
    parts = parted(trajectories, test, validation, windows)
    idle = [name for name, unused in UNUSED.items() if season is None and options.get(name, unused) != unused]
    if idle:
        raise InputError(f"{listed(idle)} cannot be used without a season: give season, such as season='year'.")
    if season is not None:
        training = training_frames(trajectories, test, validation, windows)
        if windows is None:
            training = training.frames(slice(0, in_frames))
        chosen = {name: options[name] for name in ("harmonics", "trend") if name in options}
        learned = learn_season(training, season, **chosen)
        options |= {"season": learned.period, "season_start": learned.start}
        parts = parted(learned.anomalies(trajectories), test, validation, windows)
    fitted = parts.fitted.frames(slice(0, in_frames))
    sea = trajectories.ever_observed
    land = parts.fitted.points[~sea]
    mask = sensor_mask(parts.fitted, observed, mask_key, per_frame)[:, sea]
    if len(land):
        parts = Parts(parts.fitted.at(sea), parts.validation.at(sea), parts.test)
        fitted = fitted.at(sea)
    scale = scale_of(fitted, mask[: len(fitted.times)])
    model = model.with_defaults_from(fitted)
    config = FieldsConfig(
        model=model.name,
        settings=dataclasses.asdict(model),  # type: ignore[call-overload]
        fingerprint=trajectories.fingerprint,
        channels=trajectories.channels,
        mean=scale.mean,
        std=scale.std,
        trajectories=len(fitted),
        frames=len(fitted.times),
        points=len(fitted.points),
        dimensions=fitted.points.shape[1],
        seeds=seeds_from(seeds),
        steps=model.steps if steps is None else steps,
        validation=validation,
        data=path,
        names=dict(names or {}),
        placement=trajectories.placement,
        clock=trajectories.clock,
        observed=observed,
        per_frame=per_frame,
        mask_key=mask_key,
        in_frames=in_frames,
        windows=windows,
        test=test,
        **options,
    )
    if model.steps == 1 and config.steps > 1:
        raise InputError(f"{model.label} is fitted in one step, not in {config.steps}: leave out steps.")
    program = _program(config, model, parts, mask, scale, land, None if learned is None else learned.at(sea))
    try:
        store = run_program(
            program,
            config,
            out,
            name=model.label,
            save_every=save_every,
            progress=progress,
            callback=callback,
            log_every=log_every,
            stop=stop,
        )
    except RunError as error:
        if model.steps > 1 or "diverged" not in str(error):
            raise
        raise RunError(
            f"the fit of {model.label} has numbers that are not finite: scale values of more than 1e15 or less than "
            "1e-15, reduce modes, or use another model."
        ) from error
    return FieldRun(store)


def _program(
    config: FieldsConfig,
    model: FieldModel,
    parts: Parts,
    mask: np.ndarray,
    scale: Scale,
    land: np.ndarray,
    season: Season | None,
) -> Program:
    """The program for the training loop. The data are arguments of its functions, not compiled constants."""
    fitted = observed_frames(parts.fitted.frames(slice(0, config.frames)), mask[: config.frames], scale)
    validation = parts.validation
    first, seen = first_frames(validation.at_points[:, 0], mask[0], scale)
    measured = {
        "mask": mask[0],
        "first": first,
        "truth": np.nan_to_num(scale.normalised(validation.at_points)),
        "times": (validation.times - validation.times[0]).astype(np.float32),
    }
    if validation.has_gaps:
        measured |= {"seen": np.broadcast_to(seen if seen.ndim == 3 else seen[:, :, None], first.shape),
                     "known": np.isfinite(validation.at_points)}  # fmt: skip

    @in_full_precision
    def init(seed: Seed, data: Observed, _: PyTree) -> PyTree:
        return model.init(data, key_for(seed, 0, Purpose.INITIALISATION))

    @in_full_precision
    def step(state: PyTree, seed: Seed, index: Step, data: Observed, _: PyTree) -> tuple[PyTree, Mapping[str, Any]]:
        return model.step(state, data, key_for(seed, index, Purpose.INPUTS), index, config.steps)

    @in_full_precision
    def measure(state: PyTree, seed: Seed, data: Observed, held_out: PyTree) -> PyTree:
        parameters = model.parameters(state)

        def squares(first: Array, truth: Array, mask: Array) -> Array:
            forecast = model.forecast(parameters, Frame(first, mask, data.points), held_out["times"], data.points)
            return (forecast - truth) ** 2

        if "known" not in held_out:
            mask = held_out["mask"]
            wrong = jax.vmap(squares, (0, 0, None))(held_out["first"], held_out["truth"], mask)
            return wrong.mean(axis=(2, 3)).mean(axis=0)
        # The error of a frame with no observation is stored as 0, because stored measures must be finite. It is NaN in
        # the run's measures.
        wrong, known = jax.vmap(squares)(*(held_out[name] for name in ("first", "truth", "seen"))), held_out["known"]
        return jnp.where(known, wrong, 0).sum(axis=(0, 2, 3)) / jnp.maximum(known.sum(axis=(0, 2, 3)), 1)

    def dataset(errors: PyTree) -> xr.Dataset:
        coordinates: dict[str, Any] = {
            "seed": list(config.seeds),
            "time": validation.times,
            "points": (("point", "coordinate"), parts.fitted.points),
        }
        if len(land):
            coordinates["land"] = (("land_point", "coordinate"), land)
        if season is not None:
            coordinates["season"] = (("feature", "point", "channel"), season.coefficients)
        observed = np.isfinite(validation.at_points).any(axis=(0, 2, 3))
        if not observed.all():
            coordinates["observed"] = ("time", observed)
        attributes = {"units": "variances of a channel"}
        return xr.Dataset({"validation_mse": (("seed", "time"), np.asarray(errors), attributes)}, coordinates)

    return Program(init, step, model.parameters, measure, dataset, data=(fitted, measured))
