"""Contrastive training of connectors, and their retrieval accuracy."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, PyTree

from weightloom.similarity.connectors.grid import Features
from weightloom.similarity.connectors.models import ConnectorModel
from weightloom.training._descend import descend
from weightloom.training.optimisers import adam


class Plan(NamedTuple):
    """Settings of a training.

    Attributes:
        steps: number of steps of Adam. The learning rate falls to 0 along half a cosine.
        batch: number of rows per step, the same rows for all pairs.
        pairs: number of pairs per step.
        learning_rate: initial learning rate.
        temperature: temperature of the InfoNCE loss.
    """

    steps: int
    batch: int
    pairs: int
    learning_rate: float
    temperature: float


def directions(rows: Float[Array, "*rows d"]) -> Float[Array, "*rows d"]:
    """Normalises rows to length 1. Rows of length 0 are not changed."""
    squares = jnp.square(rows).sum(-1, keepdims=True)
    return rows * jax.lax.rsqrt(jnp.where(squares > 0, squares, 1))


def connected(
    model: ConnectorModel, features: Features, pair: Int[Array, "2"], rows: Int[Array, " b"]
) -> tuple[Float[Array, "b e"], Float[Array, "b e"]]:
    """Connected rows of a pair's source, and the rows of its target, all of length 1."""
    source, target = pair
    values = model.architecture.apply(model(source, target), features.x[source, rows])
    return directions(values * features.used[target]), features.y[target, rows]


def contrast(found: Float[Array, "b e"], own: Float[Array, "b e"], temperature: float) -> Float[Array, ""]:
    """Symmetric InfoNCE loss: the cross-entropy of identifying the matching row of the batch, mean over both ways."""
    logits = found @ own.T / temperature
    return (jax.nn.logsumexp(logits, 0) + jax.nn.logsumexp(logits, 1)).mean() / 2 - jnp.diagonal(logits).mean()


@eqx.filter_jit
def train(
    model: ConnectorModel,
    trainable: PyTree[bool],
    features: Features,
    pairs: Int[Array, "pairs 2"],
    rows: Int[Array, " rows"],
    plan: Plan,
    key: Key[Array, ""],
) -> tuple[ConnectorModel, Float[Array, " steps"]]:
    """Trains a model of connectors.

    Args:
        model: the initial model.
        trainable: which leaves of the model are trained.
        features: features of the sources and targets.
        pairs: index pairs (source, target) to draw from.
        rows: rows to draw from.
        plan: settings of the training.
        key: random key of the choice of rows and pairs.

    Returns:
        The trained model, and the mean loss over the pairs of each step.
    """

    def loss(model: ConnectorModel, key: Key[Array, ""]) -> Float[Array, ""]:
        drawn, batch = draw(pairs, rows, plan, key)
        each = jax.vmap(lambda pair: contrast(*connected(model, features, pair, batch), plan.temperature))(drawn)
        # A sum, so that the gradient of a separate connector does not depend on the number of pairs.
        return each.sum()

    optimiser = adam(plan.learning_rate, plan.steps)
    model, losses = descend(loss, model, plan.steps, optimiser, key, trainable=trainable)
    return model, losses / plan.pairs


def draw(
    pairs: Int[Array, "pairs 2"], rows: Int[Array, " rows"], plan: Plan, key: Key[Array, ""]
) -> tuple[Int[Array, "p 2"], Int[Array, " b"]]:
    """Draws the pairs and the rows of one step, without replacement."""
    of_pairs, of_rows = jax.random.split(key)
    drawn = pairs if plan.pairs == len(pairs) else jax.random.choice(of_pairs, pairs, (plan.pairs,), replace=False)
    return drawn, jax.random.choice(of_rows, rows, (plan.batch,), replace=False)


@eqx.filter_jit
def recall(
    model: ConnectorModel, features: Features, pairs: Int[Array, "pairs 2"], rows: Int[Array, " rows"]
) -> Float[Array, "pairs 2"]:
    """Recall@1 of each pair: to the target and to the source, see `Connectors.recall`."""

    def of_pair(pair: Int[Array, "2"]) -> Float[Array, "2"]:
        from_source, of_target = connected(model, features, pair, rows)
        similar = from_source @ of_target.T
        right = jnp.arange(len(rows))
        return jnp.stack([(similar.argmax(1) == right).mean(), (similar.argmax(0) == right).mean()])

    # One pair at a time: the matrices over rows of all pairs would not fit into memory.
    return jax.lax.map(of_pair, pairs)
