"""DINo's decoder as an affine function of the code.

The filters do not depend on the code, the shifts are linear in it, and a multiplicative filter network has no other
nonlinearity. The decoder is therefore affine: D(α)(x) = φ₀(x) + Σ_k α_k φ_k(x). Its value and gradient at α = 0 give
all φ at a point, at the cost of about three evaluations of the network, for any number of codes. The code of an
observed frame has a closed form.
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
    """A decoder evaluated at fixed points: D(α) = offset + modes α.

    Attributes:
        offset: φ₀, the field of the code 0.
        modes: φ_k, the derivative of the field by each entry of the code.
    """

    offset: Float[Array, " points"]
    modes: Float[Array, "points width"]

    def decode(self, codes: Float[Array, "*batch width"]) -> Float[Array, "*batch points"]:
        """Decodes codes to fields at the points."""
        return codes @ self.modes.T + self.offset


def affine_decoder(d: int, code: int, width: int, layers: int, scale: float, key: Key[Array, ""]) -> Shift:
    """DINo's decoder: a Fourier multiplicative filter network whose biases are shifted by linear maps of the code.

    Args:
        d: number of coordinates of a point.
        code: number of entries of a code.
        width: width of the filters.
        layers: number of filters after the first one.
        scale: scale of the filters' initial frequencies.
        key: random key of the initial parameters.

    Examples:
        >>> import jax
        >>> affine_decoder(2, 5, 8, 3, 64.0, jax.random.key(0)).target.sizes
        (2, 8, 8, 8, 8, 1)
    """
    target = FourierNet((d, *(layers + 1) * (width,), 1), scale=scale)
    return Shift(target, width=code, key=key)


def affine_field(decoder: Shift, points: Float[Array, "points d"]) -> AffineField:
    """Evaluates a decoder at points as an affine function of the code.

    Args:
        decoder: a decoder of a scalar field, with a linear trunk.
        points: positions, in the decoder's coordinates.

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
    """A Gaussian prior of codes, and the noise variance of observed values.

    Attributes:
        mean: mean of the codes.
        root: Cholesky factor of the covariance of the codes.
        noise: variance of observed values around the decoded field.
    """

    mean: Float[Array, " width"]
    root: Float[Array, "width width"]
    noise: Float[Array, ""]


def prior_of(codes: Float[Array, "codes width"], noise: Float[Array, ""]) -> CodePrior:
    """The Gaussian prior with the mean and covariance of given codes.

    Args:
        codes: codes of the training frames.
        noise: variance of observed values around the decoded fields.

    Examples:
        >>> import jax.numpy as jnp
        >>> prior_of(jnp.array([[1.0], [3.0]]), jnp.array(0.1)).mean
        Array([2.], dtype=float32)
    """
    mean = codes.mean(axis=0)
    away = codes - mean
    width = codes.shape[1]
    jitter = JITTER * (jnp.mean(away**2) + JITTER)
    # Factorise the codes, not their covariance: for similar codes, rounding in single precision would make the
    # covariance indefinite.
    rows = [away / math.sqrt(len(codes)), jnp.sqrt(jitter) * jnp.eye(width)]
    return CodePrior(mean, jnp.linalg.qr(jnp.concatenate(rows), mode="r").T, noise)


def solved_code(
    field: AffineField, values: Float[Array, " points"], mask: Bool[Array, " points"], prior: CodePrior
) -> Float[Array, " width"]:
    """The maximum a posteriori code of observed values, by regularised least squares.

    With α = μ + Lβ and a standard normal prior of β, it minimises |y − D(α)|²/σ² + |β|².

    Args:
        field: the decoder at the points.
        values: values at the points.
        mask: which points are observed.
        prior: prior of the code.

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
