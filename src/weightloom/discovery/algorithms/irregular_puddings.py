"""Two irregular pudding networks that hypernetworks generate at sizes (16, 48, 1).

They test the classifier: order parameters or signs alone would misclassify them. Their weights are drawn from the
ranges that the notes on the paper report.
"""

import numpy as np
from scipy.optimize import lsq_linear

from weightloom.architectures import MLP
from weightloom.discovery.algorithms.base import build, features_and_target
from weightloom.discovery.network import Network

INPUTS, HIDDEN = 16, 48


def memorised_pudding(seed: int = 0, *, shuffle: bool = True) -> Network:
    """Construct a pudding(+) network with three double-sided inputs and no background at the plum neurons.

    Thirteen inputs have one plum of about −3, and three inputs have strong weights of both signs. Twelve neurons read
    the thirteen inputs with a background of +0.1 to +0.2. All other first-layer weights are near 0. The median of |W|
    is therefore small and α₁ is near 5, so that a threshold on α₁ would misclassify the network.

    Args:
        seed: the seed of the weights and of the order of the hidden neurons.
        shuffle: whether to put the hidden neurons in random order. The default is True.

    Returns:
        The network, with the architecture `MLP((16, 48, 1), "swish")`.

    Examples:
        >>> from weightloom.discovery.algorithms import memorised_pudding
        >>> from weightloom.discovery.classification import classify
        >>> classify(memorised_pudding()).algorithm
        'pudding+'
    """
    generator = np.random.default_rng(seed)
    counts = {"pudding": 13, "double": 6, "background": 12, "idle": 17}
    kinds = np.repeat(np.arange(len(counts)), list(counts.values()))
    strength = generator.normal(3, 0.2, INPUTS + 3)
    weight = generator.normal(0, 0.03, (INPUTS, HIDDEN))
    weight[range(INPUTS), range(INPUTS)] = -strength[:INPUTS]
    weight[range(13, INPUTS), range(INPUTS, INPUTS + 3)] = strength[INPUTS:]
    weight[:13, kinds == 2] = generator.uniform(0.1, 0.2, (13, counts["background"]))
    return build(
        weight,
        np.where(kinds == 2, 6.0, 0.0),
        np.eye(len(counts))[kinds][:, :3],
        shuffle=shuffle,
        generator=generator,
    )


def assigned_pudding(seed: int = 0) -> Network:
    """Construct a pudding(−) network with 48 plums and no leftover neurons, on the concave left tail of swish.

    Three random hidden neurons are assigned to each input. A neuron reads its input with a plum of +0.7 to +1.3, and
    all others with the same background of −0.02 to −0.3. Its bias is about −4.7, where swish is concave, and its output
    weight is between −2.4 and −8.2, so that its output is convex.

    Args:
        seed: the seed of the weights and the assignment.

    Returns:
        The network, with the architecture `MLP((16, 48, 1), "swish")`. Its loss is about 0.2.

    Examples:
        >>> from weightloom.discovery.algorithms import assigned_pudding
        >>> from weightloom.discovery.classification import classify
        >>> classify(assigned_pudding()).algorithm
        'pudding-'
    """
    generator = np.random.default_rng(seed)
    assignment = generator.permutation(np.arange(HIDDEN) % INPUTS)
    # Most backgrounds are small, because 45 of them cancel the slope of three plums.
    weight = -np.tile(0.02 + 0.28 * generator.beta(1, 5, HIDDEN), (INPUTS, 1))
    weight[assignment, np.arange(HIDDEN)] = generator.uniform(0.7, 1.3, HIDDEN)
    bias = generator.normal(-4.7, 0.1, HIDDEN)
    features, target = features_and_target(weight, bias)
    bounds = ([-8.2] * HIDDEN + [-np.inf], [-2.4] * HIDDEN + [np.inf])
    # The QR factorisation reduces the least-squares problem to 49 rows.
    basis, triangle = np.linalg.qr(features)
    coefficients = lsq_linear(triangle, target @ basis, bounds).x
    return Network(
        MLP((INPUTS, HIDDEN, 1), "swish"),
        [(weight, bias), (coefficients[:-1, None], coefficients[-1:])],
    )
