"""A user's own Equinox module as a generated network."""

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.dtypes import canonicalize_dtype
from jaxtyping import Array, Float, PyTree

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

# Up to so many layers, the changes of all of them together stay small with the usual scale.
LAYERS = 2


class ModuleNetwork(Architecture):
    """Any Equinox module as a generated network, whatever its call looks like.

    The parameters are all floating-point arrays of the module, as the module itself with None in place of everything
    else. `where` chooses which of them a hypernetwork may change; the others stay what the hypernetwork's `base` says,
    which is trained, or frozen with `frozen=True`. Integer and boolean arrays, JAX keys, functions and static fields
    belong to the network and never change.

    `module(parameters)` is the user's own module with these arrays in it. Call it as its class says: with a key for
    dropout, with `eqx.nn.State` for batch normalisation, or by any of its methods. `apply(parameters, ...)` calls it.

    Two networks are equal if their modules have the same structure, functions and numbers. A hypernetwork keeps
    the `description` of a network, which has no floating-point arrays: those in the hypernetwork's `base` are
    arguments of compiled functions, so that XLA never sees a large array as a constant.

    Args:
        module: the module. Its layers are taken in the order of its fields, which should be the order of their use.
        inputs: how many numbers an input has, for a module that maps a vector to a vector. The default reads it from
            the first weight.
        where: a function from the module to the submodules or arrays that are generated, as for `eqx.tree_at`. The
            default is all floating-point arrays.

    Raises:
        InputError: if the module is none, has nothing to generate, or holds what cannot be hashed; if `where` chooses
            no floating-point array; or if `inputs` is given and the module maps no vector of that size to a vector.

    Examples:
        A vector-to-vector module takes any batch axes:

        >>> import equinox as eqx, jax, jax.numpy as jnp
        >>> from weightloom.architectures import ModuleNetwork
        >>> network = ModuleNetwork(eqx.nn.MLP(2, 3, width_size=8, depth=1, key=jax.random.key(0)))
        >>> network.sizes, network.apply(network.initial(jax.random.key(1)), jnp.ones((5, 2))).shape
        ((2, 3), (5, 3))

        Any other module is called as its class says:

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
            raise InputError(
                f"{shown(module)} is no Equinox module that can be called: give an instance of eqx.Module."
            )
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
        """Everything that two equal networks share but the numbers in their arrays: cheap for a module of any size."""
        rest, structure = jax.tree.flatten(self.rest)
        functions = tuple(form_of(leaf) for leaf in rest)
        arrays = tuple((form.shape, form.dtype.name) for form in self._forms)
        return (structure, functions, arrays, self.generated, self.sizes, len(self._numbers))

    @functools.cached_property
    def _hash(self) -> int:
        return hash(self._form)

    @functools.cached_property
    def _numbers(self) -> tuple[Any, ...]:
        """The arrays that the network holds."""
        return tuple(filter(eqx.is_array, jax.tree.leaves((self.rest, self.arrays))))

    @functools.cached_property
    def _content(self) -> tuple[str, ...]:
        """A fingerprint of these arrays, made only where two networks of one form hold different ones."""
        return tuple(map(fingerprint, self._numbers))

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """The layers of the module whose arrays are generated, in the order of the module's fields."""
        return self._layers

    @property
    def hidden_layers(self) -> tuple[LayerLeaves, ...]:
        """All layers but the last one; where `where` chooses layers, all that it chooses."""
        return self.layers[:-1] if self.generated is None else self.layers

    @property
    def start_factor(self) -> float:
        """1 for up to 2 layers; of L layers √(2/L), so that the changes of all of them together stay as small."""
        return min(1.0, math.sqrt(LAYERS / max(self.depth, 1)))

    @property
    def shapes(self) -> PyTree[tuple[int, ...]]:
        """Shapes of the parameters: the same pytree, with a tuple in place of every array."""
        return jax.tree.unflatten(self._structure, [form.shape for form in self._forms])

    @functools.cached_property
    def description(self) -> "ModuleNetwork":
        """The same network without its floating-point arrays, which is equal for two modules of one form."""
        own = object.__new__(type(self))
        own.arrays = jax.tree.unflatten(self._structure, self._forms)
        for name in ("rest", "leaves", "generated", "sizes", "depth", "name", "_structure", "_forms", "_layers"):
            setattr(own, name, getattr(self, name))
        own.__dict__["description"] = own
        return own

    def initial(self, key: AnyKey) -> PyTree[Float[Array, "..."]]:
        """The module's own arrays, whatever the key: how they start is the module's business.

        Raises:
            InputError: if this is the description that a hypernetwork keeps, which has no arrays.
        """
        if self.description is self:
            raise InputError(
                f"the description of {self} that a hypernetwork keeps has no arrays: "
                "take the `base` of the hypernetwork, or the ModuleNetwork that you made."
            )
        return jax.tree.map(jnp.asarray, self.arrays)

    def module(self, parameters: PyTree) -> Any:
        """The user's module with these arrays in place of its own.

        Args:
            parameters: as `initial` and every hypernetwork of this network return them.

        Returns:
            A module of the class that was given.

        Raises:
            InputError: naming the first array that is missing, unexpected or of another shape.

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
                    f"parameter {name!r} of {self} has shape {jnp.shape(leaf)} in place of {form.shape}: "
                    "give the parameters of one network, and use jax.vmap for several."
                )
        return eqx.combine(parameters, self.rest)

    def apply(self, parameters: PyTree, *arguments: Any, **options: Any) -> Any:
        """The module's value with these parameters in place of its own.

        Args:
            parameters: as `initial` returns them.
            arguments: what the module is called with. A vector-to-vector module with one argument of shape
                (..., sizes[0]) is mapped over all axes but the last.
            options: named arguments of the module, such as `key`.

        Returns:
            What the module returns.
        """
        module = self.module(parameters)
        if self.sizes and len(arguments) == 1 and not options:
            x = arguments[0]
            if isinstance(x, jax.Array | np.ndarray) and x.shape[-1:] == self.sizes[:1]:
                values = jax.vmap(module)(x.reshape(-1, x.shape[-1]))
                return values.reshape(*x.shape[:-1], values.shape[-1])
        return module(*arguments, **options)

    def _refitted(self, parameters: PyTree) -> PyTree:
        """A whole module as parameters, or the sentence that says what is wrong with them."""
        found = eqx.filter(parameters, eqx.is_inexact_array)
        if jax.tree.structure(found) == self._structure:
            return found
        given = [name_of(path) for path, _ in jax.tree_util.tree_leaves_with_path(found)]
        missing = [name for name in self.leaves if name not in given]
        unexpected = [name for name in given if name not in self.leaves]
        if missing or unexpected:
            what = f"lack {missing[0]!r}" if missing else f"have {unexpected[0]!r}, which the module has not"
        else:
            what = f"come as {type(parameters).__name__} or with other static fields"
        raise InputError(
            f"these parameters do not fit {self}: they {what}. "
            "Give what `initial` or a hypernetwork of this network returns."
        )


def _first(layer: LayerLeaves) -> int:
    """The number of an array of the layer."""
    leaf = layer.bias if layer.weight is None else layer.weight
    assert leaf is not None
    return leaf
