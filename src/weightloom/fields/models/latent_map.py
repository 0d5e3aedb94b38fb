"""Codes that change from frame to frame: a ridge-fitted map, linear or quadratic, and its roll-out to any times."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories

RIDGES = tuple(10.0**-k for k in range(1, 10))
HELD_OUT = 8
WINDOW = 4
BOUND = 2.0


def check_frames(name: str, data: Trajectories) -> None:
    """Raise an InputError if there is no step from one frame to the next.

    Args:
        name: of the model.
        data: what it is to be fitted to.
    """
    if len(data.times) < 2:
        raise InputError(f"{name} learns the step from one frame to the next: give trajectories of 2 frames or more.")


def check_even(name: str, data: Trajectories) -> None:
    """Raise an InputError if frames are not at equal distances, as a step from one to the next needs them.

    Args:
        name: of the model.
        data: what it is to be fitted to.
    """
    check_frames(name, data)
    if not data.is_even:
        steps = np.diff(data.times)
        raise InputError(
            f"{name} learns the step from one frame to the next, but frames are {steps.min():g} to {steps.max():g} "
            "apart: choose frames at equal distances, or another model."
        )


def monomials(codes: Float[Array, "*batch modes"], quadratic: int) -> Float[Array, "*batch monomials"]:
    """1, all codes, and the products of the first few with one another.

    Args:
        codes: shape (..., modes).
        quadratic: how many of the codes meet in products.

    Examples:
        >>> import jax.numpy as jnp
        >>> monomials(jnp.array([2.0, 3.0, 5.0]), 2).tolist()
        [1.0, 2.0, 3.0, 5.0, 4.0, 6.0, 9.0]
    """
    first, second = jnp.triu_indices(quadratic)
    products = codes[..., first] * codes[..., second]
    return jnp.concatenate([jnp.ones((*codes.shape[:-1], 1)), codes, products], axis=-1)


class LatentMap(NamedTuple):
    """The map from one frame's codes to the next one's: z(t + 1) = z(t) + M(1, z(t), products of z(t)).

    Attributes:
        weights: M.
        bound: how large a code may be in M's arguments: twice as large as any that M was fitted to. A quadratic map of
            larger ones rests on nothing, and may run away to infinity.
        duration: the time from one frame to the next.
    """

    weights: Float[Array, "monomials modes"]
    bound: Float[Array, " modes"]
    duration: Float[Array, ""]


def no_step(modes: int, quadratic: int) -> LatentMap:
    """A step that changes nothing, in the shapes of one that is to be fitted.

    Args:
        modes: how many codes.
        quadratic: how many of them meet in products.

    Examples:
        >>> no_step(3, 2).weights.shape
        (7, 3)
    """
    return LatentMap(jnp.zeros((_monomial_count(modes, quadratic), modes)), jnp.ones(modes), jnp.float32(1))


def fit_step(codes: Float[Array, "trajectory time modes"], times: Float[Array, " time"], quadratic: int) -> LatentMap:
    """The step by ridge regression over all pairs of successive frames.

    Codes are in the field's unit and share one ridge, so that products of weak modes, which are small, are held back
    most. Whether products count at all and the ridge are chosen on the last eighth of the trajectories, held out (of a
    single one, on itself). Of all maps whose roll-outs over all frames are not worse than the best one's by more than a
    tenth, or than the standard error of its mean over trajectories (Breiman et al. 1984, section 3.4.3), it is a linear
    one before a quadratic one, and that of the largest ridge: simple ones extrapolate best. Then M is fitted to all
    trajectories.

    Args:
        codes: at successive frames, in the field's unit; windows of one trajectory next to one another.
        times: of the frames, at equal distances.
        quadratic: how many codes may meet in products; 0 makes the map linear.
    """
    count = math.ceil(len(codes) / HELD_OUT)
    # Neighbours: windows of a trajectory, which resemble one another, stay on one side, but for one trajectory at most.
    fitted = jnp.arange(len(codes)) < max(len(codes) - count, 1)
    orders, ridges = (0, quadratic) if quadratic else (0,), jnp.array(RIDGES)
    bound = BOUND * jnp.abs(codes).max(axis=(0, 1))
    duration = (times[-1] - times[0]) / max(len(times) - 1, 1)

    def maps(chosen: Bool[Array, " trajectory"]) -> Float[Array, "candidates monomials modes"]:
        found = [_solve(codes, chosen, ridges, order) for order in orders]
        rows = found[-1].shape[1]
        return jnp.concatenate([jnp.pad(own, ((0, 0), (0, rows - own.shape[1]), (0, 0))) for own in found])

    def errors(weights: Float[Array, "monomials modes"]) -> Float[Array, " held_out"]:
        true = codes[-count:]
        rolled = roll_out(LatentMap(weights, bound, duration), true[:, 0], true.shape[1], quadratic)
        return ((rolled - true) ** 2).mean(axis=(1, 2))

    found = jax.lax.map(errors, maps(fitted))
    means = found.mean(axis=1)
    best = jnp.argmin(jnp.where(jnp.isfinite(means), means, jnp.inf))
    standard_error = found[best].std() / math.sqrt(max(count - 1, 1))
    simplest = jnp.argmax(means <= means[best] + jnp.maximum(standard_error, 0.1 * means[best]))
    return LatentMap(maps(jnp.ones_like(fitted))[simplest], bound, duration)


def advanced(step: LatentMap, codes: Float[Array, "*batch modes"], quadratic: int) -> Float[Array, "*batch modes"]:
    """The codes one frame later.

    Args:
        step: as `fit_step` returns it.
        codes: of one frame.
        quadratic: as in `fit_step`.

    Examples:
        >>> import jax.numpy as jnp
        >>> advanced(no_step(3, 2), jnp.array([1.0, 2.0, 3.0]), 2).tolist()
        [1.0, 2.0, 3.0]
    """
    return codes + monomials(jnp.clip(codes, -step.bound, step.bound), quadratic) @ step.weights


def roll_out(
    step: LatentMap, start: Float[Array, "*batch modes"], frames: int, quadratic: int
) -> Float[Array, "*batch frames modes"]:
    """The codes at successive frames, the start first.

    Args:
        step: as `fit_step` returns it.
        start: codes of the first frame.
        frames: how many frames, the first included.
        quadratic: as in `fit_step`.
    """

    def advance(now: Float[Array, "..."], _: None) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        return advanced(step, now, quadratic), now

    return jnp.moveaxis(jax.lax.scan(advance, start, length=frames)[1], 0, -2)


def codes_at(
    step: LatentMap, start: Float[Array, " modes"], times: Float[Array, " times"], quadratic: int
) -> Float[Array, "times modes"]:
    """The codes at any times: rolled out, and between frames the cubic through the four nearest ones.

    Args:
        step: as `fit_step` returns it.
        start: codes at time 0.
        times: increasing, not negative.
        quadratic: as in `fit_step`.
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
    """The weight of each node's value in the polynomial through all of them."""
    apart = nodes[:, None] - nodes
    own = jnp.eye(len(nodes), dtype=bool)
    return jnp.prod(jnp.where(own, 1.0, (place - nodes) / jnp.where(own, 1, apart)), axis=1)


def _solve(codes: Array, chosen: Array, ridges: Array, quadratic: int) -> Array:
    """The map for each ridge, as a share of the largest singular value squared; from one decomposition."""
    weight = jnp.where(chosen, 1.0, 0.0)[:, None, None]
    inputs = (weight * monomials(codes[:, :-1], quadratic)).reshape(-1, _monomial_count(codes.shape[-1], quadratic))
    changes = (weight * jnp.diff(codes, axis=1)).reshape(-1, codes.shape[-1])
    left, singular, right = jnp.linalg.svd(inputs, full_matrices=False)
    shared = left.T @ changes
    damped = singular / (singular**2 + ridges[:, None] * singular[0] ** 2)
    return jnp.einsum("fi,ri,im->rfm", right.T, damped, shared)
