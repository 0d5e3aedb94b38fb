"""Preferences, scalarisations and hypervolumes against fronts that are known, and cells that are counted."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import weightloom as wl
from weightloom.hypernetworks import SCALARISATIONS

GRID = np.linspace(0, 1, 10_001)


def test_preferences_have_sum_one_and_the_moments_of_the_distribution():
    for losses, concentration in ((2, 1.0), (3, 0.5)):
        drawn = np.asarray(wl.sample_preferences(0, 20_000, losses, concentration=concentration))
        assert (drawn >= 0).all()
        np.testing.assert_allclose(drawn.sum(1), 1, rtol=1e-5)
        np.testing.assert_allclose(drawn.mean(0), 1 / losses, atol=0.01)
        variance = (losses - 1) / losses**2 / (losses * concentration + 1)
        np.testing.assert_allclose(drawn.var(0), variance, rtol=0.04)


def test_both_methods_find_their_points_of_a_convex_front():
    """The losses θ² and (1 − θ)²: in closed form θ is p₂, and √p₂/(√p₁ + √p₂)."""
    losses = np.stack([GRID**2, (1 - GRID) ** 2], axis=1)
    for p in (0.1, 0.5, 0.8):
        preference = np.array([1 - p, p])
        found = {name: GRID[np.argmin(wl.scalarise(losses, preference, name))] for name in SCALARISATIONS}
        root = math.sqrt(p) / (math.sqrt(p) + math.sqrt(1 - p))
        assert found == pytest.approx({"linear": p, "chebyshev": root}, abs=2e-4)


def test_only_chebyshev_reaches_the_inside_of_a_concave_front():
    """On a quarter circle a sum of losses is smallest at an end; the largest is smallest where both are equal."""
    losses = np.stack([np.sin(GRID * math.pi / 2), np.cos(GRID * math.pi / 2)], axis=1)
    for p in (0.2, 0.5, 0.7):
        preference = np.array([1 - p, p])
        assert GRID[np.argmin(wl.scalarise(losses, preference))] in (0, 1)
        inside = math.atan(p / (1 - p)) / (math.pi / 2)
        assert GRID[np.argmin(wl.scalarise(losses, preference, "chebyshev"))] == pytest.approx(inside, abs=2e-4)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=5).flatmap(
        lambda losses: st.tuples(
            st.just(losses), st.lists(st.floats(0.01, 1), min_size=len(losses), max_size=len(losses))
        )
    ),
    st.floats(0.01, 2),
)
def test_the_smooth_maximum_lies_within_its_bounds(both, smoothing):
    losses, preference = map(np.asarray, both)
    exact = float(wl.scalarise(losses, preference, "chebyshev"))
    smooth = float(wl.scalarise(losses, preference, "chebyshev", smoothing=smoothing))
    assert exact - 1e-4 <= smooth <= exact + smoothing * math.log(len(losses)) + 1e-4
    assert exact == pytest.approx(max(preference * losses), rel=1e-5, abs=1e-6)


def test_with_smoothing_every_loss_has_a_gradient():
    losses, preference = jnp.array([1.0, 2.0, 3.0]), jnp.full(3, 1 / 3)
    for smoothing, positive in ((0.0, 1), (0.1, 3)):
        gradient = jax.grad(lambda losses: wl.scalarise(losses, preference, "chebyshev", smoothing=smoothing))(losses)  # noqa: B023
        assert int((gradient > 0).sum()) == positive
        assert float(gradient.sum()) == pytest.approx(1 / 3, rel=1e-5)


def test_the_ideal_is_where_a_loss_counts_from():
    losses, preference, ideal = np.array([[1.0, 5.0], [2.0, 3.0]]), np.array([0.25, 0.75]), np.array([1.0, 2.0])
    np.testing.assert_allclose(wl.scalarise(losses, preference, ideal=ideal), [2.25, 1.0])
    np.testing.assert_allclose(wl.scalarise(losses, preference, "chebyshev", ideal=ideal), [2.25, 0.75])


def counted(points, reference):
    """The unit cells below the reference that a point is at least as good as everywhere."""
    cells = np.stack(np.meshgrid(*[np.arange(end) for end in reference], indexing="ij"), -1).reshape(-1, len(reference))
    return (cells[:, None] >= points[None]).all(2).any(1).sum()


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 4).flatmap(
        lambda m: st.tuples(
            st.lists(st.lists(st.integers(0, 5), min_size=m, max_size=m), min_size=1, max_size=6),
            st.lists(st.integers(1, 5), min_size=m, max_size=m),
        )
    ),
    st.randoms(use_true_random=False),
)
def test_a_volume_is_the_number_of_cells_in_any_order(both, random):
    points, reference = map(np.asarray, both)
    volume = wl.hypervolume(points, reference)
    assert volume == counted(points, reference)
    order = random.sample(range(points.shape[1]), points.shape[1])
    rows = random.sample(range(len(points)), len(points))
    assert wl.hypervolume(points[rows][:, order], reference[order]) == volume
    dominated = np.concatenate([points, points[:1] + 1])
    assert wl.hypervolume(dominated, reference) == volume


def test_no_points_have_no_volume():
    assert wl.hypervolume(np.zeros((0, 2)), 1.0) == wl.hypervolume([], 1.0) == 0


def test_a_list_of_losses_can_be_differentiated(unchecked):
    """Losses that a user computes one by one."""
    slope = jax.grad(lambda t: wl.scalarise([t**2, (1 - t) ** 2], [0.25, 0.75], ideal=[0.0, 0.0]))(0.5)
    assert float(slope) == pytest.approx(0.25 - 0.75)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: wl.sample_preferences(0, 0, 2), "count 0 cannot be used"),
        (lambda: wl.sample_preferences(0, 3, 1), "losses 1 cannot be used: give a whole number of at least 2"),
        (lambda: wl.sample_preferences(0, 3, 2, concentration=-1.0), "concentration -1.0 cannot be used"),
        (lambda: wl.scalarise(np.ones(2), np.ones(2), "sum"), "method 'sum' is unknown: use one of linear, chebyshev"),
        (lambda: wl.scalarise(np.ones(2), np.ones(2), smoothing=1.0), "smoothing 1.0 has no meaning for 'linear'"),
        (lambda: wl.scalarise(np.ones(2), np.ones(2), "chebyshev", smoothing=-1.0), "smoothing -1.0 cannot be used"),
        (lambda: wl.scalarise(np.ones(3), np.ones(2)), "do not fit: give one number per loss"),
        (lambda: wl.scalarise(np.ones((3, 2)), np.ones((4, 2))), "do not fit: give one number per loss"),
        (lambda: wl.scalarise(np.array(1.0), np.array(1.0)), "do not fit: give one number per loss"),
        (lambda: wl.hypervolume([1.0, 2.0], 3.0), "losses of shape (2,) cannot be used"),
        (lambda: wl.hypervolume([[1.0, np.nan]], 3.0), "give finite numbers"),
        (lambda: wl.hypervolume([[1.0, 2.0]], [1.0, 2.0, 3.0]), "do not fit: give shape (points, losses)"),
    ],
)
def test_what_cannot_be_used_is_named(unchecked, call, sentence):
    with pytest.raises(wl.InputError) as caught:
        call()
    assert sentence in str(caught.value)
