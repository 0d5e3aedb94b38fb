"""A user's task: sampled standardisation, and one sentence for every way in which a function can fail."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from weightloom.discovery.tasks import Task
from weightloom.errors import InputError


def test_sampled_moments_are_those_of_the_function():
    mean, std = Task("shifted", lambda x: 3 + 2 * x[:, 0]).standardisation(3)
    assert mean == pytest.approx(3, abs=0.02)
    assert std == pytest.approx(2, rel=0.01)


def test_sampled_moments_are_the_same_every_time():
    tasks = [Task("first", lambda x: x[:, 0]) for _ in range(2)]
    assert tasks[0].standardisation(2) == tasks[1].standardisation(2)


def test_whole_numbers_are_standardised_too():
    task = Task("positives", lambda x: (x > 0).sum(axis=1))
    values = np.asarray(task.target(4)(jax.random.normal(jax.random.key(3), (4096, 4))))
    assert abs(values.mean()) < 0.1
    assert values.std() == pytest.approx(1, abs=0.05)


def returns_numpy(x):
    return np.abs(np.asarray(x)).sum(axis=1)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x: x[:, :, None], r"returned shape \(4096, 3, 1\) .* return one value per row"),
        (lambda x: x[:, :1], r"returned shape \(4096, 1\) .* return one value per row"),
        (lambda x: jnp.stack([x[:, 0], 0 * x[:, 1]], axis=1), "is constant on 3 inputs"),
        (lambda x: x.sum(), r"returned shape \(\) .* return one value per row"),
        (lambda x: x[:5, 0], r"returned shape \(5,\) .* return one value per row"),
        (lambda x: (x[:, 0], x[:, 1]), "returned a tuple"),
        (lambda x: None, "returned a NoneType"),
        (lambda x: jnp.log(x[:, 0]), "not finite real numbers"),
        (lambda x: 1 / (x[:, 0] > 0), "not finite real numbers"),
        (lambda x: x[:, 0] + 1j, "not finite real numbers"),
        (lambda x: 0 * x[:, 0] + 7, "is constant on 3 inputs"),
        (lambda x: x[:, 0] @ jnp.ones(5), "failed on inputs of shape"),
        (lambda x: x[:, 3], "reads beyond its 3 inputs in line .*: use columns 0 to 2"),
        (lambda x: x[:, 0] * x[:, 1] / x[:, 2] ** 2, "its variance does not settle"),
        (lambda x: x[0, "first"], "failed on inputs of shape"),
        (returns_numpy, "write the function with jax.numpy"),
        (lambda: 0, "failed on inputs of shape"),
    ],
)
def test_hostile_functions_get_one_sentence(function, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        Task("hostile", function).target(3)
    assert "\n" not in str(caught.value)


def test_known_moments_do_not_excuse_a_broken_function():
    with pytest.raises(InputError, match="not finite"):
        Task("broken", lambda x: jnp.log(x[:, 0]), moments=lambda n: (0.0, 1.0)).standardisation(2)


def test_losses_are_measured_on_standard_normal_inputs_that_are_always_the_same():
    tasks = [Task("first", lambda x: x[:, 0]) for _ in range(2)]
    x, again = (np.asarray(task.at(3).evaluation()[0]) for task in tasks)
    assert x.shape == (4096, 3)
    assert stats.kstest(x.ravel(), stats.norm.cdf).pvalue > 1e-3
    np.testing.assert_array_equal(x, again)
