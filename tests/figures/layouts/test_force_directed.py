"""Minima known in closed form, and what holds for every minimum of this energy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.figures.layouts._force_directed import (
    attraction_matrix,
    energy,
    force_directed,
    settle,
    slope,
)

MODULES = [np.kron(np.eye(5), np.full((1, 2), 5.0)), np.kron(np.eye(5), np.full((2, 1), 5.0))]


def random_starts(neurons, starts=1, seed=0):
    return np.random.default_rng(seed).standard_normal((starts, neurons, 4), np.float32)


def random_weights(sizes, seed=0):
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape) for shape in itertools.pairwise(sizes)]


def forces(attraction, positions):
    """Repulsion and attraction on every neuron, pair by pair in double precision."""
    positions = np.asarray(positions, np.float64)
    repulsion, pull = np.zeros_like(positions), -2 * positions
    for one in range(len(positions)):
        for other in range(len(positions)):
            apart = positions[one] - positions[other]
            if one != other:
                repulsion[one] += apart / np.linalg.norm(apart) ** 3
                pull[one] -= 2 * attraction[one, other] * apart
    return repulsion, pull


@pytest.mark.parametrize("weight", [0.0, 1e-30, 0.5, -13.0, 100.0])
def test_two_neurons_settle_where_the_energy_of_a_pair_is_least(weight):
    """1/r + k·r² + r²/2 has its minimum at r³ = 1/(2k + 1)."""
    first, second = force_directed([np.array([[weight]])], jax.random.key(0))
    assert np.linalg.norm(first - second) ** 3 == pytest.approx(1 / (2 * abs(weight) + 1), rel=1e-3)


def test_three_free_neurons_form_a_triangle():
    """3/r + r² has its minimum at r³ = 3/2."""
    corners = force_directed([np.zeros((2, 1))], jax.random.key(0))
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides**3, 1.5, rtol=1e-4)


@pytest.mark.parametrize("weight", [0.5, 3.0, 40.0])
def test_an_output_stands_in_the_middle_of_three_like_inputs(weight):
    """Inputs at distance ρ: 3/ρ + √3/ρ + 3·(k + 1)·ρ² has its minimum at ρ³ = (3 + √3)/(6·(k + 1))."""
    *inputs, output = force_directed([np.full((3, 1), weight)], jax.random.key(0))
    np.testing.assert_allclose(output, 0, atol=1e-3)
    radii = np.linalg.norm(inputs, axis=1)
    np.testing.assert_allclose(radii**3, (3 + np.sqrt(3)) / (6 * (weight + 1)), rtol=1e-3)


def test_the_slope_is_the_gradient_of_the_energy():
    attraction = attraction_matrix(random_weights((3, 4, 1)))
    (positions,) = random_starts(8)
    by_automatic = jax.jit(jax.grad(energy, argnums=1))(jnp.asarray(attraction), jnp.asarray(positions))
    np.testing.assert_allclose(jax.jit(slope)(attraction, positions), by_automatic, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(-sum(forces(attraction, positions)), by_automatic, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "weights",
    [
        random_weights((3, 4, 1)),
        [1e3 * weight for weight in random_weights((2, 2, 2, 2))],
        [np.full((7, 1), 1e-30)],
        [np.eye(4)],
        [np.array([[1e6, 1.0], [1.0, 1.0]]), np.ones((2, 4))],
    ],
    ids=["random", "strong and deep", "weak", "pairs", "one huge"],
)
def test_settled_neurons_are_at_rest_in_the_plane(weights):
    attraction = attraction_matrix(weights)
    for start in settle(attraction, random_starts(8, starts=3)).positions:
        assert not start[:, 2:].any()
        repulsion, pull = forces(attraction, start)
        assert np.linalg.norm(repulsion + pull) < 1e-3 * np.linalg.norm(repulsion)


def test_repulsion_holds_twice_the_energy_of_attraction():
    """Scaling all positions by s gives R/s + Q·s², which is stationary at s = 1 only if R = 2·Q."""
    attraction = attraction_matrix(random_weights((3, 4, 1)))
    settled = settle(attraction, random_starts(8))
    repulsion = float(energy(np.zeros((8, 8)), settled.positions[0]) - (settled.positions[0] ** 2).sum())
    assert repulsion == pytest.approx(settled.energies[0] * 2 / 3, rel=1e-4)


def test_neurons_settle_wherever_in_the_list_they_stand():
    attraction = attraction_matrix(random_weights((3, 4, 1)))
    starts = random_starts(8, starts=4)
    order = np.array([0, 1, 2, 5, 3, 6, 4, 7])
    permuted = settle(attraction[np.ix_(order, order)], starts[:, order])
    np.testing.assert_allclose(permuted.positions, settle(attraction, starts).positions[:, order], atol=5e-3)


def test_a_turned_start_settles_into_the_turned_picture():
    attraction = attraction_matrix(random_weights((3, 4, 1)))
    starts = random_starts(8, starts=4)
    turn = np.eye(4, dtype=np.float32)
    turn[:2, :2] = [[0.6, -0.8], [0.8, 0.6]]
    turned = settle(attraction, starts @ turn)
    np.testing.assert_allclose(turned.positions, settle(attraction, starts).positions @ turn, atol=5e-3)


@pytest.mark.parametrize("key", range(3))
def test_modules_that_nothing_joins_stand_apart(key):
    positions = force_directed(MODULES, jax.random.key(key))
    module = np.concatenate([np.arange(5), np.repeat(np.arange(5), 2), np.arange(5)])
    centres = np.stack([positions[module == m].mean(axis=0) for m in range(5)])
    radius = np.linalg.norm(positions - centres[module], axis=1).max()
    between = np.linalg.norm(centres[:, None] - centres, axis=-1)[~np.eye(5, dtype=bool)].min()
    assert between > 2 * radius


def test_excess_dimensions_let_tangled_modules_slide_past_one_another():
    """The paper's reason for them; a start in the plane stays there, so it is the comparison."""
    attraction = attraction_matrix(MODULES)
    starts = random_starts(20, starts=12)
    in_the_plane = starts * np.array([1, 1, 0, 0], np.float32)
    assert settle(attraction, starts).energies.mean() < settle(attraction, in_the_plane).energies.mean()


def test_the_best_start_is_turned_upright():
    weights = random_weights((3, 4, 1))
    positions = force_directed(weights, jax.random.key(0))
    assert (positions[0] >= 0).all()
    (across, joint), (_, up) = np.cov(positions.T)
    assert across >= up
    assert joint == pytest.approx(0, abs=1e-6)


def test_beyond_its_reach_the_picture_depends_on_ratios_only():
    weights = random_weights((3, 4, 1))
    pictures = [force_directed([s * w for w in weights], jax.random.key(0)) for s in (1e6, 1e12)]
    np.testing.assert_allclose(*pictures, atol=1e-4)
