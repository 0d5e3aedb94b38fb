"""The heat equation u_t = D Δu on the periodic square [−1, 1]², solved exactly."""

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
    """The heat equation on a periodic square.

    The initial temperature is the sum of three Gaussians, each with standard deviation 0.1 to 0.3, height 0.5 to 1.5
    and a random position. Each Fourier mode is multiplied by exp(−D|k|²t). The solution is exact, except that the grid
    truncates the modes of the initial temperature.
    """

    frame: float = setting(0.25, "Time between frames.", gt=0)
    diffusivity: float = setting(0.1, "D, in squared units of length per unit of time.", gt=0)

    name: ClassVar[str] = "heat"
    channels: ClassVar[tuple[str, ...]] = ("temperature",)
    lower: ClassVar[float] = -1.0
    extent: ClassVar[float] = 2.0

    spots: ClassVar[int] = 3
    widths: ClassVar[tuple[float, float]] = (0.1, 0.3)
    heights: ClassVar[tuple[float, float]] = (0.5, 1.5)

    def start(self, key: Key[Array, ""], grid: int) -> Complex[Array, "modes half"]:
        """Fourier modes of the initial temperature."""

        def spot(key: Key[Array, ""]) -> Complex[Array, "modes half"]:
            return gaussian(key, grid, self.extent, self.widths, self.heights)

        return jax.vmap(spot)(jax.random.split(key, self.spots)).sum(0)

    def advance(self, state: Complex[Array, "modes half"], grid: int) -> Complex[Array, "modes half"]:
        """Multiplies each mode by exp(−D|k|² · frame)."""
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
    """Simulates the heat equation of `Heat` on the periodic square [−1, 1]².

    Args:
        trajectories: number of trajectories.
        frames: number of frames of each trajectory.
        grid: number of points along a side, even.
        key: random key of the initial temperatures, a whole number or a JAX key.
        diffusivity: D, in squared units of length per unit of time.
        frame: time between frames.
        progress: function that is called after each frame with the numbers of finished frames and of all frames.

    Returns:
        The temperature, shape (trajectory, time, y, x, 1).

    Raises:
        InputError: if an argument is invalid.

    Examples:
        >>> from weightloom.fields import heat
        >>> data = heat(trajectories=2, frames=3, grid=16)
        >>> data.values.shape, data.times.tolist(), data.period
        ((2, 3, 16, 16, 1), [0.0, 0.25, 0.5], (2.0, 2.0))
    """
    return Heat(diffusivity=diffusivity, frame=frame).simulate(trajectories, frames, grid, key, progress)
