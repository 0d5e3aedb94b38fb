"""The `Task` class."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, Real

from weightloom._checks import check_choice
from weightloom._deprecated import FormerName, with_former_arguments
from weightloom._words import shown
from weightloom.discovery.tasks.distributions import Normal, Scales, as_distribution
from weightloom.discovery.tasks.losses import LOSSES, Loss, Targets
from weightloom.discovery.tasks.values import BATCH, moments
from weightloom.discovery.units import Units
from weightloom.errors import InputError
from weightloom.training import Purpose, key_for

if TYPE_CHECKING:
    import pandas as pd
    from jaxtyping import ArrayLike

Function = Callable[[Float[Array, "batch inputs"]], Real[Array, "batch *outputs"]]
Moments = Callable[[int], tuple[Any, Any]]
Batch = tuple[Float[Array, "batch inputs"], Targets]

EVALUATION_INPUTS = 4096
SAME = 0.9999


class Problem(NamedTuple):
    """A task at a number of inputs, as training and measurement use it.

    Attributes:
        batch: (key, rows, *data) → inputs of the network (rows, n), and targets.
        evaluation: (*data) → the fixed inputs and targets that measured losses are from.
        loss: the loss.
        outputs: the number of outputs.
        constant_loss: the loss of the best constant on the evaluation inputs.
        units: names and units of inputs and outputs; None where networks compute in those of the function.
        data: arrays that `batch` and `evaluation` need.
        fingerprint: what tells the data from others; None without data.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> X = np.random.default_rng(0).normal(size=(20, 2))
        >>> problem = wl.Task.from_data(X, X[:, 0]).at(2)
        >>> problem.outputs, problem.evaluation(*problem.data)[0].shape  # a fifth of the rows is held out
        (1, (4, 2))
    """

    batch: Callable[..., Batch]
    evaluation: Callable[..., Batch]
    loss: Loss
    outputs: int
    constant_loss: float
    units: Units | None
    data: tuple[Array, ...] = ()
    fingerprint: str | None = None


@dataclasses.dataclass(frozen=True)
class Task:
    """A function of random inputs, standardised to zero mean and unit variance; or classes.

    Training draws new inputs at each step, by default x ~ N(0, I) (Liao et al. 2023, section 2).

    Args:
        name: the name of the task in configs and tables.
        function: a function from inputs (batch, n) to values (batch,), to values (batch, outputs), or to classes
            (batch,) numbered from 0 to at most 9,999. It treats each row independently. Write it with `jax.numpy`,
            because training compiles it.
        moments: a function from n to the mean and standard deviation of the function's value, one number each or one
            per output. For classes, the mean is their probabilities. The default estimates them from 2¹⁸ fixed inputs.
        min_inputs: the smallest number of inputs n. The default is 1.
        source: the source of a user's function, `path/to/file.py:function`. The default is None.
        distribution: of the inputs: a distribution such as `wl.tasks.Uniform(0, 2)`, its text "normal",
            "uniform:LOW,HIGH", "signs", "bits" or "one-hot:VALUES", or a sampler (key, shape) → inputs. The default is
            "normal".
        loss: "squared-error", or "cross-entropy" for classes. The default is "squared-error".
        names: names of the inputs, for formulas and drawings. The default is x₀, x₁, ….

    Raises:
        InputError: if `distribution`, `loss` or `names` cannot be used.

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
    min_inputs: int = 1
    source: str | None = None
    distribution: Any = "normal"  # a Distribution after __post_init__
    loss: str = "squared-error"
    names: Sequence[str] = ()

    least = FormerName("min_inputs")

    def __post_init__(self) -> None:
        object.__setattr__(self, "distribution", as_distribution(self.distribution))
        check_choice("loss", self.loss, LOSSES)
        object.__setattr__(self, "names", as_names(self.names))

    @staticmethod
    def from_data(
        X: "ArrayLike | pd.DataFrame",
        y: "ArrayLike | pd.Series | pd.DataFrame",
        names: Sequence[str] | None = None,
        *,
        target: str | Sequence[str] | None = None,
        loss: str | None = None,
        held_out: float = 0.2,
        name: str = "data",
    ) -> "Task":
        """Make a task from a table of data.

        Training draws minibatches from one part of the rows. All measured losses are from the other part, which is
        held out. Inside, the columns are standardised with means and standard deviations of the training part.

        Args:
            X: the inputs, shape (rows, n): an array or a DataFrame of numbers.
            y: the target, shape (rows,), or (rows, outputs) for several; or classes, shape (rows,), of any type.
            names: the names of the inputs. The default is those of the DataFrame, or x0, x1, ….
            target: the name of the target, or one name per output. The default is that of the Series, or y.
            loss: "squared-error", or "cross-entropy" for classes. The default is "cross-entropy" if the target is text
                or true and false, and "squared-error" otherwise.
            held_out: the share of rows that are held out. The default is 0.2. The choice of rows is fixed.
            name: the name of the task. The default is "data".

        Returns:
            The task. It has n inputs.

        Raises:
            InputError: if shapes do not fit, if a value is missing or not finite, if a column of inputs is text or
                constant, if the target is constant, or if there are fewer than 10 rows.

        Examples:
            >>> import numpy as np
            >>> from weightloom.discovery.tasks import Task
            >>> X = np.random.default_rng(0).normal(size=(100, 2))
            >>> task = Task.from_data(X, 3 * abs(X[:, 0]), names=("width", "length"))
            >>> task.names, task.standardisation(2)[1] > 1
            (('width', 'length'), True)
        """
        from weightloom.discovery.tasks.table import from_data

        return from_data(X, y, names, target=target, loss=loss, held_out=held_out, name=name)

    @property
    def is_classes(self) -> bool:
        """Whether the function's values are classes."""
        return LOSSES[self.loss].classes

    @property
    def is_normal(self) -> bool:
        """Whether the task is a function of standard normal inputs x ~ N(0, I) with numbers as values."""
        return self.distribution == Normal() and not self.is_classes

    @property
    def default_sizes(self) -> tuple[int, int, int]:
        """The sizes of networks if none are given: n inputs, 3n hidden neurons, and the outputs."""
        inputs = len(self.names) or max(self.distribution.default_inputs, self.min_inputs)
        return inputs, 3 * inputs, self.outputs(inputs)

    def outputs(self, inputs: int) -> int:
        """The number of outputs, or of classes.

        Args:
            inputs: the number of inputs n.

        Returns:
            The number of outputs of a network for this task.

        Raises:
            InputError: in the cases of `standardisation`.
        """
        return moments(self, inputs).outputs

    def standardisation(self, inputs: int) -> tuple[Any, Any]:
        """The mean and standard deviation of the function over its inputs.

        Args:
            inputs: the number of inputs n.

        Returns:
            (mean, standard deviation) of the function's value: two numbers, or two tuples of one number per output. For
            classes, those of each class's indicator.

        Raises:
            InputError: if `inputs` is below `least` or does not fit the distribution, if the function fails on n
                inputs, or if its values have another shape, are not finite real numbers, are no classes, or are
                constant.

        Examples:
            >>> from weightloom.discovery.tasks import l1
            >>> mean, std = l1.standardisation(16)
            >>> round(mean, 4), round(std**2, 4)
            (12.7662, 5.8141)
        """
        found = moments(self, inputs)
        return found.mean, found.std

    def target(self, inputs: int) -> Function:
        """The standardised function (f(x) − mean)/std on n inputs; for classes, the function as it is.

        Args:
            inputs: the number of inputs n.

        Returns:
            A function from inputs (batch, n) to standardised values (batch,) or (batch, outputs), or to classes
            (batch,). A class that is larger than all among 2¹⁸ inputs becomes the largest among them.

        Raises:
            InputError: in the cases of `standardisation`.

        Examples:
            >>> import jax.numpy as jnp
            >>> from weightloom.discovery.tasks import sum_of_squares
            >>> [round(float(value), 4) for value in sum_of_squares.target(2)(jnp.ones((3, 2)))]
            [0.0, 0.0, 0.0]
        """
        mean, std = self.standardisation(inputs)
        if self.is_classes:
            largest = self.outputs(inputs) - 1
            return lambda x: jnp.minimum(self.function(x).astype(jnp.int32), largest)
        if isinstance(mean, tuple):
            mean, std = np.array(mean, np.float32), np.array(std, np.float32)
        return lambda x: (self.function(x) - mean) / std

    def at(self, inputs: int) -> Problem:
        """The task at a number of inputs, as training and measurement use it.

        Args:
            inputs: the number of inputs n.

        Returns:
            The problem.

        Raises:
            InputError: in the cases of `standardisation`, or if there are names for another number of inputs.
        """
        return _problem(self, inputs)

    def is_norm(self, inputs: int) -> bool:
        """Check whether the task is the L1 norm Σ|xᵢ| of standard normal inputs up to a positive scale and a constant.

        Args:
            inputs: the number of inputs n.

        Returns:
            Whether the two are correlated by more than 0.9999 over x ~ N(0, I).

        Examples:
            >>> from weightloom.discovery.tasks import l1, l2
            >>> l1.is_norm(16), l2.is_norm(16), l2.is_norm(1)
            (True, False, True)
        """
        if not self.is_normal or self.outputs(inputs) > 1:
            return False
        x = jax.random.normal(jax.random.key(0), (BATCH, inputs))
        return float(np.corrcoef(jax.jit(self.function)(x), jnp.abs(x).sum(axis=1))[0, 1]) > SAME


Task.__init__ = with_former_arguments(least="min_inputs")(Task.__init__)  # type: ignore[method-assign]


def as_names(given: Any, count: int | None = None, argument: str = "names") -> tuple[str, ...]:
    """Convert an argument to names, all different.

    Args:
        given: the names; a text is one.
        count: how many names there must be. The default is any number.
        argument: the argument's own name.

    Returns:
        The names.

    Raises:
        InputError: if they are no names, or not so many, or if two are alike.

    Examples:
        >>> as_names("width"), as_names(["width", "length"], 2)
        (('width',), ('width', 'length'))
    """
    found = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else (given,)
    fits = len(set(map(str, found))) == len(found) and count in (None, len(found))
    if not fits or not all(isinstance(name, str) and name for name in found):
        wanted = "one name for each input, all different" if count is None else f"{count} different names"
        raise InputError(f"{argument} {shown(given)} cannot be used: give {wanted}.")
    return found


@functools.lru_cache(maxsize=64)
def _problem(task: Task, inputs: int) -> Problem:
    if task.names and len(task.names) != inputs:
        raise InputError(
            f"task {task.name!r} names {len(task.names)} inputs: give sizes that start with {len(task.names)}."
        )
    target, scales = task.target(inputs), task.distribution.scales(inputs)

    def batch(key: Key[Array, ""], rows: int) -> Batch:
        x = task.distribution.sample(key, rows, inputs)
        return (x if scales is None else (x - scales[0]) / scales[1]), target(x)

    def evaluation() -> Batch:
        return batch(key_for(0, 0, Purpose.EVALUATION), EVALUATION_INPUTS)

    loss = LOSSES[task.loss]
    constant = loss.constant(np.asarray(jax.jit(evaluation)()[1]))
    return Problem(batch, evaluation, loss, task.outputs(inputs), constant, _units(task, inputs, scales))


def _units(task: Task, inputs: int, scales: Scales | None) -> Units | None:
    """Names and units, where a network's inputs have names or are standardised."""
    if scales is None and not task.names:
        return None
    mean, std = (np.zeros(inputs), np.ones(inputs)) if scales is None else scales
    count = task.outputs(inputs)
    output_mean, output_std = (0.0, 1.0) if task.is_classes else task.standardisation(inputs)
    numbered = [str(k) if task.is_classes else f"{task.name}{k}" for k in range(count)]
    return Units(
        inputs=tuple(task.names) or tuple(f"x{k}" for k in range(inputs)),
        input_mean=tuple(mean.tolist()),
        input_std=tuple(std.tolist()),
        outputs=(task.name,) if count == 1 else tuple(numbered),
        output_mean=tuple(np.broadcast_to(output_mean, count).tolist()),
        output_std=tuple(np.broadcast_to(output_std, count).tolist()),
    )
