"""Linear probes: linear classifiers on the features of encoders."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import LogisticRegression

PENALTY = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class LinearProbes:
    """One logistic regression per encoder, trained on half of the rows.

    Attributes:
        train: the training rows.
        folds: the held-out rows in two parts, so that further models can be fitted to rows that no probe has seen.
        labels: labels of the held-out rows, of the first part and then of the second.
        inputs: for each encoder, the features of all rows, scaled to mean 0 and mean squared length 1 on training rows.
        logits: logits of all rows, shape (encoders, rows, classes).
    """

    train: Int[np.ndarray, " train"]
    folds: tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"]]
    labels: Int[np.ndarray, " test"]
    inputs: tuple[Float[np.ndarray, "rows _"], ...]
    logits: Float[np.ndarray, "encoders rows classes"]

    @property
    def held_out_rows(self) -> Int[np.ndarray, " test"]:
        """The held-out rows, of the first part and then of the second."""
        return np.concatenate(self.folds)

    @property
    def held_out(self) -> Float[np.ndarray, "encoders test classes"]:
        """Logits of the held-out rows."""
        return self.logits[:, self.held_out_rows]

    @property
    def predictions(self) -> Int[np.ndarray, "encoders test"]:
        """Predicted classes of the held-out rows."""
        return self.held_out.argmax(-1)


def fit(
    features: Sequence[Float[np.ndarray, "rows _"]],
    labels: Int[np.ndarray, " rows"],
    train: Int[np.ndarray, " train"],
    folds: tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"]],
) -> LinearProbes:
    """Trains one multinomial logistic regression per encoder.

    Features are scaled to mean 0 and mean squared length 1, and the L2 penalty has scikit-learn's C = 1 / PENALTY.
    Predictions are therefore invariant under rotations, shifts and rescaling of the features.

    Args:
        features: for each encoder, features of shape (rows, d).
        labels: classes 0 … k − 1. All classes must occur in the training rows.
        train: the training rows.
        folds: the held-out rows, in two parts.

    Returns:
        The probes.
    """
    inputs, logits = [], []
    for array in features:
        away = array - array[train].mean(0, dtype=np.float64)
        size = np.sqrt(np.square(away[train]).sum(1).mean())
        scaled = away / (size if size > 0 else 1.0)
        inputs.append(scaled)
        model = LogisticRegression(C=1 / PENALTY, tol=1e-6, max_iter=2000).fit(scaled[train], labels[train])
        scores = model.decision_function(scaled)
        logits.append(scores if scores.ndim == 2 else np.stack([np.zeros_like(scores), scores], axis=1))
    return LinearProbes(train, folds, labels[np.concatenate(folds)], tuple(inputs), np.stack(logits))
