"""Outcomes: each development has its name, whatever the seed's signs and the order of dimensions."""

import numpy as np
import pytest
import xarray as xr

from weightloom.discovery._outcomes import CLOSED, OUTCOMES, outcomes

BETAS = np.geomspace(1e-12, 1, 13)


def development(*steps, kl=100.0):
    """Measures of one seed: at every step what it runs at β ≤ 1e-6, and what it runs above."""
    rows = [[low if beta <= 1.1e-6 else high for beta in BETAS] for low, high in steps]
    algorithm = xr.DataArray(np.array([rows]), dims=("seed", "step", "beta"))
    coordinates = {"seed": [0], "step": np.arange(1, len(steps) + 1), "beta": BETAS}
    return xr.Dataset({"algorithm": algorithm, "kl": xr.full_like(algorithm, kl, dtype=float)}, coordinates)


SIMPLE = ("convexity", "convexity")
CASES = [
    ([SIMPLE, SIMPLE], 0.0, "convexity", "convexity"),
    ([SIMPLE, ("pudding-", "convexity")], 100.0, "pudding", "convexity"),
    ([("unknown", "unknown"), ("pudding+", "convexity")], 100.0, "pudding", "pudding"),
    ([SIMPLE, ("double-sided", "convexity")], 100.0, "double-sided", "convexity"),
    (
        [SIMPLE, ("pudding+", "convexity"), ("double-sided", "convexity")],
        9.0,
        "pudding, then double-sided",
        "convexity",
    ),
    ([SIMPLE, ("pudding+", "pudding+")], 100.0, "pudding at every β", "convexity"),
    ([SIMPLE, ("pudding-", "pudding-")], CLOSED / 2, "random pudding", "convexity"),
    ([("unknown", "convexity")], 100.0, "other", "none"),
    ([SIMPLE, ("mixed", "convexity")], 100.0, "other", "convexity"),
]


@pytest.mark.parametrize(("steps", "kl", "outcome", "first"), CASES)
def test_every_development_has_its_name(steps, kl, outcome, first):
    measures = development(*steps, kl=kl)
    for same in (measures, measures.transpose("beta", "step", "seed")):
        found = outcomes(same)
        assert (found.outcome.item(), found.first.item()) == (outcome, first)


def test_every_name_is_shown():
    assert {outcome for *_, outcome, _ in CASES} == set(OUTCOMES)


def test_no_majority_is_no_algorithm():
    measures = development(SIMPLE)
    measures.algorithm[0, 0, :2] = "double-sided"
    measures.algorithm[0, 0, 2:4] = "pudding+"
    assert outcomes(measures).outcome.item() == "other"


def test_the_boundary_is_the_highest_beta_that_is_not_simple():
    found = outcomes(development(SIMPLE, ("double-sided", "convexity"), ("pudding-", "unknown")))
    np.testing.assert_allclose(found.boundary, [[np.nan, 1e-6, 1e-6]])


def test_seeds_do_not_influence_one_another():
    one, other = (development(SIMPLE, (name, "convexity")) for name in ("pudding+", "double-sided"))
    both = outcomes(xr.concat([one, other.assign_coords(seed=[1])], "seed"))
    assert both.outcome.values.tolist() == ["pudding", "double-sided"]
