"""Scores that compare the predictions of linear probes on held-out inputs."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, jackknife_error

TINY = 1e-30  # keeps 0 log 0 at 0


class ProbeScore(Score):
    """A score of the held-out outputs of linear probes, see `weightloom.similarity.linear_probes`, or of the models.

    The null distribution permutes the held-out outputs of the second encoder. The confidence interval is over held-out
    inputs, for fixed probes. If the models' own outputs are given, these are compared for all inputs.
    """

    larger_is_more_similar: ClassVar[bool] = False
    symmetric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 0.0
    needs_labels: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True)
class Disagreement(ProbeScore):
    """The share of held-out inputs for which the linear probes of two encoders predict different labels.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Disagreement, Inputs
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> Disagreement().measure(Inputs((a, a * [1, 1e-6, 1]), labels=(a[:, 0] > 0).astype(int))).value.shape
        (2, 2)
    """

    metric: ClassVar[bool] = True
    note: ClassVar[str] = "share of held-out inputs that linear probes label differently"
    note_of_outputs: ClassVar[str] = "share of inputs that the models label differently"
    outputs_need_labels: ClassVar[bool] = False

    def measure(self, data: Inputs) -> Measured:
        predictions = data.judged.predictions
        first, second = predictions[list(data.left)], predictions[list(data.right)]
        apart = (first[:, None] != second).astype(float)
        shuffled = second[:, data.shuffles(predictions.shape[1], data.judged.rows)]
        null = np.stack([(row != shuffled).mean(-1) for row in first])
        return _of_rows(apart, null, data)


@dataclasses.dataclass(frozen=True)
class JensenShannon(ProbeScore):
    """The Jensen–Shannon divergence between the probes' predictions, in nats, averaged over held-out inputs.

    JSD(p, q) = H((p + q) / 2) − H(p) / 2 − H(q) / 2 (Lin 1991, eq. 4.1). It is at most log 2.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, JensenShannon
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> value = JensenShannon().measure(Inputs((a, -a), labels=(a[:, 0] > 0).astype(int))).value
        >>> bool(abs(value).max() < 1e-3)
        True
    """

    metric: ClassVar[bool] = False  # its square root is a metric for one input, but its mean over inputs is not
    note: ClassVar[str] = "divergence of linear probes' predictions, in nats"
    note_of_outputs: ClassVar[str] = "divergence of the models' predictions, in nats"
    outputs_need_labels: ClassVar[bool] = False

    def measure(self, data: Inputs) -> Measured:
        distributions = jax.nn.softmax(jnp.asarray(data.judged.logits, jnp.float32), axis=-1)
        first, second = distributions[np.array(data.left)], distributions[np.array(data.right)]
        rows = _divergences(first, second)
        orders = jnp.asarray(data.shuffles(rows.shape[-1], data.judged.rows))
        means = jax.lax.map(lambda order: _divergences(first, second, order).mean(-1), orders)
        return _of_rows(np.asarray(rows, float), np.moveaxis(np.array(means, float), 0, -1), data)


@dataclasses.dataclass(frozen=True)
class AccuracyDifference(ProbeScore):
    """The absolute difference of the held-out accuracies of two probes.

    A difference of 0 does not mean that the probes agree on any input. Half of the draws of the null permute the
    outputs of the second encoder, and half those of the first one, so that the order of the encoders does not matter.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import AccuracyDifference, Inputs
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> AccuracyDifference().measure(Inputs((a, -a), labels=(a[:, 0] > 0).astype(int))).value.tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """

    metric: ClassVar[bool] = True
    note: ClassVar[str] = "difference of linear probes' accuracies"
    note_of_outputs: ClassVar[str] = "difference of the models' accuracies"

    def measure(self, data: Inputs) -> Measured:
        predictions, labels = data.judged.predictions, data.judged.labels
        assert labels is not None
        right = (predictions == labels).astype(float)
        orders = data.shuffles(len(labels), data.judged.rows)
        accuracy, chance = right.mean(-1), (predictions[:, orders] == labels).mean(-1)
        first, second = list(data.left), list(data.right)
        signed = right[first][:, None] - right[second]
        of_second = np.abs(accuracy[first][:, None, None] - chance[second])
        of_first = np.abs(chance[first][:, None] - accuracy[second][:, None])
        null = np.concatenate([of_second, of_first], axis=-1)
        value = np.abs(signed.mean(-1))
        low, high = around(value, jackknife_error(signed / len(labels)))
        return Measured(value, np.moveaxis(null, -1, 0), np.maximum(low, 0), high)


def _of_rows(rows: Float[np.ndarray, "a b rows"], null: Float[np.ndarray, "a b draws"], data: Inputs) -> Measured:
    """The result for a score that is a mean over rows, symmetric, and not negative."""
    if data.split is None:
        later = np.tril_indices(len(null), -1)
        null[later] = null.swapaxes(0, 1)[later]
    value = rows.mean(-1)
    low, high = around(value, jackknife_error(rows / rows.shape[-1]))
    return Measured(value, np.moveaxis(null, -1, 0), np.maximum(low, 0), high)


def _entropy(distributions: Float[Array, "*shape classes"]) -> Float[Array, "*shape"]:
    return -(distributions * jnp.log(distributions + TINY)).sum(-1)


@jax.jit
def _divergences(
    first: Float[Array, "a rows classes"],
    second: Float[Array, "b rows classes"],
    order: Int[Array, " rows"] | None = None,
) -> Float[Array, "a b rows"]:
    """Jensen–Shannon divergence of each pair and row, with the second encoder's rows in the given order."""
    others = second if order is None else second[:, order]
    return _entropy((first[:, None] + others) / 2) - (_entropy(first)[:, None] + _entropy(others)) / 2
