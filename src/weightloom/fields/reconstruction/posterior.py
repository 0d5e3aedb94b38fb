"""The posterior of a field given observations: exact, or exact in global and in near observations."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, solve_triangular
from scipy.spatial import cKDTree

from weightloom.fields.reconstruction.prior import FieldPrior, Places

EXACT = 1500  # observations up to which all enter one matrix
GLOBAL, NEAR = 300, 24  # otherwise: observations that all entries share, and near observations of each entry
AT_ONCE = 1000
FORGOTTEN = 0.02  # correlation in time below which a frame is left out
JITTER = 1e-8


class Posterior(NamedTuple):
    """Mean and variance of entries of a field.

    Attributes:
        mean: the most probable values.
        variance: variance of the field itself, without the noise of an observation.
    """

    mean: Float[np.ndarray, " n"]
    variance: Float[np.ndarray, " n"]


class Seen(NamedTuple):
    """Observations.

    Attributes:
        places: where, when and of which channel.
        values: the observed values.
        rest: the values less the prior's mean.
        modes: the modes at the observations.
    """

    places: Places
    values: Float[np.ndarray, " n"]
    rest: Float[np.ndarray, " n"]
    modes: Float[np.ndarray, "n modes"]

    def pick(self, chosen: Any) -> "Seen":
        """Some of the observations, by a mask or an array of indices."""
        return Seen(self.places.pick(chosen), *(array[chosen] for array in self[1:]))


def seen_of(prior: FieldPrior, places: Places, values: Float[np.ndarray, " n"]) -> Seen:
    """Observations with the prior's mean and modes at their places.

    Args:
        prior: the prior.
        places: where, when and of which channel.
        values: the observed values.
    """
    mean, modes = prior.known(places)
    return Seen(places, values, values - mean, modes)


def posterior(
    prior: FieldPrior,
    seen: Seen,
    wanted: Places,
    exact: int = EXACT,
    known: tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n modes"]] | None = None,
) -> Posterior:
    """The posterior of entries of a field, given observations.

    With at most `exact` observations it is the Gaussian conditional given all of them. With more, it is the Gaussian
    conditional given 300 of them, chosen at random, and the 24 nearest other ones of each entry.

    Args:
        prior: the prior.
        seen: the observations.
        wanted: the entries. With more than `exact` observations, all have the same time.
        exact: largest number of observations in one matrix.
        known: the prior's mean and modes at the entries, if they were computed before.
    """
    mean, modes = prior.known(wanted) if known is None else known
    seen = _recent(prior, seen, wanted, exact)
    variance = prior.variance(wanted, modes)
    if len(seen.values) == 0:
        return Posterior(mean, variance)
    shared = np.arange(len(seen.values))
    if len(shared) > exact:
        order = np.random.default_rng(0).permutation(len(shared))
        now = seen.places.times == wanted.times[0]
        shared = np.sort(order[np.argsort(~now[order], kind="stable")][:GLOBAL])
    common = seen.pick(shared)
    root, white, spread = whitened(prior, common, wanted, modes)
    mean, variance = mean + white @ spread, variance - (spread**2).sum(axis=0)
    if len(shared) < len(seen.values):
        others = seen.pick(np.setdiff1d(np.arange(len(seen.values)), shared))
        near = _nearest(prior, others.places, wanted)
        used, near = np.unique(near, return_inverse=True)
        others, near = others.pick(used), near.reshape(len(mean), -1)
        across = prior.covariance(common.places, common.modes, others.places, others.modes)
        spread_of_others = solve_triangular(root, across, lower=True)
        rest = others.rest - white @ spread_of_others
        for begin in range(0, len(mean), AT_ONCE):
            rows = slice(begin, begin + AT_ONCE)
            gain, known_too = _conditioned(
                prior, others, spread_of_others, rest, near[rows], wanted.pick(rows), modes[rows], spread[:, rows]
            )
            mean[rows] += gain
            variance[rows] -= known_too
    return Posterior(mean, np.maximum(variance, 0))


def whitened(
    prior: FieldPrior, seen: Seen, wanted: Places, modes: Float[np.ndarray, "n modes"]
) -> tuple[Float[np.ndarray, "m m"], Float[np.ndarray, " m"], Float[np.ndarray, "m n"]]:
    """What the Gaussian conditional of entries given observations consists of (Rasmussen & Williams 2006, alg. 2.1).

    Args:
        prior: the prior.
        seen: the observations.
        wanted: the entries.
        modes: the modes at the entries.

    Returns:
        The Cholesky factor of the covariance of the observations, and its inverse times the observations and times
        their covariance with the entries: w and V. The mean is w V, and the variance is less by the sum of V² over
        observations.
    """
    between = prior.covariance(seen.places, seen.modes, seen.places, seen.modes)
    noise = prior.noise[seen.places.channels] ** 2 + JITTER * prior.variance(seen.places, seen.modes)
    root = cholesky(between + np.diag(noise), lower=True, check_finite=False)
    across = prior.covariance(seen.places, seen.modes, wanted, modes)
    right = np.concatenate([across, seen.rest[:, None]], axis=1)
    spread = solve_triangular(root, right, lower=True, check_finite=False)
    return root, spread[:, -1], spread[:, :-1]


def _conditioned(
    prior: FieldPrior,
    others: Seen,
    spread_of_others: np.ndarray,
    rest: np.ndarray,
    near: np.ndarray,
    wanted: Places,
    modes: np.ndarray,
    spread: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """What the near observations add to the mean, and take from the variance, of each entry."""
    places, patterns = others.places.pick(near), others.modes[near]
    theirs = np.moveaxis(spread_of_others[:, near], 0, -1)
    between = prior.covariance(places, patterns, places, patterns) - theirs @ np.swapaxes(theirs, 1, 2)
    own = Places(*(array[:, None] for array in wanted))
    across = prior.covariance(places, patterns, own, modes[:, None])[..., 0]
    across = across - (theirs @ spread.T[:, :, None])[..., 0]
    count = near.shape[1]
    noise = prior.noise[places.channels] ** 2 + JITTER * prior.variance(places, patterns)
    between[:, np.arange(count), np.arange(count)] += noise
    weights = np.linalg.solve(between, across[..., None])[..., 0]
    return (weights * rest[near]).sum(axis=1), (weights * across).sum(axis=1)


def _recent(prior: FieldPrior, seen: Seen, wanted: Places, exact: int) -> Seen:
    """The observations whose time is not forgotten at the time of the entries."""
    if len(seen.values) <= exact:
        return seen
    reach = max(prior.memory) * -np.log(FORGOTTEN)
    return seen.pick(np.abs(seen.places.times - wanted.times[0]) <= reach)


def _nearest(prior: FieldPrior, places: Places, wanted: Places) -> np.ndarray:
    """The nearest observations of each entry: in space, time and among channels, in units of the remainder."""
    memory, channels = prior.memory[1], len(prior.deviation)

    def of(one: Places) -> np.ndarray:
        late = one.times / memory if memory > 0 else 1e3 * (one.times - wanted.times[0])
        return np.concatenate([prior.scaled(one.points), late[:, None], 3 * np.eye(channels)[one.channels]], axis=1)

    here, there = of(places), of(wanted)
    count = min(NEAR, len(here))
    return cKDTree(here).query(there, count)[1].reshape(len(there), count)
