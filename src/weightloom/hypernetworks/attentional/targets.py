"""What an attentional hypernetwork generates: the edges of a target, and its parameters from them."""

from typing import Any, NoReturn

import equinox as eqx
import jax
from jaxtyping import Array, PyTree

from weightloom.architectures import Architecture, LayerLeaves, ModuleNetwork, Parameters
from weightloom.architectures.dense import check_dense, dense_shapes
from weightloom.errors import InputError
from weightloom.hypernetworks.attentional.edges import Edges

INSTEAD = (
    "an AttentionalHypernetwork generates MLPs and chains of convolutions and linear layers; "
    "use a member of weightloom.hypernetworks.CONDITIONINGS"
)


def edges_of(target: Architecture) -> Edges:
    """The edges of a target: (weight, bias) pairs, or the chain of convolutions and linear layers of a module.

    The neurons of a convolution are its channels. There is an edge for each input channel, kernel position and output
    channel. A linear layer of flattened channels is a convolution whose kernel covers all that is left.

    Args:
        target: the network to generate.

    Raises:
        InputError: if the target is no such chain. The message names the array.

    Examples:
        >>> import equinox as eqx, jax, weightloom as wl
        >>> edges_of(wl.MLP((4, 12, 1))).total
        60
        >>> keys = jax.random.split(jax.random.key(0))
        >>> conv, linear = eqx.nn.Conv2d(1, 8, 3, key=keys[0]), eqx.nn.Linear(8 * 36, 10, key=keys[1])
        >>> edges_of(wl.ModuleNetwork(eqx.nn.Sequential([conv, linear])))
        Edges(sizes=(1, 8, 10), kernels=((3, 3), (36,)))
    """
    if isinstance(target, ModuleNetwork):
        return _edges_of_module(target)
    check_dense(target)
    if target.shapes != dense_shapes(target.sizes):
        raise InputError(
            f"the weights of {target} have other shapes than its sizes say: an AttentionalHypernetwork generates "
            "networks such as MLP and SIREN; use a member of weightloom.hypernetworks.CONDITIONINGS."
        )
    return Edges(target.sizes)


def parameters_of(target: Architecture, layers: Parameters) -> PyTree[Array]:
    """The parameters of a target.

    Args:
        target: the network.
        layers: for each layer the weight, shape (inputs · positions, outputs), and the bias, shape (outputs,).

    Returns:
        Parameters with the target's `shapes`.
    """
    if not isinstance(target, ModuleNetwork):
        return layers
    forms, structure = jax.tree.flatten(target.arrays)
    leaves: list[Any] = [None] * len(forms)
    for layer, (weight, bias) in zip(target.layers, layers, strict=True):
        for leaf, made in ((layer.weight, weight if layer.axis == -1 else weight.T), (layer.bias, bias)):
            if leaf is not None:
                leaves[leaf] = made.reshape(forms[leaf].shape).astype(forms[leaf].dtype)
    return jax.tree.unflatten(structure, leaves)


def _edges_of_module(target: ModuleNetwork) -> Edges:
    _check_module(target)
    sizes: list[int] = []
    kernels = []
    for layer in target.layers:
        inputs, outputs, kernel = _axes_of(target, layer)
        if sizes and not kernel and inputs % sizes[-1] == 0 and inputs != sizes[-1]:
            inputs, kernel = sizes[-1], (inputs // sizes[-1],)
        if sizes and inputs != sizes[-1]:
            _refuse(target, layer.weight, f"has {inputs} inputs, and the layer before it {sizes[-1]} outputs")
        sizes = [*(sizes or [inputs]), outputs]
        kernels.append(kernel)
    return Edges(tuple(sizes), tuple(kernels))


def _check_module(target: ModuleNetwork) -> None:
    """Refuses what is no chain of layers, and arrays that belong to no edge."""
    for node in jax.tree.leaves(target.rest, is_leaf=_is_known):
        if isinstance(node, eqx.nn.MultiheadAttention) or getattr(node, "groups", 1) != 1:
            groups = " of several groups" if hasattr(node, "groups") else ""
            raise InputError(
                f"the {type(node).__name__}{groups} in {target} has no edges from all inputs to all outputs: {INSTEAD}."
            )
    in_layers = {leaf for layer in target.layers for leaf in layer[:2]}
    for leaf, form in enumerate(jax.tree.leaves(target.arrays)):
        if leaf not in in_layers:
            _refuse(target, leaf, "is the weight or bias of no generated layer, and there is no base network")
        if form.dtype.kind == "c":
            _refuse(target, leaf, "is complex")


def _axes_of(target: ModuleNetwork, layer: LayerLeaves) -> tuple[int, int, tuple[int, ...]]:
    """Inputs, outputs and kernel of a layer."""
    if layer.weight is None:
        _refuse(target, layer.bias, "is a bias without a weight")
    shape = jax.tree.leaves(target.arrays)[layer.weight].shape
    if layer.inputs is not None or layer.stacked or len(shape) < 2 or (layer.axis == -1 and len(shape) > 2):
        _refuse(target, layer.weight, f"of shape {shape} is not the weight of one convolution or linear layer")
    if layer.axis == -1:
        return shape[0], shape[1], ()
    return shape[1], shape[0], shape[2:]


def _refuse(target: ModuleNetwork, leaf: int | None, reason: str) -> NoReturn:
    assert leaf is not None
    raise InputError(f"array {target.leaves[leaf]!r} of {target} {reason}: {INSTEAD}.")


def _is_known(node: Any) -> bool:
    return isinstance(node, eqx.nn.MultiheadAttention | eqx.nn.Conv | eqx.nn.ConvTranspose)
