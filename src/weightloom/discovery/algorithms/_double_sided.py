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
    """A network that computes the L1 norm by the double-sided algorithm (Liao et al. 2023, eq. 1).

    Two hidden neurons read each input, by weights +strength and −strength. Leftover neurons have
    output weight 0. The loss falls with strength: 0.054, 0.015, 0.005 and 0.0016 at 1, 2, 3 and 5.

    Args:
        n: number of inputs.
        hidden: number of hidden neurons, at least 2n.
        strength: magnitude of the strong weights.
        background: magnitude of the leftover neurons' weights, whose signs are random.
        noise: standard deviation of noise on every first-layer weight, as a share of strength.
        shuffle: whether the hidden neurons are put in random order.
        seed: of the background, the noise and the order.

    Returns:
        The network, on `MLP((n, hidden, 1), "swish")`.

    Raises:
        InputError: if there are too few hidden neurons, or a scale cannot be used.

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
