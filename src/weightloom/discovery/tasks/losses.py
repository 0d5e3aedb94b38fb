"""Losses of tasks. To add one, add a row to `LOSSES`."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Real

Outputs = Float[Array, "batch outputs"]
Targets = Real[Array, "batch *outputs"]


class Loss(NamedTuple):
    """A loss of networks on a task.

    Attributes:
        mean: (outputs, targets) → the mean over a batch.
        constant: targets → the loss of the best constant on them.
        unit: the unit in a sentence that starts with "Loss".
        label: the unit in brackets after "loss", for figures.
        classes: whether targets are classes, numbered from 0, and outputs their logits.
    """

    mean: Callable[[Outputs, Targets], Float[Array, ""]]
    constant: Callable[[Real[np.ndarray, "batch *outputs"]], float]
    unit: str
    label: str
    classes: bool


def _squared_error(outputs: Outputs, targets: Targets) -> Float[Array, ""]:
    """The mean over rows and outputs. Targets have unit variance, so that the best constant has 1."""
    return jnp.mean(((outputs[:, 0] if targets.ndim == 1 else outputs) - targets) ** 2)


def _cross_entropy(outputs: Outputs, targets: Targets) -> Float[Array, ""]:
    return optax.softmax_cross_entropy_with_integer_labels(outputs, targets).mean()


def _variance(targets: Real[np.ndarray, "batch *outputs"]) -> float:
    return float(np.var(np.asarray(targets, float), axis=0).mean())


def _entropy(targets: Real[np.ndarray, " batch"]) -> float:
    share = np.unique(targets, return_counts=True)[1] / len(targets)
    return float(-(share * np.log(share)).sum())


LOSSES: dict[str, Loss] = {
    "squared-error": Loss(
        _squared_error, _variance, "in units of the target's variance", "variance of the target", False
    ),
    "cross-entropy": Loss(_cross_entropy, _entropy, "as cross-entropy in nats", "cross-entropy in nats", True),
}
"""The losses by name."""
