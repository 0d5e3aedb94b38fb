"""Nearest neighbours with ties: the mean over all ways to break them, in any order of rows, with an exact null."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from experiments.ties import KINDS, p_values
from tests.similarity.encoders import encoders
from weightloom.similarity.scores import RSA, Inputs, MutualNeighbours, nearest as module
from weightloom.similarity.scores.base import centred
from weightloom.similarity.scores.nearest import nearest
from weightloom.similarity.scores.shifts import cyclic_products, sparse_cyclic_products

A = encoders(60)["wide"]


def weights(features, k, seed=0):
    return nearest(features, k, np.random.default_rng(seed)).weights.toarray()


def over_all_ways(features, k):
    """The mean over every order of the other rows of the first k in a stable sort."""
    rows = len(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    directions = features / np.where(lengths > 0, lengths, 1)
    found = np.zeros((rows, rows))
    for row in range(rows):
        others = [other for other in range(rows) if other != row]
        ways = list(itertools.permutations(others))
        for way in ways:
            closeness = np.round(directions[list(way)] @ directions[row], 9)
            found[row, np.array(way)[np.argsort(-closeness, kind="stable")[:k]]] += 1 / len(ways)
    return found


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), k=st.integers(1, 4))
def test_ties_are_shared_as_if_broken_in_every_way(seed, k):
    features = np.random.default_rng(seed).integers(-1, 2, (6, 2)).astype(float)
    np.testing.assert_allclose(weights(features, k), over_all_ways(features, k), atol=1e-9)


def test_neighbours_do_not_depend_on_the_order_of_rows():
    features = np.random.default_rng(0).integers(0, 3, (80, 4)) - 1.0
    order = np.random.default_rng(1).permutation(80)
    np.testing.assert_allclose(weights(features[order], 5), weights(features, 5)[np.ix_(order, order)], atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_scores_1(kind):
    features = KINDS[kind](np.random.default_rng(0), 100)
    found = MutualNeighbours().measure(Inputs((features, features.copy())))
    np.testing.assert_allclose(found.value, 1, atol=1e-9)


def rotation(width):
    return np.linalg.qr(np.random.default_rng(1).standard_normal((width, width)))[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("score", [RSA(), RSA(correlation="pearson")], ids=repr)
def test_distances_that_are_equal_have_equal_ranks(score, kind):
    """A rotated copy has the same distances, up to rounding."""
    features = KINDS[kind](np.random.default_rng(0), 60)
    turned = features @ rotation(features.shape[1])
    np.testing.assert_allclose(score.measure(Inputs((features, turned))).value, 1, atol=1e-6)


@pytest.mark.parametrize("score", [RSA(), RSA(correlation="pearson")], ids=repr)
def test_rows_at_one_distance_from_each_other_have_no_rank(score):
    apart = np.eye(30)
    found = score.measure(Inputs((apart, apart @ rotation(30), A[:30])))
    assert np.isnan(found.value[:2]).all()
    assert found.value[2, 2] == pytest.approx(1)


@pytest.mark.parametrize("kind", ["one-hot, 5 classes", "60 % of rows zero"])
def test_the_test_is_exact_with_ties(kind):
    share = (p_values(KINDS[kind], pairs=150, rows=60) <= 0.2).mean()
    # Of an exact test with 150 pairs, more than 99.9 % lie here. When ties were broken by row number, all pairs did.
    assert 0.08 < share < 0.33


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_few_unrelated_pairs_are_significant(kind):
    assert 0.03 <= (p_values(KINDS[kind], pairs=2000) <= 0.05).mean() <= 0.07


def test_a_dominant_feature_leaves_the_others_their_say():
    features = A.astype(np.float32)
    features[:, 0] *= 10_000
    away = centred(features)
    directions = away / np.linalg.norm(away, axis=1, keepdims=True)
    closeness = directions @ directions.T - 9 * np.eye(60)
    expected = np.zeros((60, 60))
    np.put_along_axis(expected, np.argsort(-closeness, axis=1)[:, :10], 1, axis=1)
    assert np.abs(weights(away, 10) - expected).sum() <= 2


@pytest.mark.parametrize("kind", ["continuous", "bag of words", "one-hot, 5 classes"])
@pytest.mark.parametrize("changes", [{"MOST_CLOSENESS": 400}, {"MOST_CANDIDATES": 0}], ids=str)
def test_blocks_and_single_precision_change_nothing(kind, changes, monkeypatch):
    features = centred(KINDS[kind](np.random.default_rng(0), 90))
    expected = weights(features, 4)
    for name, value in changes.items():
        monkeypatch.setattr(module, name, value)
    np.testing.assert_allclose(weights(features, 4), expected, atol=1e-9)


def test_samples_of_large_ties_have_the_same_mean(monkeypatch):
    features = centred(KINDS["one-hot, 5 classes"](np.random.default_rng(0), 200))
    exact = nearest(features, 2, np.random.default_rng(0))
    monkeypatch.setattr(module, "MOST_DENSE", 100)
    samples = [nearest(features, 2, np.random.default_rng(seed)) for seed in range(60)]
    assert samples[0].weights.nnz < 0.6 * exact.weights.nnz
    mean = sum(one.weights.toarray() for one in samples) / 60
    error = mean - exact.weights.toarray()
    assert abs(error.sum()) < 0.02 * exact.weights.sum()
    assert np.sqrt(np.square(error).mean()) < 0.02
    total = np.mean([one.influence.sum() for one in samples])
    assert total == pytest.approx(exact.influence.sum(), rel=0.02)


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 12), seed=st.integers(0, 9), symmetric=st.booleans())
def test_sparse_products_agree_with_dense_ones(rows, seed, symmetric):
    import scipy.sparse

    random = np.random.default_rng(seed)
    a, b = ((random.random((rows, rows)) < 0.4) * random.random((rows, rows)) for _ in range(2))
    found = sparse_cyclic_products(scipy.sparse.csr_array(a), scipy.sparse.csr_array(b))
    expected = cyclic_products([a.astype(np.float32), b.astype(np.float32)], symmetric=False)[:, 0, 1]
    np.testing.assert_allclose(found, expected, atol=1e-5)
