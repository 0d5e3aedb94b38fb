"""Choice of a smoothness prior by cross-validation on observed points."""

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer, Key

from weightloom.fields.models.base import Observed
from weightloom.fields.models.bases import Basis
from weightloom.fields.models.ridge import fit_weights

DECAYS = (2.0, 3.0, 4.0, 5.0, 6.0)
NOISES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
MOST_POINTS, HELD_OUT = 800, 10


class Smoothness(NamedTuple):
    """A smoothness prior and its validation error.

    Attributes:
        decay: decay of the prior, see `Basis.variance`.
        noise: variance of observed values around the field.
        error: mean squared error at held-out points.
    """

    decay: Float[Array, ""]
    noise: Float[Array, ""]
    error: Float[Array, ""]


def choose_smoothness(basis: Basis, data: Observed, key: Key[Array, ""]) -> Smoothness:
    """Chooses the decay of a basis's prior and the noise by the error at held-out points.

    It uses at most 800 observed points of the first and the last frame of all trajectories, or, if the data have gaps,
    of the two fields with the fewest gaps. A tenth of the points is held out, or one if there are fewer than ten.

    Args:
        basis: the basis.
        data: the observations.
        key: random key of the choice of points.
    """
    count = min(MOST_POINTS, len(data.points))
    candidates = jnp.array(list(itertools.product(DECAYS, NOISES)))

    def errors(
        mask: Bool[Array, " points"], fields: Float[Array, "points columns"]
    ) -> tuple[Float[Array, " candidates"], Integer[Array, ""]]:
        # Random order, with observed points first.
        order = jnp.argsort(jax.random.uniform(key, mask.shape) + ~mask)[:count]
        seen, values = mask[order], fields[order]
        functions = basis.functions(data.points[order])
        # With fewer than ten observed points, hold out the last one. With a single one, hold out none.
        every = jnp.clip(seen.sum(), 2, HELD_OUT)
        held_out = seen & (jnp.arange(count) % every == every - 1)

        def error(candidate: Float[Array, " 2"]) -> Float[Array, ""]:
            decay, noise = candidate
            weights = fit_weights(functions, seen & ~held_out, values, basis.variance(decay), noise)
            wrong = jnp.where(held_out[:, None], functions @ weights - values, 0)
            return (wrong**2).sum()

        return jax.lax.map(error, candidates), held_out.sum() * values.shape[1]

    (first, first_count), (last, last_count) = (errors(*one) for one in _two_fields(data))
    total = (first + last) / jnp.maximum(first_count + last_count, 1)
    total = jnp.where(jnp.isfinite(total), total, jnp.inf)
    best = jnp.argmin(total)
    return Smoothness(candidates[best, 0], candidates[best, 1], total[best])


def _two_fields(data: Observed) -> list[tuple[Bool[Array, " points"], Float[Array, "points columns"]]]:
    """The first and the last frame of all trajectories. If the data have gaps: the two fields with the fewest gaps."""
    points = len(data.points)
    if data.mask.ndim == 2:
        frames = [jnp.moveaxis(data.values[:, time], 0, 1).reshape(points, -1) for time in (0, -1)]
        return [(data.mask[0], frames[0]), (data.mask[-1], frames[1])]
    masks, fields = (jnp.moveaxis(array, 3, 2).reshape(-1, points) for array in (data.mask, data.values))
    fullest = jnp.argsort(-masks.sum(axis=1))[jnp.array([0, min(1, len(masks) - 1)])]
    return [(masks[one], fields[one][:, None]) for one in fullest]
