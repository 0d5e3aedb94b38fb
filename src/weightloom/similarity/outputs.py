"""What scores of predictions compare: outputs of linear probes, or those that the models themselves give."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from weightloom._words import listed
from weightloom.errors import InputError
from weightloom.similarity.arrays import NUMBERS


class Outputs(NamedTuple):
    """Outputs of all encoders for the same rows.

    Attributes:
        logits: log-probabilities of the classes, up to a constant for each row.
        labels: the class of each row. None if there are no labels.
        rows: which rows of the features these are.
    """

    logits: Float[np.ndarray, "encoders n classes"]
    labels: Int[np.ndarray, " n"] | None
    rows: Int[np.ndarray, " n"]

    @property
    def predictions(self) -> Int[np.ndarray, "encoders n"]:
        """Predicted classes."""
        return self.logits.argmax(-1)


def check_names(encoders: list[str], outputs: Mapping[str, Any], gaussian: bool) -> None:
    """Checks that there are outputs of each encoder and of nothing else.

    Args:
        encoders: names of all encoders.
        outputs: outputs by the name of the encoder.
        gaussian: whether there are Gaussian features, which have no outputs.

    Raises:
        InputError: if one is missing or has no encoder, or a name stands for two encoders.

    Examples:
        >>> check_names(["a", "b"], {"a": [[0.0, 1.0]]}, gaussian=False)
        Traceback (most recent call last):
            ...
        weightloom.errors.InputError: outputs of b are missing: give those of every encoder, or of none.
    """
    if gaussian:
        raise InputError("Gaussian features have no outputs: leave out gaussian or outputs.")
    twice = [name for name in dict.fromkeys(encoders) if encoders.count(name) > 1]
    if twice:
        raise InputError(f"{twice[0]} is the name of two encoders, so its outputs are of either: rename one.")
    missing = [name for name in encoders if name not in outputs]
    if missing:
        raise InputError(f"outputs of {listed(missing)} are missing: give those of every encoder, or of none.")
    extra = [name for name in outputs if name not in encoders]
    if extra:
        raise InputError(f"outputs of {listed(extra)} have no features: give features of this name, or leave them out.")


def checked_outputs(
    given: Mapping[str, Shaped[np.ndarray, "rows ..."]],
    labels: Shaped[np.ndarray, " rows"] | None,
    numbers: Int[np.ndarray, " rows"] | None,
) -> Outputs:
    """Validates the outputs of models.

    Args:
        given: for each encoder, logits of shape (rows, classes).
        labels: the labels as they were given.
        numbers: the labels as numbers 0 … k − 1, in ascending order of the labels.

    Raises:
        InputError: if outputs are not finite numbers of shape (rows, classes), or the classes do not match.

    Examples:
        >>> logits = np.array([[0.0, 1.0], [2.0, 1.0]])
        >>> checked_outputs({"a": logits}, None, None).predictions.tolist()
        [[1, 0]]
    """
    for name, one in given.items():
        if one.ndim != 2 or one.shape[1] < 2 or one.dtype.kind not in NUMBERS:
            raise InputError(
                f"outputs of {name} have shape {one.shape} and dtype {one.dtype}: give logits of at least two classes, "
                "shape (rows, classes)."
            )
        if not np.isfinite(one).all():
            raise InputError(f"outputs of {name} are not finite: give logits, not logarithms of 0.")
    widths = {name: one.shape[1] for name, one in given.items()}
    if len(set(widths.values())) > 1:
        counts = ", ".join(f"{name} has {width}" for name, width in widths.items())
        raise InputError(f"numbers of classes differ ({counts}): give outputs for the same classes.")
    logits = np.stack([one.astype(np.float64) for one in given.values()])
    return Outputs(logits, _columns(labels, numbers, logits.shape[-1]), np.arange(logits.shape[1]))


def _columns(labels: Any, numbers: Any, classes: int) -> Int[np.ndarray, " rows"] | None:
    """The column of each row's label: the label itself if it is the number of a column, else its place in order."""
    if labels is None:
        return None
    if labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < classes:
        return np.asarray(labels, np.int64)
    found = int(numbers.max()) + 1
    if found != classes:
        raise InputError(
            f"labels have {found} classes and outputs {classes}: give labels 0 to {classes - 1}, or a class per column."
        )
    return np.asarray(numbers)
