"""The bundled tasks. To add one, write its function and its moments, and add its description to `names.py`."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.distributions import OneHot, Signs
from weightloom.discovery.tasks.names import DESCRIPTIONS
from weightloom.discovery.tasks.order_statistics import (
    moments_of_maximum,
    moments_of_maximum_magnitude,
    moments_of_median,
    moments_of_range,
    moments_of_sorted,
)

# Mean and variance of |x₀ − x₁|: a half-normal number of scale √2.
DISTANCE, VARIANCE = 2 / math.sqrt(math.pi), 2 - 4 / math.pi
MODULUS = 5


def _l1(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The L1 norm ‖x‖₁ = Σ|xᵢ|, the task of Liao et al. 2023, section 2."""
    return jnp.abs(x).sum(axis=1)


def _moments_of_l1(inputs: int) -> tuple[float, float]:
    # |xᵢ| is half-normal, with mean √(2/π) and second moment 1.
    return inputs * math.sqrt(2 / math.pi), math.sqrt(inputs * (1 - 2 / math.pi))


l1 = Task("l1", _l1, _moments_of_l1)
"""The L1 norm Σ|xᵢ|, the task of Liao et al. 2023."""


def _l2(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The Euclidean norm ‖x‖₂ = √Σxᵢ²."""
    return jnp.sqrt(jnp.square(x).sum(axis=1))


def _moments_of_l2(inputs: int) -> tuple[float, float]:
    # The norm follows the chi distribution with n degrees of freedom.
    mean = math.sqrt(2) * math.exp(math.lgamma((inputs + 1) / 2) - math.lgamma(inputs / 2))
    return mean, math.sqrt(inputs - mean**2)


l2 = Task("l2", _l2, _moments_of_l2)
"""The Euclidean norm √Σxᵢ²."""


def _max(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The largest input, max xᵢ."""
    return jnp.max(x, axis=1)


max = Task("max", _max, moments_of_maximum)
"""The largest input."""


def _max_abs(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The largest magnitude ‖x‖∞ = max |xᵢ|."""
    return jnp.abs(x).max(axis=1)


max_abs = Task("max_abs", _max_abs, moments_of_maximum_magnitude)
"""The largest magnitude max |xᵢ|."""


def _sum_of_squares(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The sum of squares ‖x‖₂² = Σxᵢ²."""
    return jnp.square(x).sum(axis=1)


def _moments_of_sum_of_squares(inputs: int) -> tuple[float, float]:
    # The sum follows the chi-squared distribution with n degrees of freedom.
    return float(inputs), math.sqrt(2 * inputs)


sum_of_squares = Task("sum_of_squares", _sum_of_squares, _moments_of_sum_of_squares)
"""The sum of squares Σxᵢ²."""


def _median(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The median of the inputs, which is the mean of the middle two for an even number of inputs."""
    return jnp.median(x, axis=1)


median = Task("median", _median, moments_of_median)
"""The median of the inputs, which is the mean of the middle two for an even number of inputs."""


def _product(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The product x₀·x₁ of the first two inputs. The other inputs are distractors."""
    return x[:, 0] * x[:, 1]


def _moments_of_product(inputs: int) -> tuple[float, float]:
    # The factors are independent, with zero mean and unit variance.
    return 0.0, 1.0


product = Task("product", _product, _moments_of_product, min_inputs=2)
"""The product x₀·x₁ of the first two inputs. The other inputs are distractors."""


def _range(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The range max xᵢ − min xᵢ."""
    return x.max(axis=1) - x.min(axis=1)


range = Task("range", _range, moments_of_range, min_inputs=2)
"""The range max xᵢ − min xᵢ."""


def _gini(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """Gini's mean difference, from the sorted inputs: each is larger than those before it."""
    inputs = x.shape[1]
    weights = 2 * jnp.arange(inputs) - (inputs - 1)
    return jnp.sort(x, axis=1) @ weights * (2 / (inputs * (inputs - 1)))


def _moments_of_gini(inputs: int) -> tuple[float, float]:
    # Nair (1936), Biometrika 28: the standard error of Gini's mean difference.
    shared = (inputs + 1) / 3 + (2 * (inputs - 2) * math.sqrt(3) - 2 * (2 * inputs - 3)) / math.pi
    return DISTANCE, math.sqrt(4 / (inputs * (inputs - 1)) * shared)


gini = Task("gini", _gini, _moments_of_gini, min_inputs=2)
"""Gini's mean difference, the mean of |xᵢ − xₖ| over pairs."""


def _total_variation(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The total variation Σ|xᵢ₊₁ − xᵢ|."""
    return jnp.abs(x[:, 1:] - x[:, :-1]).sum(axis=1)


def _moments_of_total_variation(inputs: int) -> tuple[float, float]:
    # Neighbouring differences have variance 2 and correlation −½: E|ab| is (4/π)(√¾ + ½ asin ½).
    covariance = 4 / math.pi * (math.sqrt(3) / 2 + math.pi / 12) - DISTANCE**2
    return (inputs - 1) * DISTANCE, math.sqrt((inputs - 1) * VARIANCE + 2 * (inputs - 2) * covariance)


total_variation = Task("total_variation", _total_variation, _moments_of_total_variation, min_inputs=2)
"""The total variation Σ|xᵢ₊₁ − xᵢ|."""


def _clipped_sum(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The sum Σ clip(xᵢ, −1, 1)."""
    return jnp.clip(x, -1, 1).sum(axis=1)


def _moments_of_clipped_sum(inputs: int) -> tuple[float, float]:
    # E min(x², 1) = 1 − 2 φ(1) with the standard normal density φ, by integration by parts.
    return 0.0, math.sqrt(inputs * (1 - math.sqrt(2 / (math.pi * math.e))))


clipped_sum = Task("clipped_sum", _clipped_sum, _moments_of_clipped_sum)
"""The sum Σ clip(xᵢ, −1, 1)."""


def _abs_difference(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The distance |x₀ − x₁| of the first two inputs. The other inputs are distractors."""
    return jnp.abs(x[:, 0] - x[:, 1])


def _moments_of_abs_difference(inputs: int) -> tuple[float, float]:
    return DISTANCE, math.sqrt(VARIANCE)


abs_difference = Task("abs_difference", _abs_difference, _moments_of_abs_difference, min_inputs=2)
"""The distance |x₀ − x₁| of the first two inputs. The other inputs are distractors."""


def _count_of_positives(x: Float[Array, "batch inputs"]) -> Int[Array, " batch"]:
    """The number of inputs above 0."""
    return (x > 0).sum(axis=1)


def _moments_of_count_of_positives(inputs: int) -> tuple[float, float]:
    # The count is binomial with probability ½.
    return inputs / 2, math.sqrt(inputs) / 2


count_of_positives = Task("count_of_positives", _count_of_positives, _moments_of_count_of_positives)
"""The number of inputs above 0."""


def _sign_parity(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    """The product of the inputs, which are −1 or 1."""
    return jnp.prod(x, axis=1)


def _moments_of_sign_parity(inputs: int) -> tuple[float, float]:
    return 0.0, 1.0


sign_parity = Task("sign_parity", _sign_parity, _moments_of_sign_parity, distribution=Signs())
"""The product of inputs that are −1 or 1."""


def _sort(x: Float[Array, "batch inputs"]) -> Float[Array, "batch inputs"]:
    """The inputs in increasing order."""
    return jnp.sort(x, axis=1)


sort = Task("sort", _sort, moments_of_sorted, min_inputs=2)
"""The inputs in increasing order, one output for each."""


def _modular_sum(x: Float[Array, "batch inputs"]) -> Int[Array, " batch"]:
    """The sum modulo 5 of one-hot numbers, each a block of 5 inputs."""
    return x.reshape(len(x), -1, MODULUS).argmax(axis=2).sum(axis=1) % MODULUS


def _moments_of_modular_sum(inputs: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # All classes are equally probable.
    return (1 / MODULUS,) * MODULUS, (math.sqrt(MODULUS - 1) / MODULUS,) * MODULUS


modular_sum = Task(
    "modular_sum",
    _modular_sum,
    _moments_of_modular_sum,
    min_inputs=2 * MODULUS,
    distribution=OneHot(MODULUS),
    loss="cross-entropy",
)
"""The sum modulo 5 of whole numbers from 0 to 4: one-hot inputs, 5 for each number, and 5 classes."""


TASKS: dict[str, Task] = {name: globals()[name] for name in DESCRIPTIONS}
"""The bundled tasks by name."""
