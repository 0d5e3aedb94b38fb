"""Jaccard similarity of neighbours, and CKNNA: loops over their definitions, ties, and draws."""

import numpy as np
import pytest

import weightloom as wl
from experiments.ties import KINDS
from tests.similarity.encoders import encoders
from weightloom.similarity.scores import CKNNA, Inputs, NeighbourJaccard, nearest as module, shifts
from weightloom.similarity.scores.base import centred
from weightloom.similarity.scores.nearest import nearest

A, B = encoders(60)["wide"], encoders(60)["narrow"]
TIED = [KINDS[kind](np.random.default_rng(seed), 60) for seed, kind in enumerate(KINDS)]
SCORES = [NeighbourJaccard(), CKNNA()]


def value(score, a=A, b=B):
    return score.measure(Inputs((a, b), nulls=20)).value[0, 1]


def cosines(features, centre):
    away = features - centre * features.mean(0)
    directions = away / np.linalg.norm(away, axis=1, keepdims=True)
    return directions @ directions.T


def nearest_of(features, centre, k=10):
    return [set(row) for row in np.argsort(-(cosines(features, centre) - 9 * np.eye(60)), axis=1)[:, :k]]


@pytest.mark.parametrize("centre", [True, False])
def test_jaccard_agrees_with_sets(centre):
    pairs = zip(nearest_of(A, centre), nearest_of(B, centre))
    expected = np.mean([len(a & b) / len(a | b) for a, b in pairs])
    assert value(NeighbourJaccard(centre=centre)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("centre", [True, False])
def test_cknna_agrees_with_loops_over_its_definition(centre):
    kernels = [cosines(x, centre) for x in (A, B)]
    near = [nearest_of(x, centre) for x in (A, B)]

    def align(one, other):
        return sum(
            (kernels[one][i, j] - kernels[one][i].mean()) * (kernels[other][i, j] - kernels[other][i].mean())
            for i in range(60)
            for j in near[one][i] & near[other][i]
        )

    expected = align(0, 1) / np.sqrt(align(0, 0) * align(1, 1))
    assert value(CKNNA(centre=centre)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("score", SCORES, ids=repr)
@pytest.mark.parametrize("features", TIED, ids=KINDS)
def test_a_copy_scores_1(score, features):
    assert value(score, features, features.copy()) == pytest.approx(1, abs=1e-9)


def fuzzy(a, b):
    return np.mean(np.minimum(a, b).sum(1) / np.maximum(a, b).sum(1))


@pytest.mark.parametrize("number", range(len(TIED)))
@pytest.mark.parametrize("most", [shifts.MOST_NUMBERS, 1000], ids=["at once", "in portions"])
def test_every_draw_of_jaccard_is_that_of_moved_rows(number, most, monkeypatch):
    """Also where both encoders have ties: against weights over all pairs of rows, moved by hand."""
    monkeypatch.setattr(shifts, "MOST_NUMBERS", most)
    features = TIED[number], TIED[number - 1]
    data = Inputs(features, nulls=20)
    found = NeighbourJaccard().measure(data)
    order = data.generator("cyclic").permutation(60)
    a, b = (nearest(centred(x)[order], 10, data.generator("")).weights.toarray() for x in features)
    assert found.value[0, 1] == pytest.approx(fuzzy(a, b), abs=1e-9)
    for shift in (1, 30, 59):
        moved = np.roll(b, (-shift, -shift), (0, 1))
        assert found.null[shift - 1, 0, 1] == pytest.approx(fuzzy(a, moved), abs=1e-9)


@pytest.mark.parametrize("features", [(A, B), (TIED[0], TIED[1])], ids=["continuous", "ties"])
def test_every_draw_of_cknna_is_that_of_moved_rows(features):
    data = Inputs(features, nulls=20)
    found = CKNNA().measure(data)
    order = data.generator("cyclic").permutation(60)
    for shift in (1, 31):
        moved = np.roll(order, -shift)
        assert found.null[shift - 1, 0, 1] == pytest.approx(value(CKNNA(), features[0][order], features[1][moved]))


def test_the_influence_of_jaccard_is_the_derivative_by_the_weight_of_a_row():
    data = Inputs((A, B))
    score = NeighbourJaccard()
    a, b = score.prepare_all(data)
    _, influence = score.pair(a, b, data)
    one, other = a.weights.toarray(), b.weights.toarray()

    def weighted(weights):
        shares = (np.minimum(one, other) @ weights) / (np.maximum(one, other) @ weights)
        return np.average(shares, weights=weights)

    derivative = []
    for row in range(60):
        step = np.zeros(60)
        step[row] = 1e-5
        derivative.append((weighted(1 + step) - weighted(1 - step)) / 2e-5)
    np.testing.assert_allclose(influence - influence.mean(), derivative, atol=1e-8)


def test_samples_of_large_ties_are_refused_by_jaccard_and_unbiased_for_cknna(monkeypatch):
    features = KINDS["one-hot, 5 classes"](np.random.default_rng(0), 200)
    own = Inputs((features, features.copy()))
    exact = CKNNA().prepare_all(own)[0].influence.sum()
    monkeypatch.setattr(module, "MOST_DENSE", 100)
    monkeypatch.setattr(module, "MOST_TIED", 2)
    found = CKNNA().prepare_all(own)[0]
    assert found.weights.nnz < 6000
    assert found.influence.sum() == pytest.approx(exact, rel=0.1)
    with pytest.raises(wl.InputError, match="ties of so many of 200 rows: give at most 4096 rows, or use Mutual"):
        NeighbourJaccard().measure(own)
    assert np.isfinite(NeighbourJaccard().measure(Inputs((A, B))).value).all()


@pytest.mark.parametrize("score", SCORES, ids=repr)
def test_hostile_features(score):
    one = A[:, :1] - A[:, 0].mean()
    constant = np.hstack([A, np.ones((60, 2))])
    assert np.isfinite(value(score, one, B))
    assert value(score, constant, B) == pytest.approx(value(score), abs=1e-9)
    assert value(score, np.random.default_rng(0).standard_normal((60, 300)), B) < 0.5
