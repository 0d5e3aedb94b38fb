"""Learning the prior of a field from data with gaps: mean and modes from the data, the rest on held-out values."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Integer
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from weightloom._checks import check_whole
from weightloom._keys import AnyKey, as_seed
from weightloom.errors import InputError
from weightloom.fields.reading import as_trajectories
from weightloom.fields.reconstruction.posterior import Seen, posterior, seen_of, whitened
from weightloom.fields.reconstruction.prior import FieldPrior, Places
from weightloom.fields.reconstruction.tasks import Task, entries, frames_with_values, held_out
from weightloom.fields.trajectories import Trajectories

MOST_SITES = 1500
COUNTS = (0, 3, 8, 20, 50)  # numbers of modes to choose from
TRIED = (0.5, 1.5)
LIMIT = 6.0  # logarithm of the largest change of a parameter
EVALUATIONS, FEWER = 90, 60  # of the score: without modes, and for each number of modes


def learn_prior(
    data: Trajectories | xr.Dataset | xr.DataArray | str | Path,
    key: AnyKey = 0,
    modes: int | None = None,
    *,
    names: Mapping[str, Any] | None = None,
) -> FieldPrior:
    """Learns the prior of a field from trajectories with or without gaps.

    1. Fields are reconstructed at up to 1,500 sites, with a constant in each frame and a smooth remainder as prior.
    2. Their mean and their leading modes (POD) become those of the prior.
    3. Lengths, variances, memory, noise, roughness and the number of modes are those with the highest logarithmic score
       of held-out values: of hidden patches if gaps move, else of places between random sensors. With at least 16
       frames, these are values of the last quarter, and the modes are learned from the frames before it.

    Args:
        data: trajectories, an xarray Dataset or DataArray, or the path of a file. NaN means not observed.
        key: random key of sites and held-out values, a whole number or a JAX key.
        modes: largest number of modes. The default is 50.
        names: for xarray or a file: the arguments of `open_trajectories`.

    Returns:
        The prior, in the coordinates and units of the trajectories.

    Raises:
        InputError: if the data cannot be read or have no value, or an argument is invalid.

    Examples:
        >>> from weightloom.fields import heat
        >>> learn_prior(heat(1, frames=3, grid=6), modes=0).modes.shape
        (1, 36, 1)
    """
    data = as_trajectories(data, names)
    random = np.random.default_rng([as_seed(key), 7])
    if modes is not None:
        check_whole(0, modes=modes)
    if not data.ever_observed.any():
        raise InputError("all values are NaN, which means not observed: give data with values.")
    points = data.points.astype(np.float64)
    sea = np.flatnonzero(data.ever_observed)
    sites = np.sort(random.permutation(sea)[:MOST_SITES])
    tasks, early, shown = held_out(data, random)
    start = _constant(data, points[sites])
    rough = _tuned(start, tasks, TRIED, EVALUATIONS)
    fields = _at_sites(rough.prior, shown, sites, early)
    best = rough
    most = min(50 if modes is None else modes, len(fields) - 1)
    for count in (count for count in COUNTS if 0 < count <= most):
        tried = _tuned(_with_modes(rough.prior, fields, count), tasks, (rough.prior.roughness,), FEWER)
        if tried.score > best.score:
            best = tried
        elif tried.score < rough.score:
            break
    count = len(best.prior.modes) - len(data.channels)
    if count == 0:
        return best.prior
    others = tuple(one for one in TRIED if one != best.prior.roughness)
    again = _tuned(_with_modes(rough.prior, fields, count), tasks, others, FEWER)
    best = max(best, again, key=lambda one: one.score)
    fields = _at_sites(rough.prior, data, sites, frames_with_values(data))
    whole = _with_modes(rough.prior, fields, count)
    scale = best.scale
    return dataclasses.replace(best.prior, mean=whole.mean, modes=scale * whole.modes)


class _Tuned(NamedTuple):
    prior: FieldPrior
    score: float
    scale: float


def _constant(data: Trajectories, sites: Float[np.ndarray, "sites d"]) -> FieldPrior:
    """A prior without modes but a constant per frame and channel, with usual lengths."""
    values = data.at_points.reshape(-1, len(data.channels)).astype(np.float64)
    mean, deviation = np.nanmean(values, axis=0), np.maximum(np.nanstd(values, axis=0), 1e-12)
    steps = np.diff(data.times)
    step = float(np.median(steps)) if len(steps) else 1.0
    extent = np.maximum(np.ptp(sites, axis=0), 1e-12)
    extent = np.full_like(extent, extent.max()) if data.on_sphere else extent
    around = data.period or (None,) * sites.shape[1]
    return FieldPrior(
        sites=sites,
        mean=np.tile(mean, (len(sites), 1)),
        modes=np.einsum("cd,s->csd", np.diag(0.5 * deviation), np.ones(len(sites))),
        lengths=0.15 * extent,
        deviation=0.7 * deviation,
        roughness=TRIED[0],
        memory=(3 * step, 3 * step),
        noise=0.1 * deviation,
        period=np.array([np.inf if length is None else length for length in around]),
        domain=data.points,
        placement=data.placement,
    )


def _with_modes(prior: FieldPrior, fields: Float[np.ndarray, "frames sites channels"], count: int) -> FieldPrior:
    """The prior with the mean of fields at the sites, and their leading modes beside the constants."""
    mean = fields.mean(axis=0)
    away = (fields - mean).reshape(len(fields), -1)
    _, singular, patterns = np.linalg.svd(away, full_matrices=False)
    found = singular[:count, None] * patterns[:count] / np.sqrt(max(len(fields) - 1, 1))
    constants = prior.modes[: prior.mean.shape[1]]
    return dataclasses.replace(
        prior, mean=mean, modes=np.concatenate([0.3 * constants, found.reshape(count, *mean.shape)])
    )


def _at_sites(
    prior: FieldPrior, data: Trajectories, sites: Integer[np.ndarray, " sites"], frames: list[tuple[int, int]]
) -> Float[np.ndarray, "frames sites channels"]:
    """Fields at the sites: as observed where all sites are, else reconstructed."""
    found = []
    for trajectory, time in frames:
        values = data.at_points[trajectory, time, sites].astype(np.float64)
        gaps = ~np.isfinite(values)
        if gaps.any():
            seen = seen_of_frames(prior, data, trajectory, np.array([time]))
            channels = np.argwhere(gaps)
            wanted = Places(
                data.points[sites[channels[:, 0]]].astype(np.float64),
                np.full(len(channels), data.times[time]),
                channels[:, 1],
            )
            values[gaps] = posterior(prior, seen, wanted).mean
        found.append(values)
    return np.stack(found)


def seen_of_frames(
    prior: FieldPrior, data: Trajectories, trajectory: int, times: Integer[np.ndarray, " frames"]
) -> Seen:
    """All observations of some frames of a trajectory.

    Args:
        prior: the prior.
        data: the trajectories.
        trajectory: number of the trajectory.
        times: numbers of the frames.
    """
    return seen_of(prior, *entries(data, trajectory, times, np.arange(len(data.points))))


def _tuned(prior: FieldPrior, tasks: list[Task], roughnesses: tuple[float, ...], evaluations: int) -> _Tuned:
    """The prior with the highest score on tasks: lengths, variances, memory and noise by L-BFGS-B."""
    if not tasks:  # too few values to hold any out: usual parameters
        return _Tuned(prior, 0.0, 1.0)
    known = [task.known(prior) for task in tasks]
    isotropic = bool(np.ptp(prior.lengths) == 0) or len(prior.lengths) > 3
    single = len({float(time) for task in tasks for time in task.seen.times}) == 1

    def changed(logs: np.ndarray, roughness: float) -> tuple[FieldPrior, float]:
        factors = np.exp(logs)
        lengths = prior.lengths * (factors[5] if isotropic else factors[5:])
        memory = prior.memory if single else (prior.memory[0] * factors[3], prior.memory[1] * factors[4])
        return dataclasses.replace(
            prior,
            lengths=lengths,
            deviation=prior.deviation * factors[0],
            noise=prior.noise * factors[1],
            memory=memory,
            roughness=roughness,
        ), float(factors[2])

    def loss(logs: np.ndarray, roughness: float) -> float:
        tried, scale = changed(logs, roughness)
        scores = [_score(tried, scale, task, seen, wanted) for task, (seen, wanted) in zip(tasks, known)]
        return float(np.mean(scores)) + 1e-3 * float((logs**2).mean())

    best = None
    for roughness in roughnesses:
        width = 6 if isotropic else 5 + len(prior.lengths)
        options = {"maxfun": evaluations, "eps": 1e-3}
        bounds = [(-LIMIT, LIMIT)] * width
        # Threads of BLAS take longer to meet than matrices of this size take to compute.
        with threadpool_limits(limits=1, user_api="blas"):
            found = minimize(
                loss, np.zeros(width), args=(roughness,), method="L-BFGS-B", bounds=bounds, options=options
            )
        if best is None or found.fun < best[0]:
            best = (float(found.fun), found.x, roughness)
    assert best is not None
    tried, scale = changed(best[1], best[2])
    return _Tuned(dataclasses.replace(tried, modes=scale * tried.modes), -best[0], scale)


def _score(prior: FieldPrior, scale: float, task: Task, seen: Seen, wanted: tuple[np.ndarray, np.ndarray]) -> float:
    """Negative logarithmic score of the held-out values of a task, per value."""
    mean, modes = wanted[0], scale * wanted[1]
    _, white, spread = whitened(prior, seen._replace(modes=scale * seen.modes), task.wanted, modes)
    left = np.maximum(prior.variance(task.wanted, modes) - (spread**2).sum(axis=0), 1e-12)
    variance = left + prior.noise[task.wanted.channels] ** 2
    return float((np.log(variance) + (task.values - (mean + white @ spread)) ** 2 / variance).mean() / 2)
