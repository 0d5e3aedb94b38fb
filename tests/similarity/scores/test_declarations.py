"""What every member declares, tested on every member; and what must hold of all."""

import functools
import itertools

import jaxtyping
import numpy as np
import pytest

from tests.similarity.encoders import CHANGES, DEAR, digits, encoders, out_of_order
from weightloom.similarity._compare import compare
from weightloom.similarity.scores import INVARIANCES, SCORES, Inputs

NAMES = ("wide", "narrow", "pixels")
# Solvers, single precision and ridges decide only this much.
TOLERANCE = {"procrustes": 1e-6, "angular-procrustes": 1e-6, "gulp": 5e-3, "stitching": 0.02}


@functools.cache
def everything(dear):
    """Every score of the encoders, of one of them changed in every way, of another out of order, and of noise.

    Args:
        dear: whether of the scores that take long, or of the others.
    """
    own = encoders()
    changed = {name: change(own["wide"]) for name, change in CHANGES.items()}
    noise = np.random.default_rng(3).standard_normal((len(own["wide"]), 30))
    features = {**own, **changed, "shuffled": out_of_order(own["wide"]), "noise": noise}
    return compare(features, digits()[1], [name for name in SCORES if (name in DEAR) == dear], nulls=60, seeds=3)


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.slow] * (name in DEAR)) for name in SCORES])
def named(request):
    table = everything(request.param in DEAR)
    return request.param, SCORES[request.param], table.sel(score=request.param)


def tolerance(name, values):
    return TOLERANCE.get(name, 1e-3) * max(1, float(np.abs(values).max()))


def test_self_value(named):
    name, score, table = named
    if score.self_value is None:
        own = np.diagonal(table.value.sel(a=list(NAMES), b=list(NAMES)))
        assert np.ptp(own) > 0.01 * own.max()
    else:
        for encoder in NAMES:
            found = float(table.value.sel(a=encoder, b=encoder))
            assert found == pytest.approx(score.self_value, abs=tolerance(name, table.value.values))


def test_symmetry(named):
    _, score, table = named
    values = table.value.values
    apart = np.abs(values - values.T).max()
    if score.symmetric:
        assert apart <= 1e-6 * np.abs(values).max()
        for variable in ("p", "null", "calibrated"):
            one = table[variable].values
            np.testing.assert_allclose(one, one.T, rtol=1e-4, atol=1e-6, err_msg=variable)
    else:
        assert apart > 1e-3 * np.abs(values - np.diag(np.diagonal(values))).max()


def test_metric(named):
    name, score, table = named
    if not score.metric:
        assert name not in ("procrustes", "angular-procrustes", "gulp", "disagreement", "accuracy-difference")
        return
    assert score.symmetric
    assert score.self_value == 0
    values = table.value.values
    for a, b, c in itertools.product(range(len(values)), repeat=3):
        assert values[a, c] <= values[a, b] + values[b, c] + tolerance(name, values)


@pytest.mark.parametrize("change", INVARIANCES)
def test_invariances(named, change):
    """Declared changes leave the score as it was on either side; the others move it."""
    name, score, table = named
    others = ["narrow", "pixels", "wide"]
    moved = max(
        np.abs(table.value.sel(a=change, b=others).values - table.value.sel(a="wide", b=others).values).max(),
        np.abs(table.value.sel(b=change, a=others).values - table.value.sel(b="wide", a=others).values).max(),
    )
    if change in score.invariances:
        assert moved <= tolerance(name, table.value.values)
    elif name != "stitching" or change != "linear":
        assert moved > 1e-4 * np.abs(table.value.values).max()


def test_direction_and_that_shuffling_the_rows_destroys_the_score(named):
    name, score, table = named
    sign = 1 if score.larger_is_more_similar else -1
    destroyed = table.sel(a="wide", b="shuffled")
    assert destroyed.p > 0.01
    around = 0.3 * abs(destroyed.null) + (destroyed.null_high - destroyed.null_low)
    assert destroyed.null_low - around <= destroyed.value <= destroyed.null_high + around
    if (
        name == "hypernetwork-transfer"
    ):  # that it does not even know a rotated copy is what docs/explanation/similarity.md says
        return
    copy = table.sel(a="wide", b="orthogonal")
    assert sign * (float(copy.value) - float(destroyed.value)) > 0
    assert copy.p < 0.02


def test_noise_stays_in_its_null(named):
    _, _, table = named
    pair = table.sel(a="wide", b="noise")
    assert pair.p > 0.01


def test_values_are_finite_and_inside_their_intervals(named):
    _, _, table = named
    for variable in ("value", "null", "null_low", "null_high", "p", "low", "high"):
        assert np.isfinite(table[variable]).all()
    slack = 1e-6 * np.abs(table.value).max()
    assert (table.low <= table.value + slack).all()
    assert (table.high >= table.value - slack).all()
    assert ((table.p > 0) & (table.p <= 1)).all()


def test_calibration(named):
    _, score, table = named
    if score.self_value is None:
        assert np.isnan(table.calibrated).all()
        return
    expected = (table.value - table.null) / (score.self_value - table.null)
    known = np.isfinite(table.calibrated.values)
    assert known[:3, :3].all() or score.self_value == 0
    np.testing.assert_allclose(table.calibrated.values[known], expected.values[known])
    for encoder in NAMES:
        own = float(table.calibrated.sel(a=encoder, b=encoder))
        assert np.isnan(own) or own == pytest.approx(1, abs=0.05)


def test_only_hypernetworks_have_a_spread(named):
    name, _, table = named
    assert bool(np.isfinite(table.spread).all()) == name.endswith("-transfer")


def test_every_score_has_its_draws(named):
    _, _, table = named
    assert float(table.draws) >= 60


@pytest.mark.parametrize("name", [name for name, score in SCORES.items() if not score.needs_labels])
def test_tiny_features_pass_the_type_checker(name):
    """The slow tests run without it, and dear scores are measured in few others."""
    random = np.random.default_rng(0)
    found = SCORES[name].measure(Inputs(tuple(random.standard_normal((12, width)) for width in (3, 2, 4)), nulls=5))
    assert not jaxtyping.config.jaxtyping_disable
    assert all(np.isfinite(one).all() for one in found[:4])
