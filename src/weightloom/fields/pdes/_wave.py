"""The wave equation u_tt = c² Δu on the periodic square [−1, 1]², solved exactly."""

import dataclasses
from typing import ClassVar

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
class Wave(PeriodicPDE):
    """The wave equation on a periodic square (Yin et al., ICLR 2023, appendix on data).

    The initial height is a Gaussian with standard deviation 0.25 to 0.30, height 2 to 4 and a random position. The
    initial velocity is 0. Each Fourier mode is a harmonic oscillator with frequency c|k|, solved exactly.
    """

    frame: float = setting(0.25, "Time between frames, in seconds.", gt=0)
    speed: float = setting(
        2 * 2 / 64,
        "c, in units of length per second. The default is 2 cells of a grid of 64 points per second.",
        gt=0,
    )

    name: ClassVar[str] = "wave"
    channels: ClassVar[tuple[str, ...]] = ("height", "velocity")
    lower: ClassVar[float] = -1.0
    extent: ClassVar[float] = 2.0

    widths: ClassVar[tuple[float, float]] = (0.25, 0.30)
    heights: ClassVar[tuple[float, float]] = (2.0, 4.0)

    def start(self, key: Key[Array, ""], grid: int) -> Complex[Array, "2 modes half"]:
        """Fourier modes of the initial height u and velocity u_t = 0."""
        height = gaussian(key, grid, self.extent, self.widths, self.heights)
        return jnp.stack([height, jnp.zeros_like(height)])

    def advance(self, state: Complex[Array, "2 modes half"], grid: int) -> Complex[Array, "2 modes half"]:
        """Advances each mode by one frame, as an oscillator with frequency ω = c|k|."""
        frequency = self.speed * np.sqrt(squared_wavenumbers(grid, self.extent))
        angle = frequency * self.frame
        cosine = jnp.asarray(np.cos(angle), jnp.float32)
        # sin(ωt)/ω tends to t at ω = 0, the mode of the mean.
        drift = jnp.asarray(self.frame * np.sinc(angle / np.pi), jnp.float32)
        pull = jnp.asarray(-frequency * np.sin(angle), jnp.float32)
        height, velocity = state
        return jnp.stack([cosine * height + drift * velocity, pull * height + cosine * velocity])

    def fields(self, state: Complex[Array, "2 modes half"], grid: int) -> Float[Array, "y x 2"]:
        """Height and velocity."""
        return jnp.moveaxis(jnp.fft.irfft2(state, (grid, grid)), 0, -1)


def wave(
    trajectories: int = 96,
    frames: int = 20,
    grid: int = 64,
    key: AnyKey = 0,
    *,
    speed: float = Wave.speed,
    frame: float = Wave.frame,
    progress: Progress | None = None,
) -> Trajectories:
    """Simulates the wave equation of `Wave` on the periodic square [−1, 1]².

    Args:
        trajectories: number of trajectories.
        frames: number of frames of each trajectory.
        grid: number of points along a side, even.
        key: random key of the initial heights, a whole number or a JAX key.
        speed: c, in units of length per second.
        frame: time between frames, in seconds.
        progress: function that is called after each frame with the numbers of finished frames and of all frames.

    Returns:
        The height and its velocity, shape (trajectory, time, y, x, 2).

    Raises:
        InputError: if an argument is invalid.

    Examples:
        >>> from weightloom.fields import wave
        >>> wave(trajectories=2, frames=3, grid=16)
        <Trajectories: 2 trajectories of 3 frames, grid 16 × 16, channels height, velocity>
    """
    return Wave(speed=speed, frame=frame).simulate(trajectories, frames, grid, key, progress)
