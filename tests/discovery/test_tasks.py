"""One suite over every task: shapes, standardisation, symmetry, and the least number of inputs."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.discovery.tasks import TASKS
from weightloom.discovery.tasks.names import DESCRIPTIONS
from weightloom.discovery.tasks.values import BATCH
from weightloom.errors import InputError

BATCHES = 24
NOT_SYMMETRIC = {"product", "abs_difference", "modular_sum"}


@pytest.fixture(params=TASKS.values(), ids=TASKS.keys())
def task(request):
    return request.param


def inputs_of(task, about, seed=1):
    """Inputs of the task's own distribution, about so many as the task can have.

    There are as many rows as in a task's own batches, so that what a task compiles for its checks serves all tests.
    """
    blocks = getattr(task.distribution, "values", 1)
    return drawn(task.distribution, max(about - about % blocks, task.min_inputs), seed)


@functools.cache
def drawn(distribution, inputs, seed):
    return distribution.sample(jax.random.key(seed), BATCH, inputs)


def values_of(task, x):
    return np.asarray(jax.jit(task.function)(x))


@pytest.mark.parametrize("inputs", [2, 16])
def test_moments_are_those_of_the_values(task, inputs):
    batches = [inputs_of(task, inputs, seed) for seed in range(1, BATCHES + 1)]
    values = np.concatenate([values_of(task, x) for x in batches]).astype(np.float64)
    mean, std = task.standardisation(batches[0].shape[1])
    if task.is_classes:
        values = np.eye(len(mean))[values.astype(int)]
    values = (values - mean) / std
    # Five standard errors of the mean, and of the variance from the sample's own fourth moment.
    assert (abs(values.mean(axis=0)) < 5 / np.sqrt(len(values))).all()
    errors = np.sqrt(np.maximum(np.mean(values**4, axis=0) - 1, 0) / len(values))
    assert (abs(np.mean(values**2, axis=0) - 1) <= 5 * errors + 1e-6).all()


def test_the_target_is_the_standardised_function(task):
    x = inputs_of(task, 5)
    mean, std = task.standardisation(x.shape[1])
    values = values_of(task, x)
    wanted = values if task.is_classes else (values - mean) / std
    np.testing.assert_allclose(jax.jit(task.target(x.shape[1]))(x), wanted, rtol=1e-4, atol=1e-5)


def test_the_best_constants_loss_is_the_variance_or_the_entropy(task):
    inputs = inputs_of(task, 5).shape[1]
    share = np.array(task.standardisation(inputs)[0])
    wanted = -(share * np.log(share)).sum() if task.is_classes else 1
    # The heaviest task, a product of two inputs, has a standard error of √((9 − 1)/4096) = 0.04.
    assert task.at(inputs).constant_loss == pytest.approx(wanted, abs=0.08)


def test_value_does_not_depend_on_the_other_rows(task):
    x = inputs_of(task, 5)
    np.testing.assert_allclose(values_of(task, x)[2:4], task.function(x[2:4]), rtol=1e-6)


def test_only_declared_tasks_depend_on_the_order_of_inputs(task):
    x = inputs_of(task, 5)
    forward, backward = values_of(task, x), values_of(task, x[:, ::-1])
    assert np.allclose(forward, backward, atol=1e-5) == (task.name not in NOT_SYMMETRIC)


def test_fewest_inputs(task):
    with pytest.raises(InputError, match=f"give sizes that start with at least {task.min_inputs}"):
        task.standardisation(task.min_inputs - 1)
    assert np.isfinite(task.standardisation(task.min_inputs)).all()


def are_moments(mean, std):
    return np.isfinite([mean, std]).all() and np.min(std) > 0


def test_moments_of_many_inputs_are_finite(task):
    assert are_moments(*task.moments(300))


@pytest.mark.slow
def test_values_of_many_inputs_are_finite(task):
    assert are_moments(*task.standardisation(300))


def test_default_sizes_fit(task):
    inputs, hidden, outputs = task.default_sizes
    assert (hidden, outputs) == (3 * inputs, task.outputs(inputs))


def test_the_table_describes_every_task():
    assert list(DESCRIPTIONS) == list(TASKS) == [task.name for task in TASKS.values()]


def test_the_how_to_has_the_table():
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "discover.md").read_text()
    assert [name for name, what in DESCRIPTIONS.items() if f"| `{name}` | {what} |" not in text] == []


def test_the_bundled_functions_on_one_row():
    x = np.array([[3.0, -1.0, 0.5, -0.5]])
    wanted = {
        "range": 4.0,
        "gini": np.mean([abs(a - b) for i, a in enumerate(x[0]) for b in x[0][:i]]),
        "total_variation": 4 + 1.5 + 1,
        "clipped_sum": 1 - 1 + 0.5 - 0.5,
        "abs_difference": 4.0,
        "count_of_positives": 2,
        "sign_parity": 0.75,
        "sort": [-1, -0.5, 0.5, 3],
    }
    for name, value in wanted.items():
        np.testing.assert_allclose(TASKS[name].function(jnp.asarray(x))[0], value, rtol=1e-6)
    numbers = np.eye(5)[[[3, 4], [2, 3], [0, 0]]].reshape(3, 10)
    assert TASKS["modular_sum"].function(jnp.asarray(numbers)).tolist() == [2, 0, 0]


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
        ("range", 2, 2 / np.sqrt(np.pi), 2 - 4 / np.pi),
        ("range", 3, 3 / np.sqrt(np.pi), 0.7892),
        ("gini", 2, 2 / np.sqrt(np.pi), 2 - 4 / np.pi),
        ("total_variation", 2, 2 / np.sqrt(np.pi), 2 - 4 / np.pi),
        ("abs_difference", 7, 2 / np.sqrt(np.pi), 2 - 4 / np.pi),
        ("clipped_sum", 2, 0, 1.03213),
        ("count_of_positives", 8, 4, 2),
        ("sign_parity", 3, 0, 1),
    ],
)
def test_moments_agree_with_closed_forms(name, inputs, mean, variance):
    got_mean, got_deviation = TASKS[name].standardisation(inputs)
    assert got_mean == pytest.approx(mean, abs=1e-4)
    assert got_deviation**2 == pytest.approx(variance, abs=1e-4)


def test_sorted_inputs_have_the_moments_of_order_statistics():
    mean, std = TASKS["sort"].standardisation(3)
    np.testing.assert_allclose(mean, [-1.5 / np.sqrt(np.pi), 0, 1.5 / np.sqrt(np.pi)], atol=1e-6)
    np.testing.assert_allclose(np.square(std), [0.5595, 0.4487, 0.5595], atol=1e-4)
    for name, place in (("max", -1), ("median", 7)):
        own = TASKS[name].standardisation(15)
        sorted_moments = [moment[place] for moment in TASKS["sort"].standardisation(15)]
        np.testing.assert_allclose(sorted_moments, own, atol=1e-6)
