"""Linear probes: the classifiers by which the function of encoders is compared."""

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
        train: rows of the training half.
        folds: the held-out half in two parts, for what must be fitted to rows that no probe has seen.
        labels: of the held-out half, part after part.
        inputs: per encoder, features with mean 0 and mean squared length 1 on the training half, for all rows.
        logits: per encoder, of all rows, shape (encoders, rows, classes).
    """

    train: Int[np.ndarray, " train"]
    folds: tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"]]
    labels: Int[np.ndarray, " test"]
    inputs: tuple[Float[np.ndarray, "rows _"], ...]
    logits: Float[np.ndarray, "encoders rows classes"]

    @property
    def held_out(self) -> Float[np.ndarray, "encoders test classes"]:
        """Logits of the held-out rows."""
        return self.logits[:, np.concatenate(self.folds)]

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
    """Trains a multinomial logistic regression per encoder.

    Its penalty is that of scikit-learn at C = 1 / PENALTY on features of mean squared length 1. So a probe follows
    rotations, shifts and rescaling of the features: its predictions stay.

    Args:
        features: per encoder, shape (rows, d).
        labels: classes 0 … k − 1, every one of them among the training rows.
        train: rows to train on.
        folds: rows to hold out, in two parts.

    Returns:
        The probes' logits.
    """
    inputs, logits = [], []
    for own in features:
        away = own - own[train].mean(0)
        size = np.sqrt(np.square(away[train]).sum(1).mean())
        scaled = away / (size if size > 0 else 1.0)
        inputs.append(scaled)
        model = LogisticRegression(C=1 / PENALTY, tol=1e-6, max_iter=2000).fit(scaled[train], labels[train])
        found = model.decision_function(scaled)
        logits.append(found if found.ndim == 2 else np.stack([np.zeros_like(found), found], axis=1))
    return LinearProbes(train, folds, labels[np.concatenate(folds)], tuple(inputs), np.stack(logits))
