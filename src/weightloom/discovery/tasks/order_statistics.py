"""Moments of order statistics of standard normal inputs, by Gauss–Legendre quadrature.

The densities are from David and Nagaraja (2003), Order Statistics, section 2. Their logarithms are evaluated, so that
thousands of inputs do not overflow or underflow.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

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


def moments_of_range(inputs: int) -> tuple[float, float]:
    """Mean and standard deviation of max xᵢ − min xᵢ over n standard normal inputs."""
    low, weight = _rule(-REACH, REACH)
    gap, gap_weight = _rule(0.0, 2 * REACH)
    high = low[:, None] + gap
    between = np.clip(ndtr(high) - ndtr(low)[:, None], 0, 1)
    density = np.exp(_log_density(low)[:, None] + _log_density(high)) * between ** (inputs - 2)
    return _moments(gap, inputs * (inputs - 1) * (weight @ density) * gap_weight)


def moments_of_sorted(inputs: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each of n standard normal inputs in increasing order."""
    rank = np.arange(1, inputs + 1)
    share = rank / (inputs + 1)
    middle = ndtri(share)
    # The standard deviation for many inputs; the extremes of a few reach further than a normal number does.
    spread = np.sqrt(share * (1 - share) / (inputs + 2)) / np.exp(_log_density(middle))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    reach = 16 * spread[:, None]
    x = middle[:, None] + nodes * reach
    log_density = _log_density(x) + (rank - 1)[:, None] * log_ndtr(x) + (inputs - rank)[:, None] * log_ndtr(-x)
    log_count = gammaln(inputs + 1) - gammaln(rank) - gammaln(inputs - rank + 1)
    mass = weights * reach * np.exp(log_density + log_count[:, None])
    mean, std = zip(*(_moments(places, shares) for places, shares in zip(x, mass)))
    return mean, std


def _rule(low: float, high: float) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return low + (nodes + 1) * (high - low) / 2, weights * (high - low) / 2


def _log_density(x: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return -(x**2 + math.log(2 * math.pi)) / 2


def _moments(x: Float[np.ndarray, " nodes"], mass: Float[np.ndarray, " nodes"]) -> tuple[float, float]:
    mean = float(mass @ x)
    return mean, math.sqrt(float(mass @ (x - mean) ** 2))
