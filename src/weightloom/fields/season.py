"""The season and the trend of fields: what forecasts leave out and get back."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from weightloom._checks import check_positive, check_whole
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.fields._calendar import time_on, year_of
from weightloom.fields._geometry import moved
from weightloom.fields.trajectories import REMOVED, Trajectories

NEAREST = 4
# Of harmonics and trend, in observations, where a point has fewer than two observations per coefficient, or where they
# determine a combination of coefficients with less than a tenth of the weight of observations in all frames.
RIDGE, COVERED = 1.0, 0.1
YEAR = "year"


class Season(NamedTuple):
    """Mean, harmonics and trend of each point and channel, in units of the values (harmonic regression).

    Attributes:
        period: of the slowest harmonic, in the unit of times.
        harmonics: number of harmonics: sines and cosines of period, period/2, …
        trend: whether a straight line in time is part of it.
        start: time at which the line is 0. It grows by one coefficient per period.
        points: positions, shape (points, d).
        coefficients: of the mean, the sine and cosine of each harmonic, and the line, shape (features, points,
            channels).
        clock: when the times of the data begin, as `Trajectories.clock`. None without time stamps.
        placement: how longitude and latitude became the positions, as `Trajectories.placement`.

    Examples:
        >>> from weightloom.fields import heat
        >>> data = heat(2, frames=9, grid=4)
        >>> season = learn_season(data, period=1.0, trend=True)
        >>> away = season.anomalies(data)
        >>> bool(abs(away.values.mean()) < 1e-3), bool(np.allclose(season.restored(away).values, data.values))
        (True, True)
    """

    period: float
    harmonics: int
    trend: bool
    start: float
    points: Float[np.ndarray, "points d"]
    coefficients: Float[np.ndarray, "features points channels"]
    clock: Mapping[str, float] | None = None
    placement: Mapping[str, Any] | None = None

    def values(
        self, times: Float[np.ndarray, " times"], points: Float[np.ndarray, "query d"] | None = None
    ) -> Float[np.ndarray, "times query channels"]:
        """Mean, season and trend at given times.

        Args:
            times: times; with time stamps, seconds since 2000 as the clock counts them.
            points: positions. Between the known points, the four nearest ones count by the inverse of their squared
                distance, which does not go around a periodic domain. The default is the known points.

        Returns:
            Values, shape (times, query, channels), in units of the values that the season was learned from.
        """
        known = self.coefficients if points is None else self._at(points)
        return np.einsum("tf,fpc->tpc", self._features(times), known)

    def at(self, points: Bool[np.ndarray, " points"]) -> "Season":
        """The season at some of the points.

        Args:
            points: which points to keep.

        Returns:
            The same season at fewer points.
        """
        return self._replace(points=self.points[points], coefficients=self.coefficients[:, points])

    def anomalies(self, data: Trajectories) -> Trajectories:
        """Trajectories without mean, season and trend.

        Args:
            data: trajectories on any grid. Without time stamps their times count from the same origin as those that
                the season was learned from. Those without their season stay as they are.

        Returns:
            The same trajectories with other values, marked as being without their season.
        """
        if data.attributes.get(REMOVED):
            return data
        return self._shifted(data, -1, {REMOVED: "removed"})

    def restored(self, data: Trajectories) -> Trajectories:
        """Inverts `anomalies`.

        Args:
            data: trajectories without their season. Others stay as they are.

        Returns:
            The same trajectories with the season in their values.
        """
        return self._shifted(data, 1, {}) if data.attributes.get(REMOVED) else data

    def _shifted(self, data: Trajectories, sign: int, mark: dict[str, str]) -> Trajectories:
        offsets, own = np.unique(data.offsets, return_inverse=True)
        times = np.concatenate([absolute_times(data, self.clock, offset) for offset in offsets])
        values = self.values(times, moved(data.points, data.placement, self.placement))
        values = values.reshape(len(offsets), *data.values.shape[1:])[own]
        attributes = {key: value for key, value in data.attributes.items() if key != REMOVED} | mark
        return dataclasses.replace(data, values=data.values + sign * values, attributes=attributes)

    def _features(self, times: Float[np.ndarray, " times"]) -> Float[np.ndarray, "times features"]:
        return _features(np.asarray(times, np.float64), self.period, self.harmonics, self.trend, self.start)

    def _at(self, points: Float[np.ndarray, "query d"]) -> Float[np.ndarray, "features query channels"]:
        if points.shape == self.points.shape and np.array_equal(points, self.points):
            return self.coefficients
        from scipy.spatial import cKDTree

        count = min(NEAREST, len(self.points))
        distances, nearest = cKDTree(self.points).query(points, count)
        distances, nearest = distances.reshape(-1, count), nearest.reshape(-1, count)
        weights = 1 / np.maximum(distances, 1e-9 * np.ptp(self.points, axis=0).max()) ** 2
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("qn,fqnc->fqc", weights, self.coefficients[:, nearest])


def learn_season(data: Trajectories, period: float | str = YEAR, *, harmonics: int = 2, trend: bool = False) -> Season:
    """Learns mean, season and trend of every point and channel, by least squares over all frames and trajectories.

    Give the frames to train on only: forecasts of later ones are then honest.

    Args:
        data: trajectories. NaN means not observed.
        period: of the season, in the unit of times, or "year" for data with time stamps.
        harmonics: number of harmonics, 0 for a mean alone.
        trend: whether to fit a straight line in time.

    Returns:
        The season, with coefficients of shape (1 + 2 harmonics + trend, points, channels) in units of the values.

    Raises:
        InputError: if an argument is invalid, the data span less than one period, or the length of a year is not known.

    Examples:
        >>> import numpy as np
        >>> times = np.arange(36.0)
        >>> waves = 3 + np.sin(2 * np.pi * times / 12)
        >>> data = Trajectories(waves[None, :, None, None], times, np.zeros((1, 1)), ("temperature",))
        >>> season = learn_season(data, 12.0, harmonics=1)
        >>> season.values(np.array([0.0, 3.0])).ravel().round(1).tolist()
        [3.0, 4.0]
    """
    length = season_length(data, period)
    check_whole(0, harmonics=harmonics)
    if not isinstance(trend, bool):
        raise InputError(f"trend {shown(trend)} cannot be used: give True or False.")
    if data.attributes.get(REMOVED):
        raise InputError("these data are without a season already: give the data themselves.")
    if data.offsets.any():
        raise InputError("windows of different times cannot be used: learn the season from the whole series.")
    times = absolute_times(data, data.clock)
    steps = len(times) - 1
    span = float(np.ptp(times)) * (1 + 1 / max(steps, 1))  # the last frame lasts as long as the others
    if harmonics and span < length * (1 - 1e-6):
        raise InputError(
            f"{len(times)} frames to learn from span {span / length:.2g} of a season: give frames of at least one "
            "period, or leave out season."
        )
    start = float(times[0])
    features = _features(times, length, harmonics, trend, start)
    if steps < features.shape[1] - 1:
        raise InputError(
            f"{len(times)} frames are too few for a season of {features.shape[1]} numbers per point: give fewer "
            "harmonics."
        )
    values = data.at_points.astype(np.float64)
    known = np.isfinite(values)
    centre = np.where(known, values, 0).sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
    away = np.where(known, values - centre, 0)
    # The normal equations of each point and channel: observed frames only.
    weight = known.sum(axis=0).astype(np.float64)
    left = np.einsum("tf,tg,tpc->pcfg", features, features, weight, optimize=True)
    few = (weight.sum(axis=0) < 2 * features.shape[1]) | (_coverage(left, features) < COVERED)
    left += np.where(few, RIDGE, 1e-9)[..., None, None] * np.diag([1e-9, *[1.0] * (features.shape[1] - 1)])
    left[..., 0, 0] += ~known.any(axis=(0, 1))  # never observed
    right = np.einsum("tf,ntpc->pcf", features, away, optimize=True)
    found = np.linalg.solve(left, right[..., None])[..., 0]
    found[..., 0] += centre
    coefficients = _filled(np.moveaxis(found, -1, 0), np.asarray(known.any(axis=(0, 1))), data.points)
    return Season(length, harmonics, trend, start, data.points, coefficients, data.clock, data.placement)


def _coverage(
    left: Float[np.ndarray, "points channels features features"], features: Float[np.ndarray, "times features"]
) -> Float[np.ndarray, "points channels"]:
    """How well observations determine the worst combination of coefficients, as a share of observations in all frames.

    It is the smallest eigenvalue of the normal matrix per observation, relative to that of all frames.
    """
    whole = features.T @ features / len(features)
    inverse = np.linalg.inv(np.linalg.cholesky(whole + 1e-9 * np.trace(whole) * np.eye(len(whole))))
    count = np.maximum(left[..., 0, 0], 1)
    return np.asarray(np.linalg.eigvalsh(inverse @ left @ inverse.T)[..., 0] / count)


def _filled(
    coefficients: Float[np.ndarray, "features points channels"],
    known: Bool[np.ndarray, "points channels"],
    points: Float[np.ndarray, "points d"],
) -> Float[np.ndarray, "features points channels"]:
    """Coefficients of points that were never observed are those of the nearest point that was."""
    from scipy.spatial import cKDTree

    filled = coefficients.copy()
    for channel, seen in enumerate(known.T):
        if seen.any() and not seen.all():
            _, nearest = cKDTree(points[seen]).query(points[~seen])
            filled[:, ~seen, channel] = coefficients[:, seen, channel][:, nearest]
    return filled


def season_length(data: Trajectories, period: Any) -> float:
    """The length of a season in the unit of times.

    Args:
        data: trajectories.
        period: a number, or "year" for data with time stamps.

    Raises:
        InputError: if the period is invalid, or "year" is given for data without time stamps.
    """
    if isinstance(period, str):
        clock = data.clock
        if period != YEAR:
            raise InputError(f"season {period!r} cannot be used: give 'year', or a period in the unit of the times.")
        if clock is None:
            raise InputError(
                "the times are no time stamps, so the length of a year is not known: give the season's period in their "
                "unit, such as season=12.0."
            )
        return year_of(clock)
    check_positive(season=period)
    return float(period)


def absolute_times(
    data: Trajectories, clock: Mapping[str, float] | None, offset: float = 0.0
) -> Float[np.ndarray, " time"]:
    """The times of trajectories as a clock counts them: seconds since 2000. Without a clock, the times themselves.

    Args:
        data: trajectories. Without a clock of their own they count from the first stamp of the clock.
        clock: the clock. None without time stamps.
        offset: how much later the trajectory is.
    """
    times = data.times + offset
    if clock is None:
        return times
    return time_on(clock, data.clock or clock, times)


def _features(
    times: Float[np.ndarray, " times"], period: float, harmonics: int, trend: bool, start: float
) -> Float[np.ndarray, "times features"]:
    phases = 2 * math.pi * (times / period)[:, None] * np.arange(1, harmonics + 1)
    waves = np.stack([np.sin(phases), np.cos(phases)], axis=-1).reshape(len(times), -1)
    line = ((times - start) / period)[:, None] if trend else np.zeros((len(times), 0))
    return np.concatenate([np.ones((len(times), 1)), waves, line], axis=1)
