"""Fourier modes of real fields on a periodic square, as `jax.numpy.fft.rfft2` orders them."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float


def wavenumbers(grid: int, extent: float) -> tuple[Float[np.ndarray, "modes 1"], Float[np.ndarray, "1 half"]]:
    """Angular wavenumbers along y and along x, to be broadcast against each other.

    Args:
        grid: points along one side, an even number.
        extent: the length of one side.

    Returns:
        Radians per unit of length, shapes (grid, 1) and (1, grid / 2 + 1).

    Examples:
        >>> along_y, along_x = wavenumbers(4, extent=2 * np.pi)
        >>> along_y[:, 0].tolist(), along_x[0].tolist()
        ([0.0, 1.0, -2.0, -1.0], [0.0, 1.0, 2.0])
    """
    unit = 2 * np.pi / extent
    return unit * np.fft.fftfreq(grid, 1 / grid)[:, None], unit * np.fft.rfftfreq(grid, 1 / grid)[None]


def squared_wavenumbers(grid: int, extent: float) -> Float[np.ndarray, "modes half"]:
    """|k|² of every mode."""
    along_y, along_x = wavenumbers(grid, extent)
    return along_y**2 + along_x**2


def on_grid(spectrum: Complex[Array, "modes half"], grid: int) -> Complex[Array, "other_modes other_half"]:
    """The modes of the same function on another grid: those that the grid cannot tell apart are left out, others are 0.

    Modes at half the grid's own frequency are left out as well, because their sign is not known.

    Args:
        spectrum: from a grid of even size.
        grid: points along one side of the other grid, an even number.

    Returns:
        Modes, shape (grid, grid / 2 + 1), scaled for that grid.

    Examples:
        >>> coarse, fine = (jnp.cos(2 * jnp.pi * jnp.arange(n) / n) * jnp.ones((n, 1)) for n in (8, 16))
        >>> bool(jnp.allclose(jnp.fft.irfft2(on_grid(jnp.fft.rfft2(coarse), 16)), fine, atol=1e-6))
        True
    """
    given = len(spectrum)
    kept = min(given, grid) // 2  # modes −kept + 1 … kept − 1
    moved = jnp.zeros((grid, grid // 2 + 1), spectrum.dtype)
    moved = moved.at[:kept, :kept].set(spectrum[:kept, :kept])
    moved = moved.at[grid - kept + 1 :, :kept].set(spectrum[given - kept + 1 :, :kept])
    return moved * (grid / given) ** 2
