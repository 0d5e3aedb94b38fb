"""A hypernetwork with one learned code per condition: the plainest map from who to weights."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, Key

from weightloom.architectures import Architecture
from weightloom.architectures.dense import dense_layers
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Generated, Hypernetwork
from weightloom.hypernetworks.trunk import features, initial_trunk


class CodedHypernetwork(Hypernetwork):
    """A learned code per condition, and a trunk that turns a code into all parameters of the target.

    The trunk is an MLP with swish between its layers; without hidden layers it is linear. It starts so that the
    weights that it emits have variance `scale`² over their number of inputs and its biases are 0, whatever the
    widths (the hyperfan-in start of Chang et al., ICLR 2020). With codes of width 0 it emits one and the same
    network for every condition: a plain shared network that starts at 0.

    It emits all parameters from nothing, and can emit those of a smaller network. The family `CONDITIONINGS` starts
    from a trained base network instead, serves every architecture, and leaves the codes to the caller.

    Args:
        target: the architecture that it generates, with a (weight, bias) pair per layer.
        conditions: how many codes to learn.
        width: entries of a code.
        hidden: widths of the trunk's hidden layers; () for a linear trunk.
        scale: of the emitted weights at the start; 0 starts with the network that is 0 everywhere.
        key: initialises codes and trunk.

    Raises:
        InputError: if there is no condition, a width is negative, or the target has other parameters than pairs.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.CodedHypernetwork(wl.MLP((8, 3)), conditions=5, key=jax.random.key(0))
        >>> parameters, ledger = hypernetwork(2)
        >>> [leaf.shape for leaf in parameters[0]], ledger.shape
        ([(8, 3), (3,)], (0, 24))
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
        key: Key[Array, ""],
    ) -> None:
        if conditions < 1 or width < 0 or min(hidden, default=1) < 1:
            raise InputError(
                f"conditions {conditions}, width {width} and hidden {hidden} cannot be used: give at least one "
                "condition, a width of 0 or more and hidden widths of at least 1."
            )
        if target.layers != dense_layers(len(target.layers)):
            raise InputError(
                f"{target} has other parameters than a (weight, bias) pair per layer: "
                "use a member of weightloom.hypernetworks.CONDITIONINGS."
            )
        self.target = target
        code_key, *keys = jax.random.split(key, len(hidden) + 2)
        self.codes = jax.random.normal(code_key, (conditions, width))
        spread = np.concatenate(
            [np.r_[np.full(math.prod(w), math.sqrt(1 / w[0])), np.zeros(b[0])] for w, b in target.shapes]
        )
        inputs = (width, *hidden)[-1]
        last = jax.random.normal(keys[-1], (inputs, spread.size)) * (scale * spread) / math.sqrt(max(inputs, 1))
        self.layers = (*initial_trunk(keys[:-1], (width, *hidden)), (last, jnp.zeros(spread.size)))

    def __call__(
        self,
        condition: Integer[Array, ""] | int | Float[Array, " width"],
        key: Key[Array, ""] | None = None,
        *,
        target: Architecture | None = None,
        encoder: bool = True,
    ) -> Generated:
        """Generate the parameters of the target; nothing of it is random.

        Args:
            condition: the number of a learned code, or a code of one's own, shape (width,).
            key: unused.
            target: an architecture with as many layers, none of them larger: it gets the first entries of each.
            encoder: unused; there is none.

        Returns:
            The parameters, and a ledger of no hyperlayers: nothing is priced.

        Raises:
            InputError: if the target has another number of layers or a larger one.
        """
        target = target or self.target
        code = self.codes[condition] if jnp.ndim(condition) == 0 else jnp.asarray(condition)
        weight, bias = self.layers[-1]
        flat = features(self.layers[:-1], code) @ weight + bias
        return Generated(self._cut(flat, target), jnp.zeros((0, _edges(target))))

    def _cut(self, flat: Float[Array, " parameters"], target: Architecture) -> list:
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
        parameters, start = [], 0
        for theirs, ours in zip(target.shapes, self.target.shapes):
            layer = []
            for part, whole in zip(theirs, ours):
                end = start + math.prod(whole)
                layer.append(flat[start:end].reshape(whole)[tuple(slice(n) for n in part)])
                start = end
            parameters.append(tuple(layer))
        return parameters


def _edges(target: Architecture) -> int:
    return sum(math.prod(weight) for weight, _ in target.shapes)
