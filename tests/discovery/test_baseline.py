"""The Adam baseline: it learns, it repeats itself, and it refuses what it cannot train."""

import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.discovery.baseline import train_baseline
from weightloom.discovery.tasks import Task, l1
from weightloom.errors import InputError
from weightloom.networks import MLP

SMALL = MLP((2, 6, 1))


def loss(network, task):
    inputs = network.architecture.sizes[0]
    x = np.random.default_rng(7).standard_normal((4096, inputs)).astype(np.float32)
    return float(np.mean((network(x)[:, 0] - np.asarray(task.target(inputs)(jnp.asarray(x)))) ** 2))


def test_training_lowers_the_loss():
    losses = [loss(train_baseline(l1, SMALL, steps=steps, learning_rate=1e-2), l1) for steps in (0, 1000)]
    assert losses[0] > 0.8
    assert losses[1] < 0.1


def test_initial_weights_have_variance_one_over_inputs_and_no_bias():
    parameters = train_baseline(l1, MLP((16, 48, 1)), steps=0).parameters
    assert parameters[0][0].std() == pytest.approx(1 / 4, rel=0.1)
    assert parameters[1][0].std() == pytest.approx(1 / np.sqrt(48), rel=0.4)
    assert not any(bias.any() for _, bias in parameters)


def test_same_seed_same_parameters_and_another_seed_others():
    first, second, other = (train_baseline(l1, SMALL, steps=20, seed=seed) for seed in (5, 5, 6))
    for (w, b), (v, c) in zip(first.parameters, second.parameters):
        np.testing.assert_array_equal(w, v)
        np.testing.assert_array_equal(b, c)
    assert not np.array_equal(first.parameters[0][0], other.parameters[0][0])


def test_deeper_networks_and_users_tasks_train():
    task = Task("first", lambda x: x[:, 0])
    assert loss(train_baseline(task, MLP((2, 4, 4, 1), "relu"), steps=200, learning_rate=1e-2), task) < 0.5


@pytest.mark.parametrize(
    "bad",
    [{"seed": -1}, {"steps": -1}, {"batch": 0}, {"learning_rate": 0.0}, {"learning_rate": float("nan")}],
)
def test_bad_arguments_get_one_sentence(bad):
    with pytest.raises(InputError, match="cannot be used"):
        train_baseline(l1, SMALL, **bad)


def test_several_outputs_get_one_sentence():
    with pytest.raises(InputError, match="has 2 outputs"):
        train_baseline(l1, MLP((2, 4, 2)))


def test_divergence_is_an_error():
    with pytest.raises(InputError, match="Adam diverged"):
        train_baseline(l1, SMALL, steps=10, learning_rate=1e30)
