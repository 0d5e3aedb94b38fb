"""The bundled tasks. To add one, write its function and its moments, and add it to `TASKS`."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.order_statistics import (
    moments_of_maximum,
    moments_of_maximum_magnitude,
    moments_of_median,
)


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


product = Task("product", _product, _moments_of_product, least=2)
"""The product x₀·x₁ of the first two inputs. The other inputs are distractors."""


TASKS: dict[str, Task] = {task.name: task for task in (l1, l2, max, max_abs, sum_of_squares, median, product)}
"""The bundled tasks by name."""
