"""The wave equation u_tt = c² Δu on [−1, 1]², periodic, by its exact propagator."""

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
    """A wave that starts at rest from one Gaussian (Yin et al., ICLR 2023, appendix on data).

    The Gaussian has a standard deviation of 0.25 to 0.30 and a height of 2 to 4, anywhere in the square. Every
    Fourier mode is an oscillator of frequency c|k|, and turns exactly.
    """

    frame: float = setting(0.25, "Time between frames, seconds.", gt=0)
    speed: float = setting(
        2 * 2 / 64,
        "c, units of length per second. The default is 2 cells of a grid of 64 per second.",
        gt=0,
    )

    name: ClassVar[str] = "wave"
    channels: ClassVar[tuple[str, ...]] = ("height", "velocity")
    lower: ClassVar[float] = -1.0
    extent: ClassVar[float] = 2.0

    widths: ClassVar[tuple[float, float]] = (0.25, 0.30)
    heights: ClassVar[tuple[float, float]] = (2.0, 4.0)

    def start(self, key: Key[Array, ""], grid: int) -> Complex[Array, "2 modes half"]:
        """Modes of the height u and of the velocity u_t, which is 0."""
        height = gaussian(key, grid, self.extent, self.widths, self.heights)
        return jnp.stack([height, jnp.zeros_like(height)])

    def advance(self, state: Complex[Array, "2 modes half"], grid: int) -> Complex[Array, "2 modes half"]:
        """Every mode as an oscillator of frequency ω = c|k|, turned by ω · frame."""
        frequency = self.speed * np.sqrt(squared_wavenumbers(grid, self.extent))
        angle = frequency * self.frame
        cosine = jnp.asarray(np.cos(angle), jnp.float32)
        # sin(ωt)/ω tends to t at ω = 0, where the mean drifts.
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
    """Simulates waves on a periodic square [−1, 1]², exactly.

    Args:
        trajectories: how many to simulate.
        frames: of each trajectory.
        grid: points along a side.
        key: all random starts come from it.
        speed: c, units of length per second.
        frame: time between frames, seconds.
        progress: told after each frame how many frames there are and how many there will be.

    Returns:
        Values of shape (trajectory, time, y, x, 2): height and its velocity.

    Raises:
        InputError: if a number cannot be used.

    Examples:
        >>> from weightloom.fields import wave
        >>> wave(trajectories=2, frames=3, grid=16)
        <Trajectories: 2 trajectories of 3 frames, grid 16 × 16, channels height, velocity>
    """
    return Wave(speed=speed, frame=frame).simulate(trajectories, frames, grid, key, progress)
