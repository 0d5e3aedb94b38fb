"""Training connectors by contrast, whatever they are made of, and reading how well they retrieve."""

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
    """How long and how carefully to train.

    Attributes:
        steps: of Adam, its rate falling to 0 along half a cosine.
        batch: rows per step, the same for all of its pairs.
        pairs: drawn for each step.
        learning_rate: at the start.
        temperature: by which cosines are divided.
    """

    steps: int
    batch: int
    pairs: int
    learning_rate: float
    temperature: float


def directions(rows: Float[Array, "*rows d"]) -> Float[Array, "*rows d"]:
    """Every row over its length; rows of length 0 stay as they are."""
    squares = jnp.square(rows).sum(-1, keepdims=True)
    return rows * jax.lax.rsqrt(jnp.where(squares > 0, squares, 1))


def connected(
    model: ConnectorModel, features: Features, pair: Int[Array, "2"], rows: Int[Array, " b"]
) -> tuple[Float[Array, "b e"], Float[Array, "b e"]]:
    """Rows of the pair's source in its target's space, and the target's own, all of length 1."""
    source, target = pair
    found = model.architecture.apply(model(source, target), features.x[source, rows])
    return directions(found * features.used[target]), features.y[target, rows]


def contrast(found: Float[Array, "b e"], own: Float[Array, "b e"], temperature: float) -> Float[Array, ""]:
    """Symmetric InfoNCE: cross-entropy of choosing the right row of the batch, averaged over both ways."""
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
    """The model after training, and the mean loss of each step's pairs.

    Args:
        model: what has the connectors.
        trainable: which of its arrays move.
        features: the features.
        pairs: the pairs to draw from, (source, target).
        rows: the rows to draw from.
        plan: how long and how carefully.
        key: draws rows and pairs.
    """

    def loss(model: ConnectorModel, key: Key[Array, ""]) -> Float[Array, ""]:
        drawn, batch = draw(pairs, rows, plan, key)
        each = jax.vmap(lambda pair: contrast(*connected(model, features, pair, batch), plan.temperature))(drawn)
        # A sum, so that connectors with parameters of their own train as if each were alone.
        return each.sum()

    optimiser = adam(plan.learning_rate, plan.steps)
    model, losses = descend(loss, model, plan.steps, optimiser, key, trainable=trainable)
    return model, losses / plan.pairs


def draw(
    pairs: Int[Array, "pairs 2"], rows: Int[Array, " rows"], plan: Plan, key: Key[Array, ""]
) -> tuple[Int[Array, "p 2"], Int[Array, " b"]]:
    """The pairs and the rows of one step, none of them twice."""
    of_pairs, of_rows = jax.random.split(key)
    drawn = pairs if plan.pairs == len(pairs) else jax.random.choice(of_pairs, pairs, (plan.pairs,), replace=False)
    return drawn, jax.random.choice(of_rows, rows, (plan.batch,), replace=False)


@eqx.filter_jit
def recall(
    model: ConnectorModel, features: Features, pairs: Int[Array, "pairs 2"], rows: Int[Array, " rows"]
) -> Float[Array, "pairs 2"]:
    """How often the nearest row is the right one: of the target's for a connected row, and the other way round."""

    def of_pair(pair: Int[Array, "2"]) -> Float[Array, "2"]:
        found, own = connected(model, features, pair, rows)
        alike = found @ own.T
        right = jnp.arange(len(rows))
        return jnp.stack([(alike.argmax(1) == right).mean(), (alike.argmax(0) == right).mean()])

    # One pair after the other: all pairs' matrices over rows would not fit into memory.
    return jax.lax.map(of_pair, pairs)
