"""The median of the sorted inputs, the mean of the middle two when their number is even."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.order_statistics import moments_of_median


def _median(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.median(x, axis=1)


median = Task("median", _median, moments_of_median)
