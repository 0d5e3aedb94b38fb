"""A linear or quadratic map from the codes of one frame to the codes of the next, fitted by ridge regression."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories

RIDGES = tuple(10.0**-k for k in range(1, 10))
HELD_OUT = 8
WINDOW = 4
BOUND = 2.0
EVEN, LONGEST = 1e-3, 1.5


def check_frames(name: str, data: Trajectories) -> None:
    """Checks that trajectories have at least two frames.

    Args:
        name: name of the model.
        data: the trajectories to fit to.

    Raises:
        InputError: if trajectories have a single frame.
    """
    if len(data.times) < 2:
        raise InputError(f"{name} learns the step from one frame to the next: give trajectories of at least 2 frames.")


def monomials(codes: Float[Array, "*batch modes"], quadratic: int) -> Float[Array, "*batch monomials"]:
    """The monomials of a quadratic map: 1, all codes, and all products of two leading codes.

    Args:
        codes: codes, shape (..., modes).
        quadratic: number of leading codes whose products are included.

    Examples:
        >>> import jax.numpy as jnp
        >>> monomials(jnp.array([2.0, 3.0, 5.0]), 2).tolist()
        [1.0, 2.0, 3.0, 5.0, 4.0, 6.0, 9.0]
    """
    first, second = jnp.triu_indices(quadratic)
    products = codes[..., first] * codes[..., second]
    return jnp.concatenate([jnp.ones((*codes.shape[:-1], 1)), codes, products], axis=-1)


class LatentMap(NamedTuple):
    """The map from the codes of one frame to the codes of the next: z(t + 1) = z(t) + M (1, z(t), products of z(t)).

    Attributes:
        weights: M.
        bound: codes are clipped to this absolute value in the arguments of M: twice the largest code that M was fitted
            to. Without it, a quadratic map may diverge.
        duration: time between frames.
    """

    weights: Float[Array, "monomials modes"]
    bound: Float[Array, " modes"]
    duration: Float[Array, ""]


def no_step(modes: int, quadratic: int) -> LatentMap:
    """The identity map, with the shapes of a fitted map.

    Args:
        modes: number of codes.
        quadratic: number of leading codes whose products are included.

    Examples:
        >>> no_step(3, 2).weights.shape
        (7, 3)
    """
    return LatentMap(jnp.zeros((_monomial_count(modes, quadratic), modes)), jnp.ones(modes), jnp.float32(1))


def fit_step(codes: Float[Array, "trajectory time modes"], times: Float[Array, " time"], quadratic: int) -> LatentMap:
    """Fits the map by ridge regression on all pairs of successive frames.

    Codes are in units of the field and have the same ridge. The ridge therefore suppresses products of weak modes,
    which are small, most strongly.

    The order of the map (linear or quadratic) and the ridge are chosen by the error of roll-outs of held-out
    trajectories, the last eighth. A single trajectory is used for both. Candidates are accepted if their error exceeds
    the lowest error by at most a tenth, or by at most its standard error over trajectories (Breiman et al. 1984,
    section 3.4.3). Among these, linear maps precede quadratic maps, and then the largest ridge is chosen, because
    simple maps extrapolate best. The chosen map is fitted to all trajectories.

    Args:
        codes: codes of successive frames, in units of the field. Windows of one trajectory must be adjacent.
        times: times of the frames. If they are not equally spaced, the map advances by the median step: the codes after
            a step are interpolated linearly between two frames, and steps into a gap of more than 1.5 median steps are
            left out.
        quadratic: number of leading codes whose products may be included. With 0, the map is linear.
    """
    count = math.ceil(len(codes) / HELD_OUT)
    # Hold out adjacent windows, because windows of one trajectory are similar. At most one trajectory is on both sides.
    fitted = jnp.arange(len(codes)) < max(len(codes) - count, 1)
    orders, ridges = (0, quadratic) if quadratic else (0,), jnp.array(RIDGES)
    bound = BOUND * jnp.abs(codes).max(axis=(0, 1))
    steps = jnp.diff(times)
    even = jnp.ptp(steps) <= EVEN * steps.mean()
    duration = jnp.where(even, (times[-1] - times[0]) / max(len(times) - 1, 1), jnp.median(steps))
    interpolated, is_step = _after(codes, times, duration)
    changes = jnp.where(even, codes[:, 1:], interpolated) - codes[:, :-1]
    is_step = even | is_step

    def maps(chosen: Bool[Array, " trajectory"]) -> Float[Array, "candidates monomials modes"]:
        solutions = [_solve(codes, changes, chosen[:, None] & is_step, ridges, order) for order in orders]
        rows = solutions[-1].shape[1]
        return jnp.concatenate([jnp.pad(one, ((0, 0), (0, rows - one.shape[1]), (0, 0))) for one in solutions])

    def errors(weights: Float[Array, "monomials modes"]) -> Float[Array, " held_out"]:
        true = codes[-count:]
        step, start = LatentMap(weights, bound, duration), true[:, 0]
        rolled = jax.lax.cond(
            even,
            lambda: roll_out(step, start, true.shape[1], quadratic),
            lambda: jax.vmap(lambda one: codes_at(step, one, times - times[0], quadratic))(start),
        )
        return ((rolled - true) ** 2).mean(axis=(1, 2))

    held_out_errors = jax.lax.map(errors, maps(fitted))
    means = held_out_errors.mean(axis=1)
    best = jnp.argmin(jnp.where(jnp.isfinite(means), means, jnp.inf))
    standard_error = held_out_errors[best].std() / math.sqrt(max(count - 1, 1))
    simplest = jnp.argmax(means <= means[best] + jnp.maximum(standard_error, 0.1 * means[best]))
    return LatentMap(maps(jnp.ones_like(fitted))[simplest], bound, duration)


def advanced(step: LatentMap, codes: Float[Array, "*batch modes"], quadratic: int) -> Float[Array, "*batch modes"]:
    """Advances codes by one frame.

    Args:
        step: the map.
        codes: codes of one frame.
        quadratic: as for `fit_step`.

    Examples:
        >>> import jax.numpy as jnp
        >>> advanced(no_step(3, 2), jnp.array([1.0, 2.0, 3.0]), 2).tolist()
        [1.0, 2.0, 3.0]
    """
    return codes + monomials(jnp.clip(codes, -step.bound, step.bound), quadratic) @ step.weights


def roll_out(
    step: LatentMap, start: Float[Array, "*batch modes"], frames: int, quadratic: int
) -> Float[Array, "*batch frames modes"]:
    """The codes of successive frames, including the first.

    Args:
        step: the map.
        start: codes of the first frame.
        frames: number of frames, including the first.
        quadratic: as for `fit_step`.
    """

    def advance(now: Float[Array, "..."], _: None) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        return advanced(step, now, quadratic), now

    return jnp.moveaxis(jax.lax.scan(advance, start, length=frames)[1], 0, -2)


def codes_at(
    step: LatentMap, start: Float[Array, " modes"], times: Float[Array, " times"], quadratic: int
) -> Float[Array, "times modes"]:
    """The codes at any times, by roll-out and cubic interpolation between the four nearest frames.

    Args:
        step: the map.
        start: codes at time 0.
        times: increasing times of at least 0.
        quadratic: as for `fit_step`.
    """
    places = times / step.duration
    nodes = jnp.arange(WINDOW)

    def read(carry: tuple[Array, Array], place: Array) -> tuple[tuple[Array, Array], Array]:
        first, window = jax.lax.while_loop(
            lambda carry: carry[0] + 2 <= place,
            lambda carry: (carry[0] + 1, _shifted(step, carry[1], quadratic)),
            carry,
        )
        return (first, window), _lagrange(nodes, place - first) @ window

    return jax.lax.scan(read, (jnp.float32(0), roll_out(step, start, WINDOW, quadratic)), places)[1]


def _shifted(step: LatentMap, window: Array, quadratic: int) -> Array:
    return jnp.concatenate([window[1:], advanced(step, window[-1:], quadratic)])


def _monomial_count(modes: int, quadratic: int) -> int:
    return 1 + modes + quadratic * (quadratic + 1) // 2


def _lagrange(nodes: Array, place: Array) -> Array:
    """Weights of Lagrange interpolation: the weight of each node's value at a place."""
    apart = nodes[:, None] - nodes
    own = jnp.eye(len(nodes), dtype=bool)
    return jnp.prod(jnp.where(own, 1.0, (place - nodes) / jnp.where(own, 1, apart)), axis=1)


def _after(codes: Array, times: Array, duration: Array) -> tuple[Array, Array]:
    """The codes one step after each frame but the last, by linear interpolation, and whether they are not in a gap."""
    wanted = times[:-1] + duration
    late = jnp.clip(jnp.searchsorted(times, wanted - EVEN * duration), 1, len(times) - 1)
    apart = times[late] - times[late - 1]
    share = ((wanted - times[late - 1]) / apart)[:, None]
    inside = (wanted <= times[-1] + EVEN * duration) & (apart <= LONGEST * duration)
    return (1 - share) * codes[:, late - 1] + share * codes[:, late], inside


def _solve(codes: Array, changes: Array, chosen: Array, ridges: Array, quadratic: int) -> Array:
    """The ridge solution for each ridge, from one SVD. Ridges are relative to the largest squared singular value."""
    weight = jnp.where(chosen, 1.0, 0.0)[:, :, None]
    inputs = (weight * monomials(codes[:, :-1], quadratic)).reshape(-1, _monomial_count(codes.shape[-1], quadratic))
    left, singular, right = jnp.linalg.svd(inputs, full_matrices=False)
    shared = left.T @ (weight * changes).reshape(-1, codes.shape[-1])
    damped = singular / jnp.maximum(singular**2 + ridges[:, None] * singular[0] ** 2, jnp.finfo(singular.dtype).tiny)
    return jnp.einsum("fi,ri,im->rfm", right.T, damped, shared)
