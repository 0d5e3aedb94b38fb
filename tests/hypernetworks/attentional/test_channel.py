"""The channel's KL against the closed form, a Monte Carlo estimate, and its own sign."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings, strategies as st

from tests.reference import naive_hypernetwork as naive
from weightloom.hypernetworks.attentional.channel import send

spreads = st.lists(st.floats(-8, 8, width=32), min_size=4, max_size=4)
kl_of = jax.jit(lambda q, p: send(q[:, None], p[:, None], jnp.zeros((2, 1))).kl[0])


@settings(max_examples=100, deadline=None)
@given(spreads, spreads)
def test_kl_is_the_closed_form(q, p):
    q, p = np.asarray(q, np.float32), np.asarray(p, np.float32)
    deviations = [np.exp(5 * np.tanh(side[2:].astype(np.float64) / 5)) for side in (q, p)]
    expected = naive.gaussian_kl(q[:2].astype(np.float64), deviations[0], p[:2].astype(np.float64), deviations[1])
    np.testing.assert_allclose(kl_of(jnp.asarray(q), jnp.asarray(p)), expected, rtol=2e-5, atol=1e-5)


@settings(max_examples=100, deadline=None)
@given(spreads, st.floats(-1e-3, 1e-3))
def test_kl_is_never_negative(q, shift):
    q = jnp.asarray(q, jnp.float32)
    assert float(kl_of(q, q + shift)) >= 0
    # XLA may compile the two sides' tanh differently, an ulp apart; the KL is the square of that.
    assert float(kl_of(q, q)) <= 1e-12


def test_kl_agrees_with_monte_carlo():
    q, p = np.array([0.3, -1.0, 0.5, -2.0]), np.array([0.0, 0.4, -0.5, 1.0])
    deviations = [np.exp(5 * np.tanh(side[2:] / 5)) for side in (q, p)]
    rng = np.random.default_rng(0)
    samples = q[:2] + deviations[0] * rng.standard_normal((200_000, 2))

    def log_density(mean, std):
        return (-0.5 * ((samples - mean) / std) ** 2 - np.log(std)).sum(1)

    ratios = log_density(q[:2], deviations[0]) - log_density(p[:2], deviations[1])
    error = ratios.std() / np.sqrt(len(ratios))
    kl = float(kl_of(jnp.asarray(q, jnp.float32), jnp.asarray(p, jnp.float32)))
    assert abs(kl - ratios.mean()) < 4 * error


def test_samples_come_from_the_side_that_was_asked_for():
    encoder = jnp.array([[2.0], [0.0]])
    decoder = jnp.array([[-3.0], [0.0]])
    noise = jnp.array([[0.5]])
    assert float(send(encoder, decoder, noise).samples[0, 0]) == 2.5
    assert float(send(encoder, decoder, noise, from_encoder=False).samples[0, 0]) == -2.5
