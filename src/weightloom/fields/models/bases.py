"""Fixed functions of space whose sums are implicit representations: sines and cosines, of a lattice or at random."""

import abc
import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

LOWEST, HIGHEST = 0.25, 20.0
SURPLUS = 1.4


class Basis(abc.ABC):
    """Functions sin(ωx), cos(ωx) and 1, of mean square 1, with a smoothness prior on their weights.

    That is one layer with sines as activation: a SIREN's or a Fourier-feature network's first one, and its last layer
    the weights.
    """

    @property
    @abc.abstractmethod
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """How often each wave repeats over the domain's length, along each axis; the constant is not among them."""

    @property
    @abc.abstractmethod
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The domain's length along each axis."""

    @property
    def density(self) -> Float[np.ndarray, " waves"]:
        """How many waves there are per unit of wavenumber space, up to a factor: everywhere as many."""
        return np.ones(len(self.wavenumbers))

    def functions(self, points: Float[Array, "points d"]) -> Float[Array, "points functions"]:
        """Each function at each point: the constant, all cosines, all sines."""
        phases = points @ jnp.asarray(2 * np.pi * self.wavenumbers / self.lengths, jnp.float32).T
        waves = jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], axis=1)
        return jnp.concatenate([jnp.ones((len(points), 1)), np.sqrt(2).astype(np.float32) * waves], axis=1)

    def variance(self, decay: Float[Array, ""]) -> Float[Array, " functions"]:
        """The prior's variance (|k|² + 1)^−decay of each weight, scaled so that a field has variance 1.

        Args:
            decay: the larger, the smoother the fields.
        """
        power = (jnp.sum(jnp.asarray(self.wavenumbers, jnp.float32) ** 2, axis=1) + 1) ** -decay
        power = power / jnp.asarray(self.density, jnp.float32)
        power = jnp.concatenate([jnp.max(power)[None], power, power])
        return power / power.sum()


@dataclasses.dataclass(frozen=True)
class PeriodicBasis(Basis):
    """All waves of a periodic box up to a wavenumber: no other basis of functions is as well conditioned there.

    Args:
        period: the box's sides.
        highest: the largest wavenumber.

    Examples:
        >>> PeriodicBasis((1.0,), 2).wavenumbers.tolist()
        [[1.0], [2.0]]
    """

    period: tuple[float, ...]
    highest: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """One of k and −k each."""
        axis = np.arange(-self.highest, self.highest + 1)
        every = np.stack(np.meshgrid(*[axis] * len(self.period), indexing="ij"), axis=-1).reshape(-1, len(self.period))
        half = every[len(every) // 2 + 1 :]  # the lattice is its own mirror image, and its centre is 0
        return half[(half**2).sum(axis=1) <= self.highest**2].astype(float)

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The period."""
        return np.array(self.period)


@dataclasses.dataclass(frozen=True)
class RandomBasis(Basis):
    """Waves of random directions and log-uniform wavelengths (random Fourier features: Rahimi & Recht 2007).

    For domains with edges, whose fields are made of long waves: wavelengths go from four times the domain to a
    twentieth of it. The prior makes up for how many waves of each length there are.

    Args:
        sides: the domain's extent along each axis; the largest one is the unit of wavelength.
        waves: how many.

    Examples:
        >>> RandomBasis((1.0, 2.0), 3).wavenumbers.shape
        (3, 2)
    """

    sides: tuple[float, ...]
    waves: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """Evenly spread over the logarithm of their size, in random directions."""
        return _directions(self.waves, len(self.sides)) * np.geomspace(LOWEST, HIGHEST, self.waves)[:, None]

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The largest side, along each axis: directions keep their meaning."""
        return np.full(len(self.sides), max(self.sides))

    @property
    def density(self) -> Float[np.ndarray, " waves"]:
        """Log-uniform sizes crowd at the centre."""
        return np.linalg.norm(self.wavenumbers, axis=1) ** -len(self.sides)


@dataclasses.dataclass(frozen=True)
class SphereBasis(Basis):
    """Waves through the unit sphere, of random directions, as many of each wavelength as the sphere has degrees.

    A wave of wavenumber k over the diameter is made of spherical harmonics of degree πk and less, and there are
    (l + 1)² of these up to degree l. The largest wavenumber is the one up to which there are 1.4 times as many
    functions.

    Args:
        waves: how many.

    Examples:
        >>> SphereBasis(1000).wavenumbers.shape
        (1000, 3)
    """

    waves: int

    @property
    def wavenumbers(self) -> Float[np.ndarray, "waves d"]:
        """Their squares are evenly spread."""
        highest = np.sqrt((2 * self.waves + 1) / SURPLUS) / np.pi
        sizes = highest * np.sqrt((np.arange(self.waves) + 0.5) / self.waves)
        return _directions(self.waves, 3) * sizes[:, None]

    @property
    def lengths(self) -> Float[np.ndarray, " d"]:
        """The diameter."""
        return np.full(3, 2.0)


def _directions(count: int, dimensions: int) -> Float[np.ndarray, "count d"]:
    """Random ones, always the same."""
    found = np.random.default_rng(0).normal(size=(count, dimensions))
    return found / np.linalg.norm(found, axis=1, keepdims=True)
