"""H(i) → θ_i: one hypernetwork for a set of functions, each an implicit neural representation with its own code."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Key

from weightloom._checks import check_choice, check_positive, check_whole, is_whole
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
    """A set of functions as one hypernetwork and one code for each of them.

    Attributes:
        hypernetwork: generates the weights of a function's network from its code.
        codes: of the functions that it was trained on.
        mean: of each channel over all training values; the networks represent (values − mean)/deviation.
        std: of each channel.

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
        """The functions with these codes at any points.

        Args:
            codes: those of training, fitted ones or mixtures of them.
            points: where to evaluate, shape (..., d), the same for all functions.

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
        """Codes of functions that were not seen in training, with the hypernetwork frozen.

        Args:
            values: of the functions at the points.
            points: any points, the same for all functions: fewer than in training, or others.
            steps: of Adam, from codes of 0.
            learning_rate: at the start; it falls to 0 along half a cosine.

        Returns:
            A code for each function.

        Raises:
            InputError: if values and points do not fit together or hold numbers that are not finite, or an argument
                cannot be used.

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
        """Codes on the straight line from one training function's code to another's.

        Args:
            first: the number of a training function.
            second: the number of another one.
            shares: of the second one: 0 is the first one's code, 1 the second one's.

        Raises:
            InputError: if there is no such function.
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
    """Represent a set of functions by one hypernetwork, H(i) = θ_i (Sitzmann et al., NeurIPS 2020, section 4.4).

    Codes are learned together with the hypernetwork, without an encoder (Park et al., CVPR 2019, section 4.2). They
    start at 0: every function starts as the base network. Each step takes random points, the same for all functions.

    Args:
        values: the functions at shared points, such as images of shape (functions, height, width, channels).
        points: where, shape (*grid, d).
        architecture: of each function's network, from d inputs to as many outputs as there are channels.
        conditioning: a name from `weightloom.hypernetworks.CONDITIONINGS`.
        width: entries of a code.
        hidden: widths of the hypernetwork's hidden layers.
        steps: of Adam, its rates falling to 0 along half a cosine.
        batch: points per step; at most all.
        learning_rate: of the hypernetwork.
        code_learning_rate: of the codes.
        key: draws the start and the points, a whole number or a JAX key; the default is 0.

    Returns:
        The hypernetwork and the codes.

    Raises:
        InputError: if values, points and architecture do not fit together, a value is not finite, or an argument
            cannot be used.

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
    # A channel that is constant, up to rounding, is represented by its mean.
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


def psnr(
    found: Float[np.ndarray | Array, "n *rest"], wanted: Float[np.ndarray | Array, "n *rest"], peak: float = 1.0
) -> Float[np.ndarray, " n"]:
    """Peak signal-to-noise ratio of each function, 10 log₁₀(peak²/mean squared error), in decibels.

    Args:
        found: approximations.
        wanted: the true values.
        peak: the largest value that there can be; 1 for images between 0 and 1.

    Returns:
        Decibels, shape (n,); infinite where nothing is wrong.

    Examples:
        >>> import numpy as np
        >>> psnr(np.full((1, 4), 0.1), np.zeros((1, 4))).round(6).tolist()
        [20.0]
    """
    squares = (np.asarray(found, np.float64) - np.asarray(wanted, np.float64)) ** 2
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
    # A sum over functions, so that each is fitted as if it were alone.
    def loss(codes: Float[Array, "n width"]) -> Float[Array, ""]:
        return ((_values(hypernetwork, codes, points) - values) ** 2).mean(axis=(1, 2)).sum()

    return descend(loss, codes, steps, adam(learning_rate, steps))[0]


def _checked(values: ArrayLike, points: ArrayLike, architecture: Architecture) -> tuple[Array, Array]:
    """Values of shape (functions, points, channels) and points of shape (points, d), as single-precision arrays."""
    try:
        values, points = np.asarray(values, np.float32), np.asarray(points, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"values or points are no arrays of numbers ({error}): give arrays.") from None
    if values.ndim < 3 or values.shape[1:-1] != points.shape[:-1] or not values.size:
        raise InputError(
            f"values of shape {values.shape} do not fit points of shape {points.shape}: "
            "give values (functions, *grid, channels) and points (*grid, d)."
        )
    if (points.shape[-1], values.shape[-1]) != architecture.sizes[:1] + architecture.sizes[-1:]:
        raise InputError(
            f"{architecture} does not map points of {points.shape[-1]} coordinates to {values.shape[-1]} channels: "
            "give sizes that start and end so."
        )
    if not (np.isfinite(values).all() and np.isfinite(points).all()):
        raise InputError("values or points are not all finite: remove what is missing, or fit codes to fewer points.")
    return jnp.asarray(values.reshape(len(values), -1, values.shape[-1])), jnp.asarray(
        points.reshape(-1, points.shape[-1])
    )
