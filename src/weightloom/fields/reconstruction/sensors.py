"""`place_sensors`: places that leave the least variance of a field."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import ArrayLike, Float

from weightloom._checks import check_whole
from weightloom._keys import AnyKey, as_seed
from weightloom.errors import InputError
from weightloom.fields.forecasting import check_positions
from weightloom.fields.reconstruction.learning import learn_prior
from weightloom.fields.reconstruction.prior import FieldPrior, Places
from weightloom.fields.trajectories import Trajectories

MOST_CANDIDATES = 2000


class Placement(NamedTuple):
    """Chosen places of sensors.

    Attributes:
        points: positions of the sensors, the most useful first.
        variance: mean variance of the field, over its sites, before and after each sensor.
        sites: positions at which the remaining variance is known.
        deviation: standard deviation that remains at the sites.
    """

    points: Float[np.ndarray, "count d"]
    variance: Float[np.ndarray, " count_and_1"]
    sites: Float[np.ndarray, "sites d"]
    deviation: Float[np.ndarray, "sites channels"]


def place_sensors(
    data: Trajectories | xr.Dataset | xr.DataArray | str | Path | FieldPrior,
    count: int,
    *,
    candidates: ArrayLike | None = None,
    existing: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    costs: ArrayLike | None = None,
    key: AnyKey = 0,
    names: Mapping[str, Any] | None = None,
) -> Placement:
    """Places sensors one after the other, each where it takes most variance from one frame of the field per cost.

    The mean variance over the prior's sites is that of `reconstruct`, so that no values are needed to know it (greedy
    A-optimal design: Krause et al. 2008). A sensor sees all channels.

    Args:
        data: trajectories, an xarray Dataset or DataArray, or the path of a file, to learn a prior from. Or a prior
            from `learn_prior`.
        count: number of sensors.
        candidates: positions to choose from, shape (n, d), on a grid or not. The default is the sites of the prior.
        existing: positions of sensors that exist already, shape (m, d).
        forbidden: which candidates must not be chosen, shape (n,).
        costs: cost of each candidate, positive, shape (n,). The default is 1.
        key: random key, for `learn_prior` and for the choice among more than 2,000 candidates.
        names: for xarray or a file: the arguments of `open_trajectories`.

    Returns:
        The places, and the variance that remains.

    Raises:
        InputError: if there are fewer candidates than sensors, positions lie outside the domain, or a cost is not
            positive.

    Examples:
        >>> import numpy as np
        >>> x = np.linspace(0, 1, 9)[:, None]
        >>> wave = np.sin(3 * x[:, 0] + np.arange(4)[:, None])[None, ..., None]
        >>> place_sensors(Trajectories(wave, np.arange(4), x, ("u",)), 2).points.shape
        (2, 1)
    """
    check_whole(count=count)
    key = as_seed(key)
    prior = data if isinstance(data, FieldPrior) else learn_prior(data, key, names=names)
    domain = prior.sites if prior.domain is None else prior.domain
    places = prior.sites if candidates is None else check_positions(candidates, domain, "candidates")
    allowed = ~_per_candidate("forbidden", forbidden, len(places), False).astype(bool)
    prices = _per_candidate("costs", costs, len(places), 1.0).astype(float)
    if not (np.isfinite(prices) & (prices > 0)).all():
        raise InputError("costs must be positive numbers: use forbidden for a place that cannot be chosen.")
    if allowed.sum() < count:
        raise InputError(f"{allowed.sum()} candidates are too few for {count} sensors: give more, or forbid fewer.")
    kept = np.flatnonzero(allowed)
    if len(kept) > MOST_CANDIDATES:
        kept = np.sort(np.random.default_rng(key).choice(kept, max(MOST_CANDIDATES, count), replace=False))
    old = np.empty((0, places.shape[1])) if existing is None else check_positions(existing, domain, "existing")
    places, prices = np.concatenate([old, places[kept]]).astype(np.float64), prices[kept]
    channels = prior.mean.shape[1]
    here, there = _entries(places, channels), _entries(prior.sites.astype(np.float64), channels)
    own, target = prior.known(here)[1], prior.known(there)[1]
    left, between = prior.covariance(there, target, here, own), prior.covariance(here, own, here, own)
    variance, noise = prior.variance(there, target), prior.noise**2

    def add(place: int) -> None:
        """Conditions all covariances on a sensor."""
        for channel in range(channels):
            one = place * channels + channel
            size = between[one, one] + noise[channel] + 1e-12 * variance.max()
            gain, others = left[:, one] / size, between[one].copy()
            variance[:] -= gain * left[:, one]
            left[:] -= gain[:, None] * others
            between[:] -= others[:, None] * others / size

    for place in range(len(old)):
        add(place)
    chosen: list[int] = []
    remaining = [variance.mean()]
    for _ in range(count):
        sizes = between.diagonal() + np.tile(noise, len(places)) + 1e-12 * variance.max()
        gains = ((left**2).sum(axis=0) / sizes).reshape(-1, channels).sum(axis=1)[len(old) :] / prices
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
        add(len(old) + chosen[-1])
        remaining.append(variance.mean())
    deviation = np.sqrt(np.maximum(variance, 0)).reshape(-1, channels)
    return Placement(places[len(old) :][chosen], np.array(remaining), prior.sites, deviation)


def _entries(points: Float[np.ndarray, "n d"], channels: int) -> Places:
    """All channels of points, at one time."""
    numbers = np.tile(np.arange(channels), len(points))
    return Places(np.repeat(points, channels, axis=0), np.zeros(len(numbers)), numbers)


def _per_candidate(name: str, given: Any, count: int, default: Any) -> np.ndarray:
    values = np.full(count, default) if given is None else np.asarray(given)
    if values.shape != (count,):
        raise InputError(f"{name} have shape {values.shape}: give one entry for each of {count} candidates.")
    return values
