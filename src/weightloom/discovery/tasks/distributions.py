"""Distributions of a task's inputs. To add one, write a class and, if it can be named in text, a row of `WORDS`."""

import abc
import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from weightloom._checks import is_real, is_whole
from weightloom._words import shown
from weightloom.errors import InputError

Scales = tuple[Float[np.ndarray, " inputs"], Float[np.ndarray, " inputs"]]


class Distribution(abc.ABC):
    """A distribution of the inputs of a task: rows of n numbers, drawn independently of one another.

    `str(distribution)` is the text that configs store.

    Examples:
        >>> import jax
        >>> class Laplace(Distribution):
        ...     def sample(self, key, rows, inputs):
        ...         return jax.random.laplace(key, (rows, inputs))
        >>> Laplace().sample(jax.random.key(0), 5, 2).shape
        (5, 2)
    """

    default_inputs: ClassVar[int] = 16
    """The number of inputs of a task with this distribution, if no sizes are given."""

    @abc.abstractmethod
    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs.

        Args:
            key: a JAX key.
            rows: the number of rows.
            inputs: the number of inputs n.

        Returns:
            The inputs, shape (rows, n), as the task's function takes them.
        """

    def check(self, inputs: int) -> None:
        """Check that the distribution exists for a number of inputs.

        Args:
            inputs: the number of inputs n.

        Raises:
            InputError: if it does not.
        """
        return None

    def scales(self, inputs: int) -> Scales | None:
        """The mean and standard deviation of each input, where networks get standardised inputs.

        Args:
            inputs: the number of inputs n.

        Returns:
            (means, standard deviations), each of shape (n,); None if networks get the inputs as they are.
        """
        return None


@dataclasses.dataclass(frozen=True)
class Normal(Distribution):
    """Standard normal inputs x ~ N(0, I), as in Liao et al. 2023, section 2.

    Examples:
        >>> import jax
        >>> Normal().sample(jax.random.key(0), 5, 2).shape, str(Normal())
        ((5, 2), 'normal')
    """

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs."""
        return jax.random.normal(key, (rows, inputs))

    def __str__(self) -> str:
        return "normal"


@dataclasses.dataclass(frozen=True)
class Uniform(Distribution):
    """Inputs that are uniform on a box. The function gets them as they are; networks get them standardised.

    Args:
        low: the lower end, of all inputs or of each. The default is −1.
        high: the upper end, of all inputs or of each. The default is 1.

    Raises:
        InputError: if an end is no finite number, or a lower end is not below its upper end.

    Examples:
        >>> str(Uniform(0, 10)), str(Uniform((0, 0), (1, 100)))
        ('uniform:0,10', 'uniform:0,1;0,100')
    """

    low: Any = -1.0
    high: Any = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            ends = np.atleast_1d(np.asarray(getattr(self, name), object))
            if ends.ndim != 1 or not all(is_real(end) and math.isfinite(end) for end in ends):
                raise InputError(f"{name} {shown(getattr(self, name))} cannot be used: give finite numbers.")
            plain = tuple(float(end) for end in ends)
            object.__setattr__(self, name, plain if np.ndim(getattr(self, name)) else plain[0])
        low, high = np.shape(self.low), np.shape(self.high)
        if (low and high and low != high) or not np.all(np.asarray(self.low) < np.asarray(self.high)):
            raise InputError(
                f"a box from {self.low} to {self.high} cannot be used: give lower ends below as many upper ends."
            )
        if low and not high:
            object.__setattr__(self, "high", (self.high,) * len(self.low))
        if high and not low:
            object.__setattr__(self, "low", (self.low,) * len(self.high))

    @property
    def default_inputs(self) -> int:  # type: ignore[override]
        """The sides of the box, if it has several."""
        return len(self.low) if np.ndim(self.low) else 16

    def check(self, inputs: int) -> None:
        """Check that the box has a side for each input."""
        sides = np.shape(self.low)
        if sides not in ((), (inputs,)):
            raise InputError(f"a box of {sides[0]} sides does not fit {inputs} inputs: give one side for each input.")

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs."""
        low, high = jnp.asarray(self.low, jnp.float32), jnp.asarray(self.high, jnp.float32)
        return low + (high - low) * jax.random.uniform(key, (rows, inputs))

    def scales(self, inputs: int) -> Scales:
        """The middle of each side, and its length over √12."""
        low, high = (np.broadcast_to(np.asarray(end, float), (inputs,)) for end in (self.low, self.high))
        return (low + high) / 2, (high - low) / math.sqrt(12)

    def __str__(self) -> str:
        pairs = zip(*(np.atleast_1d(ends).tolist() for ends in (self.low, self.high)))
        return "uniform:" + ";".join(f"{_exact(low)},{_exact(high)}" for low, high in pairs)


@dataclasses.dataclass(frozen=True)
class Signs(Distribution):
    """Inputs that are −1 or 1, each with probability ½.

    Examples:
        >>> import jax
        >>> abs(Signs().sample(jax.random.key(0), 1, 2)).tolist(), str(Signs())
        ([[1.0, 1.0]], 'signs')
    """

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs."""
        return jax.random.rademacher(key, (rows, inputs), jnp.float32)

    def __str__(self) -> str:
        return "signs"


@dataclasses.dataclass(frozen=True)
class Bits(Distribution):
    """Inputs that are 0 or 1, each with probability ½.

    Examples:
        >>> import jax
        >>> sorted(set(Bits().sample(jax.random.key(0), 10, 2).ravel().tolist())), str(Bits())
        ([0.0, 1.0], 'bits')
    """

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs."""
        return jax.random.bernoulli(key, shape=(rows, inputs)).astype(jnp.float32)

    def __str__(self) -> str:
        return "bits"


@dataclasses.dataclass(frozen=True)
class OneHot(Distribution):
    """Whole numbers from 0 to `values` − 1, each as a block of `values` inputs of which one is 1 and the others are 0.

    The inputs 0, …, `values` − 1 encode the first number, the next `values` inputs the second, and so on. All numbers
    are uniform and independent.

    Args:
        values: how many values a number has.

    Raises:
        InputError: if `values` is no whole number of at least 2.

    Examples:
        >>> import jax
        >>> OneHot(3).sample(jax.random.key(0), 1, 6).reshape(2, 3).sum(axis=1).tolist()
        [1.0, 1.0]
    """

    values: Any

    def __post_init__(self) -> None:
        if not is_whole(self.values, 2):
            raise InputError(f"values {shown(self.values)} cannot be used: give a whole number of at least 2.")

    @property
    def default_inputs(self) -> int:  # type: ignore[override]
        """The inputs of two numbers."""
        return 2 * self.values

    def check(self, inputs: int) -> None:
        """Check that the inputs are blocks."""
        if inputs % self.values:
            raise InputError(
                f"{inputs} inputs cannot be one-hot numbers of {self.values} values: give a multiple of {self.values}."
            )

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Float[Array, "rows inputs"]:
        """Draw inputs."""
        numbers = jax.random.randint(key, (rows, inputs // self.values), 0, self.values)
        return jax.nn.one_hot(numbers, self.values).reshape(rows, inputs)

    def __str__(self) -> str:
        return f"one-hot:{self.values}"


@dataclasses.dataclass(frozen=True)
class Sampler(Distribution):
    """A user's own sampler. Networks get the inputs as they are: draw them with a mean near 0 and a variance near 1.

    Args:
        function: a function (key, shape) → inputs of shape (rows, n), as those of `jax.random` are.

    Examples:
        >>> import jax
        >>> sampler = Sampler(jax.random.laplace)
        >>> sampler.sample(jax.random.key(0), 5, 2).shape, str(sampler)
        ((5, 2), 'sampler:laplace')
    """

    function: Callable[[Key[Array, ""], tuple[int, int]], Float[Array, "rows inputs"]]

    def sample(self, key: Key[Array, ""], rows: int, inputs: int) -> Any:
        """Draw inputs. `Task.standardisation` checks them."""
        return self.function(key, (rows, inputs))

    def __str__(self) -> str:
        return f"sampler:{getattr(self.function, '__name__', type(self.function).__name__)}"


WORDS: dict[str, Callable[[str], Distribution]] = {
    "normal": lambda text: Normal(*text),
    "uniform": lambda text: Uniform(*_sides(text)),
    "signs": lambda text: Signs(*text),
    "bits": lambda text: Bits(*text),
    "one-hot": lambda text: OneHot(int(text)),
}


def as_distribution(given: Any) -> Distribution:
    """Convert an argument to a distribution.

    Args:
        given: a distribution; a text, "normal", "uniform", "uniform:LOW,HIGH", "signs", "bits" or "one-hot:VALUES"; or
            a sampler, as `Sampler` takes it.

    Returns:
        The distribution.

    Raises:
        InputError: if `given` is anything else.

    Examples:
        >>> as_distribution("uniform:0,2")
        Uniform(low=0.0, high=2.0)
    """
    if isinstance(given, Distribution):
        return given
    if callable(given):
        return Sampler(given)
    word, _, rest = given.partition(":") if isinstance(given, str) else ("", "", "")
    try:
        return WORDS[word](rest)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"distribution {shown(given)} cannot be used: give normal, uniform:LOW,HIGH, signs, bits, one-hot:VALUES, "
            "or a function (key, shape)."
        ) from None


def _exact(end: float) -> str:
    """The shortest text that `float` reads as the same number."""
    return f"{end:g}" if float(f"{end:g}") == end else repr(end).removesuffix(".0")


def _sides(text: str) -> tuple[Any, ...]:
    if not text:
        return ()
    sides = [tuple(map(float, side.split(","))) for side in text.split(";")]
    low, high = zip(*((low, high) for low, high in sides))
    return (low[0], high[0]) if len(sides) == 1 else (low, high)
