"""Moments of order statistics of standard normal inputs, by Gauss–Legendre quadrature.

The densities are from David and Nagaraja (2003), Order Statistics, section 2. Their logarithms are evaluated, so that
thousands of inputs do not overflow or underflow.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, log_ndtr

# Beyond 12, the standard normal density is below 1e-31.
REACH = 12.0
# 200 nodes have a spacing of 0.19 near 0, which resolves the density of the maximum of a million inputs.
NODES = 200


def moments_of_maximum(inputs: int) -> tuple[float, float]:
    """Mean and standard deviation of max xᵢ over n standard normal inputs."""
    x, weight = _rule(-REACH, REACH)
    density = np.exp(math.log(inputs) + (inputs - 1) * log_ndtr(x) + _log_density(x))
    return _moments(x, weight * density)


def moments_of_maximum_magnitude(inputs: int) -> tuple[float, float]:
    """Mean and standard deviation of max |xᵢ| over n standard normal inputs."""
    x, weight = _rule(0.0, REACH)
    log_distribution = np.log1p(-2 * np.exp(log_ndtr(-x)))
    density = np.exp(math.log(2 * inputs) + (inputs - 1) * log_distribution + _log_density(x))
    return _moments(x, weight * density)


def moments_of_median(inputs: int) -> tuple[float, float]:
    """Mean (zero by symmetry) and standard deviation of the median of n standard normal inputs.

    The median of an even number of inputs is the mean of the middle two.
    """
    below = (inputs - 1) // 2
    # For large n, the median's standard deviation is √(π/2n), and the gap between the middle two is √(2π)/n.
    x, weight = _rule(-min(REACH, 15 / math.sqrt(inputs)), min(REACH, 15 / math.sqrt(inputs)))
    if inputs % 2:
        log_density = _log_density(x) + below * (log_ndtr(x) + log_ndtr(-x))
        log_count = gammaln(inputs + 1) - 2 * gammaln(below + 1)
        return 0.0, _moments(x, weight * np.exp(log_count + log_density))[1]
    # The middle two are x − s and x + s. Integrate their joint density over s.
    s, gap_weight = _rule(0.0, min(REACH, 60 / inputs))
    low, high = x[:, None] - s, x[:, None] + s
    log_density = _log_density(low) + _log_density(high) + below * (log_ndtr(low) + log_ndtr(-high))
    log_count = math.log(2) + gammaln(inputs + 1) - 2 * gammaln(below + 1)
    return 0.0, _moments(x, weight * (np.exp(log_count + log_density) @ gap_weight))[1]


def _rule(low: float, high: float) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return low + (nodes + 1) * (high - low) / 2, weights * (high - low) / 2


def _log_density(x: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return -(x**2 + math.log(2 * math.pi)) / 2


def _moments(x: Float[np.ndarray, " nodes"], mass: Float[np.ndarray, " nodes"]) -> tuple[float, float]:
    mean = float(mass @ x)
    return mean, math.sqrt(float(mass @ (x - mean) ** 2))
