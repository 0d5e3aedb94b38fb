"""Tasks of several outputs and of classes: standardisation, losses of constants, training and what follows."""

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.tiny import OPTIONS
from weightloom.discovery.config import configure
from weightloom.discovery.tasks import TASKS, Task
from weightloom.discovery.tasks.losses import LOSSES
from weightloom.errors import InputError

EASY = {"method": "adam", "seeds": 1, "steps": 2, "checkpoints": 1, "batch": 8, "progress": False}


def quadrant(x):
    return (x[:, 0] > 0).astype(int) + 2 * (x[:, 1] > 0)


def test_every_output_is_standardised_on_its_own():
    task = Task("pair", lambda x: jnp.stack([5 + x[:, 0], 3 * x[:, 1]], axis=1))
    mean, std = task.standardisation(2)
    np.testing.assert_allclose(mean, [5, 0], atol=0.05)
    np.testing.assert_allclose(std, [1, 3], rtol=0.01)
    y = task.at(2).evaluation()[1]
    np.testing.assert_allclose(np.mean(y, axis=0), 0, atol=0.1)
    assert task.outputs(2) == task.at(2).outputs == 2


def test_the_loss_of_several_outputs_is_their_mean():
    outputs, targets = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 2.0], [3.0, 7.0]])
    assert float(LOSSES["squared-error"].mean(jnp.asarray(outputs), jnp.asarray(targets))) == pytest.approx(10 / 4)


def test_cross_entropy_is_that_of_the_softmax():
    logits, classes = np.random.default_rng(0).normal(size=(7, 3)), np.array([0, 2, 1, 1, 0, 2, 2])
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(probability[np.arange(7), classes]).mean()
    found = LOSSES["cross-entropy"].mean(jnp.asarray(logits, jnp.float32), jnp.asarray(classes))
    assert float(found) == pytest.approx(expected, rel=1e-5)


# Of each loss: targets, and the best constant on them.
TARGETS = np.random.default_rng(0).normal(2, 3, (500, 2))
CLASSES = np.random.default_rng(0).choice(3, 500, p=[0.6, 0.3, 0.1])
BEST = {
    "squared-error": (TARGETS, TARGETS.mean(axis=0)),
    "cross-entropy": (CLASSES, np.log(np.bincount(CLASSES) / 500)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_no_constant_is_better_than_the_constants_loss(name):
    assert BEST.keys() == LOSSES.keys()
    (targets, best), loss = BEST[name], LOSSES[name]

    def at(constant):
        return float(loss.mean(jnp.broadcast_to(constant, (500, len(best))), jnp.asarray(targets)))

    assert at(best) == pytest.approx(loss.constant(targets), rel=1e-5)
    assert all(at(best + shift) > at(best) for shift in np.random.default_rng(1).normal(0, 0.1, (5, len(best))))
    assert loss.classes == (targets.dtype.kind == "i")


def test_classes_have_probabilities():
    task = Task("quadrant", quadrant, loss="cross-entropy")
    np.testing.assert_allclose(task.standardisation(2)[0], 0.25, atol=0.01)
    assert task.at(2).constant_loss == pytest.approx(np.log(4), rel=0.01)
    assert not task.is_norm(2)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x: x[:, 0], "which is no class: return whole numbers from 0"),
        (lambda x: -(x[:, 0] > 0).astype(int), "-1, which is no class"),
        (lambda x: jnp.stack([x[:, 0] > 0, x[:, 1] > 0], axis=1), "return one class per row"),
        (lambda x: jnp.ones(len(x), int), "has one class on 2 inputs"),
        (lambda x: 10**9 * (x[:, 0] > 0), "returned class 1000000000: number classes from 0 to at most 9,999"),
    ],
)
def test_what_is_no_class_is_refused(function, sentence):
    with pytest.raises(InputError, match=sentence):
        Task("classes", function, loss="cross-entropy").outputs(2)


def test_a_class_that_was_never_drawn_is_the_largest_that_was():
    task = Task("rare", lambda x: jnp.where(x[:, 0] > 9, 5, (x[:, 0] > 0).astype(int)), loss="cross-entropy")
    assert task.outputs(2) == 2
    assert task.target(2)(jnp.array([[-1.0, 0], [1, 0], [10, 0]])).tolist() == [0, 1, 1]


def test_moments_of_fewer_classes_than_the_functions_are_refused():
    task = Task("quadrant", quadrant, loss="cross-entropy", moments=lambda n: ((0.5, 0.5), (0.5, 0.5)))
    with pytest.raises(InputError, match="returned class 3, and its moments are of 2 classes: give one mean for each"):
        task.outputs(2)


def test_other_losses_are_told_those_that_there_are():
    with pytest.raises(InputError, match="loss 'hinge' is unknown: use one of squared-error, cross-entropy"):
        Task("first", lambda x: x[:, 0], loss="hinge")


@pytest.mark.parametrize(("sizes", "task"), [((3, 4, 1), "sort"), ((3, 4, 3), "max"), ((10, 4, 1), "modular_sum")])
def test_sizes_must_end_in_the_number_of_outputs(sizes, task):
    with pytest.raises(InputError, match=rf"end in {sizes[-1]}: the task has .*, so the last size must be"):
        wl.discover(task, sizes, **EASY)


@pytest.fixture(scope="module")
def sorting():
    return wl.discover("sort", (3, 4, 3), **EASY)


def test_a_run_of_several_outputs_measures_their_mean_loss(sorting):
    x = np.asarray(TASKS["sort"].at(3).evaluation()[0])
    mean, std = np.array(sorting.config.standardisation).reshape(3, 2).T
    wanted = (np.sort(x, axis=1) - mean) / std
    network = sorting.network(0)
    assert sorting.measures.loss.item() == pytest.approx(np.mean((network(x) - wanted) ** 2), rel=1e-4)
    assert network.loss("sort") == pytest.approx(np.mean((network(x) - wanted) ** 2), rel=1e-4)
    assert set(sorting.table().algorithm) == {"unknown"}
    with pytest.raises(InputError, match="has 3 outputs: task 'max' has 1"):
        network.loss("max")


def test_other_numbers_of_outputs_are_refused(sorting):
    with pytest.raises(InputError, match="'sort' has 4 outputs at 4 inputs, and the run's networks have 3"):
        wl.generalisation(sorting, 0, 1e-6, inputs=(4,), hidden=(4,))


@pytest.mark.slow
@pytest.mark.parametrize(("task", "sizes"), [("sort", (3, 4, 3)), ("modular_sum", (10, 4, 5))])
def test_other_sizes_of_several_outputs_are_measured(task, sizes):
    options = OPTIONS | EASY | {"method": "hypernetwork", "warmup": (0, 1)}
    run = wl.discover(task, sizes, **options)
    found = wl.generalisation(run, 0, 1e-6, hidden=(4,))
    assert found.loss.sel(inputs=sizes[0]).item() == pytest.approx(run.network(0, 1e-6).loss(task), rel=1e-4)
    assert set(found.inputs.values) == {"sort": {3}, "modular_sum": {10, 20, 40}}[task]


@pytest.mark.slow
def test_a_run_of_classes_learns_them_and_says_its_unit():
    options = EASY | {"steps": 400, "batch": 64, "learning_rate": 0.02}
    run = wl.discover(quadrant, (2, 8, 4), loss="cross-entropy", **options)
    loss, network = run.measures.loss.item(), run.network(0)
    assert loss < 0.3 * run.config.constant_loss
    assert run.table().r2.item() == pytest.approx(1 - loss / run.config.constant_loss)
    x = np.random.default_rng(1).normal(size=(500, 2))
    assert np.mean(network(x).argmax(axis=1) == quadrant(x)) > 0.9
    assert run.measures.loss.attrs["units"] == "cross-entropy in nats"
    assert "as cross-entropy in nats (a constant has 1.3" in run._repr_html_()


def test_other_distributions_and_losses_than_the_tasks_own():
    task = wl.tasks.as_task("sign_parity", distribution="bits")
    assert str(task.distribution) == "bits"
    assert task.standardisation(2)[0] == pytest.approx(0.25, abs=0.01)  # not that of signs, which is 0
    task = wl.tasks.as_task("product", distribution="uniform:0,2")
    config = configure(task, wl.MLP((2, 3, 1)), steps=9)
    assert (config.distribution, config.inputs, config.outputs) == ("uniform:0,2", ("x0", "x1"), ("product",))
    assert config.standardisation[0] == pytest.approx(1, abs=0.01)
    assert config.units == task.at(2).units
    assert config.bundled_task.standardisation(2) == task.standardisation(2)
    for name, entries in {
        "sign_parity": {"distribution": "normal"},
        "modular_sum": {"sizes": (12, 3, 5), "standardisation": 5 * (0.2, 0.4), "distribution": "one-hot:5"},
        "product": {"distribution": "mine"},
        "median": {"sizes": (2, 3, 1), "standardisation": (0, 1), "distribution": "normal", "loss": "cross-entropy"},
    }.items():
        assert config.replace(task=name, inputs=(), input_scales=(), outputs=(), **entries).bundled_task is None
    changes = {"source": "mine.py:product", "data": "0", "distribution": "sampler:f", "standardisation": (0, 9)}
    for entry, value in changes.items():
        assert config.replace(**{entry: value}).bundled_task is None
