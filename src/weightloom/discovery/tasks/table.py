"""Tasks from tables of data: minibatches from the training part, measured losses from the rows held out."""

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key, Shaped

from weightloom._checks import check_choice, is_real
from weightloom._words import listed, shown
from weightloom.discovery.tasks.base import Batch, Function, Problem, Task, as_names
from weightloom.discovery.tasks.losses import LOSSES
from weightloom.discovery.units import Units
from weightloom.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import ArrayLike

FEWEST = 10
# A smaller deviation, relative to the mean, is rounding.
CONSTANT = 1e-12
SPLIT = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Table(Task):
    """A task from a table of data, as `Task.from_data` makes it.

    Args:
        name: as in `Task`.
        function: as in `Task`; a table has no values at other inputs.
        units: names, means and standard deviations of the columns.
        training: standardised inputs (rows, n) of the training part, and its standardised targets or classes.
        held_out: the same of the rows held out.
        share: the probability of each class in the training part; () for other targets.
        fingerprint: SHA-256 of the names and values of all columns and of the number of rows held out.
    """

    units: Units | None = None
    training: tuple[np.ndarray, ...] = ()
    held_out: tuple[np.ndarray, ...] = ()
    share: tuple[float, ...] = ()
    fingerprint: str = ""

    @property
    def is_normal(self) -> bool:
        """False: data are no function of standard normal inputs."""
        return False

    def outputs(self, inputs: int) -> int:
        """The number of targets, or of classes."""
        assert self.units is not None
        self._check(inputs)
        return len(self.units.outputs)

    def standardisation(self, inputs: int) -> tuple[Any, Any]:
        """The mean and standard deviation of the targets in the training part."""
        assert self.units is not None
        self._check(inputs)
        if self.is_classes:
            return self.share, tuple(np.sqrt(np.multiply(self.share, np.subtract(1, self.share))).tolist())
        mean, std = self.units.output_mean, self.units.output_std
        return (mean[0], std[0]) if len(mean) == 1 else (mean, std)

    def target(self, inputs: int) -> Function:
        """A table has no function.

        Raises:
            InputError: always.
        """
        raise InputError(f"task {self.name!r} is a table: it has no values at other inputs than its rows.")

    def at(self, inputs: int) -> Problem:
        """The task with its columns as inputs."""
        self._check(inputs)
        rows, parts = len(self.training[0]), len(self.training)

        def batch(key: Key[Array, ""], size: int, *data: Array) -> Batch:
            chosen = jax.random.randint(key, (size,), 0, rows)
            return data[0][chosen], data[1][chosen]

        def evaluation(*data: Array) -> Batch:
            return data[parts], data[parts + 1]

        loss = LOSSES[self.loss]
        data = tuple(map(jnp.asarray, (*self.training, *self.held_out)))
        constant = loss.constant(self.held_out[1])
        return Problem(batch, evaluation, loss, self.outputs(inputs), constant, self.units, data, self.fingerprint)

    def _check(self, inputs: int) -> None:
        if inputs != len(self.names):
            raise InputError(
                f"task {self.name!r} has {len(self.names)} inputs ({listed(self.names)}): give sizes that start with "
                f"{len(self.names)}, not {inputs}."
            )


def from_data(
    X: "ArrayLike | Any",
    y: "ArrayLike | Any",
    names: Sequence[str] | None = None,
    *,
    target: str | Sequence[str] | None = None,
    loss: str | None = None,
    held_out: float = 0.2,
    name: str = "data",
    source: str | None = None,
) -> Table:
    """Make a task from a table of data; `Task.from_data` describes it.

    Args:
        X: the inputs.
        y: the target.
        names: the names of the inputs.
        target: the name of the target, or one per output.
        loss: the loss.
        held_out: the share of rows that are held out.
        name: the name of the task.
        source: the file of the table and its target.

    Returns:
        The task.

    Raises:
        InputError: if the data cannot be used.
    """
    inputs, targets = _array(X, "X"), _array(y, "y")
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    if inputs.ndim != 2 or not inputs.shape[1] or targets.ndim not in (1, 2) or len(inputs) != len(targets):
        raise InputError(
            f"X of shape {np.shape(X)} and y of shape {np.shape(y)} do not fit: give (rows, n) and (rows,), or "
            "(rows, outputs) for several."
        )
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if len(inputs) < FEWEST:
        raise InputError(f"{_rows(len(inputs))} of data are too few: give at least {FEWEST} rows.")
    if not is_real(held_out) or not 0 < held_out < 1:
        raise InputError(f"held_out {shown(held_out)} cannot be used: give a share of the rows between 0 and 1.")
    columns = _names(names, X, inputs.shape[1], "x", "names")
    outputs = _names(target, y, 1 if targets.ndim == 1 else targets.shape[1], "y", "target")
    if set(columns) & set(outputs):
        raise InputError(f"column {(set(columns) & set(outputs)).pop()!r} is an input and the target: leave it out.")
    if loss is None:
        loss = "cross-entropy" if _labels(targets) else "squared-error"
    check_choice("loss", loss, LOSSES)

    values = np.column_stack([_numbers(column, label) for column, label in zip(inputs.T, columns)])
    places = np.random.default_rng(SPLIT).permutation(len(values))
    held = max(2, round(held_out * len(values)))
    parts = places[held:], places[:held]
    if len(parts[0]) < 2:
        raise InputError(f"held_out {held_out} leaves {_rows(len(parts[0]))} to train on: give a smaller share.")
    mean, std = _moments(values, columns, parts[0])
    x = ((values - mean) / std).astype(np.float32)
    classes: tuple[str, ...] = ()
    share: tuple[float, ...] = ()
    if LOSSES[loss].classes:
        found, labels = _classes(targets, outputs[0])
        classes, labels = tuple(map(str, found)), labels.astype(np.int32)
        raw = labels
        share = tuple((np.bincount(labels[parts[0]], minlength=len(found)) / len(parts[0])).tolist())
        scales = np.zeros(len(found)), np.ones(len(found))
    else:
        wanted = np.column_stack([_numbers(column, label) for column, label in zip(np.atleast_2d(targets.T), outputs)])
        raw, scales = wanted, _moments(wanted, outputs, parts[0], "target")
        labels = ((wanted - scales[0]) / scales[1]).astype(np.float32)
        labels = labels[:, 0] if targets.ndim == 1 else labels
    if any(LOSSES[loss].constant(labels[part]) == 0 for part in parts):
        raise InputError(f"the target {listed(outputs)} is constant in a part of the rows: give more rows that vary.")
    units = Units(columns, _plain(mean), _plain(std), classes or outputs, *map(_plain, scales))
    return Table(
        name=name,
        function=_no_function,
        source=source,
        loss=loss,
        names=columns,
        units=units,
        training=(x[parts[0]], labels[parts[0]]),
        held_out=(x[parts[1]], labels[parts[1]]),
        share=share,
        fingerprint=_fingerprint(values, raw, (columns, classes or outputs, held)),
    )


def _array(data: Any, argument: str) -> np.ndarray:
    """An array; what a masked array hides is missing."""
    if isinstance(data, np.ma.MaskedArray):
        return np.ma.filled(data.astype(object), np.nan)
    try:
        return np.asarray(data)
    except (TypeError, ValueError):  # as of rows of several lengths
        raise InputError(
            f"{argument} {shown(data)} cannot be used: give an array or a table, with rows of one length."
        ) from None


def _names(given: Any, data: Any, count: int, letter: str, argument: str) -> tuple[str, ...]:
    """The names of columns: those that are given, those of a DataFrame or Series, or numbered letters."""
    if given is None:
        own = getattr(data, "columns", None)
        own = [data.name] if own is None and getattr(data, "name", None) is not None else own
        given = own if own is not None else [letter] if letter == "y" and count == 1 else range(count)
        given = [str(name) if isinstance(name, str) else f"{letter}{name}" for name in given]
    return as_names(given, count, argument)


def _labels(targets: Shaped[np.ndarray, "rows *outputs"]) -> bool:
    """Whether a target is text, or true and false."""
    if targets.dtype == object:
        return any(isinstance(value, str) for value in targets.flat)
    return targets.dtype.kind in "bUT"


def _numbers(column: Shaped[np.ndarray, " rows"], name: str) -> Float[np.ndarray, " rows"]:
    """A column as numbers without gaps."""
    text = [row for row, value in enumerate(column) if isinstance(value, str)] if column.dtype.kind in "OUT" else []
    if text:
        row = next((row for row in text if not _is_number(column[row])), text[0])
        raise InputError(
            f"column {name!r} has text ({shown(str(column[row]))} in row {row + 1}): leave the column out, or encode "
            "it as numbers."
        )
    if column.dtype.kind in "cmMSV":
        raise InputError(f"column {name!r} has values of type {column.dtype}: give real numbers.")
    gaps = _missing(column)
    try:
        numbers = np.where(gaps, np.nan, column).astype(float)
    except (TypeError, ValueError):
        raise InputError(f"column {name!r} has values that are no numbers: give real numbers.") from None
    _refuse_gaps(gaps | ~np.isfinite(numbers), name)
    return numbers


def _missing(column: Shaped[np.ndarray, " rows"]) -> Bool[np.ndarray, " rows"]:
    """Which values are None, NaN, or the missing value of pandas."""
    if column.dtype != object:
        return np.zeros(len(column), bool)
    import pandas as pd

    return pd.isna(column)


def _refuse_gaps(gaps: Bool[np.ndarray, " rows"], name: str) -> None:
    if gaps.any():
        raise InputError(
            f"column {name!r} has {gaps.sum():,} values that are missing or not finite, the first in row "
            f"{gaps.argmax() + 1}: leave out these rows or the column, or fill them in."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _classes(targets: Shaped[np.ndarray, "rows *outputs"], name: str) -> tuple[np.ndarray, np.ndarray]:
    if targets.ndim == 2:
        raise InputError(f"{targets.shape[1]} targets cannot be classes: give one column of classes.")
    _refuse_gaps(_missing(targets.astype(object)), name)
    found, labels = np.unique(targets.astype(str) if targets.dtype == object else targets, return_inverse=True)
    if not 2 <= len(found) <= len(targets) // 2:
        raise InputError(
            f"the target {name!r} has {len(found):,} classes in {_rows(len(targets))}: give at least 2 classes, with "
            "at least 2 rows each on average."
        )
    return found, labels


def _moments(
    values: Float[np.ndarray, "rows columns"], names: Sequence[str], part: np.ndarray, kind: str = "column"
) -> tuple[np.ndarray, np.ndarray]:
    mean, std = values[part].mean(axis=0), values[part].std(axis=0)
    for name, same in zip(names, std <= CONSTANT * np.abs(mean)):
        if same:
            advice = "leave it out" if kind == "column" else "give one that varies"
            raise InputError(f"{kind} {name!r} is constant: {advice}.")
    return mean, std


def _fingerprint(values: np.ndarray, targets: np.ndarray, named: tuple[object, ...]) -> str:
    """Of the columns as they are: computed means may differ from machine to machine."""
    digest = hashlib.sha256(repr((*named, values.shape)).encode())
    for array in (values, targets):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _plain(values: np.ndarray) -> tuple[float, ...]:
    return tuple(np.asarray(values, float).tolist())


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _no_function(x: Array) -> Array:
    raise InputError("a table has no values at other inputs than its rows.")
