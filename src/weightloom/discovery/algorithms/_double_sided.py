"""The double-sided algorithm: |x| = ReLU(x) + ReLU(−x) for every input (Liao et al. 2023, eq. 1)."""

import numpy as np

from weightloom.discovery.algorithms.base import Scale, build, check_inputs
from weightloom.discovery.network import Network


def double_sided(
    n: int = 16,
    hidden: int = 48,
    strength: Scale = 2.0,
    *,
    background: Scale = 0.0,
    noise: Scale = 0.0,
    shuffle: bool = False,
    seed: int = 0,
) -> Network:
    """Construct a network that computes the L1 norm by the double-sided algorithm (Liao et al. 2023, eq. 1).

    Two hidden neurons read each input, with the weights +strength and −strength. The leftover neurons have output
    weight 0. The loss is 0.054, 0.015, 0.005 and 0.0016 at the strengths 1, 2, 3 and 5.

    Args:
        n: the number of inputs.
        hidden: the number of hidden neurons, at least 2n.
        strength: the magnitude of the strong weights.
        background: the magnitude of the leftover neurons' weights, which have random signs. The default is 0.
        noise: the standard deviation of the noise on each first-layer weight, as a share of `strength`. The default is
            0.
        shuffle: whether to put the hidden neurons in random order. The default is False.
        seed: the seed of the background, the noise and the order.

    Returns:
        The network, with the architecture `MLP((n, hidden, 1), "swish")`.

    Raises:
        InputError: if there are too few inputs or hidden neurons, or if another argument is invalid.

    Examples:
        >>> from weightloom.discovery.algorithms import double_sided
        >>> double_sided(n=2, hidden=5, strength=3.0).parameters[0][0]
        array([[ 3.,  0., -3.,  0.,  0.],
               [ 0.,  3.,  0., -3.,  0.]], dtype=float32)
    """
    check_inputs("the double-sided algorithm", n, hidden, 2 * n, strength, noise)
    generator = np.random.default_rng(seed)
    leftover = background * generator.choice([-1.0, 1.0], (n, hidden - 2 * n))
    weight = np.column_stack([np.diag([strength] * n), np.diag([-strength] * n), leftover])
    strong = (np.arange(hidden) < 2 * n).astype(float)
    return build(
        weight,
        np.zeros(hidden),
        strong[:, None],
        noise=noise * strength,
        shuffle=shuffle,
        generator=generator,
    )
