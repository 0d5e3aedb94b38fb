"""Random initial conditions on a periodic square, as Fourier modes that do not depend on the grid."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Key

from weightloom.fields.pdes.spectral import on_grid, squared_wavenumbers, wavenumbers

# Noise has wavenumbers up to half of this along each axis, on every grid.
NOISE_GRID = 64


def gaussian(
    key: Key[Array, ""], grid: int, extent: float, widths: tuple[float, float], heights: tuple[float, float]
) -> Complex[Array, "modes half"]:
    """Fourier modes of a periodic Gaussian with uniformly random position, width and height.

    By Poisson summation, they are the Fourier transform of a Gaussian on the plane, which has a closed form.

    Args:
        key: random key.
        grid: number of points along a side.
        extent: length of a side.
        widths: minimal and maximal standard deviation, in units of length.
        heights: minimal and maximal height.

    Examples:
        >>> modes = gaussian(jax.random.key(0), 32, 2.0, (0.1, 0.1), (3.0, 3.0))
        >>> bool(2.5 < jnp.fft.irfft2(modes).max() <= 3)
        True
    """
    place, width, height = jax.random.split(key, 3)
    y, x = jax.random.uniform(place, (2,), jnp.float32, maxval=extent)
    std = jax.random.uniform(width, (), jnp.float32, minval=widths[0], maxval=widths[1])
    top = jax.random.uniform(height, (), jnp.float32, minval=heights[0], maxval=heights[1])
    along_y, along_x = wavenumbers(grid, extent)
    size = top * 2 * jnp.pi * std**2 * (grid / extent) ** 2
    decay = jnp.exp(-(std**2) * squared_wavenumbers(grid, extent) / 2)
    return size * decay * jnp.exp(-1j * (along_y * y + along_x * x))


def gaussian_random_field(
    key: Key[Array, ""], grid: int, extent: float, smoothness: float, inverse_length: float
) -> Complex[Array, "modes half"]:
    """Fourier modes of a Gaussian random field with covariance σ²(−Δ + τ²)^(−α) (Li et al., ICLR 2021, A.3.3).

    σ² = 2τ^(2α − 2), and the mean over the square is 0, as in the paper.

    Args:
        key: random key.
        grid: number of points along a side.
        extent: length of a side.
        smoothness: α.
        inverse_length: τ, in radians per unit of length.

    Examples:
        >>> modes = gaussian_random_field(jax.random.key(0), 32, 1.0, 2.5, 7.0)
        >>> bool(jnp.abs(jnp.fft.irfft2(modes).mean()) < 1e-6)
        True
    """
    noise = jnp.fft.rfft2(jax.random.normal(key, (NOISE_GRID, NOISE_GRID), jnp.float32)) * NOISE_GRID
    squared = squared_wavenumbers(NOISE_GRID, extent)
    std = np.sqrt(2) * inverse_length ** (smoothness - 1) * (squared + inverse_length**2) ** (-smoothness / 2)
    std[0, 0] = 0
    return on_grid(noise * jnp.asarray(std, jnp.float32), grid)
