"""Export of networks as safetensors and ONNX files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from weightloom._checks import check_choice
from weightloom._words import shown
from weightloom.architectures import MLP
from weightloom.architectures.protocols import ParametrisedNetwork
from weightloom.errors import InputError
from weightloom.runs.output import output_path, write_output
from weightloom.runs.tensors import tree_bytes

# Operator set 20 of November 2023 is the first with GELU.
OPSET, IR_VERSION = 20, 9


def export(network: ParametrisedNetwork, path: str | os.PathLike[str], to: str) -> None:
    """Writes a network to a file that other programs can read.

    - `"safetensors"`: arrays `layers.0.weight` of shape (inputs, outputs), `layers.0.bias` of shape
      (outputs,) and so on. The entry `weightloom` of the file's metadata is JSON with the sizes and the activation.
    - `"onnx"`: input `x` of shape (batch, sizes[0]), output `y` of shape (batch, sizes[-1]), for any batch size.
      The metadata properties `sizes` and `activation` are JSON.

    Args:
        network: a network with an `MLP` architecture, such as a `weightloom.Network`.
        path: the file to write, with the suffix `.safetensors` or `.onnx`. Inside a run folder, only paths below
            `figures/` are accepted.
        to: the format, "safetensors" or "onnx".

    Raises:
        InputError: if the format is unknown, the architecture is not an `MLP`, the file cannot be written, or the
            package `onnx` is not installed.

    Examples:
        >>> import tempfile, numpy as np, safetensors.numpy, weightloom as wl
        >>> from types import SimpleNamespace
        >>> from weightloom.runs import export
        >>> parameters = [(np.ones((2, 1)), np.zeros(1))]
        >>> network = SimpleNamespace(architecture=wl.MLP((2, 1)), parameters=parameters)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export(network, f"{folder}/net.safetensors", to="safetensors")
        ...     sorted(safetensors.numpy.load_file(f"{folder}/net.safetensors"))
        ['layers.0.bias', 'layers.0.weight']
    """
    check_choice("format", to, _WRITERS)
    if not isinstance(network.architecture, MLP):
        raise InputError(f"{shown(network.architecture)} cannot be exported: give a network with an MLP architecture.")
    checked = output_path(path, [f".{to}"], "network")
    layers = [
        {"weight": np.asarray(weight, np.float32), "bias": np.asarray(bias, np.float32)}
        for weight, bias in network.parameters
    ]
    write_output(checked, _WRITERS[to](checked, network.architecture, layers), "network")


def _safetensors(path: Path, architecture: MLP, layers: list[dict[str, np.ndarray]]) -> bytes:
    return tree_bytes(path, {"layers": layers}, _description(architecture))


def _onnx(path: Path, architecture: MLP, layers: list[dict[str, np.ndarray]]) -> bytes:
    try:
        import onnx
    except ImportError as error:
        raise InputError('export to ONNX needs the package onnx: pip install "weightloom[export]".') from error
    helper, nodes, flow = onnx.helper, [], "x"
    for k, _ in enumerate(layers):
        last = k == len(layers) - 1
        linear = "y" if last else f"preactivation.{k}"
        nodes.append(helper.make_node("Gemm", [flow, f"layers.{k}.weight", f"layers.{k}.bias"], [linear]))
        if not last:
            flow = f"activation.{k}"
            rows = _ACTIVATIONS[architecture.activation](linear, flow)
            nodes += [helper.make_node(kind, inputs, [output], **options) for kind, inputs, output, options in rows]
    graph = helper.make_graph(
        nodes,
        "weightloom",
        inputs=[helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", architecture.sizes[0]])],
        outputs=[helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", architecture.sizes[-1]])],
        initializer=[
            onnx.numpy_helper.from_array(array, f"layers.{k}.{name}")
            for k, layer in enumerate(layers)
            for name, array in layer.items()
        ],
    )
    model = helper.make_model(
        graph,
        producer_name="weightloom",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(model, {name: json.dumps(value) for name, value in _description(architecture).items()})
    return model.SerializeToString(deterministic=True)


def _description(architecture: MLP) -> dict[str, Any]:
    return {"sizes": list(architecture.sizes), "activation": architecture.activation}


_WRITERS: dict[str, Callable[[Path, MLP, list[dict[str, np.ndarray]]], bytes]] = {
    "safetensors": _safetensors,
    "onnx": _onnx,
}

# ONNX nodes of each activation: operator, inputs, output, options. JAX's default GELU is the tanh approximation.
_Rows = list[tuple[str, list[str], str, dict[str, Any]]]
_ACTIVATIONS: dict[str, Callable[[str, str], _Rows]] = {
    "swish": lambda x, y: [("Sigmoid", [x], f"{y}.gate", {}), ("Mul", [x, f"{y}.gate"], y, {})],
    "relu": lambda x, y: [("Relu", [x], y, {})],
    "gelu": lambda x, y: [("Gelu", [x], y, {"approximate": "tanh"})],
    "tanh": lambda x, y: [("Tanh", [x], y, {})],
    "sine": lambda x, y: [("Sin", [x], y, {})],
}
