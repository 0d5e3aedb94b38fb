"""Networks from a user's own weights: a state_dict, arrays, safetensors or ONNX."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from weightloom._checks import check_choice
from weightloom._words import listed, shown
from weightloom.architectures import ACTIVATIONS, MLP
from weightloom.discovery.network import Network
from weightloom.errors import InputError

ALIASES = {"silu": "swish", "sin": "sine"}
ORIENTATIONS = ("out,in", "in,out")
Source = Mapping[str, Any] | Sequence[Any] | str | os.PathLike[str]
Layer = tuple[np.ndarray, np.ndarray | None]


def load_network(
    source: Source,
    activation: str | None = None,
    *,
    orientation: str | None = None,
) -> Network:
    """A network from weights that were trained anywhere.

    Args:
        source: one of these.

            - A PyTorch `state_dict`, or any mapping with entries `….weight` and `….bias`, in the order of the
              layers. Weights have shape (outputs, inputs), as in PyTorch.
            - A sequence of (weight, bias) pairs, weights of shape (inputs, outputs), or of weights alone.
            - A `.safetensors` file with such entries, or one that `weightloom.export` wrote.
            - An `.onnx` file of fully connected layers. It needs the extra `export`.

            A layer without a bias gets a bias of 0.
        activation: between the layers: swish (or silu), relu, gelu (the tanh approximation), tanh, or sine. A file
            that `weightloom.export` wrote, and an ONNX file, say it themselves.
        orientation: "out,in" or "in,out", where the shapes fit both ways, as those of square layers do. The
            default there is "out,in" for PyTorch tensors, and an error otherwise.

    Returns:
        The network.

    Raises:
        InputError: if the layers do not follow one another, a value is not finite, or the activation or the
            orientation is missing or cannot be used.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery import load_network
        >>> state = {"0.weight": np.ones((8, 3)), "0.bias": np.zeros(8), "2.weight": np.ones((1, 8))}
        >>> load_network(state, activation="silu")
        Network(MLP(sizes=(3, 8, 1), activation='swish'))
    """
    if orientation is not None:
        check_choice("orientation", orientation, ORIENTATIONS)
    if isinstance(source, str | os.PathLike):
        source, described = _from_file(Path(source))
        activation = activation or described.get("activation")
        orientation = orientation or described.get("orientation")
    if activation is None:
        raise InputError(f"the activation between the layers is not known: give one of {listed(ACTIVATIONS)}.")
    activation = ALIASES.get(activation, activation)
    check_choice("activation", activation, ACTIVATIONS)
    if isinstance(source, Mapping):
        layers = _from_mapping(source)
        if orientation is None and any(_is_tensor(value) for value in source.values()):
            orientation = "out,in"
        layers = _oriented(layers, orientation)
    else:
        layers = _oriented(_from_pairs(source), orientation or "in,out")
    sizes = (layers[0][0].shape[0], *(weight.shape[1] for weight, _ in layers))
    parameters = [(weight, np.zeros(weight.shape[1]) if bias is None else bias) for weight, bias in layers]
    return Network(MLP(sizes, activation), parameters)


def _from_mapping(source: Mapping[str, Any]) -> list[Layer]:
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, value in source.items():
        layer, _, kind = name.rpartition(".")
        if kind not in ("weight", "bias"):
            raise InputError(f"entry {name!r} is no weight or bias: give those of fully connected layers alone.")
        found.setdefault(layer, {})[kind] = _array(value, name)
    if missing := [layer for layer, own in found.items() if "weight" not in own]:
        raise InputError(f"layer {missing[0]!r} has a bias and no weight: give both.")
    if not found:
        raise InputError("no layer was given: give entries such as '0.weight' and '0.bias'.")
    return [(own["weight"], own.get("bias")) for own in found.values()]


def _from_pairs(source: Any) -> list[Layer]:
    if not isinstance(source, Sequence) or not source:
        raise InputError(f"{shown(source)} is no network: give a state_dict, (weight, bias) pairs, or a file.")
    layers: list[Layer] = []
    for k, layer in enumerate(source):
        if isinstance(layer, tuple | list) and len(layer) == 2 and np.ndim(layer[0]) == 2:
            layers.append((_array(layer[0], f"layer {k}'s weight"), _array(layer[1], f"layer {k}'s bias")))
        else:
            layers.append((_array(layer, f"layer {k}'s weight"), None))
    return layers


def _array(value: Any, name: str) -> np.ndarray:
    if _is_tensor(value):
        value = value.detach().cpu().double().numpy()
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is {shown(value)}: give an array of numbers.") from error


def _is_tensor(value: Any) -> bool:
    return type(value).__module__.split(".")[0] == "torch"


def _oriented(layers: list[Layer], orientation: str | None) -> list[Layer]:
    """The layers with weights of shape (inputs, outputs)."""
    for k, (weight, _) in enumerate(layers):
        if weight.ndim != 2:
            raise InputError(f"layer {k}'s weight has shape {weight.shape}: only fully connected layers can be read.")
    turned = [(weight.T, bias) for weight, bias in layers]
    if orientation is not None:
        chosen, problem = (turned, _problem(turned)) if orientation == "out,in" else (layers, _problem(layers))
        if problem:
            raise InputError(f"{problem}, with weights read as ({orientation}): give the layers in order.")
        return chosen
    problem, other = _problem(turned), _problem(layers)
    if problem and other:
        raise InputError(f"{problem}: give the layers in order.")
    if not problem and not other:
        raise InputError(
            "the shapes of the layers do not tell inputs from outputs, because they fit both ways: "
            'give orientation="out,in" (as in PyTorch) or "in,out".'
        )
    return layers if problem else turned


def _problem(layers: list[Layer]) -> str:
    """Why weights of shape (inputs, outputs) do not follow one another; empty if they do."""
    for k, (weight, bias) in enumerate(layers):
        if bias is not None and bias.shape != weight.shape[1:]:
            return f"layer {k} has {weight.shape[1]} outputs and a bias of shape {bias.shape}"
        if k and weight.shape[0] != layers[k - 1][0].shape[1]:
            return (
                f"layer {k} has {weight.shape[0]} inputs, and the layer before it {layers[k - 1][0].shape[1]} outputs"
            )
    return ""


def _from_file(path: Path) -> tuple[Mapping[str, np.ndarray], dict[str, Any]]:
    if not path.is_file():
        raise InputError(f"{path} is no file: give a .safetensors or an .onnx file.")
    if path.suffix == ".safetensors":
        return _from_safetensors(path)
    if path.suffix == ".onnx":
        return _from_onnx(path)
    raise InputError(f"{path} has an unknown format: give a .safetensors or an .onnx file, or a state_dict.")


def _from_safetensors(path: Path) -> tuple[Mapping[str, np.ndarray], dict[str, Any]]:
    import safetensors

    try:
        with safetensors.safe_open(str(path), framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, safetensors.SafetensorError) as error:
        raise InputError(f"{path} cannot be read as safetensors: {error}.") from error
    ordered = {name: arrays[name] for name in sorted(arrays, key=_natural)}
    described = _described(metadata["weightloom"], path) if "weightloom" in metadata else {}
    return ordered, described | ({"orientation": "in,out"} if described else {})


def _described(text: str, path: Path) -> dict[str, Any]:
    """What `weightloom.export` wrote about a network."""
    try:
        described = json.loads(text)
    except (ValueError, RecursionError):
        described = None
    if not isinstance(described, dict) or not isinstance(described.get("activation", ""), str):
        raise InputError(
            f"{path} has a damaged entry 'weightloom' in its metadata: export the network again, or delete the entry "
            "and give activation= and orientation=."
        )
    return described


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts layer 10 behind layer 9."""
    return [(int(part or 0), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _from_onnx(path: Path) -> tuple[Mapping[str, np.ndarray], dict[str, Any]]:
    try:
        import onnx
    except ImportError as error:
        raise InputError('ONNX needs a package that is not installed: pip install "weightloom[export]".') from error
    try:
        graph = onnx.load(str(path)).graph
    except Exception as error:
        raise InputError(f"{path} cannot be read as ONNX: {error}.") from error
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers: list[dict[str, np.ndarray]] = []
    activations: list[str] = []
    for node in graph.node:
        options = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        given = [constants[name] for name in node.input if name in constants]
        if node.op_type in ("Gemm", "MatMul") and given and given[0].ndim == 2:
            layers.append({"weight": given[0].T if options.get("transB") else given[0]})
            if len(given) > 1:
                layers[-1]["bias"] = given[1]
        elif node.op_type == "Add" and given and layers:
            layers[-1]["bias"] = given[0].ravel()
        elif node.op_type in _ONNX_ACTIVATIONS and not given:
            activations.append(_ONNX_ACTIVATIONS[node.op_type])
        elif node.op_type not in ("Mul", "Identity", "Flatten"):
            raise InputError(f"{path} has an operator {node.op_type}: only fully connected layers can be read.")
    gates = [node for node in graph.node if node.op_type == "Mul"]
    if activations.count("swish") != len(gates):
        raise InputError(f"{path} has sigmoids that multiply nothing: the activations are {listed(ACTIVATIONS)}.")
    if not layers or len(set(activations)) > 1:
        raise InputError(f"{path} has activations {listed(activations)}: give a network of one activation.")
    arrays = {f"{k}.{name}": array for k, own in enumerate(layers) for name, array in own.items()}
    described = {"activation": activations[0]} if activations else {}
    return arrays, described | {"orientation": "in,out"}


# Sigmoid stands for x · sigmoid(x), whose product is another node.
_ONNX_ACTIVATIONS = {"Relu": "relu", "Gelu": "gelu", "Tanh": "tanh", "Sin": "sine", "Sigmoid": "swish"}
