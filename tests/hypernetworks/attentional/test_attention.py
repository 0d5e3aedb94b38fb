"""The hand-written derivative of attention against the automatic one of its plain form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.hypernetworks.attentional.attention import attention


def plain(qkv):
    q, k, v = jnp.split(qkv, 3, axis=1)
    scores = jnp.einsum("gfq,gfk->gqk", q, k) / np.sqrt(q.shape[1])
    return jnp.einsum("gqk,gfk->gfq", jax.nn.softmax(scores, axis=-1), v)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("shape", [(3, 15, 4), (1, 15, 1), (2, 6, 9)])
def test_value_and_derivative_are_those_of_the_plain_form(shape, scale):
    qkv = scale * jax.random.normal(jax.random.key(0), shape)
    weights = jax.random.normal(jax.random.key(1), (shape[0], shape[1] // 3, shape[2]))
    for ours, theirs in zip(*(jax.vjp(f, qkv) for f in (attention, plain))):
        if callable(ours):
            ours, theirs = ours(weights)[0], theirs(weights)[0]
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * scale)


def test_scores_beyond_float32_do_not_overflow():
    qkv = jnp.full((1, 15, 3), 30.0).at[0, :5, 1].set(60.0)
    answer, pull_back = jax.vjp(attention, qkv)
    assert np.isfinite(answer).all()
    assert np.isfinite(pull_back(jnp.ones_like(answer))[0]).all()
