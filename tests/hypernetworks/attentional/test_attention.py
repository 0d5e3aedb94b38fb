"""The hand-written derivative of attention against the automatic one of its plain form."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.hypernetworks.attentional.attention import attention


def plain(qkv):
    q, k, v = jnp.split(qkv, 3, axis=1)
    scores = jnp.einsum("gfq,gfk->gqk", q, k) / np.sqrt(q.shape[1])
    return jnp.einsum("gqk,gfk->gfq", jax.nn.softmax(scores, axis=-1), v)


@functools.partial(jax.jit, static_argnums=0)
def value_and_derivative(function, qkv, weights):
    value, pull_back = jax.vjp(function, qkv)
    return value, pull_back(weights)[0]


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("shape", [(3, 15, 4), (1, 15, 1), (2, 6, 9)])
def test_value_and_derivative_are_those_of_the_plain_form(shape, scale):
    qkv = scale * jax.random.normal(jax.random.key(0), shape)
    weights = jax.random.normal(jax.random.key(1), (shape[0], shape[1] // 3, shape[2]))
    for ours, theirs in zip(*(value_and_derivative(form, qkv, weights) for form in (attention, plain))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * scale)


def test_scores_beyond_float32_do_not_overflow():
    qkv = jnp.full((1, 15, 3), 30.0).at[0, :5, 1].set(60.0)
    answer, derivative = value_and_derivative(attention, qkv, jnp.ones((1, 5, 3)))
    assert np.isfinite(answer).all()
    assert np.isfinite(derivative).all()
