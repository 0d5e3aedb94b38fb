"""The signed pudding algorithm: ‖x‖₁ = 2 Σ ReLU(∓xᵢ) ± Σ xᵢ (Liao et al. 2023, eqs. 2 and 3)."""

import math

import numpy as np

from weightloom.discovery.algorithms.base import Scale, build, check_inputs
from weightloom.discovery.network import Network
from weightloom.errors import InputError


def pudding(
    n: int = 16,
    hidden: int = 48,
    strength: Scale = 2.0,
    sign: int = 1,
    *,
    background: Scale | None = None,
    seep: Scale = 0.0,
    offset: Scale | None = None,
    noise: Scale = 0.0,
    shuffle: bool = False,
    seed: int = 0,
) -> Network:
    """Construct a network that computes the L1 norm by the pudding algorithm (Liao et al. 2023, eqs. 2 and 3).

    One hidden neuron reads each input with a plum, the weight −sign·strength. The leftover neurons compute the linear
    term. They read all inputs with the background weight +sign·background. With the default `seep` and `offset`, the
    loss equals that of the double-sided algorithm at the same strength.

    Args:
        n: the number of inputs.
        hidden: the number of hidden neurons, at least n + 1.
        strength: the magnitude of the plums.
        sign: +1 for pudding(+), with negative plums and a positive background, or −1 for pudding(−). The default is +1.
        background: the magnitude of the leftover neurons' weights. The default is strength/20.
        seep: the magnitude of the background weights of the plum neurons. The default is 0, as in eq. 2.
        offset: the bias c of the leftover neurons in eq. 3. The default is in the linear range of swish.
        noise: the standard deviation of the noise on each first-layer weight, as a share of `strength`. The default is
            0.
        shuffle: whether to put the hidden neurons in random order. The default is False.
        seed: the seed of the noise and the order.

    Returns:
        The network, with the architecture `MLP((n, hidden, 1), "swish")`.

    Raises:
        InputError: if there are too few inputs or hidden neurons, or if another argument is invalid.

    Examples:
        >>> from weightloom.discovery.algorithms import pudding
        >>> pudding(n=2, hidden=4, strength=3.0, sign=-1, background=0.5).parameters[0][0]
        array([[ 3. ,  0. , -0.5, -0.5],
               [ 0. ,  3. , -0.5, -0.5]], dtype=float32)
    """
    check_inputs("the pudding algorithm", n, hidden, n + 1, strength, noise)
    if sign not in (-1, 1):
        raise InputError(f"the pudding algorithm cannot have sign {sign}: give +1 or −1.")
    background = strength / 20 if background is None else background
    if not (math.isfinite(background) and background > 0):
        raise InputError(f"the pudding algorithm cannot have background {background}: give a positive number.")
    plums = np.full((n, n), sign * seep) + np.diag([-sign * (strength + seep)] * n)
    weight = np.column_stack([plums, np.full((n, hidden - n), sign * background)])
    # Swish is linear within 1 % above 5. The margin covers 3 standard deviations of the background's sum.
    linear = 5 + 3 * background * math.sqrt(n)
    is_plum = np.arange(hidden) < n
    return build(
        weight,
        np.where(is_plum, 0.0, linear if offset is None else offset),
        np.column_stack([is_plum, ~is_plum]).astype(float),
        noise=noise * strength,
        shuffle=shuffle,
        generator=np.random.default_rng(seed),
    )
