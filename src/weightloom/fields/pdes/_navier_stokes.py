"""The forced two-dimensional Navier–Stokes equation on the periodic square [0, 1]², solved pseudo-spectrally.

The solver is part of this package because exponax, the JAX library of spectral solvers, supports forcing along one
axis only.
"""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Key

from weightloom._keys import AnyKey
from weightloom._settings import setting
from weightloom.fields.pdes.base import PeriodicPDE, Progress
from weightloom.fields.pdes.initial_conditions import gaussian_random_field
from weightloom.fields.pdes.spectral import squared_wavenumbers, wavenumbers
from weightloom.fields.trajectories import Trajectories

# On finer grids the time step is reduced in proportion to the cells, to satisfy the CFL condition.
COARSE_GRID = 64


@dataclasses.dataclass(frozen=True)
class NavierStokes(PeriodicPDE):
    """The Navier–Stokes equation for the vorticity ω (Li et al., ICLR 2021, section 5.3).

    ω_t + u·∇ω = νΔω + f with f = a(sin 2π(x + y) + cos 2π(x + y)). The initial vorticity is a Gaussian random field
    (α = 2.5, τ = 7). A burn-in is simulated before the first frame (Yin et al., ICLR 2023). Products are computed on
    the grid, with dealiasing by the 2/3 rule. Time stepping treats viscosity exactly, by an integrating factor, and
    the other terms by the classical Runge–Kutta method of order 4.
    """

    frame: float = 1.0
    burn_in: int = 30
    viscosity: float = setting(1e-3, "The viscosity ν.", gt=0)
    forcing: float = setting(0.1, "The amplitude a of the forcing's sine and cosine.")
    step: float = setting(
        0.04,
        "Time step on grids of at most 64 points along a side. It is smaller on finer grids.",
        gt=0,
    )

    name: ClassVar[str] = "navier-stokes"
    channels: ClassVar[tuple[str, ...]] = ("vorticity",)
    lower: ClassVar[float] = 0.0
    extent: ClassVar[float] = 1.0

    smoothness: ClassVar[float] = 2.5
    inverse_length: ClassVar[float] = 7.0

    def start(self, key: Key[Array, ""], grid: int) -> Complex[Array, "modes half"]:
        """Fourier modes of the initial vorticity."""
        drawn = gaussian_random_field(key, grid, self.extent, self.smoothness, self.inverse_length)
        return drawn * _resolved(grid)

    def advance(self, state: Complex[Array, "modes half"], grid: int) -> Complex[Array, "modes half"]:
        """Advances the vorticity by one frame, in equal time steps."""
        steps = int(np.ceil(self.frame / min(self.step, self.step * COARSE_GRID / grid) - 1e-9))
        step = self.frame / steps
        rates = self.viscosity * squared_wavenumbers(grid, self.extent)
        half = jnp.asarray(np.exp(-rates * step / 2), jnp.float32)
        force = jnp.fft.rfft2(self._force(grid))

        def slope(vorticity: Complex[Array, "modes half"]) -> Complex[Array, "modes half"]:
            return advection(vorticity, grid, self.extent) + force

        def advanced(vorticity: Complex[Array, "modes half"], _: None) -> tuple[Complex[Array, "modes half"], None]:
            # A Runge–Kutta step for exp(νk²t) ω, whose equation has no stiff term.
            first = slope(vorticity)
            second = slope(half * (vorticity + step / 2 * first))
            third = slope(half * vorticity + step / 2 * second)
            fourth = slope(half * (half * vorticity + step * third))
            between = half * (vorticity + step / 6 * first) + step / 3 * (second + third)
            return half * between + step / 6 * fourth, None

        return jax.lax.scan(advanced, state, None, length=steps)[0]

    def fields(self, state: Complex[Array, "modes half"], grid: int) -> Float[Array, "y x 1"]:
        """The vorticity."""
        return jnp.fft.irfft2(state, (grid, grid))[..., None]

    def _force(self, grid: int) -> Float[Array, "y x"]:
        axis = np.arange(grid) / grid
        phase = 2 * np.pi * (axis[:, None] + axis[None])
        return jnp.asarray(self.forcing * (np.sin(phase) + np.cos(phase)), jnp.float32)


def velocity(vorticity: Complex[Array, "modes half"], grid: int, extent: float) -> Float[Array, "2 y x"]:
    """The divergence-free velocity field with mean 0 whose curl is the vorticity: u along x, v along y.

    Args:
        vorticity: Fourier modes of the vorticity.
        grid: number of points along a side.
        extent: length of a side.

    Examples:
        >>> modes = jnp.fft.rfft2(jnp.cos(2 * jnp.pi * jnp.arange(8) / 8) * jnp.ones((8, 1)))
        >>> u, v = velocity(modes, 8, extent=2 * jnp.pi)
        >>> bool(jnp.allclose(u, 0)), bool(jnp.allclose(v[0], jnp.sin(2 * jnp.pi * jnp.arange(8) / 8), atol=1e-6))
        (True, True)
    """
    along_y, along_x = wavenumbers(grid, extent)
    squared = squared_wavenumbers(grid, extent)
    inverse = np.divide(1, squared, out=np.zeros_like(squared), where=squared > 0)
    curl = np.stack([1j * along_y * inverse, -1j * along_x * inverse]).astype(np.complex64)
    return jnp.fft.irfft2(curl * vorticity, (grid, grid))


def advection(vorticity: Complex[Array, "modes half"], grid: int, extent: float) -> Complex[Array, "modes half"]:
    """Fourier modes of −u·∇ω, dealiased.

    For a divergence-free velocity, −u·∇ω = (∂_yy − ∂_xx)(uv) + ∂_xy(u² − v²). This form needs one transform less.
    """
    u, v = velocity(vorticity, grid, extent)
    product, difference = jnp.fft.rfft2(jnp.stack([u * v, u * u - v * v]))
    along_y, along_x = wavenumbers(grid, extent)
    kept = _resolved(grid)
    of_product = ((along_x**2 - along_y**2) * kept).astype(np.float32)
    of_difference = (-along_x * along_y * kept).astype(np.float32)
    return of_product * product + of_difference * difference


def navier_stokes(
    trajectories: int = 96,
    frames: int = 20,
    grid: int = 64,
    key: AnyKey = 0,
    *,
    viscosity: float = NavierStokes.viscosity,
    forcing: float = NavierStokes.forcing,
    frame: float = NavierStokes.frame,
    step: float = NavierStokes.step,
    burn_in: int = NavierStokes.burn_in,
    progress: Progress | None = None,
) -> Trajectories:
    """Simulates the forced two-dimensional Navier–Stokes equation of `NavierStokes`, the benchmark of FNO and DINo.

    Args:
        trajectories: number of trajectories.
        frames: number of frames of each trajectory.
        grid: number of points along a side, even.
        key: random key of the initial vorticities, a whole number or a JAX key.
        viscosity: ν.
        forcing: amplitude of the forcing's sine and cosine.
        frame: time between frames.
        step: time step on grids of at most 64 points along a side. It is smaller on finer grids.
        burn_in: number of frames to simulate and discard before the first frame.
        progress: function that is called after each frame with the numbers of finished frames and of all frames.

    Returns:
        The vorticity, shape (trajectory, time, y, x, 1), on [0, 1]².

    Raises:
        InputError: if an argument is invalid.

    Examples:
        >>> from weightloom.fields import navier_stokes
        >>> navier_stokes(trajectories=2, frames=3, grid=16, burn_in=0)
        <Trajectories: 2 trajectories of 3 frames, grid 16 × 16, channels vorticity>
    """
    law = NavierStokes(viscosity=viscosity, forcing=forcing, frame=frame, step=step, burn_in=burn_in)
    return law.simulate(trajectories, frames, grid, key, progress)


def _resolved(grid: int) -> Float[np.ndarray, "modes half"]:
    along_y, along_x = wavenumbers(grid, 2 * np.pi)
    return ((np.abs(along_y) < grid / 3) & (np.abs(along_x) < grid / 3)).astype(np.float32)
