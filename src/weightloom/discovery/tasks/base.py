"""The `Task` class."""

import dataclasses
import functools
import traceback
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Real

from weightloom.errors import InputError

Function = Callable[[Float[Array, "batch inputs"]], Real[Array, " batch"]]
Moments = Callable[[int], tuple[float, float]]

BATCH = 2**12
BATCHES = 2**6
SAME = 0.9999
# Of the squared deviations of 2¹⁸ values. The product of two normal numbers has less than 0.001.
LARGEST_SHARE = 0.02


@dataclasses.dataclass(frozen=True)
class Task:
    """A function of standard normal inputs, standardised to zero mean and unit variance.

    Training draws new inputs x ~ N(0, I) at each step (Liao et al. 2023, section 2).

    Args:
        name: the name of the task in configs and tables.
        function: a function from inputs (batch, n) to values (batch,) that treats each row independently. Write it with
            `jax.numpy`, because training compiles it.
        moments: a function from n to the mean and standard deviation of the function's value. The default estimates
            them from 2¹⁸ fixed inputs.
        least: the smallest number of inputs n. The default is 1.
        source: the source of a user's function, `path/to/file.py:function`. The default is None.

    Examples:
        >>> import jax.numpy as jnp
        >>> from weightloom.discovery.tasks import Task
        >>> task = Task("first", lambda x: x[:, 0])
        >>> task.target(2)(jnp.array([[3.0, 4.0]])).shape
        (1,)
    """

    name: str
    function: Function
    moments: Moments | None = None
    least: int = 1
    source: str | None = None

    def standardisation(self, inputs: int) -> tuple[float, float]:
        """The mean and standard deviation of the function over x ~ N(0, I).

        Args:
            inputs: the number of inputs n.

        Returns:
            (mean, standard deviation) of the function's value.

        Raises:
            InputError: if `inputs` is below `least`, if the function fails on n inputs, or if its values do not have
                shape (batch,), are not finite real numbers, or are constant.

        Examples:
            >>> from weightloom.discovery.tasks import l1
            >>> mean, std = l1.standardisation(16)
            >>> round(mean, 4), round(std**2, 4)
            (12.7662, 5.8141)
        """
        return _standardisation(self, inputs)

    def target(self, inputs: int) -> Function:
        """The standardised function (f(x) − mean)/std on n inputs.

        Args:
            inputs: the number of inputs n.

        Returns:
            A function from inputs (batch, n) to standardised values (batch,).

        Raises:
            InputError: in the cases of `standardisation`.

        Examples:
            >>> import jax.numpy as jnp
            >>> from weightloom.discovery.tasks import sum_of_squares
            >>> [round(float(value), 4) for value in sum_of_squares.target(2)(jnp.ones((3, 2)))]
            [0.0, 0.0, 0.0]
        """
        mean, std = self.standardisation(inputs)
        return lambda x: (self.function(x) - mean) / std

    def is_norm(self, inputs: int) -> bool:
        """Check whether the function is the L1 norm Σ|xᵢ| up to a positive scale and a constant.

        Args:
            inputs: the number of inputs n.

        Returns:
            Whether the two are correlated by more than 0.9999 over x ~ N(0, I).

        Examples:
            >>> from weightloom.discovery.tasks import l1, l2
            >>> l1.is_norm(16), l2.is_norm(16), l2.is_norm(1)
            (True, False, True)
        """
        x = jax.random.normal(jax.random.key(0), (BATCH, inputs))
        return float(np.corrcoef(jax.jit(self.function)(x), jnp.abs(x).sum(axis=1))[0, 1]) > SAME


@functools.lru_cache(maxsize=256)
def _standardisation(task: Task, inputs: int) -> tuple[float, float]:
    if inputs < task.least:
        raise InputError(
            f"task {task.name!r} cannot have {inputs} inputs: give sizes that start with at least {task.least}."
        )
    # Batches limit the memory for many inputs. With known moments, one batch is enough to check the function.
    values = _values(task, inputs, 1 if task.moments else BATCHES)
    mean, std = task.moments(inputs) if task.moments else (values.mean(), values.std())
    squares = np.square(values - mean)
    if not task.moments and squares.max() > LARGEST_SHARE * max(squares.sum(), np.finfo(float).tiny):
        raise InputError(
            f"task {task.name!r} has a few values so large that its variance does not settle (the largest of "
            f"{len(values):,} has {squares.max() / squares.sum():.0%} of it): bound the function, for example with "
            "jnp.clip or jnp.tanh."
        )
    if values.std() < 1e-6 * max(1.0, abs(values.mean())):
        raise InputError(f"task {task.name!r} is constant on {inputs} inputs: give a function that varies.")
    return float(mean), float(std)


def _values(task: Task, inputs: int, batches: int) -> Float[np.ndarray, " values"]:
    _check_columns(task, inputs)
    compiled = jax.jit(task.function)
    keys = jax.random.split(jax.random.key(0), batches)
    batch_values = []
    for key in keys:
        try:
            values = compiled(jax.random.normal(key, (BATCH, inputs)))
        except Exception as error:
            raise InputError(
                f"task {task.name!r} failed on inputs of shape (batch, {inputs}): "
                f"{_first_line(error)}{_line_in(task.function, error)}; "
                "write the function with jax.numpy, so that JAX can compile it."
            ) from error
        batch_values.append(_checked(task, inputs, values))
    return np.concatenate(batch_values)


def _check_columns(task: Task, inputs: int) -> None:
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


def _checked(task: Task, inputs: int, values: object) -> Float[np.ndarray, " batch"]:
    if not isinstance(values, jax.Array) or values.shape != (BATCH,):
        raise InputError(
            f"task {task.name!r} returned {_kind(values)} for inputs of shape ({BATCH}, {inputs}): "
            "return one value per row, shape (batch,)."
        )
    if not (jnp.isrealobj(values) and np.isfinite(values).all()):
        raise InputError(
            f"task {task.name!r} returned values that are not finite real numbers for standard normal "
            f"inputs of shape ({BATCH}, {inputs}): give a function that is finite everywhere."
        )
    return np.asarray(values, np.float64)


def _kind(values: object) -> str:
    return f"shape {values.shape}" if isinstance(values, jax.Array) else f"a {type(values).__name__}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def _line_in(function: Callable[..., object], error: Exception) -> str:
    """The line of the function's file that raised the error, for a message."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""
