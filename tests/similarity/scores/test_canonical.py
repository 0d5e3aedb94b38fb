"""SVCCA and PWCCA: their definitions step by step, closed forms, and what is undefined or without variance."""

import numpy as np
import pytest

from tests.similarity.encoders import encoders
from weightloom.similarity import compare
from weightloom.similarity.scores import PWCCA, SVCCA, Inputs, shifts
from weightloom.similarity.scores.canonical import _canonical, _weights
from weightloom.similarity.scores.shifts import blocks_for, each_shifted_product, shifted_products

A, B = encoders(60)["wide"][:, :20], encoders(60)["narrow"]


def value(score, *features):
    return score.measure(Inputs(features or (A, B), nulls=20)).value[0, 1]


def leading(features, variance):
    """The first principal components with so much of the variance, by singular values."""
    away = features - features.mean(0)
    left, singular, _ = np.linalg.svd(away, full_matrices=False)
    count = int(np.argmax(np.cumsum(singular**2) / np.sum(singular**2) >= variance)) + 1
    return left[:, :count] * singular[:count]


def canonical_variates(a, b):
    """Correlations and the variates of a, from the inverse square roots of covariances as in Hotelling 1936."""

    def inverse_root(x):
        squares, axes = np.linalg.eigh(x.T @ x)
        return axes @ np.diag(squares**-0.5) @ axes.T

    left, correlations, _ = np.linalg.svd(inverse_root(a) @ a.T @ b @ inverse_root(b))
    count = len(correlations)
    return correlations, a @ inverse_root(a) @ left[:, :count]


@pytest.mark.parametrize("variance", [0.9, 0.99])
def test_svcca_agrees_with_its_steps(variance):
    expected = canonical_variates(leading(A, variance), leading(B, variance))[0].mean()
    assert value(SVCCA(variance=variance)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(A, B), (B, A)], ids=["wider", "narrower"])
def test_pwcca_agrees_with_its_steps(a, b):
    away = a - a.mean(0)
    correlations, variates = canonical_variates(away, b - b.mean(0))
    weights = [sum(abs(variate @ feature) for feature in away.T) for variate in variates.T]
    assert value(PWCCA(), a, b) == pytest.approx(np.average(correlations, weights=weights), abs=1e-6)


def planted(correlations, rows=40):
    """Two encoders of orthonormal features with these canonical correlations."""
    random = np.random.default_rng(0)
    basis = np.linalg.qr(np.hstack([np.ones((rows, 1)), random.standard_normal((rows, 8))]))[0][:, 1:]
    rho = np.array(correlations)
    return basis[:, :4], basis[:, :4] * rho + basis[:, 4:] * np.sqrt(1 - rho**2)


def test_planted_correlations_are_found():
    correlations = [0.9, 0.7, 0.4, 0.1]
    a, b = planted(correlations)
    assert value(SVCCA(), a, b) == pytest.approx(np.mean(correlations))
    scales = np.array([1.0, 2.0, 3.0, 4.0])  # variates are features, so their weights are the features' lengths
    assert value(PWCCA(), a * scales, b) == pytest.approx(np.average(correlations, weights=scales))


def test_directions_of_equal_correlation_have_no_basis_of_their_own():
    a, b = planted([0.8, 0.5, 0.5, 0.5])
    turned = np.eye(4)
    turned[1:, 1:] = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    weights = [value(PWCCA(), a @ np.diag([3.0, 1, 1, 2]), other) for other in (b, b @ turned)]
    assert weights[0] == pytest.approx(weights[1], abs=1e-9)
    root = 3 * np.sqrt(1 / 3)  # three directions that share each of their features
    assert weights[0] == pytest.approx(np.average([0.8, 0.5], weights=[3, root * (1 + 1 + 2)]))


def test_weights_of_distinct_correlations_are_sums_of_products():
    random = np.random.default_rng(0)
    axes, loadings = random.standard_normal((5, 3)), random.standard_normal((5, 7))
    sums = np.abs(axes.T @ loadings).sum(1)
    np.testing.assert_allclose(_weights(np.array([0.9, 0.5, 0.1]), axes, loadings), sums / sums.sum())


def test_components_of_equal_variance_are_all_kept():
    a, b = planted([0.9, 0.7, 0.4, 0.1])
    assert value(SVCCA(variance=0.6), a, b) == pytest.approx(value(SVCCA(variance=1.0), a, b))


def test_constant_and_dependent_features_change_nothing():
    more = np.hstack([A, np.full((60, 2), 0.1), A[:, :3] @ np.ones((3, 1))])
    assert value(PWCCA(), B, more) == pytest.approx(value(PWCCA(), B, A), abs=1e-6)
    assert value(SVCCA(variance=1.0), more, B) == pytest.approx(value(SVCCA(variance=1.0), A, B), abs=1e-6)


def test_one_feature_each_is_the_absolute_correlation():
    x, y = A[:, :1], -B[:, :1]
    expected = abs(np.corrcoef(x[:, 0], y[:, 0])[0, 1])
    assert value(SVCCA(), x, y) == pytest.approx(expected)
    assert value(PWCCA(), x, y) == pytest.approx(expected)


@pytest.mark.parametrize("score", ["svcca", "pwcca"])
def test_with_more_features_than_rows_every_pair_is_alike_and_none_significant(score):
    random = np.random.default_rng(0)
    features = {name: random.standard_normal((40, 80)) for name in "ab"}
    pair = compare(features, scores={score: {"svcca": SVCCA(variance=1.0), "pwcca": PWCCA()}[score]}, nulls=20)
    np.testing.assert_allclose(pair.value, 1, atol=1e-6)
    assert (pair.p > 0.99).all()


def test_the_influence_is_the_derivative_by_the_weight_of_a_row():
    def correlations(weights):
        roots = np.sqrt(weights)[:, None]
        a, b = (roots * (x - np.average(x, axis=0, weights=weights)) for x in (A[:, :5], B[:, :5]))
        return np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)

    bases = [np.linalg.qr(x[:, :5] - x[:, :5].mean(0))[0] for x in (A, B)]
    found = _canonical(*bases)
    for row in (0, 17):
        step = np.zeros(60)
        step[row] = 1e-5
        derivative = (correlations(1 + step) - correlations(1 - step)) / 2e-5
        np.testing.assert_allclose(found.influence[row], derivative, atol=1e-6)


def test_products_one_by_one_are_those_of_all_together(monkeypatch):
    blocks = blocks_for(60, 21)
    expected = shifted_products(A, B, blocks)[1:]
    together = list(each_shifted_product(A, B, blocks))
    monkeypatch.setattr(shifts, "MOST_PRODUCTS", 0)
    alone = list(each_shifted_product(A, B, blocks))
    np.testing.assert_allclose(together, expected)
    np.testing.assert_allclose(alone, expected, atol=1e-9)


def test_both_directions_have_the_draws_of_their_own():
    """Each draw of PWCCA is the value of the encoders with rows moved by blocks."""
    data = Inputs((A, B), nulls=20)
    found = PWCCA().measure(data)
    order, blocks = data.generator("blocks").permutation(60), blocks_for(60, 21)
    size = 60 // blocks
    for draw in (0, 5):
        moved = np.roll(order, -(draw + 1) * size)
        assert found.null[draw, 0, 1] == pytest.approx(value(PWCCA(), A[order], B[moved]), abs=1e-9)
        assert found.null[draw, 1, 0] == pytest.approx(value(PWCCA(), B[moved], A[order]), abs=1e-9)
