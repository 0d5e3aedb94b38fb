"""Descents whose every step is known in closed form."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from weightloom.training import adam, descend, gradient_step


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_parabola_is_descended_geometrically(steps):
    """x ← x − r·2(x − 1): the distance to 1 shrinks by 1 − 2r in each step, and the loss is its square."""
    start = jnp.array([3.0, -1.0])
    found, losses = jax.jit(lambda x: descend(lambda x: ((x - 1) ** 2).sum(), x, steps, optax.sgd(0.1)))(start)
    np.testing.assert_allclose(found - 1, (start - 1) * 0.8**steps, rtol=1e-5)
    np.testing.assert_allclose(losses, 8 * 0.8 ** (2 * np.arange(steps)), rtol=1e-5)


def test_every_step_has_its_own_key():
    """Of a loss n·x with a drawn n, x is minus the sum of the draws."""
    key = jax.random.key(3)
    found, losses = descend(lambda x, key: jax.random.normal(key) * x, jnp.array(0.0), 5, optax.sgd(1.0), key)
    drawn = np.array([jax.random.normal(jax.random.fold_in(key, step)) for step in range(5)])
    np.testing.assert_allclose(found, -drawn.sum(), rtol=1e-5)
    np.testing.assert_allclose(losses, drawn * (drawn - np.cumsum(drawn)), rtol=1e-4, atol=1e-6)


def test_only_what_is_trainable_moves_and_the_rest_has_no_moments():
    start = {"a": jnp.ones(2), "b": jnp.ones(3), "count": jnp.arange(3), "name": "x"}
    trainable = {"a": True, "b": False, "count": False, "name": False}

    def loss(tree):
        return (tree["a"] ** 2).sum() + (tree["b"] ** 2 * tree["count"]).sum()

    found, _ = descend(loss, start, 3, adam(0.1), trainable=trainable)
    assert found["name"] == "x"
    np.testing.assert_array_equal(found["b"], start["b"])
    np.testing.assert_allclose(found["a"], 0.7, atol=1e-2)
    both, _ = descend(loss, start, 3, adam(0.1))
    np.testing.assert_array_equal(both["count"], start["count"])
    assert both["b"][0] == 1 > both["b"][1]


def test_a_module_is_descended_as_by_hand():
    layer = eqx.nn.Linear(2, 1, key=jax.random.key(0))
    x, y = np.array([[1.0, 2.0], [0.5, -1.0]], np.float32), np.array([1.0, 0.0])
    found, losses = descend(lambda one: ((jax.vmap(one)(x)[:, 0] - y) ** 2).mean(), layer, 1, optax.sgd(0.2))
    wrong = x @ np.asarray(layer.weight[0]) + np.asarray(layer.bias) - y
    np.testing.assert_allclose(losses, [(wrong**2).mean()], rtol=1e-5)
    np.testing.assert_allclose(found.weight, layer.weight - 0.2 * (wrong[:, None] * x).sum(0), rtol=1e-5)


def test_one_step_tells_what_the_loss_found_before_it():
    fall = optax.sgd(0.5)
    after, _, before = gradient_step(fall, lambda x: (x**2 / 2, {"x": x}), jnp.array(4.0), fall.init(jnp.array(4.0)))
    assert (float(after), float(before["x"])) == (2.0, 4.0)
