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
    """A network that computes the L1 norm by the pudding algorithm (Liao et al. 2023, eqs. 2 and 3).

    One hidden neuron reads each input by a plum, a weight of −sign·strength. The leftover neurons
    carry the background, a weight of +sign·background from every input, and compute the linear term.
    With linear leftovers and no seep, losses are the double-sided algorithm's at the same strength.

    Args:
        n: number of inputs.
        hidden: number of hidden neurons, at least n + 1.
        strength: magnitude of the plums.
        sign: +1 for pudding(+), plums negative on a positive background; −1 for pudding(−).
        background: magnitude of the leftover neurons' weights; None takes a twentieth of the strength.
        seep: magnitude of the background among the plum neurons' weights, 0 in eq. 2.
        offset: bias c of the leftover neurons in eq. 3; None takes one beyond swish's bend.
        noise: standard deviation of noise on every first-layer weight, as a share of strength.
        shuffle: whether the hidden neurons are put in random order.
        seed: of the noise and the order.

    Returns:
        The network, on `MLP((n, hidden, 1), "swish")`.

    Raises:
        InputError: if there are too few hidden neurons, or a scale or the sign cannot be used.

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
    # Swish is linear to 1 % from 5 on, and the background's sum stays within 3 standard deviations.
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
