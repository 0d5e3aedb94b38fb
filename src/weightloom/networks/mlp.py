"""Multilayer perceptrons of any depth and any widths (Liao et al. 2023, section 2 and appendix B.2)."""

import dataclasses

from jaxtyping import Array, Float

from weightloom.errors import InputError
from weightloom.networks.activations import ACTIVATIONS
from weightloom.networks.base import Architecture, Parameters


@dataclasses.dataclass(frozen=True)
class MLP(Architecture):
    """A multilayer perceptron: linear layers with the activation between them.

    a⁽ˡ⁺¹⁾ = σ(b⁽ˡ⁾ + a⁽ˡ⁾ W⁽ˡ⁾), the last layer without σ (Liao et al. 2023, appendix B.2).

    Args:
        sizes: widths from input to output, at least two, each at least 1.
        activation: a name from `weightloom.networks.ACTIVATIONS`.

    Raises:
        InputError: if a width or the activation cannot be used.

    Examples:
        >>> import weightloom as wl
        >>> wl.MLP((16, 48, 1)).shapes
        (((16, 48), (48,)), ((48, 1), (1,)))
    """

    sizes: tuple[int, ...]
    activation: str = "swish"

    def __post_init__(self) -> None:
        sizes = tuple(self.sizes)
        whole = all(isinstance(n, int) and not isinstance(n, bool) for n in sizes)
        if len(sizes) < 2 or not whole or min(sizes) < 1:
            raise InputError(
                f"sizes {self.sizes!r} cannot be used: give two or more whole numbers of at least 1, "
                "from input to output, such as (16, 48, 1)."
            )
        if self.activation not in ACTIVATIONS:
            raise InputError(f"activation {self.activation!r} is unknown: use one of {', '.join(ACTIVATIONS)}.")
        object.__setattr__(self, "sizes", sizes)

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: a ((inputs, outputs), (outputs,)) pair per layer."""
        return tuple(((inputs, outputs), (outputs,)) for inputs, outputs in zip(self.sizes, self.sizes[1:]))

    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x).

        Args:
            parameters: a (weight, bias) pair per layer, shaped as in `shapes`.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).

        Examples:
            >>> import jax.numpy as jnp, weightloom as wl
            >>> wl.MLP((2, 1)).apply([(jnp.ones((2, 1)), jnp.zeros(1))], jnp.ones((3, 2))).shape
            (3, 1)
        """
        activation = ACTIVATIONS[self.activation]
        *hidden, (weight, bias) = parameters
        for hidden_weight, hidden_bias in hidden:
            x = activation(x @ hidden_weight + hidden_bias)
        return x @ weight + bias
