"""Networks with parameters."""

import functools
from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from weightloom.architectures import MLP, Parameters
from weightloom.discovery._order_parameters import OrderParameters, order_parameters
from weightloom.discovery.classification import Classification, classify
from weightloom.errors import InputError


class Network:
    """A generated network: an architecture with parameters.

    Args:
        architecture: the architecture, such as `MLP((16, 48, 1))`.
        parameters: a (weight, bias) pair per layer. A weight has shape (inputs, outputs), as in Liao et al. 2023,
            eq. 5, and a bias has shape (outputs,).
        seed_dependence: the order parameter α₃ of the hypernetwork, which needs two networks to be measured. The
            default, None, leaves α₃ unknown.

    Raises:
        InputError: if the number of layers or a shape does not fit the architecture, or if a value is not finite.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> net = wl.Network(wl.MLP((2, 1)), [(np.ones((2, 1)), np.zeros(1))])
        >>> net(np.ones((3, 2))).shape
        (3, 1)
    """

    def __init__(
        self,
        architecture: MLP,
        parameters: Parameters | Sequence[Sequence[ArrayLike]],
        seed_dependence: float | None = None,
    ) -> None:
        self.architecture = architecture
        self.parameters = _checked(architecture, parameters)
        self.seed_dependence = seed_dependence

    def __call__(self, x: Float[ArrayLike, "*batch inputs"]) -> Float[np.ndarray, "*batch outputs"]:
        """Evaluate the network.

        Args:
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).

        Raises:
            InputError: if the last axis of `x` does not have the network's number of inputs.
        """
        x = np.asarray(x, np.float32)
        if x.ndim < 1 or x.shape[-1] != self.architecture.sizes[0]:
            raise InputError(
                f"inputs of shape {x.shape} do not fit the network: the last axis must have "
                f"{self.architecture.sizes[0]} inputs."
            )
        return np.asarray(_apply(self.architecture, self.parameters, x))

    @functools.cached_property
    def order_parameters(self) -> OrderParameters:
        """The order parameters α₁, α₂ and α₃ (Liao et al. 2023, eqs. 5–7)."""
        return order_parameters(self.parameters[0][0])._replace(seed_dependence=self.seed_dependence)

    @functools.cached_property
    def classification(self) -> Classification:
        """The result of `weightloom.classify` for this network."""
        return classify(self)

    @property
    def algorithm(self) -> str:
        """The name of the algorithm that the network runs, "mixed" or "unknown"."""
        return self.classification.algorithm

    def _repr_svg_(self) -> str | None:
        from weightloom.figures.network import network_svg

        return network_svg(self)

    def __repr__(self) -> str:
        return f"Network({self.architecture})"


@functools.partial(jax.jit, static_argnums=0)
def _apply(
    architecture: MLP, parameters: Parameters, x: Float[Array, "*batch inputs"]
) -> Float[Array, "*batch outputs"]:
    return architecture.apply(parameters, x)


def _array(value: ArrayLike, shape: tuple[int, ...], name: str) -> np.ndarray:
    array = np.asarray(value, np.float32)
    if array.shape != shape:
        raise InputError(f"{name} has shape {array.shape}: the architecture needs {shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} has {(~np.isfinite(array)).sum()} values that are not finite: give finite values.")
    return array


def _checked(
    architecture: MLP, parameters: Parameters | Sequence[Sequence[ArrayLike]]
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    if len(parameters) != len(architecture.shapes):
        raise InputError(
            f"{len(parameters)} layers of parameters do not fit {architecture}: "
            f"give {len(architecture.shapes)} pairs (weight, bias)."
        )
    return tuple(
        (_array(w, shape[0], f"layer {k}'s weight"), _array(b, shape[1], f"layer {k}'s bias"))
        for k, ((w, b), shape) in enumerate(zip(parameters, architecture.shapes))
    )
