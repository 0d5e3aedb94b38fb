"""Building a network from its first layer: noise, order of neurons, and output weights by least squares."""

import functools
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from weightloom.architectures import MLP
from weightloom.discovery.network import Network
from weightloom.discovery.tasks import l1
from weightloom.errors import InputError

Scale: TypeAlias = float | int

# With this sample, the output weights are within 1 % of their limit, and fitting them takes milliseconds.
SAMPLES = 2**13


def check_inputs(name: str, inputs: int, hidden: int, least: int, strength: Scale, noise: Scale) -> None:
    """Check the sizes and scales of a construction.

    Raises:
        InputError: if there are too few inputs or hidden neurons, or if `strength` or `noise` is invalid.
    """
    if inputs < 1:
        raise InputError(f"{name} cannot have {inputs} inputs: give n of at least 1.")
    if hidden < least:
        raise InputError(f"{name} cannot have {hidden} hidden neurons for {inputs} inputs: give at least {least}.")
    if not (np.isfinite(strength) and strength > 0):
        raise InputError(f"{name} cannot have strength {strength}: give a finite positive number.")
    if not (np.isfinite(noise) and noise >= 0):
        raise InputError(f"{name} cannot have noise {noise}: give a finite number of at least 0.")


def build(
    weight: Float[np.ndarray, "inputs hidden"],
    bias: Float[np.ndarray, " hidden"],
    groups: Float[np.ndarray, "hidden groups"],
    *,
    noise: Scale = 0.0,
    shuffle: bool = False,
    generator: np.random.Generator,
) -> Network:
    """Fit the output weights of a swish network with a given first layer to the standardised L1 norm.

    The neurons of a group share one output weight. The output weights and the output bias are the least-squares
    solution over standard normal inputs.

    Args:
        weight: the first-layer weights, shape (inputs, hidden).
        bias: the first-layer biases, shape (hidden,).
        groups: the factor of each group's output weight for each neuron, shape (hidden, groups).
        noise: the standard deviation of normal noise on each first-layer weight. The default is 0.
        shuffle: whether to put the hidden neurons in random order. The default is False.
        generator: the random generator of the noise and the order.

    Returns:
        The network, with the architecture `MLP((inputs, hidden, 1), "swish")`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.algorithms.base import build
        >>> pair = np.array([[4.0, -4.0]])
        >>> net = build(pair, np.zeros(2), np.ones((2, 1)), generator=np.random.default_rng(0))
        >>> [round(float(value), 1) for value in net(np.array([[-1.0], [0.0], [1.0]]))[:, 0]]
        [0.4, -1.1, 0.4]
    """
    weight = weight + noise * generator.standard_normal(weight.shape)
    if shuffle:
        order = generator.permutation(weight.shape[1])
        weight, bias, groups = weight[:, order], bias[order], groups[order]
    features, target = features_and_target(weight, bias)
    features = np.column_stack([features[:, :-1] @ groups, features[:, -1]])
    coefficients = np.linalg.lstsq(features, target, rcond=None)[0]
    readout = groups @ coefficients[:-1]
    architecture = MLP((weight.shape[0], weight.shape[1], 1), "swish")
    return Network(architecture, [(weight, bias), (readout[:, None], coefficients[-1:])])


def features_and_target(
    weight: Float[np.ndarray, "inputs hidden"], bias: Float[np.ndarray, " hidden"]
) -> tuple[Float[np.ndarray, "samples features"], Float[np.ndarray, " samples"]]:
    """Compute the hidden activations and the standardised L1 norm on a fixed normal sample.

    Args:
        weight: the first-layer weights, shape (inputs, hidden).
        bias: the first-layer biases, shape (hidden,).

    Returns:
        The activations with a column of ones, shape (samples, hidden + 1), and the target, shape (samples,).
    """
    x = _sample(weight.shape[0])
    mean, std = l1.standardisation(weight.shape[0])
    hidden = _swish(x @ weight + bias)
    return np.column_stack([hidden, np.ones(len(x))]), (np.abs(x).sum(axis=1) - mean) / std


@functools.lru_cache(maxsize=8)
def _sample(inputs: int) -> Float[np.ndarray, "samples inputs"]:
    # The sample contains −x for each x, so that an even target has no correlation with odd functions.
    half = np.random.default_rng(0).standard_normal((SAMPLES // 2, inputs))
    return np.concatenate([half, -half])


def _swish(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return z * (1 + np.tanh(z / 2)) / 2
