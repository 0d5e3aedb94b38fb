"""Closed forms, naive second implementations, the exact null, and intervals that cover."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr, spearmanr

from tests.similarity.encoders import CHANGES, DEAR, encoders
from weightloom.similarity.scores import (
    CKA,
    CKNNA,
    RSA,
    SCORES,
    AngularProcrustes,
    DebiasedCKA,
    DistanceCorrelation,
    GaussianCKA,
    Gulp,
    Inputs,
    MutualNeighbours,
    NeighbourJaccard,
    Procrustes,
)
from weightloom.similarity.scores.base import centred
from weightloom.similarity.scores.shifts import blocks_for, cyclic_products, shifted_products

A, B = encoders(60)["wide"], encoders(60)["narrow"]


def value(score, a=A, b=B):
    return score.measure(Inputs((a, b), nulls=20)).value[0, 1]


@pytest.mark.parametrize("rows", [5, 6, 9, 20])
@pytest.mark.parametrize("symmetric", [True, False])
def test_cyclic_products_agree_with_naive_shifts(rows, symmetric):
    matrices = np.random.default_rng(rows).standard_normal((3, rows, rows)).astype(np.float32)
    if symmetric:
        matrices = matrices + matrices.transpose(0, 2, 1)
    found = cyclic_products(list(matrices), symmetric=symmetric)
    for s in range(rows):
        expected = [[(a * np.roll(b, (-s, -s), (0, 1))).sum() for b in matrices] for a in matrices]
        np.testing.assert_allclose(found[s], expected, rtol=1e-4, atol=1e-3)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 40), blocks=st.integers(1, 12), seed=st.integers(0, 9))
def test_shifted_products_agree_with_naive_shifts(rows, blocks, seed):
    blocks = min(blocks, rows)
    random = np.random.default_rng(seed)
    a, b = random.standard_normal((rows, 3)), random.standard_normal((rows, 2))
    size = rows // blocks
    for s, found in enumerate(shifted_products(a, b, blocks)):
        moved = np.concatenate([np.roll(b[: size * blocks], -s * size, axis=0), b[size * blocks :]])
        np.testing.assert_allclose(found, a.T @ moved, atol=1e-9)


@given(rows=st.integers(20, 5000))
@settings(max_examples=50, deadline=None)
def test_there_are_blocks_enough(rows):
    blocks = blocks_for(rows, 201)
    assert min(rows, 201) <= blocks <= rows


def test_linear_cka_agrees_with_its_formula():
    a, b = A - A.mean(0), B - B.mean(0)
    norm = lambda x: np.linalg.norm(x) ** 2  # noqa: E731
    assert value(CKA()) == pytest.approx(norm(a.T @ b) / np.sqrt(norm(a.T @ a) * norm(b.T @ b)), rel=1e-5)


def unbiased_hsic(k, m):
    """Song et al. 2012, eq. 5, term by term."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    middle = k.sum() * m.sum() / ((n - 1) * (n - 2))
    return (np.trace(k @ m) + middle - 2 / (n - 2) * (k @ m).sum()) / (n * (n - 3))


def test_debiased_cka_agrees_with_the_unbiased_estimator():
    a, b = A @ A.T, B @ B.T
    expected = unbiased_hsic(a, b) / np.sqrt(unbiased_hsic(a, a) * unbiased_hsic(b, b))
    assert value(DebiasedCKA()) == pytest.approx(expected, rel=1e-4)


def test_debiased_cka_of_wide_noise_is_near_zero_where_cka_is_not():
    a, b = np.random.default_rng(0).standard_normal((2, 60, 600))
    assert value(CKA(), a, b) > 0.85
    assert abs(value(DebiasedCKA(), a, b)) < 0.02


def test_gaussian_cka_with_a_wide_kernel_is_linear_cka():
    assert value(GaussianCKA(bandwidth=30.0)) == pytest.approx(value(CKA()), abs=2e-3)


def test_mutual_neighbours_agree_with_loops():
    def nearest(x):
        away = x - x.mean(0)
        away = away / np.linalg.norm(away, axis=1, keepdims=True)
        closeness = away @ away.T - 9 * np.eye(len(x))
        return [set(row) for row in np.argsort(-closeness, axis=1)[:, :10]]

    expected = np.mean([len(a & b) / 10 for a, b in zip(nearest(A), nearest(B))])
    assert value(MutualNeighbours()) == pytest.approx(expected, abs=1e-6)


def test_neighbours_without_centring_agree_with_loops():
    directions = A / np.linalg.norm(A, axis=1, keepdims=True)
    others = B / np.linalg.norm(B, axis=1, keepdims=True)
    near = [np.argsort(-(x @ x.T - 9 * np.eye(60)), axis=1)[:, :10] for x in (directions, others)]
    expected = np.mean([len(set(x) & set(y)) / 10 for x, y in zip(*near)])
    assert value(MutualNeighbours(centre=False)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("name", "function"), [("spearman", spearmanr), ("pearson", pearsonr)])
def test_rsa_agrees_with_scipy(name, function):
    assert value(RSA(correlation=name)) == pytest.approx(function(pdist(A), pdist(B)).statistic, abs=1e-6)


def test_distance_correlation_agrees_with_loops_over_its_definition():
    def centred_distances(x):
        d = np.array([[np.linalg.norm(one - other) for other in x] for one in x])
        return d - d.mean(0) - d.mean(1)[:, None] + d.mean()

    a, b = centred_distances(A), centred_distances(B)
    expected = np.sqrt((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))
    assert value(DistanceCorrelation()) == pytest.approx(expected, abs=1e-6)


def test_gulp_is_the_distance_of_ridge_predictors():
    """No target does better than the closed form, and the best one attains it."""
    a, b = centred(A), centred(B)
    hats = [x @ np.linalg.inv(x.T @ x / 60 + 0.01 * np.eye(x.shape[1])) @ x.T / 60 for x in (a, b)]
    assert value(Gulp()) == pytest.approx(np.linalg.norm(hats[0] - hats[1]), rel=1e-3)


def test_procrustes_agrees_with_scipy():
    from scipy.linalg import orthogonal_procrustes

    a, b = A[:, :12] - A[:, :12].mean(0), B - B.mean(0)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    turned = a @ orthogonal_procrustes(a, b)[0]
    assert value(Procrustes(), A[:, :12], B) == pytest.approx(np.linalg.norm(turned - b), rel=1e-5)


def test_procrustes_reads_the_leading_components():
    few = Procrustes(components=3)
    u, s, _ = np.linalg.svd(A - A.mean(0), full_matrices=False)
    assert value(few, A, B) == pytest.approx(value(few, u * s, B))
    assert value(few, A, (u * s)[:, :3]) == pytest.approx(0, abs=1e-6)


def test_the_angle_is_the_arc_over_the_procrustes_distance():
    a, b = (x - x.mean(0) for x in (A[:, :12], B))
    nuclear = np.linalg.norm(a.T @ b, "nuc") / np.linalg.norm(a) / np.linalg.norm(b)
    assert value(AngularProcrustes(), A[:, :12], B) == pytest.approx(np.arccos(nuclear), abs=1e-9)
    perpendicular = np.linalg.qr(np.hstack([np.ones((60, 1)), A[:, :6]]))[0][:, 1:]
    assert value(AngularProcrustes(), perpendicular[:, :3], perpendicular[:, 3:]) == pytest.approx(np.pi / 2)
    data = Inputs((A, B), nulls=20)
    angle, distance = AngularProcrustes().measure(data), Procrustes().measure(data)
    for found, chord in zip(angle[:4], distance[:4]):
        np.testing.assert_allclose(2 * np.sin(found / 2), np.minimum(chord, np.sqrt(2)), atol=1e-12)


PERMUTED = [
    pytest.param(score, marks=[pytest.mark.slow] * (name in (*DEAR, "knn-jaccard")), id=name)
    for name, score in SCORES.items()
    if not score.needs_labels
]


@pytest.mark.slow
@pytest.mark.parametrize("score", PERMUTED)
def test_p_values_of_unrelated_encoders_are_uniform(score):
    random = np.random.default_rng(0)
    places = []
    for _ in range(60):
        found = score.measure(Inputs(tuple(random.standard_normal((2, 40, 3)) ** 3), nulls=20))
        sign = 1 if score.larger_is_more_similar else -1
        ahead = (sign * (found.null[:, 0, 1] - found.value[0, 1]) >= 0).sum()
        places.append((1 + ahead) / (1 + len(found.null)))
    # 60 uniform numbers: their mean lies within 0.5 ± 0.12 with 99.8 %.
    assert abs(np.mean(places) - 0.5) < 0.12
    assert np.mean(np.array(places) <= 0.2) == pytest.approx(0.2, abs=0.16)


@pytest.mark.slow
@pytest.mark.parametrize("score", PERMUTED)
def test_the_standard_error_is_the_spread_over_samples(score):
    """Draw the inputs anew many times: values differ by as much as each interval says."""
    random = np.random.default_rng(1)
    values, errors = [], []
    for _ in range(60):
        hidden = random.standard_normal((150, 3))
        a = np.tanh(hidden)
        b = hidden @ np.array([[1, 0.5, 0], [0, 1, 0.5], [0.5, 0, 1]]) + 0.3 * random.standard_normal((150, 3))
        found = score.measure(Inputs((a, b), nulls=20))
        values.append(found.value[0, 1])
        errors.append((found.high - found.low)[0, 1] / (2 * 1.96))
    assert np.mean(errors) / np.std(values) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize("kind", [MutualNeighbours, CKNNA, NeighbourJaccard])
def test_without_centring_a_shift_changes_the_neighbours(kind, change, centre):
    score = kind(centre=centre)
    found = score.measure(Inputs((B, A, CHANGES[change](A)))).value[0]
    assert (abs(found[1] - found[2]) < 1e-6) == (change in score.invariances)


def test_matrices_over_rows_are_freed_and_products_are_kept():
    wide = np.random.default_rng(0).standard_normal((2, 30, 30))
    data = Inputs(tuple(wide))
    CKA().measure(data)
    assert {name[0] for name in data._kept} == {"product"}
    np.testing.assert_array_equal(DebiasedCKA().measure(data).value, DebiasedCKA().measure(Inputs(tuple(wide))).value)


@pytest.mark.parametrize("score", [CKA(), GaussianCKA(), Gulp(), Procrustes()], ids=repr)
def test_the_error_agrees_with_leaving_rows_out(score):
    a, b = A[:, :8], B[:, :8]

    def one(rows):
        return score.measure(Inputs((a[rows], b[rows]), nulls=20)).value[0, 1]

    rows = np.arange(60)
    without = np.array([one(np.delete(rows, left_out)) for left_out in rows])
    jackknife = np.sqrt(59 / 60 * np.square(without - without.mean()).sum())
    found = score.measure(Inputs((a, b), nulls=20))
    error = (found.high - found.low)[0, 1] / (2 * 1.96)
    assert error == pytest.approx(jackknife, rel=0.25)
