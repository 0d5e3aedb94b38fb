"""The values of a task's function on drawn inputs: their checks, their moments and the number of outputs."""

import functools
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery.tasks.base import Task

BATCH = 2**12
BATCHES = 2**6
# Of the squared deviations of 2¹⁸ values. The product of two normal numbers has less than 0.001.
LARGEST_SHARE = 0.02
MOST_CLASSES = 10_000


class Moments(NamedTuple):
    """Mean and standard deviation of a task's values: numbers for one output, and tuples for several or for classes.

    Attributes:
        mean: the mean, for classes their probabilities.
        std: the standard deviation.
        outputs: the number of outputs, or of classes.
    """

    mean: float | tuple[float, ...]
    std: float | tuple[float, ...]
    outputs: int


@functools.lru_cache(maxsize=256)
def moments(task: "Task", inputs: int) -> Moments:
    """The moments of a task, as `Task.standardisation` describes them."""
    if inputs < task.min_inputs:
        raise InputError(
            f"task {task.name!r} cannot have {inputs} inputs: give sizes that start with at least {task.min_inputs}."
        )
    task.distribution.check(inputs)
    # Batches limit the memory for many inputs. With known moments, one batch is enough to check the function.
    values = _values(task, inputs, 1 if task.moments else BATCHES)
    if task.is_classes:
        return _of_classes(task, inputs, values)
    mean, std = task.moments(inputs) if task.moments else (values.mean(axis=0), values.std(axis=0))
    squares = np.square(values - np.asarray(mean))
    total = np.maximum(squares.sum(axis=0), np.finfo(float).tiny)
    share = (squares.max(axis=0) / total).max()
    if not task.moments and share > LARGEST_SHARE:
        raise InputError(
            f"task {task.name!r} has a few values so large that its variance does not settle (the largest of "
            f"{len(values):,} has {share:.0%} of it): bound the function, for example with jnp.clip or jnp.tanh."
        )
    if (values.std(axis=0) < 1e-6 * np.maximum(1.0, np.abs(values.mean(axis=0)))).any():
        raise InputError(f"task {task.name!r} is constant on {inputs} inputs: give a function that varies.")
    if values.ndim == 1:
        return Moments(float(mean), float(std), 1)
    mean, std = (tuple(np.broadcast_to(moment, values.shape[1:]).tolist()) for moment in (mean, std))
    return Moments(mean, std, values.shape[1])


def _of_classes(task: "Task", inputs: int, values: Float[np.ndarray, " values"]) -> Moments:
    if (values < 0).any() or (values != np.round(values)).any():
        raise InputError(
            f"task {task.name!r} returned {values[(values < 0) | (values != np.round(values))][0]:g}, which is no "
            "class: return whole numbers from 0."
        )
    if values.max() >= MOST_CLASSES:
        raise InputError(
            f"task {task.name!r} returned class {values.max():.0f}: number classes from 0 to at most "
            f"{MOST_CLASSES - 1:,}."
        )
    if (values == values[0]).all():
        raise InputError(f"task {task.name!r} has one class on {inputs} inputs: give a function that varies.")
    share = np.bincount(values.astype(int)) / len(values)
    if task.moments:
        seen, share = len(share), np.asarray(task.moments(inputs)[0], float)
        if len(share) < seen:
            raise InputError(
                f"task {task.name!r} returned class {seen - 1}, and its moments are of {len(share)} classes: give one "
                "mean for each."
            )
    return Moments(tuple(share.tolist()), tuple(np.sqrt(share * (1 - share)).tolist()), len(share))


def _values(task: "Task", inputs: int, batches: int) -> Float[np.ndarray, "values *outputs"]:
    _check_columns(task, inputs)
    compiled = jax.jit(task.function)
    keys = jax.random.split(jax.random.key(0), batches)
    batch_values = []
    for key in keys:
        drawn = _drawn(task, inputs, key)
        try:
            values = compiled(drawn)
        except Exception as error:
            raise InputError(
                f"task {task.name!r} failed on inputs of shape (batch, {inputs}): "
                f"{_first_line(error)}{_line_in(task.function, error)}; "
                "write the function with jax.numpy, so that JAX can compile it."
            ) from error
        batch_values.append(_checked(task, inputs, values))
    return np.concatenate(batch_values)


def _drawn(task: "Task", inputs: int, key: Array) -> Array:
    try:
        drawn = task.distribution.sample(key, BATCH, inputs)
    except Exception as error:
        raise InputError(
            f"the distribution of task {task.name!r} failed to draw shape ({BATCH}, {inputs}): {_first_line(error)}; "
            "give a function (key, shape) written with jax.random."
        ) from error
    if not isinstance(drawn, jax.Array) or drawn.shape != (BATCH, inputs):
        raise InputError(
            f"the distribution of task {task.name!r} drew {_kind(drawn)} for shape ({BATCH}, {inputs}): "
            "return an array of that shape."
        )
    if not (jnp.isrealobj(drawn) and np.isfinite(drawn).all()):
        raise InputError(
            f"the distribution of task {task.name!r} drew values that are not finite real numbers: draw finite numbers."
        )
    return drawn


def _check_columns(task: "Task", inputs: int) -> None:
    """Refuses a column that inputs lack. JAX would read another column in its place."""
    try:
        task.function(np.ones((2, inputs), np.float32))  # type: ignore[arg-type]
    except IndexError as error:
        if "out of bounds" not in str(error):
            return
        raise InputError(
            f"task {task.name!r} reads beyond its {inputs} inputs{_line_in(task.function, error)}: "
            f"use columns 0 to {inputs - 1}, or give more inputs."
        ) from error
    except Exception:
        return  # The function needs JAX's arrays; the compiled call reports what is wrong with it.


def _checked(task: "Task", inputs: int, values: object) -> Float[np.ndarray, "batch *outputs"]:
    one = "one class per row, shape (batch,)"
    wanted = one if task.is_classes else "one value per row, shape (batch,), or one per output, (batch, outputs)"
    if not isinstance(values, jax.Array) or not _fits(values, task.is_classes):
        raise InputError(
            f"task {task.name!r} returned {_kind(values)} for inputs of shape ({BATCH}, {inputs}): return {wanted}."
        )
    if not (jnp.isrealobj(values) and np.isfinite(values).all()):
        raise InputError(
            f"task {task.name!r} returned values that are not finite real numbers for {task.distribution} "
            f"inputs of shape ({BATCH}, {inputs}): give a function that is finite everywhere."
        )
    return np.asarray(values, np.float64)


def _fits(values: Array, is_classes: bool) -> bool:
    return values.shape == (BATCH,) or (
        not is_classes and values.ndim == 2 and values.shape[0] == BATCH and values.shape[1] > 1
    )


def _kind(values: object) -> str:
    return f"shape {values.shape}" if isinstance(values, jax.Array) else f"a {type(values).__name__}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def _line_in(function: Callable[..., Any], error: Exception) -> str:
    """The line of the function's file that raised the error, for a message."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""
