"""How well forecasts of unseen trajectories do: In-s and Out-s, In-t and Out-t, beside the baselines."""

import functools
import time
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, PyTree

from weightloom.errors import InputError
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.forecasting import forecast_all
from weightloom.fields.models import FieldModel, GridPOD, MeanField, Observed, Persistence
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import Scale, observed_frames
from weightloom.fields.run import FieldRun
from weightloom.fields.trajectories import EVEN, Trajectories

BASELINES = (Persistence(), MeanField(), GridPOD(modes=50, quadratic=0), GridPOD())


class Fitted(NamedTuple):
    """A model and what was fitted, once per seed.

    Attributes:
        model: the description.
        scale: how it sees values.
        parameters: of each seed.
    """

    model: FieldModel
    scale: Scale
    parameters: tuple[PyTree, ...]


def evaluate(
    run: FieldRun,
    test: Trajectories | None = None,
    *,
    data: Trajectories | None = None,
    observed: float | None = None,
    mask_key: int | None = None,
    baselines: bool = True,
    beside: Sequence[FieldRun] = (),
) -> xr.Dataset:
    """The table of DINo's evaluation (Yin et al., ICLR 2023, section 4), for a run and the baselines.

    Each test trajectory is forecast from its first frame, at the observed points of that frame, to all its frames and
    all its points. In-s are the points that are observed, Out-s the others; In-t are the frames within the horizon that
    the models were fitted to, Out-t those after it.

    Args:
        run: what to evaluate.
        test: trajectories that the run has not seen, on any grid; the run's own test trajectories unless given.
        data: all the data that the run was given, if it was not given their path.
        observed: the observed share of the first frame; as in training unless given.
        mask_key: another random choice of observed points.
        baselines: fit the baselines to the same observations and add them.
        beside: other runs on the same data, with as many seeds, to add; such as one of H(t, code), which has no ODE.

    Returns:
        `mse` in the data's units squared, and `relative_l2`, the norm of a frame's error over the root mean square of
        the norms of its trajectory's true frames, averaged over channels and trajectories, both over (model, seed,
        where, time); `where` is In-s, Out-s or all. `parameters` and `seconds` (of one forecast of all test
        trajectories, compiled) over model. The coordinate `in_t` says which times are within the horizon, and the
        attribute `left_out` has a sentence for each baseline that cannot be fitted to such data.

    Raises:
        InputError: if there are no test trajectories, they are those of the fit, or they do not have the run's channels
            and domain; if a run beside it was fitted to other data.

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
    parts = None
    if test is None or baselines:
        try:
            parts = run.trajectories() if data is None else run.parts_of(data)
        except InputError as error:
            if test is None:
                raise
            raise InputError(f"{error} Or leave out the baselines, which are fitted to them.") from error
    test = parts.test if test is None and parts is not None else test
    if test is None:
        raise InputError(f"{run.name} keeps no trajectories for a test: give some.")
    if test.fingerprint == config.fingerprint:
        raise InputError("these trajectories are the run's own, those it was fitted to among them: give them as data.")
    run.check_alike(test)
    share = config.observed if observed is None else observed
    mask = sensor_mask(test, share, config.mask_key if mask_key is None else mask_key, config.per_frame)
    for other in beside:
        _check_beside(run, other)
    runs = [run, *beside]
    rows = [Fitted(one.model, one.scale, tuple(map(one.parameters, one.config.seeds))) for one in runs]
    left_out = []
    if baselines and parts is not None:
        observations = observed_training(run, parts.fitted)
        present = [row.model.label for row in rows]
        for model in (model for model in BASELINES if model.label not in present):
            try:
                rows.append(_fitted(model, run.scale, observations, parts.fitted))
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
    """An evaluation averaged over the times of In-t and Out-t.

    Args:
        table: as `evaluate` returns it.

    Returns:
        `mse` and `relative_l2` over (model, seed, where, horizon).

    Examples:
        >>> errors, in_t = ("time", np.array([1.0, 3.0, 8.0])), ("time", np.array([True, True, False]))
        >>> table = xr.Dataset({"mse": errors, "relative_l2": errors}, {"in_t": in_t})
        >>> horizons(table).mse.values.tolist()
        [2.0, 8.0]
    """
    errors = table[["mse", "relative_l2"]]
    parts = {"In-t": errors.isel(time=table.in_t.values), "Out-t": errors.isel(time=~table.in_t.values)}
    found = {name: part.mean("time") for name, part in parts.items() if part.sizes["time"]}
    return xr.concat(found.values(), "horizon").assign_coords(horizon=list(found))


def observed_training(run: FieldRun, fitted: Trajectories) -> Observed:
    """What a run's model was fitted to.

    Args:
        run: the run.
        fitted: its training trajectories.
    """
    config = run.config
    mask = sensor_mask(fitted, config.observed, config.mask_key, config.per_frame)[: config.frames]
    return observed_frames(fitted.frames(slice(0, config.frames)), mask, run.scale)


def _check_beside(run: FieldRun, other: FieldRun) -> None:
    """Raise an InputError unless two runs kept the same trajectories for the test and have as many seeds."""
    one, another = (
        (config.fingerprint, config.test, config.windows, len(config.seeds)) for config in (run.config, other.config)
    )
    if one != another:
        raise InputError(
            f"{other.name} cannot stand beside {run.name}: give a run on the same data, test, windows and number of "
            "seeds."
        )


def _names(runs: Sequence[FieldRun]) -> list[str]:
    """What a table calls runs: their models, and their folders too where models have the same name."""
    labels = [run.model.label for run in runs]
    return [label if labels.count(label) == 1 else f"{label} ({run.name})" for label, run in zip(labels, runs)]


def _fitted(model: FieldModel, scale: Scale, observed: Observed, data: Trajectories) -> Fitted:
    """A model in closed form, fitted without a run."""
    model = model.adapted(data.frames(slice(0, len(observed.times))))
    return Fitted(model, scale, (_solved(model, jax.tree.map(jnp.asarray, observed)),))


@functools.partial(jax.jit, static_argnums=0)
@in_full_precision
def _solved(model: FieldModel, observed: Observed) -> PyTree:
    key = jax.random.key(0)
    state, _ = model.step(model.init(observed, key), observed, key, jnp.uint32(0), 1)
    return model.parameters(state)


def _row(row: Fitted, seeds: tuple[int, ...], test: Trajectories, mask: Bool[np.ndarray, "time points"]) -> xr.Dataset:
    """One model's errors; a model without randomness has the same for all seeds."""
    errors = []
    for parameters in row.parameters:
        times = test.times - test.times[0]
        arguments = (row.model, parameters, row.scale, test.at_points[:, 0], mask[0], test.points, times, test.points)
        found = forecast_all(*arguments)
        begun = time.perf_counter()
        found = forecast_all(*arguments)
        seconds = time.perf_counter() - begun
        errors.append(_errors(found, test.at_points, mask))
    repeated = errors * (len(seeds) if len(errors) == 1 else 1)
    count = sum(leaf.size for leaf in jax.tree.leaves(row.parameters[0]))
    sizes = {"parameters": count, "seconds": seconds}
    return xr.concat(repeated, "seed").assign_coords(seed=list(seeds)).assign(sizes)


def _errors(
    found: Float[np.ndarray, "trajectory time points channels"],
    truth: Float[np.ndarray, "trajectory time points channels"],
    mask: Bool[np.ndarray, "time points"],
) -> xr.Dataset:
    places = {"In-s": mask, "Out-s": ~mask, "all": np.ones_like(mask)}
    places = {name: chosen for name, chosen in places.items() if chosen.any()}
    squared = (found.astype(np.float64) - truth) ** 2
    mse, relative = [], []
    for chosen in places.values():
        weight = chosen[None, :, :, None] / chosen.sum(axis=1)[None, :, None, None]
        wrong = (squared * weight).sum(axis=2)
        # Over all frames: a field may be 0 in one of them, as a velocity at rest is.
        size = (truth.astype(np.float64) ** 2 * weight).sum(axis=2).mean(axis=1, keepdims=True)
        mse.append(wrong.mean(axis=(0, 2)))
        relative.append(np.nanmean(np.sqrt(wrong / np.where(size > 0, size, np.nan)), axis=(0, 2)))
    dims = ("where", "time")
    return xr.Dataset({"mse": (dims, mse), "relative_l2": (dims, relative)}, {"where": list(places)})
