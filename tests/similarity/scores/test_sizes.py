"""Wide and long features: the same values as those of matrices over all pairs of rows, and what is undefined."""

import numpy as np
import pytest

import weightloom as wl
from tests.similarity.encoders import ROWS, encoders, orthogonal
from weightloom.similarity import SCORES, compare
from weightloom.similarity.scores import CKA, DebiasedCKA, Gulp, Inputs, MutualNeighbours, kernels, linear, neighbours
from weightloom.similarity.scores.base import centred
from weightloom.similarity.scores.shifts import blocks_for

FEATURES = encoders()
LINEAR = [CKA(), DebiasedCKA(), Gulp()]


@pytest.fixture
def long(monkeypatch):
    """Every number of rows is above the limit for matrices over all pairs of rows."""
    for module in (linear, neighbours):
        monkeypatch.setattr(module, "LONG", 0)
    monkeypatch.setattr(linear, "PORTION", 50)


@pytest.mark.parametrize("score", LINEAR, ids=repr)
def test_shifts_of_blocks_agree_with_moving_rows(score, long):
    data = Inputs((FEATURES["wide"], FEATURES["narrow"]), nulls=20)
    found = score.measure(data)
    order = data.generator("cyclic").permutation(ROWS)
    blocks = blocks_for(ROWS, 21)
    assert len(found.null) == blocks - 1
    for draw in (0, 7):
        inside = ROWS // blocks * blocks
        moved = np.concatenate([np.roll(order[:inside], -(draw + 1) * (ROWS // blocks)), order[inside:]])
        expected = score.measure(Inputs((FEATURES["wide"][order], FEATURES["narrow"][moved]), nulls=20))
        assert found.null[draw, 0, 1] == pytest.approx(expected.value[0, 1], abs=1e-5)


def over_rows(score, features):
    """Value and influence from the matrix over all pairs of rows, in double precision."""
    a, b = (centred(one) for one in features)
    if isinstance(score, Gulp):
        a, b = (x @ np.linalg.inv(x.T @ x / len(x) + 0.01 * np.eye(x.shape[1])) @ x.T / len(x) for x in (a, b))
        return np.linalg.norm(a - b)
    if isinstance(score, MutualNeighbours):
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
        near = [np.argsort(-(x @ x.T - 9 * np.eye(len(x))), axis=1)[:, :10] for x in (a, b)]
        return np.mean([len(set(x) & set(y)) / 10 for x, y in zip(*near)])
    a, b = a @ a.T, b @ b.T
    if isinstance(score, DebiasedCKA):
        n = len(a)
        for gram in (a, b):
            np.fill_diagonal(gram, 0)
            sums = gram.sum(1)
            gram += sums.sum() / ((n - 1) * (n - 2)) - (sums + sums[:, None]) / (n - 2)
            np.fill_diagonal(gram, 0)
    return (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.mark.slow
@pytest.mark.parametrize("score", [*LINEAR, MutualNeighbours()], ids=repr)
def test_long_features_agree_with_matrices_over_4000_rows(score, long):
    random = np.random.default_rng(0)
    signal = random.standard_normal((4000, 30))
    features = tuple(
        (signal @ random.standard_normal((30, width)) + 3 * random.standard_normal((4000, width))).astype(np.float32)
        for width in (64, 96)
    )
    found = score.measure(Inputs(features)).value[0, 1]
    assert found == pytest.approx(over_rows(score, features), abs=1e-5)


@pytest.mark.parametrize("score", [*LINEAR, MutualNeighbours()], ids=repr)
@pytest.mark.parametrize("width", [40, 400], ids=["narrow", "wide"])
def test_features_agree_with_matrices_over_rows(score, width):
    random = np.random.default_rng(0)
    features = tuple(array @ random.standard_normal((array.shape[1], width)) for array in FEATURES.values())[1:]
    assert score.measure(Inputs(features)).value[0, 1] == pytest.approx(over_rows(score, features), abs=1e-5)


@pytest.mark.parametrize("score", [*LINEAR, MutualNeighbours()], ids=repr)
def test_long_features_agree_with_matrices_over_rows(score, long):
    features = FEATURES["wide"], FEATURES["narrow"]
    assert score.measure(Inputs(features)).value[0, 1] == pytest.approx(over_rows(score, features), abs=1e-5)


def test_wide_features_score_as_those_with_the_same_distances():
    """512 features of 60 rows are 60 features, in another rotation and with zeros beside them."""
    random = np.random.default_rng(0)
    narrow = {name: random.standard_normal((60, 60)) for name in "ab"}
    wide = {name: orthogonal(np.hstack([one, np.zeros((60, 452))])) for name, one in narrow.items()}
    labels = np.arange(60) % 2
    rigid = [name for name, score in SCORES.items() if "orthogonal" in score.invariances]
    names = [name for name in rigid if not SCORES[name].needs_labels] + ["jensen-shannon"]
    found, expected = (compare(one, labels, names, nulls=20) for one in (wide, narrow))
    np.testing.assert_allclose(found.value, expected.value, atol=2e-3)  # of gulp of an encoder and itself
    near = [
        "cka", "cka-debiased", "cka-rbf", "procrustes", "angular-procrustes", "svcca", "mutual-knn", "knn-jaccard",
        "cknna",
    ]  # fmt: skip
    np.testing.assert_allclose(found.value.sel(score=near), expected.value.sel(score=near), atol=1e-5)


@pytest.mark.parametrize("score", [name for name, one in SCORES.items() if isinstance(one, kernels.KernelScore)])
def test_a_score_that_needs_a_matrix_over_too_many_rows_says_so(score, long, monkeypatch):
    monkeypatch.setattr(kernels, "MOST_ROWS", ROWS - 1)
    if score in ("cka", "cka-debiased", "gulp", "mutual-knn", "knn-jaccard", "cknna"):
        assert np.isfinite(compare(FEATURES, scores=score, nulls=20).value).all()
        return
    with pytest.raises(
        wl.InputError, match=r"needs a matrix over all pairs of 240 rows: give at most 239 rows, or leave"
    ):
        compare(FEATURES, scores=score, nulls=20)


def test_what_is_0_by_0_is_undefined():
    random = np.random.default_rng(0)
    features = {"equidistant": np.eye(120), "other": random.standard_normal((120, 5))}
    table = compare(features, scores=["cka-debiased", "procrustes"], nulls=20)
    pair = table.sel(a="equidistant")
    for variable in ("value", "p", "calibrated", "low", "high", "null"):
        assert np.isnan(pair[variable]).all(), variable
    assert np.isfinite(table.value.sel(a="other", b="other")).all()


@pytest.mark.parametrize(
    "score",
    [
        "cka", "cka-rbf", "procrustes", "angular-procrustes", "mutual-knn", "knn-jaccard", "cknna", "svcca", "pwcca",
        "soft-matching", "gulp",
    ],
)  # fmt: skip
def test_a_score_that_no_order_of_rows_changes_is_not_significant(score):
    features = {"equidistant": np.eye(60), "other": np.random.default_rng(0).standard_normal((60, 5))}
    table = compare(features, scores=[score], nulls=20)
    assert float(table.p.sel(score=score, a="equidistant", b="other")) > 0.99
