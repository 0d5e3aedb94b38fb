"""The optimiser: Adam's steps, how long they are, and what clipping leaves of a gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from weightloom.discovery.config import configure
from weightloom.discovery.optimiser import optimiser_of

RATE, STEPS = 1e-2, 8


def updates_of(gradients, **options):
    config = configure(wl.tasks.l1, wl.MLP((2, 3, 1)), seeds=1, steps=STEPS, learning_rate=RATE, **options)
    optimiser = optimiser_of(config)
    state, updates = optimiser.init(gradients[0]), []
    for gradient in gradients:
        update, state = optimiser.update(gradient, state)
        updates.append(update)
    return updates, state


def test_a_constant_gradient_is_followed_at_the_learning_rate():
    updates, _ = updates_of([jnp.array([3.0, -4.0])] * STEPS, schedule="constant")
    np.testing.assert_allclose(updates, RATE * np.broadcast_to([-1.0, 1.0], (STEPS, 2)), rtol=1e-3)


def test_the_cosine_holds_for_half_the_steps_and_falls_to_zero_at_the_last():
    updates, _ = updates_of([jnp.array([3.0])] * (STEPS + 1), schedule="cosine")
    fallen = np.maximum(np.arange(STEPS + 1) - STEPS / 2, 0) / (STEPS / 2)
    expected = RATE * (1 + np.cos(np.pi * fallen)) / 2
    np.testing.assert_allclose(-np.ravel(updates), expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("clip", [0.5, 50.0, None])
def test_what_enters_the_moments_is_no_longer_than_the_clip(clip):
    gradient = {"a": jnp.array([3.0]), "b": jnp.array([-4.0])}
    _, state = updates_of([gradient], clip=clip)
    (moments,) = [part for part in jax.tree.leaves(state, is_leaf=is_adam) if is_adam(part)]
    length = min(5.0, clip or np.inf)
    np.testing.assert_allclose(moments.mu["b"], 0.1 * -4 / 5 * length, rtol=1e-5)
    np.testing.assert_allclose(moments.nu["a"], 1e-3 * (3 / 5 * length) ** 2, rtol=1e-5)


def is_adam(part):
    return isinstance(part, optax.ScaleByAdamState)
