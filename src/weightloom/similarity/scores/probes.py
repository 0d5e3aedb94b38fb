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
    """A score of the held-out outputs of linear probes, see `weightloom.similarity.linear_probes`.

    The null distribution permutes the held-out outputs of the second encoder. The confidence interval is over held-out
    inputs, for fixed probes.
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

    def measure(self, data: Inputs) -> Measured:
        predictions = data.probes.predictions
        apart = (predictions[:, None] != predictions).astype(float)
        shuffled = predictions[:, data.shuffles(predictions.shape[1])]
        null = np.stack([(row != shuffled).mean(-1) for row in predictions])
        return _of_rows(apart, null)


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

    def measure(self, data: Inputs) -> Measured:
        distributions = jax.nn.softmax(jnp.asarray(data.probes.held_out, jnp.float32), axis=-1)
        entropies = _entropy(distributions)
        rows = _divergences(distributions, entropies)
        means = jax.lax.map(
            lambda order: _divergences(distributions, entropies, order).mean(-1),
            jnp.asarray(data.shuffles(rows.shape[-1])),
        )
        return _of_rows(np.asarray(rows, float), np.moveaxis(np.asarray(means, float), 0, -1))


@dataclasses.dataclass(frozen=True)
class AccuracyDifference(ProbeScore):
    """The absolute difference of the held-out accuracies of two probes.

    A difference of 0 does not mean that the probes agree on any input.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import AccuracyDifference, Inputs
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> AccuracyDifference().measure(Inputs((a, -a), labels=(a[:, 0] > 0).astype(int))).value.tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """

    metric: ClassVar[bool] = True
    note: ClassVar[str] = "difference of linear probes' accuracies"

    def measure(self, data: Inputs) -> Measured:
        predictions, labels = data.probes.predictions, data.probes.labels
        right = (predictions == labels).astype(float)
        chance = (predictions[:, data.shuffles(len(labels))] == labels).mean(-1)
        signed = right[:, None] - right
        null = np.abs(right.mean(-1)[:, None, None] - chance)
        value = np.abs(signed.mean(-1))
        low, high = around(value, jackknife_error(signed / len(labels)))
        return Measured(value, np.moveaxis(null, -1, 0), np.maximum(low, 0), high)


def _of_rows(rows: Float[np.ndarray, "n n rows"], null: Float[np.ndarray, "n n draws"]) -> Measured:
    """The result for a score that is a mean over rows and not negative."""
    value = rows.mean(-1)
    low, high = around(value, jackknife_error(rows / rows.shape[-1]))
    return Measured(value, np.moveaxis(null, -1, 0), np.maximum(low, 0), high)


def _entropy(distributions: Float[Array, "*shape classes"]) -> Float[Array, "*shape"]:
    return -(distributions * jnp.log(distributions + TINY)).sum(-1)


@jax.jit
def _divergences(
    distributions: Float[Array, "n rows classes"],
    entropies: Float[Array, "n rows"],
    order: Int[Array, " rows"] | None = None,
) -> Float[Array, "n n rows"]:
    """Jensen–Shannon divergence of each pair and row, with the second encoder's rows in the given order."""
    others, theirs = (distributions, entropies) if order is None else (distributions[:, order], entropies[:, order])
    return _entropy((distributions[:, None] + others) / 2) - (entropies[:, None] + theirs) / 2
