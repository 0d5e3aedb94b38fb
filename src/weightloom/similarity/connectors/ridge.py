"""Linear connectors in closed form: ridge regressions, the baseline of trained connectors."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from weightloom.architectures import MLP
from weightloom.similarity.connectors.grid import Grid
from weightloom.similarity.connectors.models import Separate

PENALTIES = tuple(10.0**power for power in range(-5, 2))  # relative to the mean eigenvalue of a source's covariance
VALIDATED = 0.25


def ridge_model(grid: Grid, targets: Sequence[int] | None = None) -> Separate:
    """Connectors that are ridge regressions from sources to targets.

    Args:
        grid: the sources and targets.
        targets: numbers of the targets to fit connectors to. Other connectors are 0. None for all.
    """
    training = np.asarray(grid.rows[0])
    some = round(VALIDATED * len(training))
    validated, fitted = training[:some], training[some:]
    x, y = (np.asarray(one, np.float64) for one in grid.features[:2])
    weights = np.zeros((len(x), len(y), x.shape[-1], y.shape[-1]), np.float32)
    biases = np.zeros((len(x), len(y), y.shape[-1]), np.float32)
    for source, features in enumerate(x):
        of_part, of_all = (_Ridge(features[rows]) for rows in (fitted, training))
        for target in range(len(y)) if targets is None else targets:
            own = y[target]
            found = [
                mean_recall(features[validated] @ weight + bias, own[validated])
                for weight, bias in (of_part.fit(own[fitted], penalty) for penalty in PENALTIES)
            ]
            best = PENALTIES[int(np.argmax(found))]
            weights[source, target], biases[source, target] = of_all.fit(own[training], best)
    parameters = [(jnp.asarray(weights), jnp.asarray(biases))]
    return Separate(MLP((x.shape[-1], y.shape[-1])), *grid.shape, parameters=parameters)


class _Ridge:
    """Ridge regressions from the same rows, from one decomposition of them."""

    def __init__(self, rows: Float[np.ndarray, "rows d"]) -> None:
        self.mean = rows.mean(0)
        self.left, self.lengths, self.right = np.linalg.svd(rows - self.mean, full_matrices=False)

    def fit(self, goals: Float[np.ndarray, "rows e"], penalty: float) -> tuple[np.ndarray, np.ndarray]:
        """The weight and bias for goals of the same rows."""
        mean = goals.mean(0)
        squares = np.square(self.lengths)
        shrunk = self.lengths / (squares + penalty * squares.mean())
        weight = (self.right.T * shrunk) @ (self.left.T @ (goals - mean))
        return weight, mean - self.mean @ weight


def mean_recall(found: Float[np.ndarray, "rows e"], own: Float[np.ndarray, "rows e"]) -> float:
    """Recall@1 of rows among their targets, the mean of both ways.

    Args:
        found: connected rows.
        own: the rows of the target, of length 1.

    Examples:
        >>> mean_recall(np.eye(3) + 1, np.eye(3))
        1.0
    """
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    similar = found / np.where(lengths > 0, lengths, 1) @ own.T
    right = np.arange(len(own))
    return float(((similar.argmax(1) == right).mean() + (similar.argmax(0) == right).mean()) / 2)
