"""The objective log(L + β·KL) and how β is sampled, against closed forms and distributions."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from weightloom.architectures import MLP
from weightloom.discovery.config import configure
from weightloom.discovery.objective import WARMUP_START, pareto_loss, sample_log_beta
from weightloom.discovery.tasks import TASKS

LOW, HIGH = math.log(1e-12), 0.0
START = math.log(WARMUP_START)


def config_of(**options):
    options = {"seeds": 1, "steps": 100, "warmup": (20, 60), "betas_per_step": 2000} | options
    return configure(TASKS["l1"], MLP((2, 3, 1)), **options)


@pytest.fixture(scope="module")
def sample():
    def draw(step, key=0, **options):
        drawn = sample_log_beta(config_of(**options), jnp.uint32(step), jax.random.key(key))
        return np.asarray(drawn, np.float64)

    return draw


@given(st.floats(1e-4, 1e4), st.floats(0, 1e5), st.floats(LOW, 5))
@settings(max_examples=50, deadline=None)
def test_the_price_is_the_logarithm_of_loss_plus_beta_times_kl(error, kl, log_beta):
    value = float(pareto_loss(*map(jnp.float32, (error, kl, log_beta))))
    assert value == pytest.approx(math.log(error + math.exp(log_beta) * kl), rel=1e-4, abs=1e-5)


def test_the_prices_slopes_are_the_shares_of_loss_and_kl():
    slopes = jax.grad(pareto_loss, argnums=(0, 1, 2))(*map(jnp.float32, (0.5, 100.0, math.log(1e-2))))
    np.testing.assert_allclose(slopes, [1 / 1.5, 0.01 / 1.5, 1 / 1.5], rtol=1e-5)


# The step and the upper end of log β that the regime allows there.
LITERAL = [(0, HIGH), (20, HIGH), (99, HIGH)]
WARMUP = [(0, START), (20, START), (30, 0.75 * START), (40, 0.5 * START), (59, START / 40), (60, HIGH), (99, HIGH)]


@pytest.mark.parametrize(
    ("regime", "step", "top"),
    [("literal", *row) for row in LITERAL] + [("warmup", *row) for row in WARMUP],
)
def test_log_beta_is_uniform_up_to_the_end_that_the_regime_allows(sample, regime, step, top):
    drawn = sample(step, regime=regime)
    assert drawn.min() >= LOW - 1e-4
    assert drawn.max() <= top + 1e-4
    assert stats.kstest(drawn, stats.uniform(LOW, top - LOW).cdf).pvalue > 1e-3


def test_the_warm_up_never_lowers_its_upper_end(sample):
    tops = [sample(step).max() for step in range(0, 100, 4)]
    assert tops == sorted(tops)


def test_a_warm_up_of_no_steps_jumps(sample):
    assert sample(20, warmup=(20, 20)).max() <= START
    assert sample(21, warmup=(20, 20)).max() > START


def test_a_range_above_the_warm_ups_start_begins_with_its_lowest(sample):
    drawn = sample(0, beta_range=(1e-3, 1.0))
    np.testing.assert_allclose(drawn, math.log(1e-3), rtol=1e-6)
    assert sample(60, beta_range=(1e-3, 1.0)).max() > -0.1


def test_a_range_below_the_warm_ups_start_is_sampled_whole(sample):
    options = {"beta_range": (1e-12, 1e-9)}
    np.testing.assert_array_equal(sample(0, **options), sample(0, regime="literal", **options))


def test_beta_depends_on_its_key_alone(sample):
    np.testing.assert_array_equal(sample(70), sample(99))
    assert (sample(70) != sample(70, key=1)).mean() > 0.99
    assert sample(70, betas_per_step=3).shape == (3,)
