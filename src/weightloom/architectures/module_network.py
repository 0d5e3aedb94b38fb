"""Any Equinox module as a generated network."""

import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from weightloom._checks import check_whole
from weightloom._keys import AnyKey
from weightloom._words import shown
from weightloom.architectures.base import Architecture, LayerLeaves
from weightloom.errors import InputError


class ModuleNetwork(Architecture):
    """An Equinox module that maps a vector to a vector. Its floating-point arrays are the parameters θ.

    The parameters are the module with None in place of every other leaf. The `weight` and `bias` of a submodule form
    one layer, so every conditioning works with an unmodified module. The first axis of a weight runs over outputs, as
    in Equinox. Two networks are equal if their modules have the same structure, functions and array values.

    Args:
        module: a module that is called as `module(x)` with one input of shape (inputs,). `apply` maps it over batch
            axes.
        inputs: length of the input vector. The default reads it from the first weight.

    Raises:
        InputError: if `module` is not a callable Equinox module, has no floating-point array, contains a leaf that
            cannot be hashed, or does not map a vector of length `inputs` to a vector.

    Examples:
        >>> import equinox as eqx, jax, jax.numpy as jnp
        >>> from weightloom.architectures import ModuleNetwork
        >>> network = ModuleNetwork(eqx.nn.MLP(2, 3, width_size=8, depth=1, key=jax.random.key(0)))
        >>> network.sizes, network.apply(network.initial(jax.random.key(1)), jnp.ones((5, 2))).shape
        ((2, 3), (5, 3))
    """

    def __init__(self, module: eqx.Module, inputs: int | None = None) -> None:
        if not (isinstance(module, eqx.Module) and callable(module)):
            raise InputError(f"{shown(module)} is not a callable Equinox module: give one that maps x to y.")
        if inputs is not None:
            check_whole(inputs=inputs)
        self.arrays, self.rest = eqx.partition(module, eqx.is_inexact_array)
        if not jax.tree.leaves(self.arrays):
            raise InputError(f"{type(module).__name__} has no floating-point array: there is nothing to generate.")
        self._identity = _identity(module)
        self.sizes = _sizes(module, self.layers, jax.tree.leaves(self.arrays), inputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModuleNetwork) and self._identity == other._identity and self.sizes == other.sizes

    def __hash__(self) -> int:
        return hash((self._identity, self.sizes))

    def __repr__(self) -> str:
        return f"ModuleNetwork({type(eqx.combine(self.arrays, self.rest)).__name__}, sizes={self.sizes})"

    @functools.cached_property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """One layer per submodule with a `weight` or a `bias`, in the order of the module's leaves."""
        leaves: dict[Any, dict[str, int]] = {}
        for number, (path, _) in enumerate(jax.tree_util.tree_leaves_with_path(self.arrays)):
            name = getattr(path[-1], "name", None)
            if name in ("weight", "bias"):
                leaves.setdefault(path[:-1], {})[name] = number
        return tuple(LayerLeaves(layer.get("weight"), layer.get("bias"), axis=0) for layer in leaves.values())

    def initial(self, key: AnyKey) -> PyTree[Float[Array, "..."]]:
        """Returns the arrays of the given module. The key is not used."""
        return jax.tree.map(jnp.asarray, self.arrays)

    def apply(self, parameters: PyTree, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Evaluates the module with the given parameters.

        Args:
            parameters: θ, a pytree with the structure that `initial` returns.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """
        module = eqx.combine(parameters, self.rest)
        values = jax.vmap(module)(x.reshape(-1, x.shape[-1]))
        return values.reshape(*x.shape[:-1], values.shape[-1])


def _identity(module: eqx.Module) -> tuple[Any, ...]:
    """A hashable key that is equal for modules with the same structure, functions and array bytes."""
    leaves, structure = jax.tree.flatten(module)
    identity = (structure, *(_fingerprint(leaf) if eqx.is_array_like(leaf) else leaf for leaf in leaves))
    try:
        hash(identity)
    except TypeError as error:
        raise InputError(
            f"{type(module).__name__} contains a leaf that cannot be hashed ({error}): "
            "replace it with an array, a tuple or a function."
        ) from error
    return identity


def _fingerprint(leaf: Any) -> tuple[str, tuple[int, ...], str]:
    array = np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
    return array.dtype.name, array.shape, hashlib.sha256(array.tobytes()).hexdigest()


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _sizes(
    module: Callable[..., Any], layers: Sequence[LayerLeaves], leaves: Sequence[Any], inputs: int | None
) -> tuple[int, int]:
    weights = [leaves[layer.weight] for layer in layers if layer.weight is not None]
    if inputs is None:
        if not weights or weights[0].ndim < 2:
            raise InputError(f"the input size of {type(module).__name__} is not clear from its weights: give `inputs`.")
        inputs = math.prod(weights[0].shape[1:])
    try:
        output = eqx.filter_eval_shape(module, jax.ShapeDtypeStruct((inputs,), jnp.float32))
        shape = output.shape
    except Exception as error:
        raise InputError(
            f"{type(module).__name__} cannot be called with one input of shape ({inputs},) ({error!s:.200}): "
            "give a module that maps a vector to a vector, and the length of its input as `inputs`."
        ) from error
    if len(shape) != 1:
        raise InputError(f"{type(module).__name__} returns shape {shape} for one input: it must return a vector.")
    return (inputs, shape[0])
