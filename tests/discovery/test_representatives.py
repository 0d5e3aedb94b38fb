"""The networks that show a run: one of each algorithm, then others far away in β, never one twice."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings, strategies as st

from weightloom.discovery._representatives import representatives
from weightloom.discovery.classification import ALGORITHMS

BETAS = [1e-12, 1e-9, 1e-6, 1e-3, 1.0]


def measures_of(algorithm, margin=None, betas=BETAS, seeds=None):
    algorithm = np.array(algorithm)
    margin = np.full(algorithm.shape, 0.5) if margin is None else np.array(margin)
    grid, coordinates = ("step", "seed", "beta"), {"seed": seeds or range(len(algorithm)), "beta": betas, "step": [9]}
    return xr.Dataset({"algorithm": (grid, algorithm[None]), "margin": (grid, margin[None])}, coordinates)


def test_each_algorithm_is_shown_by_its_clearest_network():
    algorithm = [["double-sided"] * 2 + ["pudding+"] + ["convexity"] * 2, ["unknown"] * 5]
    margin = [[0.1, 0.7, 0.2, 0.6, 0.3], [1.0] * 5]
    chosen = representatives(measures_of(algorithm, margin, seeds=[3, 8]), 3)
    assert chosen == [(3, 1e-9), (3, 1e-6), (3, 1e-3)]


def test_where_algorithms_are_too_few_the_others_are_far_away_in_beta():
    chosen = representatives(measures_of([["convexity"] + ["unknown"] * 4]), 4)
    assert chosen == [(0, 1e-12), (0, 1.0), (0, 1e-6), (0, 1e-9)]


def test_networks_of_the_last_step_are_shown():
    early, late = measures_of([["convexity"] * 5]), measures_of([["unknown"] * 4 + ["pudding-"]])
    assert representatives(xr.concat([early, late], "step"), 1) == [(0, 1.0)]


def test_a_baseline_has_one_beta():
    assert representatives(measures_of([["unknown"]], betas=[0.0]), 3) == [(0, 0.0)]


@pytest.mark.parametrize("count", [0, -1])
def test_none_can_be_asked_for(count):
    assert representatives(measures_of([["convexity"] * 5]), count) == []


@given(
    st.lists(st.lists(st.sampled_from(ALGORITHMS), min_size=5, max_size=5), min_size=1, max_size=3), st.integers(1, 9)
)
@settings(max_examples=60, deadline=None)
def test_no_network_is_shown_twice(algorithm, count):
    chosen = representatives(measures_of(algorithm), count)
    assert len(chosen) == len(set(chosen)) <= count
    assert len(chosen) >= min(count, len(BETAS))
