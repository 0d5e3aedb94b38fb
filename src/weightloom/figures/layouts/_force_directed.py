"""The force-directed layout (Liao et al. 2023, appendix B.1)."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from weightloom.figures.layouts.base import Positions, Weight, layer_sizes

FLATTENING_STEPS = 2000
SETTLING_STEPS = 1000
MOST_STARTS = 2
PAIRS = 2**15  # limit of the pairs of neurons in all starts together, so that a large network gets fewer starts
TYPICAL_WEIGHT = 1e2
LARGEST_WEIGHT = 1e4
LONGEST_STEP = 0.3  # in the energy's unit of length, in which free neurons are about 1 apart
COINCIDENCE = 1e-12  # squared distance below which the repulsion of two neurons does not increase


def force_directed(weights: Sequence[Weight], key: PRNGKeyArray) -> Positions:
    """Minimises an energy of repulsion, attraction along weights and attraction to the origin.

    It minimises from up to two random starts (see `settle`) and takes the result with the lowest energy, rotated to
    its principal axes, with the first neuron on the upper right. The time grows with the square of the number of
    neurons: half a second for 65, half a minute for 900.

    Args:
        weights: one weight of shape (inputs, outputs) per layer. Only absolute values are used.
        key: random key of the starts.

    Returns:
        Positions, shape (neurons, 2), layer by layer from the inputs, in the energy's unit of length: two neurons
        joined by a weight w, without others, are (2·|w| + 1)^(-1/3) apart.

    Raises:
        InputError: if the weights do not form a network, or contain values that are not finite.

    Examples:
        >>> import jax, numpy as np
        >>> first, second = force_directed([np.array([[13.0]])], jax.random.key(0))
        >>> round(float(np.linalg.norm(first - second)), 3)
        0.333
    """
    attraction = attraction_matrix(weights)
    neurons = len(attraction)
    starts = min(MOST_STARTS, max(1, PAIRS // neurons**2))
    # NumPy's generator, because compiling JAX's would take longer than the minimisation.
    random = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    settled = settle(attraction, random.standard_normal((starts, neurons, 4), np.float32))
    best = np.argmin(settled.energies)
    return _upright(np.asarray(settled.positions[best, :, :2], np.float64))


def attraction_matrix(weights: Sequence[Weight]) -> Float[np.ndarray, "neurons neurons"]:
    """The attraction |w| between each pair of neurons, limited to the range of single precision.

    If the median of the nonzero weights exceeds 100, all weights are scaled down to a median of 100. Otherwise the
    attraction to the origin would have no effect. Weights are clipped at 10⁴, which already puts two neurons closer
    than the width of their dots.

    Args:
        weights: one weight of shape (inputs, outputs) per layer.

    Returns:
        A symmetric matrix over neurons. It is 0 between neurons that are not connected.

    Raises:
        InputError: if the weights do not form a network, or contain values that are not finite.

    Examples:
        >>> import numpy as np
        >>> attraction_matrix([np.array([[-2.0]])]).tolist()
        [[0.0, 2.0], [2.0, 0.0]]
    """
    sizes = layer_sizes(weights)
    ends = np.cumsum(sizes)
    one_way = np.zeros((ends[-1], ends[-1]))
    for weight, start, middle, end in zip(weights, [0, *ends], ends, ends[1:]):
        one_way[start:middle, middle:end] = np.abs(np.asarray(weight, np.float64))
    typical = np.median(one_way[one_way > 0]) if one_way.any() else 0.0
    one_way *= TYPICAL_WEIGHT / max(typical, TYPICAL_WEIGHT)
    one_way = np.minimum(one_way, LARGEST_WEIGHT)
    return one_way + one_way.T


def energy(
    attraction: Float[np.ndarray, "neurons neurons"] | Float[Array, "neurons neurons"],
    positions: Float[np.ndarray, "neurons axes"] | Float[Array, "neurons axes"],
) -> Float[Array, ""]:
    """The energy of positions (Liao et al. 2023, appendix B.1).

    It is the sum of 1/r + |w|·r² over pairs of neurons and of the squared distance to the origin over neurons.

    Args:
        attraction: the attractions |w|, symmetric.
        positions: one row per neuron, in any number of dimensions.

    Returns:
        The energy, shape ().

    Examples:
        >>> import numpy as np
        >>> float(energy(np.zeros((2, 2)), np.array([[0.5, 0.0], [-0.5, 0.0]])))  # 1/1 + ¼ + ¼
        1.5
    """
    squares, nearness = _pairs(jnp.asarray(positions))
    return jnp.sum(nearness + attraction * squares) / 2 + jnp.sum(positions**2)


def slope(
    attraction: Float[np.ndarray, "neurons neurons"] | Float[Array, "neurons neurons"],
    positions: Float[np.ndarray, "neurons axes"] | Float[Array, "neurons axes"],
) -> Float[Array, "neurons axes"]:
    """The gradient of the energy. Each pair acts as a spring with stiffness 2·|w| − 1/r³.

    The explicit matrix products take half the time of automatic differentiation.

    Args:
        attraction: the attractions |w|, symmetric.
        positions: one row per neuron, in any number of dimensions.

    Returns:
        The gradient, of the same shape as `positions`.

    Examples:
        >>> import numpy as np
        >>> slope(np.zeros((2, 2)), np.array([[0.5, 0.0], [-0.5, 0.0]])).tolist()  # r³ = 1 is the minimum
        [[0.0, 0.0], [0.0, 0.0]]
    """
    _, nearness = _pairs(jnp.asarray(positions))
    stiffness = 2 * attraction - nearness**3
    return (2 + jnp.sum(stiffness, axis=1, keepdims=True)) * positions - stiffness @ positions


class Settled(NamedTuple):
    """Results of `settle`: final positions, which are 0 in the last two axes, and their energies."""

    positions: Float[np.ndarray, "starts neurons 4"]
    energies: Float[np.ndarray, " starts"]


def settle(attraction: Float[np.ndarray, "neurons neurons"], starts: Float[np.ndarray, "starts neurons 4"]) -> Settled:
    """Minimises the energy from several starts in four dimensions, of which two decay to 0.

    In four dimensions, groups of neurons can move past one another. The two additional dimensions are multiplied by a
    factor that falls to 0 over 2,000 steps. 1,000 steps in the plane follow.

    The method is gradient descent with momentum, which is reset when it points uphill (O'Donoghue and Candès 2015).
    The curvature of the two attractions is the preconditioner, so one step size works for weights of any scale.

    Args:
        attraction: the attractions |w|, symmetric.
        starts: initial positions of each start, in four dimensions.

    Returns:
        The final positions of each start and their energies.

    Examples:
        >>> import numpy as np
        >>> settled = settle(np.zeros((2, 2)), np.random.default_rng(0).standard_normal((1, 2, 4)))
        >>> settled.energies.round(4).tolist(), settled.positions[..., 2:].any().item()
        ([1.5], False)
    """
    laplacian = np.diag(attraction.sum(axis=1)) - attraction
    # Invert in double precision, because weights of very different sizes make the curvature ill-conditioned.
    compliance = np.linalg.inv(2 * (np.eye(len(attraction)) + laplacian))
    single = (np.asarray(array, np.float32) for array in (attraction, compliance, starts))
    return Settled(*(np.asarray(array) for array in _settle(*single)))


@jax.jit
def _settle(attraction: Array, compliance: Array, starts: Array) -> tuple[Array, Array]:
    plane = jnp.array([1, 1, 0, 0], jnp.float32)
    decay = jnp.linspace(0, 1, FLATTENING_STEPS, dtype=jnp.float32) ** 3
    factors = jnp.concatenate([1 - decay, jnp.zeros(SETTLING_STEPS, jnp.float32)])

    def step(state: tuple[Array, Array, Array], factor: Array) -> tuple[tuple[Array, Array, Array], None]:
        positions, velocity, pace = state
        gradient = slope(attraction, positions)
        uphill = jnp.vdot(gradient, velocity) > 0
        velocity = jnp.where(uphill, 0, velocity) - pace * (compliance @ gradient)
        pace = jnp.where(uphill, pace / 2, jnp.minimum(1.1 * pace, 1.0))
        # Limit the step, because two neurons that come close repel each other very strongly.
        longest = pace * jnp.sqrt(jnp.max(jnp.sum(velocity**2, axis=-1)))
        velocity *= jnp.where(longest > LONGEST_STEP, LONGEST_STEP / longest, 1.0)
        shrink = plane + (1 - plane) * factor
        return ((positions + pace * velocity) * shrink, velocity * shrink, pace), None

    def settle_one(start: Array) -> tuple[Array, Array]:
        (positions, _, _), _ = jax.lax.scan(step, (start, jnp.zeros_like(start), jnp.float32(0.1)), factors)
        return positions, energy(attraction, positions)

    return jax.lax.map(settle_one, starts)


def _pairs(positions: Array) -> tuple[Array, Array]:
    squares = jnp.sum((positions[:, None] - positions) ** 2, axis=-1)
    itself = jnp.eye(len(positions), dtype=positions.dtype)
    return squares, (1 - itself) * jax.lax.rsqrt(squares + itself + COINCIDENCE)


def _upright(positions: Positions) -> Positions:
    across, up = (positions - positions.mean(axis=0)).T
    angle = np.arctan2(2 * across @ up, across @ across - up @ up) / 2
    turned = positions @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turned * np.where(turned[0] < 0, -1.0, 1.0)
