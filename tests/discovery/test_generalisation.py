"""Losses at sizes never trained on are those of the networks that the run itself generates."""

import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.tiny import SIZES, STEPS, train_tiny
from weightloom.discovery import generalisation
from weightloom.discovery._generalisation import _around
from weightloom.errors import InputError

BETA = 1e-6


def test_losses_are_those_of_the_networks_at_each_size(run):
    measured = generalisation(run, 1, BETA, inputs=(2, 4), hidden=(3,), draws=2)
    assert measured.loss.dims == ("inputs", "hidden", "draw")
    assert measured.attrs == {"seed": 1, "beta": BETA, "step": STEPS, "task": "l1", "trained": SIZES[:2]}
    mean, std = run.config.standardisation
    for n in (2, 4):
        x = np.asarray(wl.tasks.l1.at(n).evaluation()[0])
        wanted = np.abs(x).sum(1)
        for draw in (0, 1):
            network = run.network(1, BETA, sizes=(n, 3, 1), draw=draw)
            found = mean + std * np.asarray(network(x))[:, 0]
            own = measured.sel(inputs=n, hidden=3, draw=draw)
            variance = n * (1 - 2 / np.pi)  # of a sum of n independent |x|
            assert float(own.loss) == pytest.approx(np.mean((found - wanted) ** 2) / variance, rel=1e-3)
            unexplained = (1 - np.corrcoef(found, wanted)[0, 1] ** 2) * wanted.var() / variance
            assert float(own.refitted_loss) == pytest.approx(unexplained, rel=1e-3)


def test_a_network_that_adds_up_absolute_values_carries_over_exactly(run, monkeypatch):
    mean, std = run.config.standardisation

    class Exact:
        def __call__(self, x):
            return (np.abs(x).sum(axis=1, keepdims=True) - mean) / std

    monkeypatch.setattr(type(run), "network", lambda *arguments, **options: Exact())
    measured = generalisation(run, 0, BETA, inputs=(2, 7), hidden=(3,))
    assert float(measured.loss.max()) < 1e-9


def test_the_trained_size_has_the_measured_loss(run):
    for step in (1, STEPS):
        measured = generalisation(run, 0, BETA, inputs=(2,), hidden=(3,), step=step)
        recorded = run.measures.loss.sel(seed=0, step=step, beta=BETA, method="nearest")
        assert measured.loss.item() == pytest.approx(float(recorded), rel=1e-3)
        assert measured.attrs["step"] == step


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return train_tiny(tmp_path_factory.mktemp("own") / "run", total())


def total(factor=1.0):
    return wl.Task("total", lambda x: factor * jnp.abs(x).sum(axis=1))


@pytest.mark.slow
def test_a_users_task_has_to_be_given(own):
    with pytest.raises(InputError, match=r"task 'total' is a user's function, .* give it as task="):
        generalisation(own, 0, BETA, inputs=(2,), hidden=(3,))
    assert np.isfinite(generalisation(own, 0, BETA, inputs=(2,), hidden=(3,), task=total()).loss).all()


@pytest.mark.slow
def test_a_task_of_other_moments_is_not_the_one_trained_on(own, run):
    for measured, task in ((own, total(2.0)), (run, wl.tasks.max)):
        with pytest.raises(InputError, match=f"task {task.name!r} is not the task of the run: at"):
            generalisation(measured, 0, BETA, inputs=(2,), hidden=(3,), task=task)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seed": 7}, "seed 7 is not in this run"),
        ({"beta": 0.0}, r"β = 0\.0 cannot be used: give a positive number"),
        ({"beta": float("nan")}, "β = nan cannot be used"),
        ({"beta": None}, "give both, or neither"),
        ({"step": 5}, "step 5 was not measured: the measured steps are 1, 12"),
        ({"draws": 0}, "0 draws at 1 × 1 sizes leave nothing to measure"),
        ({"inputs": ()}, "1 draws at 0 × 1 sizes"),
        ({"inputs": (0,)}, "cannot have 0 inputs|cannot be used"),
        ({"hidden": (0,)}, r"sizes \(2, 0, 1\) cannot be used"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_named(run, options, sentence):
    with pytest.raises(InputError, match=sentence):
        generalisation(run, **({"seed": 0, "beta": BETA, "inputs": (2,), "hidden": (3,)} | options))


@pytest.mark.parametrize("chosen", [(), (0, BETA)])
def test_a_baseline_generates_nothing(baseline, chosen):
    with pytest.raises(InputError, match=r"give a run of the hypernetwork method|without a hypernetwork"):
        generalisation(baseline, *chosen)


@pytest.mark.slow
def test_sizes_lie_around_the_trained_ones_unless_given(run):
    assert [_around(trained) for trained in (16, 48, 2)] == [[4, 8, 16, 32, 64], [12, 24, 48, 96, 192], [1, 2, 4, 8]]
    measured = generalisation(run, 0, BETA, inputs=(2,))
    assert measured.hidden.values.tolist() == [1, 2, 3, 6, 12]


def test_the_network_that_memorises_least_is_chosen(run):
    measured = generalisation(run, inputs=(2,), hidden=(3,), step=1)
    unaided = run.measures.loss_without_encoder.sel(step=1)
    assert float(unaided.sel(seed=measured.seed, beta=measured.beta, method="nearest")) == float(unaided.min())
