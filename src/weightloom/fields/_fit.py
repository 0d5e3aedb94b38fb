"""The main job: fit a model to trajectories and store it as a run."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, PyTree

from weightloom.errors import InputError
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.config import FieldsConfig
from weightloom.fields.models import MODELS, FieldModel, Frame, Observed
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import Parts, Scale, first_frames, observed_frames, parted, scale_of
from weightloom.fields.reading import open_trajectories
from weightloom.fields.run import FieldRun
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


def fit(
    data: Trajectories | str | Path,
    model: FieldModel,
    *,
    out: str | Path | None = None,
    observed: float = 1.0,
    per_frame: bool = False,
    mask_key: int = 0,
    in_frames: int = 10,
    windows: int | None = None,
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
    """Fit a model to trajectories, so that it forecasts others from one frame.

    Without `out` the run lives in memory, and `run.save(path)` writes it.
    If `out` holds an unfinished run of the same config, training goes on from its last checkpoint, to the same bytes
    that an uninterrupted run would have written; if it holds a complete one, that is returned.

    Args:
        data: trajectories, or the path of some; a run that knows the path can be evaluated without further arguments.
        model: such as `wl.fields.ContinuousPOD()`.
        out: the run's folder. The default keeps the run in memory.
        observed: the share of the points that sensors see, chosen at random.
        per_frame: other points in each frame.
        mask_key: the choice of points comes from it.
        in_frames: the model is fitted to the first so many frames of each trajectory, and forecasts those after them.
        windows: cut trajectories into pieces of so many frames first.
        test: how many trajectories, the last ones, to keep out of all of this.
        validation: how many of the last others to measure the training on; a twelfth unless given, but none of a
            single one. Without any, the training is measured on what it is fitted to.
        seeds: how many seeds (0, 1, …), or the seeds themselves; trained independently.
        steps: training steps; the model's own number unless given.
        save_every: a checkpoint is written after each multiple of this many steps.
        names: for a path of your own data: what `open_trajectories` takes.
        progress: report the progress on standard error: a bar in a terminal, a line a minute in a log.
        callback: called with the step and a dict of its scalars, one value per seed.
        log_every: how many steps lie between two calls of the callback. The default calls it about every second.
        stop: asked about every second; when it says True, the step is saved and the run returned as it is. By default,
            Ctrl-C saves the step and raises KeyboardInterrupt.
        **options: other entries of `FieldsConfig`, such as `checkpoints` or `keep`: "all" keeps the parameters of each
            measured step, and forecasts use those with the least validation error; "last" keeps those of the last.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if an argument cannot be used or `out` holds something else; nothing is written.
        RunError: if the run in `out` is damaged, or the training diverged.

    Examples:
        >>> from weightloom.fields import ContinuousPOD, fit, heat
        >>> model = ContinuousPOD(modes=3, quadratic=0, highest=2)
        >>> run = fit(heat(4, frames=3, grid=8), model, observed=0.5)
        >>> run.measures.validation_mse.shape  # step, seed, time
        (1, 1, 3)
    """
    check_jax()
    if not isinstance(model, FieldModel):
        raise InputError(f"model {model!r} cannot be used: give one of {', '.join(sorted(MODELS))}, with its entries.")
    path = None if isinstance(data, Trajectories) else str(data)
    trajectories = data if isinstance(data, Trajectories) else open_trajectories(data, **(names or {}))
    if validation is None:
        rest = max(len(trajectories) - test, 1)
        validation = max(rest // VALIDATION_SHARE, min(rest - 1, 1))
    if not np.ptp(trajectories.points, axis=0).any():
        raise InputError("all points of the data are at the same place: give at least two.")
    parts = parted(trajectories, test, validation, windows)
    fitted = parts.fitted.frames(slice(0, in_frames))
    mask = sensor_mask(parts.fitted, observed, mask_key, per_frame)
    scale = scale_of(fitted, mask[: len(fitted.times)])
    model = model.adapted(fitted)
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
        observed=observed,
        per_frame=per_frame,
        mask_key=mask_key,
        in_frames=in_frames,
        windows=windows,
        test=test,
        **options,
    )
    if model.steps == 1 and config.steps > 1:
        raise InputError(f"{model.label} is solved in one step, not in {config.steps}: leave out steps.")
    program = _program(config, model, parts, mask, scale)
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
    return FieldRun(store)


def _program(config: FieldsConfig, model: FieldModel, parts: Parts, mask: np.ndarray, scale: Scale) -> Program:
    """What the training loop runs; the data are its arguments, not its constants."""
    fitted = observed_frames(parts.fitted.frames(slice(0, config.frames)), mask[: config.frames], scale)
    validation = parts.validation
    measured = {
        "first": first_frames(validation, mask[0], scale),
        "truth": scale.normalised(validation.at_points),
        "times": (validation.times - validation.times[0]).astype(np.float32),
    }

    @in_full_precision
    def init(seed: Seed, data: Observed, _: PyTree) -> PyTree:
        return model.init(data, key_for(seed, 0, Purpose.INITIALISATION))

    @in_full_precision
    def step(state: PyTree, seed: Seed, index: Step, data: Observed, _: PyTree) -> tuple[PyTree, Mapping[str, Any]]:
        return model.step(state, data, key_for(seed, index, Purpose.INPUTS), index, config.steps)

    @in_full_precision
    def measure(state: PyTree, seed: Seed, data: Observed, held_out: PyTree) -> PyTree:
        parameters = model.parameters(state)

        def error(first: Array, truth: Array) -> Array:
            frame = Frame(first, data.mask[0], data.points)
            found = model.forecast(parameters, frame, held_out["times"], data.points)
            return ((found - truth) ** 2).mean(axis=(1, 2))

        return jax.vmap(error)(held_out["first"], held_out["truth"]).mean(axis=0)

    def dataset(errors: PyTree) -> xr.Dataset:
        coordinates = {
            "seed": list(config.seeds),
            "time": validation.times,
            "points": (("point", "coordinate"), parts.fitted.points),
        }
        attributes = {"units": "variances of a channel"}
        return xr.Dataset({"validation_mse": (("seed", "time"), np.asarray(errors), attributes)}, coordinates)

    return Program(init, step, model.parameters, measure, dataset, data=(fitted, measured))
