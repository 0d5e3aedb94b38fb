"""Latent dynamics: the solver's order, steps that follow one another, and the schedule of forcing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from weightloom.fields.models.latent_ode import (
    LatentDynamics,
    advance,
    forcing_probability,
    roll_out,
    teacher_forced,
)


def pendulum(state):
    return jnp.stack([state[..., 1], -jnp.sin(state[..., 0])], axis=-1)


def rotation(state):
    return jnp.stack([-state[..., 1], state[..., 0]], axis=-1)


step_of = jax.jit(advance, static_argnums=0)
roll_out_of = jax.jit(roll_out, static_argnums=0)
advanced, rolled_out, forced_through = (jax.jit(f) for f in (advance, roll_out, teacher_forced))


@pytest.fixture(scope="module")
def dynamics():
    return LatentDynamics(3, (8, 8), key=jax.random.key(0))


def naive_step(dynamics, state, duration):
    """Kutta's formula, written out in NumPy."""
    f = jax.jit(dynamics.__call__)
    first = f(state)
    second = f(state + duration / 2 * first)
    third = f(state + duration / 2 * second)
    fourth = f(state + duration * third)
    return state + duration / 6 * (first + 2 * second + 2 * third + fourth)


def test_a_step_is_kuttas(dynamics):
    start = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    ours = advanced(dynamics, jnp.asarray(start), jnp.asarray(0.7))
    np.testing.assert_allclose(ours, naive_step(dynamics, start, 0.7), rtol=1e-5, atol=1e-6)


def test_order_is_four():
    """Halving the step divides the error of the rotation over one radian by 2⁴."""
    exact = np.array([np.cos(1.0), np.sin(1.0)])
    with jax.enable_x64(True):
        errors = []
        for steps in (4, 8, 16):
            state = jnp.array([1.0, 0.0])
            for _ in range(steps):
                state = step_of(rotation, state, jnp.asarray(1 / steps))
            errors.append(np.abs(np.asarray(state) - exact).max())
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert orders == pytest.approx([4, 4], abs=0.15)


def test_a_roll_out_takes_one_step_per_unit_of_time():
    start = jnp.array([1.0, 0.2])
    state, followed = start, [start]
    for _ in range(6):
        state = step_of(pendulum, state, jnp.asarray(1.0))
        followed.append(state)
    np.testing.assert_allclose(roll_out_of(pendulum, start, jnp.arange(7.0)), np.stack(followed), rtol=1e-5, atol=1e-6)


def test_between_its_steps_a_roll_out_is_interpolated():
    """A cubic in time is what RK4 integrates exactly and a cubic Hermite interpolant reproduces."""
    clock = lambda state: jnp.stack([jnp.ones(()), 3 * state[0] ** 2])  # noqa: E731
    times = jnp.array([0.0, 0.3, 0.5, 1.25, 2.9])
    found = roll_out_of(clock, jnp.zeros(2), times)
    np.testing.assert_allclose(found, np.stack([times, times**3], axis=1), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_later_times_do_not_change_earlier_states(dynamics):
    start = jnp.ones(3)
    short, long = rolled_out(dynamics, start, jnp.arange(5.0)), rolled_out(dynamics, start, jnp.arange(40.0))
    np.testing.assert_allclose(short, long[:5], rtol=1e-6)
    alone = rolled_out(dynamics, start, jnp.zeros(1))
    np.testing.assert_allclose(alone, start[None], rtol=1e-6)


@pytest.mark.slow
def test_one_compiled_roll_out_serves_many_starts(dynamics):
    starts = jax.random.normal(jax.random.key(1), (4, 3))
    times = jnp.array([0.0, 0.25, 1.0, 2.5, 4.0])
    together = jax.jit(jax.vmap(lambda start: roll_out(dynamics, start, times)))(starts)
    for start, own in zip(starts, together):
        np.testing.assert_allclose(own, rolled_out(dynamics, start, times), rtol=1e-5, atol=1e-6)


def test_always_forced_is_every_step_from_the_truth(dynamics):
    states = jax.random.normal(jax.random.key(2), (5, 2, 3))
    times = jnp.array([0.0, 1.0, 1.5, 3.0, 4.0])
    found = forced_through(dynamics, states, times, jnp.ones((4, 2), bool))
    expected = [advanced(dynamics, state, step) for state, step in zip(states, jnp.diff(times))]
    np.testing.assert_allclose(found, np.stack(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_never_forced_is_a_roll_out(dynamics):
    states = jax.random.normal(jax.random.key(2), (5, 2, 3))
    found = forced_through(dynamics, states, jnp.arange(5.0), jnp.zeros((4, 2), bool))
    for trajectory in range(2):
        expected = rolled_out(dynamics, states[0, trajectory], jnp.arange(5.0))[1:]
        np.testing.assert_allclose(found[:, trajectory], expected, rtol=1e-5, atol=1e-6)


def test_forcing_cuts_where_it_says(dynamics):
    """Behind a forced frame nothing depends on what came before it, in that trajectory alone."""
    states = jax.random.normal(jax.random.key(2), (5, 2, 3))
    forced = jnp.zeros((4, 2), bool).at[2, 1].set(True)
    run = lambda first: forced_through(dynamics, states.at[0].set(first), jnp.arange(5.0), forced)  # noqa: E731
    moved = np.abs(run(states[0]) - run(states[0] + 1)).max(axis=2) > 0
    assert moved.tolist() == [[True, True], [True, True], [True, False], [True, False]]


@pytest.mark.slow
def test_gradients_agree_with_finite_differences(dynamics):
    states = jax.random.normal(jax.random.key(2), (4, 2, 3))
    forced = jnp.zeros((3, 2), bool).at[1, 0].set(True)
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda x: x.astype(jnp.float64), (dynamics, states))

        @jax.jit
        def loss(dynamics):
            return jnp.sum(teacher_forced(dynamics, wide[1], jnp.arange(4.0), forced) ** 2)

        check_grads(loss, (wide[0],), order=1, modes=["rev"], rtol=1e-6)


def test_the_forcing_falls_geometrically_and_ends():
    chances = np.array([forcing_probability(jnp.asarray(index), 1000, 0.4) for index in range(0, 1000, 50)])
    assert chances[0] == pytest.approx(0.99)
    np.testing.assert_allclose(chances[1:8] / chances[:7], chances[1] / chances[0], rtol=1e-4)
    assert chances[7] > 1e-3
    assert not chances[8:].any()


def test_a_steeper_swish_is_steeper(dynamics):
    """a·σ(softplus(β) a)/1.1 with β large is max(a, 0)/1.1."""
    one = LatentDynamics(1, (1,), key=jax.random.key(0))
    eye = ((jnp.ones((1, 1)), jnp.zeros(1)), (jnp.ones((1, 1)), jnp.zeros(1)))
    steep = jax.tree.unflatten(jax.tree.structure(one), [*jax.tree.leaves(eye), jnp.full(1, 1e4)])
    x = jnp.array([[-2.0], [-0.1], [0.5], [3.0]])
    np.testing.assert_allclose(steep(x), jnp.maximum(x, 0) / 1.1, atol=1e-6)
