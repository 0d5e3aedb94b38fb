"""The optimisers: how far Adam goes at every step, and what clipping leaves of a gradient."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.training import adam, adam_by_part

RATE, STEPS = 1e-2, 8


def followed(optimiser, gradients):
    """The updates for gradients that come one after the other."""
    state, updates = optimiser.init(gradients[0]), []
    for gradient in gradients:
        update, state = optimiser.update(gradient, state)
        updates.append(update)
    return updates


def test_without_steps_the_rate_stays():
    updates = followed(adam(RATE), [jnp.array([3.0, -4.0])] * STEPS)
    np.testing.assert_allclose(updates, RATE * np.broadcast_to([-1.0, 1.0], (STEPS, 2)), rtol=1e-3)


@pytest.mark.parametrize("flat", [0, 3])
def test_the_rate_falls_to_0_along_half_a_cosine(flat):
    updates = followed(adam(RATE, STEPS, flat=flat), [jnp.array([3.0])] * (STEPS + 1))
    fallen = np.maximum(np.arange(STEPS + 1) - flat, 0) / (STEPS - flat)
    np.testing.assert_allclose(-np.ravel(updates), RATE * (1 + np.cos(np.pi * fallen)) / 2, rtol=1e-3, atol=1e-9)


def test_two_gradients_are_averaged_as_kingma_and_ba_write_it():
    first, second = 1.0, -0.5
    updates = followed(adam(RATE), [jnp.array([first]), jnp.array([second])])
    mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.9**2)
    square = (0.999 * 1e-3 * first**2 + 1e-3 * second**2) / (1 - 0.999**2)
    np.testing.assert_allclose(updates[1], [-RATE * mean / np.sqrt(square)], rtol=1e-4)


def test_a_long_gradient_is_shortened_and_a_short_one_is_not():
    """Adam forgets the length of a constant gradient, not that of the second beside the first."""
    gradients = [jnp.array([0.5]), jnp.array([50.0])]
    clipped, equal = (followed(adam(RATE, clip=clip), gradients) for clip in (0.5, None))
    same = followed(adam(RATE), [gradients[0]] * 2)
    np.testing.assert_allclose(clipped, same, rtol=1e-5)
    assert abs(float(equal[1][0]) - float(same[1][0])) > 1e-3


class Parts(NamedTuple):
    slow: object
    fast: object


def test_every_part_has_its_own_rate():
    ones = Parts(jnp.ones(2), jnp.ones(1))
    updates = followed(adam_by_part({"slow": RATE, "fast": 3 * RATE}, STEPS), [ones] * 2)
    alone = followed(adam(RATE, STEPS), [jnp.ones(2)] * 2)
    for both, one in zip(updates, alone):
        np.testing.assert_allclose(both.slow, one, rtol=1e-6)
        np.testing.assert_allclose(both.fast, 3 * one[:1], rtol=1e-6)
