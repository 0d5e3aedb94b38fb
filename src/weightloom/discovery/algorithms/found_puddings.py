"""Two pudding networks as hypernetworks were found to generate them at (16, 48, 1).

They are less tidy than `pudding`, and each misleads an order parameter or a sign. The notes on the paper
describe them by their ranges of weights; here weights are drawn from these ranges.
"""

import numpy as np
from scipy.optimize import lsq_linear

from weightloom.architectures import MLP
from weightloom.discovery.algorithms.base import build, features_and_target
from weightloom.discovery.network import Network

INPUTS, HIDDEN = 16, 48


def memorised_pudding(seed: int = 0, *, shuffle: bool = True) -> Network:
    """A pudding(+) with three double-sided inputs, whose plum neurons have no background.

    Thirteen inputs have one plum of about −3, three have strong weights of both signs, twelve neurons
    carry a background of +0.1 to +0.2 over the thirteen, and the rest of the first layer is near 0.
    So the median of |W| is small and α₁ near 5: judged by its double-sidedness, it would be misnamed.

    Args:
        seed: of the weights and the order of the hidden neurons.
        shuffle: whether the hidden neurons are put in random order.

    Returns:
        The network, on `MLP((16, 48, 1), "swish")`.

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
    """A pudding(−) of 48 plums without leftover neurons, on the left, concave tail of swish.

    Every hidden neuron is assigned to an input at random, three to each. It reads its input by a plum
    of +0.7 to +1.3 and the others by one background of −0.02 to −0.3, its bias is near −4.7, and its
    output weight is −2.4 to −8.2. Since swish is concave there, these outputs are convex.

    Args:
        seed: of the weights and the assignment.

    Returns:
        The network, on `MLP((16, 48, 1), "swish")`; its loss is near 0.2.

    Examples:
        >>> from weightloom.discovery.algorithms import assigned_pudding
        >>> from weightloom.discovery.classification import classify
        >>> classify(assigned_pudding()).algorithm
        'pudding-'
    """
    generator = np.random.default_rng(seed)
    assignment = generator.permutation(np.arange(HIDDEN) % INPUTS)
    # Most backgrounds are near the small end, since forty-five of them cancel the slope of three plums.
    weight = -np.tile(0.02 + 0.28 * generator.beta(1, 5, HIDDEN), (INPUTS, 1))
    weight[assignment, np.arange(HIDDEN)] = generator.uniform(0.7, 1.3, HIDDEN)
    bias = generator.normal(-4.7, 0.1, HIDDEN)
    features, target = features_and_target(weight, bias)
    bounds = ([-8.2] * HIDDEN + [-np.inf], [-2.4] * HIDDEN + [np.inf])
    # The triangular factor has the same least squares problem in 49 rows.
    basis, triangle = np.linalg.qr(features)
    coefficients = lsq_linear(triangle, target @ basis, bounds).x
    return Network(
        MLP((INPUTS, HIDDEN, 1), "swish"),
        [(weight, bias), (coefficients[:-1, None], coefficients[-1:])],
    )
