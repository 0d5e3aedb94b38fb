"""A hypernetwork with one learned code per condition."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer

from weightloom._checks import check_positive, check_whole, check_widths
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.architectures import Architecture, Parameters
from weightloom.architectures.dense import check_dense
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.trunk import features, initial_trunk


class CodedHypernetwork(Hypernetwork):
    """A learned code per condition, and a trunk that maps a code to all parameters of the target.

    The trunk is an MLP with swish between its layers, or linear without hidden layers. At the start the emitted weights
    have variance `scale`²/inputs and the emitted biases are 0, for any widths (hyperfan-in initialisation of Chang et
    al., ICLR 2020). With codes of width 0, all conditions share one network, which starts at 0.

    This hypernetwork emits all parameters without a base network, and `sliced` emits those of a smaller network.
    `CONDITIONINGS` start from a trained base network instead. They work with every architecture, and the caller
    provides the codes.

    Args:
        target: architecture of the generated network, with a (weight, bias) pair per layer.
        conditions: number of codes.
        width: length of a code.
        hidden: widths of the trunk's hidden layers, () for a linear trunk.
        scale: initial size of the emitted weights. With 0 the generated network starts at 0.
        key: initialises codes and trunk, a whole number or a JAX key.

    Raises:
        InputError: if a number is invalid, or if the target has other parameters than (weight, bias) pairs.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.CodedHypernetwork(wl.MLP((8, 3)), conditions=5, key=jax.random.key(0))
        >>> parameters = hypernetwork(2)
        >>> [leaf.shape for leaf in parameters[0]]
        [(8, 3), (3,)]
    """

    codes: Float[Array, "conditions width"]
    layers: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    target: Architecture = eqx.field(static=True)

    def __init__(
        self,
        target: Architecture,
        conditions: int,
        *,
        width: int = 16,
        hidden: tuple[int, ...] = (64,),
        scale: float = 1.0,
        key: AnyKey,
    ) -> None:
        check_whole(conditions=conditions)
        check_whole(0, width=width)
        check_widths(hidden=hidden)
        check_positive(True, scale=scale)
        check_dense(target)
        self.target = target
        code_key, *keys = jax.random.split(as_key(key), len(hidden) + 2)
        self.codes = jax.random.normal(code_key, (conditions, width))
        spread = np.concatenate(
            [np.r_[np.full(math.prod(w), math.sqrt(1 / w[0])), np.zeros(b[0])] for w, b in target.shapes]
        )
        inputs = (width, *hidden)[-1]
        last = jax.random.normal(keys[-1], (inputs, spread.size)) * (scale * spread) / math.sqrt(max(inputs, 1))
        self.layers = (*initial_trunk(keys[:-1], (width, *hidden)), (last, jnp.zeros(spread.size)))

    def __call__(self, condition: Integer[Array, ""] | int | Float[Array, " width"]) -> Parameters:
        """Generates the parameters for one condition.

        Args:
            condition: index of a learned code, or any code of shape (width,).

        Returns:
            A (weight, bias) pair per layer.

        Raises:
            InputError: if the index or the shape of the code is invalid.
        """
        return self.sliced(condition, self.target)

    def sliced(self, condition: Integer[Array, ""] | int | Float[Array, " width"], target: Architecture) -> Parameters:
        """Generates the parameters of a smaller network: the first entries of each array.

        Args:
            condition: index of a learned code, or any code of shape (width,).
            target: architecture with the same number of layers, none of them larger than in the trained target.

        Returns:
            A (weight, bias) pair per layer of the smaller network.

        Raises:
            InputError: if the target has another number of layers or a larger layer.

        Examples:
            >>> import weightloom as wl
            >>> hypernetwork = wl.CodedHypernetwork(wl.MLP((8, 3)), conditions=5, key=0)
            >>> [(weight, bias)] = hypernetwork.sliced(2, wl.MLP((4, 3)))
            >>> weight.shape
            (4, 3)
        """
        weight, bias = self.layers[-1]
        return self._cut(features(self.layers[:-1], self._code(condition)) @ weight + bias, target)

    def _code(self, condition: Any) -> Float[Array, " width"]:
        conditions, width = self.codes.shape
        condition = _numbers(condition)
        if condition.ndim == 0 and jnp.issubdtype(condition.dtype, jnp.integer):
            # JAX would clamp the index.
            if not isinstance(condition, jax.core.Tracer) and not -conditions <= condition < conditions:
                raise InputError(f"there is no code {int(condition)}: give a number from 0 to {conditions - 1}.")
            return self.codes[condition]
        if condition.shape != (width,):
            raise InputError(
                f"a condition of shape {condition.shape} and dtype {condition.dtype} cannot be used: give the number "
                f"of a code, or a code of shape ({width},)."
            )
        return condition

    def _cut(self, flat: Float[Array, " parameters"], target: Architecture) -> Parameters:
        check_dense(target)
        fits = len(target.shapes) == len(self.target.shapes) and all(
            small <= large
            for theirs, ours in zip(target.shapes, self.target.shapes)
            for part, whole in zip(theirs, ours)
            for small, large in zip(part, whole)
        )
        if not fits:
            raise InputError(
                f"sizes {target.sizes} do not fit into the trained {self.target.sizes}: "
                "give as many layers, none of them larger."
            )
        parameters: list[Any] = []
        start = 0
        for theirs, ours in zip(target.shapes, self.target.shapes):
            layer = []
            for part, whole in zip(theirs, ours):
                end = start + math.prod(whole)
                layer.append(flat[start:end].reshape(whole)[tuple(slice(n) for n in part)])
                start = end
            parameters.append(tuple(layer))
        return tuple(parameters)


def _numbers(condition: Any) -> Array:
    try:
        return jnp.asarray(condition)
    except (TypeError, ValueError):
        raise InputError(f"{shown(condition)} is no condition: give the number of a code, or a code.") from None
