"""Soft matching: the optimal plan by other solvers, closed forms, and hostile features."""

import itertools

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings, strategies as st
from scipy.optimize import linprog

import weightloom as wl
from tests.similarity.encoders import encoders
from weightloom.similarity import compare
from weightloom.similarity.scores import Inputs, SoftMatching, matching
from weightloom.similarity.scores.matching import best_plan

WIDE = encoders(60)["wide"]
A, B = WIDE[:, WIDE.std(0) > 0][:, :8], encoders(60)["narrow"][:, :6]


def value(a, b):
    return SoftMatching().measure(Inputs((a, b), nulls=20)).value[0, 1]


def correlations(a, b):
    return np.corrcoef(a.T, b.T)[: a.shape[1], a.shape[1] :]


def over_all_pairs(worth):
    """The linear program with every pair, which Khosla and Williams define."""
    rows, columns = worth.shape
    sums = np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    most = np.repeat([1 / rows, 1 / columns], [rows, columns])
    return -linprog(-worth.ravel(), A_eq=scipy.sparse.csr_array(sums), b_eq=most).fun


def check(plan, worth):
    rows, columns = worth.shape
    full = np.zeros(worth.shape)
    np.add.at(full, (plan.row, plan.column), plan.share)
    assert (plan.share >= -1e-12).all()
    np.testing.assert_allclose(full.sum(1), 1 / rows, atol=1e-9)
    np.testing.assert_allclose(full.sum(0), 1 / columns, atol=1e-9)
    assert (full * worth).sum() == pytest.approx(plan.total(worth))


def test_equal_widths_are_the_best_permutation():
    a = A[:, :6]
    worth = correlations(a, B)
    expected = max(worth[range(6), list(order)].mean() for order in itertools.permutations(range(6)))
    assert value(a, B) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("copies", [0, 256], ids=["linear program", "copies"])
def test_unequal_widths_are_the_best_plan_over_all_pairs(copies, monkeypatch):
    monkeypatch.setattr(matching, "MOST_COPIES", copies)
    expected = over_all_pairs(correlations(A, B))
    assert value(A, B) == pytest.approx(expected, abs=1e-6)
    assert value(B, A) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(rows=st.integers(1, 9), columns=st.integers(1, 9), seed=st.integers(0, 99), ties=st.booleans())
def test_the_plan_is_a_plan_and_the_best(rows, columns, seed, ties):
    random = np.random.default_rng(seed)
    worth = random.integers(-1, 2, (rows, columns)).astype(float) if ties else random.standard_normal((rows, columns))
    plan = best_plan(worth)
    check(plan, worth)
    assert plan.total(worth) == pytest.approx(over_all_pairs(worth), abs=1e-7)


@pytest.mark.parametrize("shape", [(45, 64), (64, 45)])
def test_pairs_are_added_until_the_plan_is_the_best(shape, monkeypatch):
    monkeypatch.setattr(matching, "NEAR", 1)
    worth = np.random.default_rng(0).standard_normal(shape)
    plan = best_plan(worth)
    check(plan, worth)
    assert plan.total(worth) == pytest.approx(over_all_pairs(worth), abs=1e-7)


def test_a_plan_without_a_choice():
    worth = np.random.default_rng(0).standard_normal((1, 7))
    assert best_plan(worth).total(worth) == pytest.approx(worth.mean())
    assert value(A[:, :1], B) == pytest.approx(correlations(A[:, :1], B).mean())


def test_copies_of_features_match_and_opposites_do_not():
    a = np.linalg.qr(np.hstack([np.ones((60, 1)), A]))[0][:, 1:]  # uncorrelated
    twice = np.repeat(a, 2, axis=1)[:, ::-1] * np.arange(1, 17) + 3
    assert value(a, twice) == pytest.approx(1)
    assert value(a, np.hstack([a[:, :4], -a[:, 4:]])) == pytest.approx(0.5)
    assert value(a[:, :3], a[:, 3:]) == pytest.approx(0, abs=1e-12)


def test_constant_features_are_left_out():
    dead = np.hstack([A[:, :6], np.zeros((60, 1)), np.full((60, 2), 0.1)])
    assert value(dead.astype(np.float32), B) == pytest.approx(value(A[:, :6], B), abs=1e-6)
    assert value(dead + 1e6, B) == pytest.approx(value(A[:, :6], B), abs=1e-6)
    found = SoftMatching().measure(Inputs((np.ones((60, 3)), B), nulls=20))
    assert np.isnan(found.value[0]).all()
    assert np.isnan(found.null[:, 0]).all()
    assert np.isnan(found.high[0]).all()
    assert found.value[1, 1] == pytest.approx(1)


def test_features_too_wide_for_pairs_are_refused(monkeypatch):
    monkeypatch.setattr(matching, "MOST_PAIRS", 50)
    with pytest.raises(wl.InputError, match=r"all pairs of 8 and 8 features: give encoders with at most 7 features"):
        compare({"a": A, "b": B}, scores="soft-matching", nulls=20)
    assert compare({"a": A}, scores="soft-matching", against={"b": B}, nulls=20).value.size == 1


def test_more_features_than_rows():
    random = np.random.default_rng(0)
    a = random.standard_normal((24, 70))
    assert value(a, a[:, random.permutation(70)]) == pytest.approx(1)
