"""Attention at the target's neurons, among the edges that meet there (Liao et al. 2023, appendix B.2)."""

import math
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from weightloom.hypernetworks.attentional.edges import Edges

Heads: TypeAlias = Float[Array, "15 sides edges"]
Residuals: TypeAlias = tuple[Array, Array, Array, Array, Array, Array]  # q, k, v, answer, weights, normaliser


def neuron_attention(front: Heads, behind: Heads, edges: Edges) -> Float[Array, "10 sides edges"]:
    """Every neuron lets its incident edges, incoming and outgoing together, attend to one another.

    Args:
        front: queries, keys and values (5 each) that each edge sends to the neuron in front of it.
        behind: those that it sends to the neuron behind it.
        edges: the edges of the target.

    Returns:
        What each edge hears from the neuron in front (5), then from the one behind (5).
    """
    # Groups of tokens: one per side and neuron, shape (sides, neurons, 15, tokens).
    incoming = [jnp.transpose(grid, (1, 3, 0, 2)) for grid in edges.split(front)]
    outgoing = [jnp.transpose(grid, (1, 2, 0, 3)) for grid in edges.split(behind, leaving=True)]
    from_front, from_behind = [], []
    for level in range(len(edges.sizes)):
        arriving, leaving = incoming[level - 1 : level] if level else [], outgoing[level : level + 1]
        tokens = jnp.concatenate(arriving + leaving, axis=-1)
        count = arriving[0].shape[-1] if arriving else 0
        answer = attention(tokens.reshape(-1, *tokens.shape[2:])).reshape(*tokens.shape[:2], 5, -1)
        if arriving:
            from_front.append(jnp.transpose(answer[..., :count], (2, 0, 3, 1)))
        if leaving:
            from_behind.append(jnp.transpose(answer[..., count:], (2, 0, 1, 3)))
    return jnp.concatenate([edges.join(from_front), edges.join(from_behind)])


def attention_of_equals(
    front: Float[Array, " 15"], behind: Float[Array, " 15"], edges: Edges
) -> Float[Array, "10 edges"]:
    """What `neuron_attention` returns where all edges send the same, as they do in the first hyperlayer.

    A neuron then receives at most two different messages, each from as many edges as meet there on one side,
    so that softmax is over two scores to which the logarithms of these counts are added.
    """
    q, k, v = jnp.split(jnp.stack([front, behind], axis=-1), 3)
    scores = k.T @ q / math.sqrt(q.shape[0])  # keys, queries
    levels = len(edges.sizes)
    heard = []  # at every level, by an edge that arrives there and by one that leaves
    for level in range(levels):
        counts = [edges.arriving[level - 1][0] if level else 0, edges.leaving[level][1] if level + 1 < levels else 0]
        present = np.array(counts)[:, None] > 0
        weights = jax.nn.softmax(scores + np.log(np.maximum(counts, 1))[:, None], axis=0, where=present)
        heard.append(v @ weights)
    from_front = [_everywhere(heard[layer + 1][:, 0], shape) for layer, shape in enumerate(edges.arriving)]
    from_behind = [_everywhere(heard[layer][:, 1], shape) for layer, shape in enumerate(edges.arriving)]
    return jnp.concatenate([edges.join(from_front), edges.join(from_behind)])


@jax.custom_vjp
def attention(qkv: Float[Array, "groups heads tokens"]) -> Float[Array, "groups features tokens"]:
    """Answers softmax(qᵀk/√features) v within each group of tokens.

    The derivative is written by hand. It keeps the unnormalised softmax and so needs no second exponential; a row
    of ones appended to v gives the normaliser and, in the derivative, the centring from the products with v.
    """
    return _forward(qkv)[0]


def _forward(qkv: Array) -> tuple[Array, Residuals]:
    q, k, v = jnp.split(qkv, 3, axis=1)
    q = q / math.sqrt(q.shape[1])
    scores = jnp.matmul(jnp.swapaxes(k, 1, 2), q)  # groups, keys, queries
    weights = jnp.exp(scores - scores.max(1, keepdims=True))
    sums = jnp.matmul(_with_ones(v), weights)
    normaliser = sums[:, -1:]
    answer = sums[:, :-1] / normaliser
    return answer, (q, k, v, answer, weights, normaliser)


def _backward(residuals: Residuals, gradient: Array) -> tuple[Array]:
    q, k, v, answer, weights, normaliser = residuals
    gradient = gradient / normaliser
    centre = (gradient * answer).sum(1, keepdims=True)
    centred = jnp.concatenate([gradient, -centre], axis=1)
    d_scores = weights * jnp.matmul(jnp.swapaxes(_with_ones(v), 1, 2), centred)
    dq = jnp.matmul(k, d_scores) / math.sqrt(q.shape[1])
    dk = _over_queries(q, d_scores)
    dv = _over_queries(gradient, weights)
    return (jnp.concatenate([dq, dk, dv], axis=1),)


attention.defvjp(_forward, _backward)


def _with_ones(v: Array) -> Array:
    return jnp.concatenate([v, jnp.ones_like(v[:, :1])], axis=1)


def _over_queries(features: Array, weights: Array) -> Array:
    # Written as a contraction of last axes, because XLA on CPUs would copy an explicit transpose.
    return jax.lax.dot_general(features, weights, (((2,), (2,)), ((0,), (0,))))


def _everywhere(answer: Array, shape: tuple[int, ...]) -> Array:
    return jnp.broadcast_to(answer[:, None, None], (len(answer), *shape))
