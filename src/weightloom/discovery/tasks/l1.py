"""The L1 norm ‖x‖₁ = Σ|xᵢ|, the task of Liao et al. 2023, section 2."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task


def _norm(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.abs(x).sum(axis=1)


def _moments(inputs: int) -> tuple[float, float]:
    # |xᵢ| is half-normal, with mean √(2/π) and second moment 1.
    return inputs * math.sqrt(2 / math.pi), math.sqrt(inputs * (1 - 2 / math.pi))


l1 = Task("l1", _norm, _moments)
