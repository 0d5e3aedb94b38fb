"""Bases of fixed functions of space: sines and cosines with wavenumbers on a lattice or at random."""

import abc
import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

LOWEST, HIGHEST = 0.25, 20.0
SURPLUS = 1.4


class Basis(abc.ABC):
    """A basis of the functions 1, √2 cos(ωx) and √2 sin(ωx), with a smoothness prior of their weights.

    A sum of these functions is a neural network with one hidden layer of sines, such as a SIREN or a Fourier-feature
    network. The weights of the sum are its last layer.
    """

    @property
    @abc.abstractmethod
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """Number of periods of each wave over the domain's length along each axis, without the constant function."""

    @property
    @abc.abstractmethod
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The domain's length along each axis."""

    @property
    def density(self) -> Float[np.ndarray, " waves"]:
        """Density of the waves in wavenumber space, up to a factor. The default is uniform."""
        return np.ones(len(self.wavenumbers))

    def functions(self, points: Float[Array, "points d"]) -> Float[Array, "points functions"]:
        """Evaluates the functions at points: the constant, all cosines, all sines."""
        phases = points @ jnp.asarray(2 * np.pi * self.wavenumbers / self.lengths, jnp.float32).T
        waves = jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], axis=1)
        return jnp.concatenate([jnp.ones((len(points), 1)), np.sqrt(2).astype(np.float32) * waves], axis=1)

    def variance(self, decay: Float[Array, ""]) -> Float[Array, " functions"]:
        """Prior variance of each weight: proportional to (|k|² + 1)^−decay, and such that a field has variance 1.

        Args:
            decay: exponent of the prior. A larger decay gives smoother fields.
        """
        power = (jnp.sum(jnp.asarray(self.wavenumbers, jnp.float32) ** 2, axis=1) + 1) ** -decay
        power = power / jnp.asarray(self.density, jnp.float32)
        power = jnp.concatenate([jnp.max(power)[None], power, power])
        return power / power.sum()


@dataclasses.dataclass(frozen=True)
class PeriodicBasis(Basis):
    """All waves of a periodic box up to a maximal wavenumber. They are orthogonal on a uniform grid that resolves them.

    Args:
        period: length of the box along each axis.
        highest: maximal wavenumber.

    Examples:
        >>> PeriodicBasis((1.0,), 2).wavenumbers.tolist()
        [[1.0], [2.0]]
    """

    period: tuple[float, ...]
    highest: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """The lattice of wavenumbers, with one of k and −k."""
        axis = np.arange(-self.highest, self.highest + 1)
        every = np.stack(np.meshgrid(*[axis] * len(self.period), indexing="ij"), axis=-1).reshape(-1, len(self.period))
        half = every[len(every) // 2 + 1 :]  # the first half is the mirror image of the second, the centre is 0
        return half[(half**2).sum(axis=1) <= self.highest**2].astype(float)

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The period."""
        return np.array(self.period)


@dataclasses.dataclass(frozen=True)
class RandomBasis(Basis):
    """Waves with random directions and log-uniform wavelengths (random Fourier features: Rahimi & Recht 2007).

    For domains with boundaries, whose fields contain long waves. Wavelengths range from four times the domain to a
    twentieth of it. The prior corrects for the density of the waves.

    Args:
        sides: extent of the domain along each axis. The largest extent is the unit of wavelength, also along shorter
            axes down to a twentieth of it. Along still shorter ones the unit is twenty times the axis.
        waves: number of waves.

    Examples:
        >>> RandomBasis((1.0, 2.0), 3).lengths.tolist(), RandomBasis((1.0, 200.0), 3).lengths.tolist()
        ([2.0, 2.0], [20.0, 200.0])
    """

    sides: tuple[float, ...]
    waves: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """Wavenumbers with random directions and norms in a geometric sequence."""
        return _directions(self.waves, len(self.sides)) * np.geomspace(LOWEST, HIGHEST, self.waves)[:, None]

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The largest side for each axis, so that waves are isotropic.

        Along an axis that is shorter than the shortest wave, lengths are in units of that axis instead: otherwise all
        waves would be constant along it.
        """
        sides = np.array(self.sides)
        return np.where(sides > 0, np.minimum(sides.max(), HIGHEST * sides), sides.max())

    @property
    def density(self) -> Float[np.ndarray, " waves"]:
        """Density of log-uniform wavenumbers: |k|^−d."""
        return np.linalg.norm(self.wavenumbers, axis=1) ** -len(self.sides)


@dataclasses.dataclass(frozen=True)
class SphereBasis(Basis):
    """Waves with random directions, restricted to the unit sphere.

    A wave with k periods over the diameter consists mainly of spherical harmonics up to degree πk. There are (l + 1)²
    harmonics up to degree l. The maximal wavenumber is chosen so that there are 1.4 times as many functions as
    harmonics.

    Args:
        waves: number of waves.

    Examples:
        >>> SphereBasis(1000).wavenumbers.shape
        (1000, 3)
    """

    waves: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """Wavenumbers with random directions and evenly spaced squared norms."""
        highest = np.sqrt((2 * self.waves + 1) / SURPLUS) / np.pi
        sizes = highest * np.sqrt((np.arange(self.waves) + 0.5) / self.waves)
        return _directions(self.waves, 3) * sizes[:, None]

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The diameter of the sphere."""
        return np.full(3, 2.0)


def _directions(count: int, dimensions: int) -> Float[np.ndarray, "count d"]:
    """Random unit vectors, the same on every call."""
    directions = np.random.default_rng(0).normal(size=(count, dimensions))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)
