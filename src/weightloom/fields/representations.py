"""Implicit neural representations of a set of functions by one hypernetwork, with one code per function."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Key

from weightloom._checks import check_choice, check_positive, check_whole, is_whole
from weightloom._deprecated import with_former_arguments
from weightloom._keys import AnyKey, as_key
from weightloom.architectures import Architecture
from weightloom.architectures.base import check_architecture
from weightloom.errors import InputError
from weightloom.fields.precision import in_full_precision
from weightloom.hypernetworks import CONDITIONINGS, Conditioning
from weightloom.training._descend import descend
from weightloom.training.optimisers import adam, adam_by_part

ROUNDING = 1e-7


class Representations(eqx.Module):
    """A set of functions, represented by one hypernetwork and one code per function.

    Attributes:
        hypernetwork: maps a code to the parameters of a function's network.
        codes: codes of the training functions.
        mean: mean of each channel over all training values. The networks represent (values − mean) / std.
        std: standard deviation of each channel over all training values.

    Examples:
        See `represent`.
    """

    hypernetwork: Conditioning
    codes: Float[Array, "functions width"]
    mean: Float[Array, " channels"]
    std: Float[Array, " channels"]

    @eqx.filter_jit
    @in_full_precision
    def __call__(
        self, codes: Float[Array, "n width"], points: Float[Array | np.ndarray, "*grid d"]
    ) -> Float[Array, "n *grid channels"]:
        """Evaluates the functions of given codes at points.

        Args:
            codes: codes from training, from `fit_codes` or from `between`.
            points: positions, shape (..., d), the same for all functions.

        Returns:
            Values, shape (n, ..., channels).
        """
        return self.mean + self.std * _values(self.hypernetwork, codes, jnp.asarray(points))

    def fit_codes(
        self,
        values: Float[np.ndarray, "n *grid channels"],
        points: Float[np.ndarray, "*places d"],
        *,
        steps: int = 300,
        learning_rate: float = 1e-2,
    ) -> Float[Array, "n width"]:
        """Fits codes of new functions. The hypernetwork is not changed.

        Args:
            values: values of the functions at the points.
            points: positions, the same for all functions. They may differ from the training points.
            steps: number of steps of Adam, starting from codes of 0.
            learning_rate: initial learning rate. It falls to 0 along half a cosine.

        Returns:
            One code per function.

        Raises:
            InputError: if the shapes of values and points do not match, a number is not finite, or `steps` or
                `learning_rate` is invalid.

        Examples:
            See `represent`.
        """
        check_whole(steps=steps)
        check_positive(learning_rate=learning_rate)
        flat, places = _checked(values, points, self.hypernetwork.target)
        wanted = (flat - self.mean) / self.std
        codes = jnp.zeros((len(flat), self.hypernetwork.width))
        return _fitted(codes, self.hypernetwork, wanted, places, steps, learning_rate)

    def between(self, first: int, second: int, shares: Float[np.ndarray, " n"]) -> Float[Array, "n width"]:
        """Interpolates linearly between the codes of two training functions.

        Args:
            first: number of a training function.
            second: number of another training function.
            shares: weights of the second code: 0 gives the first code, 1 the second.

        Returns:
            One code per share.

        Raises:
            InputError: if a training function does not exist.
        """
        for number in (first, second):
            if not is_whole(number, 0) or number >= len(self.codes):
                raise InputError(f"there is no function {number!r}: give a number from 0 to {len(self.codes) - 1}.")
        of_second = jnp.asarray(shares, self.codes.dtype)[:, None]
        return (1 - of_second) * self.codes[first] + of_second * self.codes[second]


def represent(
    values: Float[np.ndarray, "functions *grid channels"],
    points: Float[np.ndarray, "*places d"],
    architecture: Architecture,
    *,
    conditioning: str = "shift",
    width: int = 64,
    hidden: tuple[int, ...] = (),
    steps: int = 1000,
    batch: int = 256,
    learning_rate: float = 1e-3,
    code_learning_rate: float = 1e-2,
    key: AnyKey | None = None,
) -> Representations:
    """Represents a set of functions by one hypernetwork H(i) = θ_i (Sitzmann et al., NeurIPS 2020, section 4.4).

    The codes are trained together with the hypernetwork, without an encoder (Park et al., CVPR 2019, section 4.2).
    Initial codes are 0. Each training step uses random points, the same for all functions.

    Args:
        values: values of the functions at the points, shape (functions, *grid, channels), such as images of shape
            (functions, height, width, channels).
        points: positions, shape (*grid, d), the same for all functions.
        architecture: architecture of each function's network, with d inputs and one output per channel.
        conditioning: how the hypernetwork generates parameters, a name from `weightloom.hypernetworks.CONDITIONINGS`.
        width: number of entries of a code.
        hidden: widths of the hypernetwork's hidden layers.
        steps: number of steps of Adam. The learning rates fall to 0 along half a cosine.
        batch: number of points per step. It is limited to the number of points.
        learning_rate: initial learning rate of the hypernetwork.
        code_learning_rate: initial learning rate of the codes.
        key: random key of the initial hypernetwork and of the points, a whole number or a JAX key. The default is 0.

    Returns:
        The hypernetwork and the codes.

    Raises:
        InputError: if the shapes of values, points and architecture do not match, a number is not finite, or another
            argument is invalid.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> from weightloom.fields.representations import psnr, represent
        >>> x = np.linspace(-1, 1, 32)[:, None]
        >>> waves = np.stack([np.sin(3 * x + phase) for phase in (0.0, 1.0, 2.0)])
        >>> waves_again = represent(waves, x, wl.MLP((1, 16, 1)), width=2, steps=300, learning_rate=1e-2)
        >>> waves_again(waves_again.codes, x).shape
        (3, 32, 1)
    """
    check_choice("conditioning", conditioning, CONDITIONINGS)
    check_architecture(architecture)
    check_whole(steps=steps, batch=batch)
    check_positive(learning_rate=learning_rate, code_learning_rate=code_learning_rate)
    flat, places = _checked(values, points, architecture)
    start_key, batch_key = jax.random.split(as_key(0 if key is None else key))
    # A channel that is constant up to rounding gets std 1.
    wide = np.asarray(flat, np.float64)
    mean, spread = wide.mean(axis=(0, 1)), wide.std(axis=(0, 1))
    std = jnp.asarray(np.where(spread > ROUNDING * np.abs(mean), spread, 1.0), jnp.float32)
    mean = jnp.asarray(mean, jnp.float32)
    hypernetwork = CONDITIONINGS[conditioning](architecture, width=width, hidden=hidden, key=start_key)
    start = _Trained(hypernetwork, jnp.zeros((len(flat), width)))
    rates = {"hypernetwork": learning_rate, "codes": code_learning_rate}
    batch = min(batch, len(places))
    hypernetwork, codes = _trained(start, (flat - mean) / std, places, batch_key, batch, steps, rates)
    return Representations(hypernetwork, codes, mean, std)


@with_former_arguments(found="approximation", wanted="truth")
def psnr(
    approximation: Float[np.ndarray | Array, "n *rest"], truth: Float[np.ndarray | Array, "n *rest"], peak: float = 1.0
) -> Float[np.ndarray, " n"]:
    """Peak signal-to-noise ratio of each function in decibels: 10 log₁₀(peak² / mean squared error).

    Args:
        approximation: approximate values.
        truth: true values.
        peak: largest possible value. It is 1 for images with values from 0 to 1.

    Returns:
        Decibels, shape (n,). Infinite where the approximation is exact.

    Examples:
        >>> import numpy as np
        >>> psnr(np.full((1, 4), 0.1), np.zeros((1, 4))).round(6).tolist()
        [20.0]
    """
    squares = (np.asarray(approximation, np.float64) - np.asarray(truth, np.float64)) ** 2
    with np.errstate(divide="ignore"):
        return 10 * np.log10(peak**2 / squares.reshape(len(squares), -1).mean(axis=1))


def _values(hypernetwork: Conditioning, codes: Array, points: Array) -> Array:
    return jax.vmap(lambda code: hypernetwork.target.apply(hypernetwork(code), points))(codes)


class _Trained(NamedTuple):
    hypernetwork: Conditioning
    codes: Float[Array, "n width"]


@eqx.filter_jit
@in_full_precision
def _trained(
    start: _Trained,
    values: Float[Array, "n points channels"],
    points: Float[Array, "points d"],
    key: Key[Array, ""],
    batch: int,
    steps: int,
    learning_rates: dict[str, float],
) -> _Trained:
    def loss(trained: _Trained, key: Key[Array, ""]) -> Float[Array, ""]:
        drawn = jax.random.choice(key, len(points), (batch,), replace=False)
        found = _values(trained.hypernetwork, trained.codes, points[drawn])
        return ((found - values[:, drawn]) ** 2).mean()

    return descend(loss, start, steps, adam_by_part(learning_rates, steps), key)[0]


@eqx.filter_jit
@in_full_precision
def _fitted(
    codes: Float[Array, "n width"],
    hypernetwork: Conditioning,
    values: Float[Array, "n points channels"],
    points: Float[Array, "points d"],
    steps: int,
    learning_rate: float,
) -> Float[Array, "n width"]:
    # A sum over functions, so that the gradient of a code does not depend on the number of functions.
    def loss(codes: Float[Array, "n width"]) -> Float[Array, ""]:
        return ((_values(hypernetwork, codes, points) - values) ** 2).mean(axis=(1, 2)).sum()

    return descend(loss, codes, steps, adam(learning_rate, steps))[0]


def _checked(values: ArrayLike, points: ArrayLike, architecture: Architecture) -> tuple[Array, Array]:
    """Values of shape (functions, points, channels) and points of shape (points, d), as single-precision arrays."""
    try:
        values, points = np.asarray(values, np.float32), np.asarray(points, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"values or points are not numerical arrays ({error}): give arrays of numbers.") from None
    if values.ndim < 3 or values.shape[1:-1] != points.shape[:-1] or not values.size:
        raise InputError(
            f"values of shape {values.shape} do not match points of shape {points.shape}: "
            "give values (functions, *grid, channels) and points (*grid, d)."
        )
    if (points.shape[-1], values.shape[-1]) != architecture.sizes[:1] + architecture.sizes[-1:]:
        raise InputError(
            f"{architecture} does not map points of {points.shape[-1]} coordinates to {values.shape[-1]} channels: "
            f"give sizes from {points.shape[-1]} to {values.shape[-1]}."
        )
    if not (np.isfinite(values).all() and np.isfinite(points).all()):
        raise InputError("values or points contain numbers that are not finite: remove the points that have them.")
    return jnp.asarray(values.reshape(len(values), -1, values.shape[-1])), jnp.asarray(
        points.reshape(-1, points.shape[-1])
    )
