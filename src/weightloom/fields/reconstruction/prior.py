"""The prior of a field: a mean, modes with random codes, and a smooth remainder."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Integer
from scipy.spatial import cKDTree

from weightloom._words import listed
from weightloom.errors import InputError

SMOOTH = 0.3  # length of the interpolation between sites, relative to the extent of the domain
NEIGHBOURS = 12  # sites that the mean and the modes are interpolated from
TINY = 1e-9
ROUGHNESSES = (0.5, 1.5, 2.5)  # for which the Matérn covariance has a closed form


class Places(NamedTuple):
    """Entries of a field over space and time.

    Attributes:
        points: positions.
        times: time of each entry.
        channels: number of the channel of each entry.
    """

    points: Float[np.ndarray, "*n d"]
    times: Float[np.ndarray, "*n"]
    channels: Integer[np.ndarray, "*n"]

    def pick(self, chosen: Any) -> "Places":
        """Some of the entries, by a mask, a slice or an array of indices of any shape."""
        return Places(*(array[chosen] for array in self))


@dataclasses.dataclass(frozen=True, eq=False)
class FieldPrior:
    """A Gaussian prior of fields: u(x, t) = mean(x) + Σ z(t) φ(x) + s(x, t), observed with noise.

    The codes z are independent of one another. The remainder s has a Matérn covariance in space (Stein 1999, section
    2.7). Correlations in time decay exponentially. The mean and the modes φ are known at sites and interpolated between
    them.

    Attributes:
        sites: positions of the sites.
        mean: the mean at the sites.
        modes: the modes at the sites, times the standard deviations of their codes.
        lengths: length of the remainder along each coordinate.
        deviation: standard deviation of the remainder in each channel.
        roughness: ν of the Matérn covariance: 0.5, 1.5 or 2.5.
        memory: time in which correlations of the codes and of the remainder decay by a factor e.
        noise: standard deviation of observations in each channel.
        period: length after which each coordinate repeats. Infinite where it does not.
        domain: positions that span the domain. None if they are the sites.
        placement: how longitude and latitude became positions. None if positions are as they were given.

    Raises:
        InputError: if the roughness is none of these.

    Examples:
        >>> prior = FieldPrior(
        ...     sites=np.linspace(0, 1, 5)[:, None], mean=np.zeros((5, 1)), modes=np.ones((1, 5, 1)),
        ...     lengths=np.array([0.3]), deviation=np.array([0.5]), roughness=1.5, memory=(2.0, 1.0),
        ...     noise=np.array([0.1]), period=np.array([np.inf]),
        ... )  # fmt: skip
        >>> mean, modes = prior.at(np.array([[0.1], [0.6]]))
        >>> mean.shape, modes.round(2).ravel().tolist()
        ((2, 1), [1.0, 1.0])
    """

    sites: Float[np.ndarray, "sites d"]
    mean: Float[np.ndarray, "sites channels"]
    modes: Float[np.ndarray, "modes sites channels"]
    lengths: Float[np.ndarray, " d"]
    deviation: Float[np.ndarray, " channels"]
    roughness: float
    memory: tuple[float, float]
    noise: Float[np.ndarray, " channels"]
    period: Float[np.ndarray, " d"]
    domain: Float[np.ndarray, "points d"] | None = None
    placement: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.roughness not in ROUGHNESSES:
            raise InputError(f"roughness {self.roughness!r} cannot be used: give one of {listed(ROUGHNESSES)}.")

    def scaled(self, points: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n e"]:
        """Positions in units of the lengths. A coordinate that repeats becomes a circle.

        Args:
            points: positions.
        """
        return scaled(points, self.lengths, self.period)

    def at(
        self, points: Float[np.ndarray, "n d"]
    ) -> tuple[Float[np.ndarray, "n channels"], Float[np.ndarray, "modes n channels"]]:
        """The mean and the modes at any points, by interpolation between sites.

        Args:
            points: positions.
        """
        extent = SMOOTH * np.maximum(np.ptp(self.sites, axis=0), TINY)
        sites, query = (scaled(places, extent, self.period) for places in (self.sites, points))
        count = min(NEIGHBOURS, len(sites))
        apart, near = cKDTree(sites).query(query, count)
        apart, near = apart.reshape(len(query), count), near.reshape(len(query), count)
        # Kriging whose constant is free: 100 is the variance of a constant that is added to the field.
        between = matern(np.linalg.norm(sites[near][:, :, None] - sites[near][:, None], axis=-1), 1.5) + 100
        between = between + 1e-6 * np.eye(count)
        weights = np.linalg.solve(between, (matern(apart, 1.5) + 100)[..., None])[..., 0]
        weights[apart[:, 0] < TINY] = np.eye(count)[0]
        mean = np.einsum("qk,qkc->qc", weights, self.mean[near])
        return mean, np.einsum("qk,mqkc->mqc", weights, self.modes[:, near])

    def known(self, places: Places) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n modes"]]:
        """The mean and the modes of entries.

        Args:
            places: the entries.
        """
        unique, back = np.unique(places.points, axis=0, return_inverse=True)
        mean, modes = self.at(unique)
        back = back.reshape(-1)
        return mean[back, places.channels], modes[:, back, places.channels].T

    def remainder(self, one: Places, other: Places) -> Float[np.ndarray, "*batch n m"]:
        """Covariance of the remainder between two sets of entries, or two batches of sets.

        Args:
            one: entries.
            other: other entries.
        """
        here, there = (self.scaled(places.points) for places in (one, other))
        apart = np.sqrt(np.maximum(_squares(here, there), 0))
        found = matern(apart, self.roughness) * decayed(one.times, other.times, self.memory[1])
        deviation = self.deviation[one.channels][..., :, None] * self.deviation[other.channels][..., None, :]
        return found * deviation * (one.channels[..., :, None] == other.channels[..., None, :])

    def covariance(
        self, one: Places, modes: Float[np.ndarray, "*_ n k"], other: Places, others: Float[np.ndarray, "*_ m k"]
    ) -> Float[np.ndarray, "*_ n m"]:
        """Covariance of the field between two sets of entries, or two batches of sets.

        Args:
            one: entries.
            modes: their modes, from `known`.
            other: other entries.
            others: the modes of these.
        """
        codes = decayed(one.times, other.times, self.memory[0])
        return codes * (modes @ np.swapaxes(others, -1, -2)) + self.remainder(one, other)

    def variance(self, places: Places, modes: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n"]:
        """Variance of the field at entries.

        Args:
            places: the entries.
            modes: their modes, from `known`.
        """
        return (modes**2).sum(axis=-1) + self.deviation[places.channels] ** 2


def scaled(
    points: Float[np.ndarray, "*n d"], lengths: Float[np.ndarray, " d"], period: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "*n e"]:
    """Positions in units of lengths. A coordinate that repeats becomes a circle with its period as circumference.

    Args:
        points: positions.
        lengths: one length per coordinate.
        period: the period of each coordinate. Infinite where it does not repeat.

    Examples:
        >>> scaled(np.array([[0.0], [1.0]]), np.ones(1), np.array([2.0])).round(3).tolist()
        [[0.318, 0.0], [-0.318, 0.0]]
    """
    columns = []
    for axis, (length, around) in enumerate(zip(lengths, period)):
        along = np.asarray(points[..., axis], np.float64)
        if np.isfinite(around):
            radius, angle = around / (2 * np.pi * length), 2 * np.pi * along / around
            columns += [radius * np.cos(angle), radius * np.sin(angle)]
        else:
            columns.append(along / length)
    return np.stack(columns, axis=-1)


def matern(apart: Float[np.ndarray, "*n"], roughness: float) -> Float[np.ndarray, "*n"]:
    """The Matérn correlation at distances in units of the length (Rasmussen & Williams 2006, eq. 4.17).

    Args:
        apart: distances.
        roughness: ν: 0.5, 1.5 or 2.5.

    Examples:
        >>> matern(np.array([0.0, 1.0]), 0.5).round(3).tolist()
        [1.0, 0.368]
    """
    far = np.sqrt(2 * roughness) * apart
    polynomial = {0.5: 1.0, 1.5: 1 + far, 2.5: 1 + far + far**2 / 3}[roughness]
    return polynomial * np.exp(-far)


def decayed(
    one: Float[np.ndarray, "*batch n"], other: Float[np.ndarray, "*batch m"], memory: float
) -> Float[np.ndarray, "*batch n m"]:
    """Correlation between times: exp(−|t − t'| / memory). With memory 0, different times are independent."""
    apart = np.abs(one[..., :, None] - other[..., None, :])
    return np.exp(-apart / memory) if memory > 0 else (apart == 0).astype(float)


def _squares(one: Float[np.ndarray, "*batch n e"], other: Float[np.ndarray, "*batch m e"]) -> np.ndarray:
    size = (one**2).sum(axis=-1)[..., :, None] + (other**2).sum(axis=-1)[..., None, :]
    return size - 2 * one @ np.swapaxes(other, -1, -2)
