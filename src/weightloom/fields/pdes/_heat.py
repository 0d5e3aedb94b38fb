"""The heat equation u_t = D Δu on [−1, 1]², periodic, by its exact propagator."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Key

from weightloom._keys import AnyKey
from weightloom._settings import setting
from weightloom.fields.pdes.base import PeriodicPDE, Progress
from weightloom.fields.pdes.initial_conditions import gaussian
from weightloom.fields.pdes.spectral import squared_wavenumbers
from weightloom.fields.trajectories import Trajectories


@dataclasses.dataclass(frozen=True)
class Heat(PeriodicPDE):
    """Heat that spreads from three warm spots.

    Each spot is a Gaussian of standard deviation 0.1 to 0.3 and height 0.5 to 1.5 anywhere in the square. Every
    Fourier mode decays on its own, by exp(−D|k|²t), so that nothing is approximated but the start's highest modes.
    """

    frame: float = setting(0.25, "Time between frames.", gt=0)
    diffusivity: float = setting(0.1, "D, squared units of length per unit of time.", gt=0)

    name: ClassVar[str] = "heat"
    channels: ClassVar[tuple[str, ...]] = ("temperature",)
    lower: ClassVar[float] = -1.0
    extent: ClassVar[float] = 2.0

    spots: ClassVar[int] = 3
    widths: ClassVar[tuple[float, float]] = (0.1, 0.3)
    heights: ClassVar[tuple[float, float]] = (0.5, 1.5)

    def start(self, key: Key[Array, ""], grid: int) -> Complex[Array, "modes half"]:
        """Modes of the sum of the spots."""

        def spot(key: Key[Array, ""]) -> Complex[Array, "modes half"]:
            return gaussian(key, grid, self.extent, self.widths, self.heights)

        return jax.vmap(spot)(jax.random.split(key, self.spots)).sum(0)

    def advance(self, state: Complex[Array, "modes half"], grid: int) -> Complex[Array, "modes half"]:
        """Every mode times exp(−D|k|² · frame)."""
        decay = np.exp(-self.diffusivity * squared_wavenumbers(grid, self.extent) * self.frame)
        return state * jnp.asarray(decay, jnp.float32)

    def fields(self, state: Complex[Array, "modes half"], grid: int) -> Float[Array, "y x 1"]:
        """The temperature."""
        return jnp.fft.irfft2(state, (grid, grid))[..., None]


def heat(
    trajectories: int = 96,
    frames: int = 20,
    grid: int = 64,
    key: AnyKey = 0,
    *,
    diffusivity: float = Heat.diffusivity,
    frame: float = Heat.frame,
    progress: Progress | None = None,
) -> Trajectories:
    """Simulates heat that spreads on a periodic square [−1, 1]², exactly.

    Args:
        trajectories: how many to simulate.
        frames: of each trajectory.
        grid: points along a side.
        key: all random starts come from it.
        diffusivity: D, squared units of length per unit of time.
        frame: time between frames.
        progress: told after each frame how many frames there are and how many there will be.

    Returns:
        Values of shape (trajectory, time, y, x, 1).

    Raises:
        InputError: if a number cannot be used.

    Examples:
        >>> from weightloom.fields import heat
        >>> data = heat(trajectories=2, frames=3, grid=16)
        >>> data.values.shape, data.times.tolist(), data.period
        ((2, 3, 16, 16, 1), [0.0, 0.25, 0.5], (2.0, 2.0))
    """
    return Heat(diffusivity=diffusivity, frame=frame).simulate(trajectories, frames, grid, key, progress)
