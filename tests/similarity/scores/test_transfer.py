"""The hypernetwork's scores: the blog's recipe step by step, what the literal score sees, and what the repair mends."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from tests.similarity.encoders import digits, encoders, orthogonal
from weightloom.similarity.scores import CalibratedTransfer, HypernetworkTransfer, Inputs

X, Y = encoders()["wide"], digits()[1]
SMALL = {"hidden": (), "width": 4}


def measured(score, *features, **options):
    return score.measure(Inputs(features, Y, **{"nulls": 40, "seeds": 3, **options}))


def by_the_blog(features, seed_key, rate, width=4):
    """Its six steps, one encoder and one hypernetwork at a time: Δ of every pair."""
    hypernetwork = wl.CodedHypernetwork(wl.MLP((X.shape[1], 10)), len(features), hidden=(), width=width, key=seed_key)

    def loss(h, j):
        [(weight, bias)] = h(j)
        return optax.softmax_cross_entropy_with_integer_labels(features[j] @ weight + bias, Y).mean()

    delta = np.empty((len(features),) * 2)
    for a in range(len(features)):
        gradient = jax.grad(lambda h, a=a: loss(h, a))(hypernetwork)
        after = jax.tree.map(lambda phi, g: phi - rate * g, hypernetwork, gradient)
        delta[a] = [loss(hypernetwork, b) - loss(after, b) for b in range(len(features))]
    return delta


@pytest.mark.slow
def test_the_literal_score_is_the_blogs_recipe():
    features = [X.astype(np.float32), (2 * X[:, ::-1]).astype(np.float32)]
    found = measured(HypernetworkTransfer(**SMALL), *features)
    rate = 0.01 / max(np.square(x).sum(1).mean() for x in features)
    expected = np.stack([by_the_blog(features, key, rate) for key in jax.random.split(jax.random.key(0), 3)])
    np.testing.assert_allclose(found.value, expected.mean(0), rtol=0.02, atol=2e-6)
    np.testing.assert_allclose(found.spread, expected.std(0, ddof=1), rtol=0.02, atol=2e-6)


@pytest.mark.slow
def test_the_null_is_the_gain_with_rows_out_of_order():
    """Training on A is untouched; B's rows meet other labels: the same as evaluating shuffled features."""
    data = Inputs((X,), Y, nulls=20, seeds=2)
    found = HypernetworkTransfer(**SMALL).measure(data)
    rate = 0.01 / np.square(X).sum(1).mean()
    total = 0.0
    for key in jax.random.split(jax.random.key(0), 2):
        h = wl.CodedHypernetwork(wl.MLP((X.shape[1], 10)), 1, key=key, **SMALL)

        def loss(h, labels):
            [(weight, bias)] = h(0)
            return optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(X) @ weight + bias, labels).mean()

        after = jax.tree.map(lambda p, g: p - rate * g, h, jax.grad(loss)(h, Y))
        shuffled = Y[data.shuffles(len(Y))[7]]
        total += (loss(h, shuffled) - loss(after, shuffled)) / 2
    assert found.null[7, 0, 0] == pytest.approx(float(total), rel=0.02, abs=1e-6)


def test_the_literal_score_does_not_know_a_rotated_copy():
    centred = X - X.mean(0)
    found = measured(HypernetworkTransfer(codes="none"), centred, orthogonal(centred))
    assert abs(found.value[0, 1] / found.value[0, 0]) < 0.4


def test_the_literal_score_grows_with_the_scale_of_features():
    found = measured(HypernetworkTransfer(codes="none"), X - X.mean(0), 3 * (X - X.mean(0)))
    assert found.value[0, 1] / found.value[0, 0] == pytest.approx(3, rel=0.1)


def test_random_codes_cost_a_copy_its_likeness():
    found = measured(HypernetworkTransfer(codes="random"), X, X)
    assert found.value[0, 1] < 0.9 * found.value[0, 0]


@pytest.mark.parametrize("codes", ["shared", "none"])
@pytest.mark.parametrize("steps", [1, 5])
def test_a_copy_is_a_copy_after_any_number_of_steps(codes, steps):
    copy = 3 * orthogonal(X) - 7
    found = measured(CalibratedTransfer(codes=codes, steps=steps), X, copy)
    np.testing.assert_allclose(found.value, 1, atol=1e-3)


def test_relative_features_serve_unequal_widths():
    narrow = encoders()["narrow"]
    found = measured(HypernetworkTransfer(widths="relative", codes="shared"), X, narrow)
    assert found.value.shape == (2, 2)
    assert found.value[0, 1] > found.null[:, 0, 1].max()


def test_noise_stays_near_0_whatever_its_own_gain():
    for seed in range(3):
        noise = np.random.default_rng(seed).standard_normal((len(X), 20))
        found = measured(CalibratedTransfer(), X, noise, key=seed)
        assert abs(found.value[0, 1]) < 0.4


def test_the_same_key_gives_the_same_numbers_and_another_others():
    one, again, other = (measured(HypernetworkTransfer(**SMALL), X, X + 1, key=key).value for key in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0


@pytest.mark.parametrize("bad", [{"codes": "other"}, {"steps": 0}, {"learning_rate": -1.0}, {"widths": "none"}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(wl.InputError):
        HypernetworkTransfer(**bad)
