"""How a hidden layer responds to standard normal inputs: its mean slopes and mean curvatures.

By Stein's lemma, E ∂ᵢσ(w·x + b) = wᵢ E σ′(z) and E ∂ᵢ²σ(w·x + b) = wᵢ² E σ″(z) with z ~ N(b, ‖w‖²), and
these are integrals of σ itself over one variable. So no derivative is taken, and ReLU needs no exception.
"""

import functools
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from weightloom.architectures import ACTIVATIONS

# The trapezoid rule converges geometrically for smooth activations, and is good to 1 % at a kink.
NODES = np.linspace(-8, 8, 129)
WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()


class Responses(NamedTuple):
    """Mean derivatives of a network's output along each input, neuron by neuron.

    Attributes:
        means: E of neuron j's contribution to the output, shape (hidden,).
        slopes: E ∂ᵢ of neuron j's contribution to the output, shape (inputs, hidden).
        curvatures: E ∂ᵢ² of neuron j's contribution to the output, shape (inputs, hidden).
    """

    means: Float[np.ndarray, " hidden"]
    slopes: Float[np.ndarray, "inputs hidden"]
    curvatures: Float[np.ndarray, "inputs hidden"]


def mean_responses(
    activation: str,
    weight: Float[np.ndarray, "inputs hidden"],
    bias: Float[np.ndarray, " hidden"],
    readout: Float[np.ndarray, " hidden"],
) -> Responses:
    """Means, mean slopes and mean curvatures of Σⱼ vⱼ σ(Σᵢ xᵢ Wᵢⱼ + bⱼ) over x ~ N(0, I).

    Args:
        activation: a name from `weightloom.architectures.ACTIVATIONS`.
        weight: first-layer weights W, shape (inputs, hidden).
        bias: first-layer biases b, shape (hidden,).
        readout: output weights v, shape (hidden,).

    Returns:
        Means per neuron, shape (hidden,); slopes and curvatures per input and neuron, shape (inputs, hidden) each.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.classification.responses import mean_responses
        >>> pair = mean_responses("relu", np.array([[2.0, -2.0]]), np.zeros(2), np.array([0.5, 0.5]))
        >>> pair.slopes.round(2), pair.curvatures.round(2)
        (array([[ 0.5, -0.5]]), array([[0.4, 0.4]]))
    """
    spread = np.sqrt(np.square(weight).sum(axis=0))
    values = np.asarray(_activate(activation, bias[:, None] + spread[:, None] * NODES), np.float64)
    scale = np.where(spread > 0, spread, 1)
    first = (values * NODES) @ WEIGHTS / scale
    second = (values * (NODES**2 - 1)) @ WEIGHTS / scale**2
    return Responses(readout * (values @ WEIGHTS), readout * weight * first, readout * np.square(weight) * second)


@functools.partial(jax.jit, static_argnums=0)
def _activate(activation: str, z: Float[Array, "..."]) -> Float[Array, "..."]:
    return ACTIVATIONS[activation](z)
