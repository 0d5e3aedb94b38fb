"""The convexity algorithm: ‖x‖₁ ≈ α Σ swish(w·x) over random directions w (Liao et al. 2023, eq. 4)."""

import math
from typing import Literal

import numpy as np
from jaxtyping import Float

from weightloom.discovery.algorithms.base import Scale, build, check_inputs
from weightloom.discovery.network import Network
from weightloom.errors import InputError

Rows = Literal["independent", "centred", "paired"]
Entries = Literal["normal", "bimodal"]


def convexity(
    n: int = 16,
    hidden: int = 48,
    strength: Scale = 2.0,
    *,
    rows: Rows = "independent",
    entries: Entries = "normal",
    noise: Scale = 0.0,
    shuffle: bool = False,
    seed: int = 0,
) -> Network:
    """A network that computes the L1 norm by the convexity algorithm (Liao et al. 2023, eq. 4).

    All output weights are one constant α, and every hidden neuron reads every input by a random
    weight. At (16, 48, 1) independent rows leave losses of 0.55 to 0.7 by draw, most of it a linear
    residue that the other two kinds of rows avoid: about 0.33 centred, 0.23 paired.

    Args:
        n: number of inputs.
        hidden: number of hidden neurons, at least n, n + 1 or 2n for the three kinds of rows.
        strength: root mean square norm of a hidden neuron's weights, which is what sets how far
            inputs reach along swish, as the strong weights do in the other algorithms.
        rows: "independent" draws every entry for itself; "centred" makes the rows sum to 0;
            "paired" takes random orthonormal directions, each with its opposite.
        entries: distribution D of the entries: "normal", or "bimodal" for ±1 with equal odds; paired
            rows have no say in it.
        noise: standard deviation of noise on every first-layer weight, as a share of strength.
        shuffle: whether the hidden neurons are put in random order.
        seed: of the weights, the noise and the order.

    Returns:
        The network, on `MLP((n, hidden, 1), "swish")`.

    Raises:
        InputError: if there are too few hidden neurons, or a scale or a kind cannot be used.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.algorithms import convexity
        >>> weight = convexity(n=2, hidden=6, strength=3.0, rows="centred").parameters[0][0]
        >>> bool(np.allclose(weight.sum(axis=1), 0, atol=1e-5))
        True
    """
    least = {"independent": n, "centred": n + 1, "paired": 2 * n}
    if rows not in least:
        raise InputError(f"the convexity algorithm cannot have rows {rows!r}: use one of {', '.join(least)}.")
    if entries not in ("normal", "bimodal"):
        raise InputError(f"the convexity algorithm cannot have entries {entries!r}: use one of normal, bimodal.")
    check_inputs("the convexity algorithm", n, hidden, least[rows], strength, noise)
    generator = np.random.default_rng(seed)
    weight = _directions(n, hidden, rows, entries, generator)
    return build(
        strength * weight / math.sqrt(np.square(weight).sum() / hidden),
        np.zeros(hidden),
        np.ones((hidden, 1)),
        noise=noise * strength,
        shuffle=shuffle,
        generator=generator,
    )


def _directions(
    n: int, hidden: int, rows: Rows, entries: Entries, generator: np.random.Generator
) -> Float[np.ndarray, "n hidden"]:
    if rows == "paired":
        # A square normal matrix has an orthonormal basis of random orientation as its Q factor.
        bases = [np.linalg.qr(generator.standard_normal((n, n)))[0] for _ in range(-(-hidden // (2 * n)))]
        half = np.column_stack(bases)[:, : hidden // 2]
        return np.column_stack([half, -half, np.zeros((n, hidden % 2))])
    drawn = generator.standard_normal((n, hidden))
    weight = np.sign(drawn) if entries == "bimodal" else drawn
    return weight - weight.mean(axis=1, keepdims=True) if rows == "centred" else weight
