"""DINo's decoder is affine in the code: its value and its gradient at the code 0 say all of it.

Filters do not depend on the code, shifts are linear in it, and a multiplicative filter network has no other
nonlinearity: D(α)(x) = φ₀(x) + Σ_k α_k φ_k(x). One pass back from the output gives φ at a point, for the price of
about three evaluations of one network; all codes then share it. Codes of observed values follow in closed form.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from weightloom.architectures import FourierNet
from weightloom.errors import InputError
from weightloom.fields.models.ridge import fit_weights
from weightloom.hypernetworks import Shift

JITTER = 1e-6


class AffineField(NamedTuple):
    """A decoder at some points: D(α) = offset + modes α.

    Attributes:
        offset: φ₀, what the code 0 decodes to.
        modes: φ_k, what each entry of a code adds.
    """

    offset: Float[Array, " points"]
    modes: Float[Array, "points width"]

    def decode(self, codes: Float[Array, "*batch width"]) -> Float[Array, "*batch points"]:
        """The fields that codes describe, at these points."""
        return codes @ self.modes.T + self.offset


def affine_decoder(d: int, code: int, width: int, layers: int, scale: float, key: Key[Array, ""]) -> Shift:
    """DINo's decoder: a Fourier multiplicative filter network whose biases a code shifts through linear maps.

    Args:
        d: coordinates of a point.
        code: entries of a code.
        width: of the filters.
        layers: how many multiply the first filter.
        scale: of the filters' frequencies at the start.
        key: initialises it.

    Examples:
        >>> import jax
        >>> affine_decoder(2, 5, 8, 3, 64.0, jax.random.key(0)).target.sizes
        (2, 8, 8, 8, 8, 1)
    """
    target = FourierNet((d, *(layers + 1) * (width,), 1), scale=scale)
    return Shift(target, width=code, key=key)


def affine_field(decoder: Shift, points: Float[Array, "points d"]) -> AffineField:
    """What the decoder is at points, for all codes.

    Args:
        decoder: of a scalar field, with a linear trunk.
        points: positions as the decoder reads them.

    Raises:
        InputError: if the decoder is not affine in the code.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> decoder = affine_decoder(2, 5, 8, 3, 64.0, jax.random.key(0))
        >>> affine_field(decoder, jnp.zeros((7, 2))).modes.shape
        (7, 5)
    """
    if decoder.hidden or not isinstance(decoder.target, FourierNet) or decoder.target.sizes[-1] != 1:
        raise InputError(
            f"a decoder to {decoder.target} with {len(decoder.hidden)} hidden layers in its trunk is not affine in "
            "the code: use a FourierNet with one output and a linear trunk."
        )

    def value(code: Array, point: Array) -> Array:
        return decoder.target.apply(decoder(code), point)[0]

    return AffineField(*jax.vmap(lambda point: jax.value_and_grad(value)(jnp.zeros(decoder.width), point))(points))


class CodePrior(NamedTuple):
    """A Gaussian over codes, and the variance of what they leave unexplained.

    Attributes:
        mean: of the codes.
        root: lower triangular, its product with its transpose is their covariance.
        noise: variance of values around the decoded field.
    """

    mean: Float[Array, " width"]
    root: Float[Array, "width width"]
    noise: Float[Array, ""]


def prior_of(codes: Float[Array, "codes width"], noise: Float[Array, ""]) -> CodePrior:
    """The Gaussian with the mean and covariance of trained codes.

    Args:
        codes: of training frames.
        noise: variance of values around the decoded fields.

    Examples:
        >>> import jax.numpy as jnp
        >>> prior_of(jnp.array([[1.0], [3.0]]), jnp.array(0.1)).mean
        Array([2.], dtype=float32)
    """
    mean = codes.mean(axis=0)
    away = codes - mean
    width = codes.shape[1]
    jitter = JITTER * (jnp.mean(away**2) + JITTER)
    # The covariance itself, of codes that resemble one another, single precision rounds to one that is not positive.
    rows = [away / math.sqrt(len(codes)), jnp.sqrt(jitter) * jnp.eye(width)]
    return CodePrior(mean, jnp.linalg.qr(jnp.concatenate(rows), mode="r").T, noise)


def solved_code(
    field: AffineField, values: Float[Array, " points"], mask: Bool[Array, " points"], prior: CodePrior
) -> Float[Array, " width"]:
    """The code of highest posterior probability given observed values: regularised least squares.

    With α = μ + Lβ, β standard normal, it minimises |y − D(α)|²/σ² + |β|².

    Args:
        field: the decoder at the points.
        values: what was observed there.
        mask: which points count.
        prior: of codes.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> field = affine_field(affine_decoder(2, 3, 8, 2, 64.0, jax.random.key(0)), jax.random.uniform(
        ...     jax.random.key(1), (50, 2), maxval=0.5))
        >>> prior = CodePrior(jnp.zeros(3), jnp.eye(3), jnp.array(1e-6))
        >>> code = solved_code(field, field.decode(jnp.arange(3.0)), jnp.ones(50, bool), prior)
        >>> bool(jnp.allclose(code, jnp.arange(3.0), atol=1e-2))
        True
    """
    features = field.modes @ prior.root
    rest = jnp.where(mask, values - field.decode(prior.mean), 0.0)
    whitened = fit_weights(features, mask, rest[:, None], jnp.ones_like(prior.mean), prior.noise)[:, 0]
    return prior.mean + prior.root @ whitened
