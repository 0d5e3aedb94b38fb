"""Linear stitching: the accuracy of one encoder's probe on linearly mapped features of another."""

import dataclasses
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, jackknife_error


@dataclasses.dataclass(frozen=True)
class Stitching(Score):
    """The held-out accuracy of B's probe on a linear map of A's features, relative to its accuracy on B's features.

    The map is a ridge regression from A's features to B's (Lenc and Vedaldi 2015; Bansal et al. 2021). Together with
    B's probe it is a ridge regression from A's features to B's logits. It is fitted to one half of the held-out inputs
    and evaluated on the other, and vice versa. Training inputs of the probe are not used, because B's logits reveal
    their labels. The accuracy is high for any A with rich features, so compare it with other scores (Smith et al.,
    ICML 2025).

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, Stitching
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> value = Stitching().measure(Inputs((a, a[:, 1:]), labels=(a[:, 0] > 0).astype(int))).value
        >>> bool(value[0, 1] > 0.9), bool(value[1, 0] < 0.9)
        (True, True)
    """

    penalty: float = setting(0.01, "Ridge penalty, relative to the mean eigenvalue of A's covariance.", gt=0)
    larger_is_more_similar: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False
    metric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    needs_labels: ClassVar[bool] = True
    note: ClassVar[str] = "relative accuracy of B's probe on a linear map of A's features"

    def measure(self, data: Inputs) -> Measured:
        probes = data.probes
        labels, rows = probes.labels, len(probes.labels)
        first, second = probes.folds
        crossed = self._predictions(data, second, first), self._predictions(data, first, second)
        predictions = np.concatenate(crossed, axis=-1)
        right = (predictions == labels).astype(float)
        of_own = probes.predictions[list(data.right)] == labels
        own = np.maximum(of_own.mean(-1), 1 / rows)
        value = right.mean(-1) / own
        moved = (right - value[..., None] * of_own) / (rows * own[:, None])
        chance = (predictions[:, :, data.shuffles(rows, probes.held_out_rows)] == labels).mean(-1) / own[:, None]
        low, high = around(value, jackknife_error(moved))
        return Measured(value, np.moveaxis(chance, -1, 0), np.maximum(low, 0), high)

    def _predictions(self, data: Inputs, seen: np.ndarray, new: np.ndarray) -> Int[np.ndarray, "a b new"]:
        """Predictions of each B's probe for new rows of each A, with maps fitted to the rows `seen`."""
        goals = data.probes.logits[list(data.right)][:, seen]
        offsets = goals.mean(1)
        flat = np.moveaxis(goals - offsets[:, None], 0, 1).reshape(len(seen), -1)
        predictions = []
        for number in data.left:
            features = data.probes.inputs[number]
            mean = features[seen].mean(0)
            train, test = features[seen] - mean, features[new] - mean
            # Wide features may have been rotated to fewer axes, which leaves the sum of eigenvalues.
            penalty = self.penalty * np.square(train).sum() / data.features[number].shape[1]
            logits = _ridge(train, test, flat, penalty).reshape(len(new), *offsets.shape) + offsets
            predictions.append(logits.argmax(-1).T)
        return np.stack(predictions)


def _ridge(
    train: Float[np.ndarray, "seen d"],
    test: Float[np.ndarray, "new d"],
    goals: Float[np.ndarray, "seen k"],
    penalty: float,
) -> Float[np.ndarray, "new k"]:
    """Predictions of a ridge regression, from the smaller Gram matrix: of features, or of rows."""
    is_wide = train.shape[1] > len(train)
    gram = train @ train.T if is_wide else train.T @ train
    gram[np.diag_indices_from(gram)] += penalty
    if is_wide:
        return test @ (train.T @ np.linalg.solve(gram, goals))
    return test @ np.linalg.solve(gram, train.T @ goals)
