"""Any Equinox module as a generated network."""

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.dtypes import canonicalize_dtype
from jaxtyping import Array, Inexact, PyTree

from weightloom._checks import check_whole
from weightloom._keys import AnyKey
from weightloom._words import listed, shown
from weightloom.architectures.base import Architecture, LayerLeaves
from weightloom.architectures.module_layers import module_layers
from weightloom.architectures.module_parts import (
    check_rest,
    chosen_leaves,
    fingerprint,
    form_of,
    generated_part,
    name_of,
    vector_sizes,
)
from weightloom.errors import InputError

# With more layers than this, changes start smaller than `scale`.
LAYERS = 2


class ModuleNetwork(Architecture):
    """Any Equinox module as a generated network, with any call signature.

    The parameters are the floating-point arrays of the module: the module itself, with None in place of every other
    leaf. `where` selects the arrays that a hypernetwork may change. The other arrays are stored in the hypernetwork's
    `base`, which is trained, or frozen with `frozen=True`. Integer and boolean arrays, JAX keys, functions and static
    fields belong to the network and never change.

    `module(parameters)` returns the module with these arrays in place. Call it as usual: with a key for dropout, with
    an `eqx.nn.State` for batch normalisation, or through any of its methods. `apply(parameters, ...)` calls it.

    The `weight` and `bias` of a submodule form one layer, so every conditioning works with an unmodified module. Two
    networks are equal if their modules have the same structure, functions and array values. A hypernetwork stores only
    the network's `description`, without floating-point arrays. The arrays in its `base` are therefore arguments of
    compiled functions, not constants in them.

    Args:
        module: an Equinox module. Declare its layers in the order in which they are used: conditionings take the last
            one as the output layer.
        inputs: length of the input vector of a vector-to-vector module. The default reads it from the first weight.
        where: function from the module to the submodules or arrays to generate, as in `eqx.tree_at`. The default is
            all floating-point arrays.

    Raises:
        InputError: if `module` is not an Equinox module, has no floating-point array, or contains something that
            cannot be hashed; if `where` selects no floating-point array; or if `inputs` is given and the module does
            not map a vector of that length to a vector.

    Examples:
        `apply` maps a vector-to-vector module over batch axes:

        >>> import equinox as eqx, jax, jax.numpy as jnp
        >>> from weightloom.architectures import ModuleNetwork
        >>> network = ModuleNetwork(eqx.nn.MLP(2, 3, width_size=8, depth=1, key=jax.random.key(0)))
        >>> network.sizes, network.apply(network.initial(jax.random.key(1)), jnp.ones((5, 2))).shape
        ((2, 3), (5, 3))

        Any other module keeps its own call signature:

        >>> network = ModuleNetwork(eqx.nn.Conv2d(3, 4, 3, key=jax.random.key(0)), where=lambda conv: conv.weight)
        >>> parameters = network.initial(0)
        >>> network.module(parameters)(jnp.ones((3, 8, 8))).shape, network.leaves
        ((4, 6, 6), ('weight', 'bias'))
    """

    leaves: tuple[str, ...]
    generated: tuple[int, ...] | None = None

    def __init__(
        self, module: eqx.Module, inputs: int | None = None, *, where: Callable[[Any], Any] | None = None
    ) -> None:
        if not isinstance(module, eqx.Module):
            raise InputError(f"{shown(module)} is not an Equinox module: give an instance of eqx.Module.")
        if inputs is not None:
            check_whole(inputs=inputs)
        self.arrays, self.rest = eqx.partition(module, eqx.is_inexact_array)
        found = jax.tree_util.tree_leaves_with_path(self.arrays)
        if not found:
            raise InputError(f"{type(module).__name__} has no floating-point array: there is nothing to generate.")
        self.name = type(module).__name__
        self._structure: Any = jax.tree.structure(self.arrays)
        self._forms = tuple(jax.ShapeDtypeStruct(leaf.shape, canonicalize_dtype(leaf.dtype)) for _, leaf in found)
        check_rest(module)
        self.leaves = tuple(name_of(path) for path, _ in found)
        self.generated = None if where is None else chosen_leaves(module, where, self.leaves)
        layers = module_layers(module, [path for path, _ in found], [form.shape for form in self._forms])
        self._layers = tuple(filter(None, (generated_part(layer, self.generated) for layer in layers)))
        self.sizes = vector_sizes(module, layers, [form.shape for form in self._forms], inputs)
        self.depth = sum(math.prod(self._forms[_first(layer)].shape[: layer.stacked]) for layer in self._layers)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ModuleNetwork) or self._form != other._form:
            return False
        pairs = zip(self._numbers, other._numbers)
        return all(one is two for one, two in pairs) or self._content == other._content

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        sizes = f", sizes={self.sizes}" if self.sizes else ""
        where = "" if self.generated is None else f", generated={listed(self.leaves[n] for n in self.generated)}"
        return f"ModuleNetwork({self.name}{sizes}{where})"

    @functools.cached_property
    def _form(self) -> tuple[Any, ...]:
        """Everything that equal networks share except array values. Its cost does not depend on the size of arrays."""
        rest, structure = jax.tree.flatten(self.rest)
        functions = tuple(form_of(leaf) for leaf in rest)
        arrays = tuple((form.shape, form.dtype.name) for form in self._forms)
        return (structure, functions, arrays, self.generated, self.sizes, len(self._numbers))

    @functools.cached_property
    def _hash(self) -> int:
        return hash(self._form)

    @functools.cached_property
    def _numbers(self) -> tuple[Any, ...]:
        """The arrays in the network."""
        return tuple(filter(eqx.is_array, jax.tree.leaves((self.rest, self.arrays))))

    @functools.cached_property
    def _content(self) -> tuple[str, ...]:
        """Hashes of these arrays. They are needed only to compare two networks with different array objects."""
        return tuple(map(fingerprint, self._numbers))

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """One layer per submodule with a generated `weight` or `bias`, in the order of the module's leaves."""
        return self._layers

    @property
    def hidden_layers(self) -> tuple[LayerLeaves, ...]:
        """All layers but the last. With `where`, all layers that it selects."""
        return self.layers[:-1] if self.generated is None else self.layers

    @property
    def start_factor(self) -> float:
        """√(2/L) for L > 2 layers, otherwise 1: so the combined effect of all changes does not grow with depth."""
        return min(1.0, math.sqrt(LAYERS / max(self.depth, 1)))

    @property
    def shapes(self) -> PyTree[tuple[int, ...]]:
        """Shapes of the parameters: a pytree with a shape tuple in place of each array."""
        return jax.tree.unflatten(self._structure, [form.shape for form in self._forms])

    @functools.cached_property
    def description(self) -> "ModuleNetwork":
        """The network without floating-point arrays. Modules of the same form have equal descriptions."""
        own = object.__new__(type(self))
        own.arrays = jax.tree.unflatten(self._structure, self._forms)
        for name in ("rest", "leaves", "generated", "sizes", "depth", "name", "_structure", "_forms", "_layers"):
            setattr(own, name, getattr(self, name))
        own.__dict__["description"] = own
        return own

    def initial(self, key: AnyKey) -> PyTree[Inexact[Array, "..."]]:
        """Returns the arrays of the given module. The key is not used.

        Raises:
            InputError: if this is the description that a hypernetwork stores, which has no arrays.
        """
        if self.description is self:
            raise InputError(
                f"the target of a hypernetwork stores no arrays of {self}: "
                "use the hypernetwork's `base`, or the ModuleNetwork that you created."
            )
        return jax.tree.map(jnp.asarray, self.arrays)

    def module(self, parameters: PyTree) -> Any:
        """Returns the module with the given parameters in place of its own arrays.

        Args:
            parameters: θ, a pytree as `initial` or a hypernetwork returns it.

        Returns:
            A module of the same class.

        Raises:
            InputError: if an array is missing, unexpected or has the wrong shape. The message names it.

        Examples:
            >>> import equinox as eqx, jax, jax.numpy as jnp
            >>> from weightloom.architectures import ModuleNetwork
            >>> network = ModuleNetwork(eqx.nn.GRUCell(2, 3, key=jax.random.key(0)))
            >>> cell = network.module(network.initial(0))
            >>> cell(jnp.ones(2), jnp.zeros(3)).shape
            (3,)
        """
        if jax.tree.structure(parameters) != self._structure:
            parameters = self._refitted(parameters)
        for name, leaf, form in zip(self.leaves, jax.tree.leaves(parameters), self._forms):
            if jnp.shape(leaf) != form.shape:
                raise InputError(
                    f"parameter {name!r} of {self} has shape {jnp.shape(leaf)} instead of {form.shape}: "
                    "give the parameters of one network, and use jax.vmap for several networks."
                )
        return eqx.combine(parameters, self.rest)

    def apply(self, parameters: PyTree, *arguments: Any, **options: Any) -> Any:
        """Calls the module with the given parameters in place of its own arrays.

        Args:
            parameters: θ, a pytree with the structure that `initial` returns.
            arguments: positional arguments of the module. A vector-to-vector module is mapped over all batch axes of
                a single argument of shape (..., sizes[0]).
            options: keyword arguments of the module, such as `key`.

        Returns:
            The output of the module.
        """
        module = self.module(parameters)
        if self.sizes and len(arguments) == 1 and not options:
            x = arguments[0]
            if isinstance(x, jax.Array | np.ndarray) and x.shape[-1:] == self.sizes[:1]:
                values = jax.vmap(module)(x.reshape(-1, x.shape[-1]))
                return values.reshape(*x.shape[:-1], values.shape[-1])
        return module(*arguments, **options)

    def _refitted(self, parameters: PyTree) -> PyTree:
        """The parameters of a whole module, or an error that says why they do not fit."""
        found = eqx.filter(parameters, eqx.is_inexact_array)
        if jax.tree.structure(found) == self._structure:
            return found
        given = [name_of(path) for path, _ in jax.tree_util.tree_leaves_with_path(found)]
        missing = [name for name in self.leaves if name not in given]
        unexpected = [name for name in given if name not in self.leaves]
        if missing or unexpected:
            what = f"lack {missing[0]!r}" if missing else f"contain {unexpected[0]!r}, which the module does not have"
        else:
            what = "differ in a class or in a static field"
        raise InputError(
            f"these parameters do not fit {self}: they {what}. "
            "Use parameters from `initial` or from a hypernetwork of this network."
        )


def _first(layer: LayerLeaves) -> int:
    """Index of the layer's first array."""
    leaf = layer.bias if layer.weight is None else layer.weight
    assert leaf is not None
    return leaf
