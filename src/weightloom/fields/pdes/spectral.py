"""Fourier modes of real fields on a periodic square, in the order of `jax.numpy.fft.rfft2`."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float


def wavenumbers(grid: int, extent: float) -> tuple[Float[np.ndarray, "modes 1"], Float[np.ndarray, "1 half"]]:
    """Angular wavenumbers along y and along x, with shapes that broadcast.

    Args:
        grid: number of points along a side, even.
        extent: length of a side.

    Returns:
        Wavenumbers in radians per unit of length, shapes (grid, 1) and (1, grid / 2 + 1).

    Examples:
        >>> along_y, along_x = wavenumbers(4, extent=2 * np.pi)
        >>> along_y[:, 0].tolist(), along_x[0].tolist()
        ([0.0, 1.0, -2.0, -1.0], [0.0, 1.0, 2.0])
    """
    unit = 2 * np.pi / extent
    return unit * np.fft.fftfreq(grid, 1 / grid)[:, None], unit * np.fft.rfftfreq(grid, 1 / grid)[None]


def squared_wavenumbers(grid: int, extent: float) -> Float[np.ndarray, "modes half"]:
    """The squared wavenumber |k|² of each mode."""
    along_y, along_x = wavenumbers(grid, extent)
    return along_y**2 + along_x**2


def on_grid(spectrum: Complex[Array, "modes half"], grid: int) -> Complex[Array, "other_modes other_half"]:
    """Truncates or zero-pads Fourier modes to another grid.

    Modes at the Nyquist frequency are set to 0, because their sign is ambiguous.

    Args:
        spectrum: Fourier modes on a grid of even size.
        grid: number of points along a side of the other grid, even.

    Returns:
        Fourier modes, shape (grid, grid / 2 + 1), scaled for the other grid.

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
