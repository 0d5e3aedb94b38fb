"""One suite over every task: shapes, standardisation, symmetry, and the least number of inputs."""

import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.discovery.tasks import TASKS
from weightloom.errors import InputError

SAMPLES = 100_000
NOT_SYMMETRIC = {"product"}


def normal(rows, inputs, seed=1):
    return np.random.default_rng(seed).standard_normal((rows, inputs)).astype(np.float32)


@pytest.fixture(params=TASKS.values(), ids=TASKS.keys())
def task(request):
    return request.param


@pytest.mark.parametrize("inputs", [2, 16])
def test_target_has_zero_mean_and_unit_variance(task, inputs):
    values = np.asarray(task.target(inputs)(jnp.asarray(normal(SAMPLES, inputs))), np.float64)
    assert values.shape == (SAMPLES,)
    # Five standard errors of the mean, and of the variance from the sample's own fourth moment.
    assert abs(values.mean()) < 5 / np.sqrt(SAMPLES)
    assert abs(values.var() - 1) < 5 * np.sqrt((np.mean(values**4) - 1) / SAMPLES)


def test_value_does_not_depend_on_the_other_rows(task):
    x = jnp.asarray(normal(6, 5))
    np.testing.assert_allclose(task.function(x)[2:4], task.function(x[2:4]), rtol=1e-6)


def test_only_declared_tasks_depend_on_the_order_of_inputs(task):
    x = normal(100, 5)
    forward, backward = task.function(jnp.asarray(x)), task.function(jnp.asarray(x[:, ::-1]))
    assert np.allclose(forward, backward, atol=1e-5) == (task.name not in NOT_SYMMETRIC)


def test_fewest_inputs(task):
    with pytest.raises(InputError, match=f"give sizes that start with at least {task.least}"):
        task.standardisation(task.least - 1)
    assert np.isfinite(task.standardisation(task.least)).all()


def test_moments_of_many_inputs_are_finite(task):
    mean, std = task.standardisation(300)
    assert np.isfinite([mean, std]).all()
    assert std > 0


@pytest.mark.parametrize(
    ("name", "inputs", "mean", "variance"),
    [
        ("l1", 16, 12.7662, 5.8141),
        ("l2", 1, np.sqrt(2 / np.pi), 1 - 2 / np.pi),
        ("l2", 2, np.sqrt(np.pi / 2), 2 - np.pi / 2),
        ("sum_of_squares", 7, 7, 14),
        ("max", 2, 1 / np.sqrt(np.pi), 1 - 1 / np.pi),
        ("max", 3, 1.5 / np.sqrt(np.pi), 0.5595),
        ("max_abs", 1, np.sqrt(2 / np.pi), 1 - 2 / np.pi),
        ("max_abs", 2, 2 / np.sqrt(np.pi), 1 + 2 / np.pi - 4 / np.pi),
        ("median", 2, 0, 1 / 2),
        ("median", 3, 0, 0.4487),
        ("product", 5, 0, 1),
    ],
)
def test_moments_agree_with_closed_forms(name, inputs, mean, variance):
    got_mean, got_deviation = TASKS[name].standardisation(inputs)
    assert got_mean == pytest.approx(mean, abs=1e-4)
    assert got_deviation**2 == pytest.approx(variance, abs=1e-4)
