import builtins
import itertools
import json
import types

import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors
import safetensors.numpy
import scipy.special

import weightloom as wl
from weightloom.architectures import ACTIVATIONS
from weightloom.runs import export

SIZES = [(3, 2), (16, 48, 1), (4, 5, 6, 2)]
# By their definitions, not by way of JAX.
IN_NUMPY = {
    "swish": lambda x: x * scipy.special.expit(x),
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "tanh": np.tanh,
    "sine": np.sin,
}


def network(sizes, activation="swish", scale=1.0):
    rng = np.random.default_rng(sum(sizes))
    parameters = [
        (scale * rng.normal(size=(n, m)).astype(np.float32), scale * rng.normal(size=m).astype(np.float32))
        for n, m in itertools.pairwise(sizes)
    ]
    return types.SimpleNamespace(architecture=wl.MLP(sizes, activation), parameters=parameters)


def inputs(net, batch):
    return 3 * np.random.default_rng(batch).normal(size=(batch, net.architecture.sizes[0])).astype(np.float32)


def values(net, x):
    *hidden, (weight, bias) = net.parameters
    for hidden_weight, hidden_bias in hidden:
        x = np.asarray(ACTIVATIONS[net.architecture.activation](jnp.asarray(x @ hidden_weight + hidden_bias)))
    return x @ weight + bias


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SIZES)
def test_onnxruntime_computes_the_same_from_onnx(tmp_path, sizes, activation):
    net = network(sizes, activation)
    export(net, tmp_path / "net.onnx", to="onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "net.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    x = inputs(net, 20)
    expected = values(net, x)
    for batch in (1, 7, 20):
        (found,) = session.run(["y"], {"x": x[:batch]})
        assert found.shape == (batch, sizes[-1])
        np.testing.assert_allclose(found, expected[:batch], rtol=2e-5, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SIZES)
def test_numpy_computes_the_same_from_safetensors(tmp_path, sizes, activation):
    net = network(sizes, activation)
    export(net, str(tmp_path / "net.safetensors"), to="safetensors")
    arrays = safetensors.numpy.load_file(tmp_path / "net.safetensors")
    with safetensors.safe_open(tmp_path / "net.safetensors", "numpy") as file:
        description = json.loads(file.metadata()["weightloom"])
    assert tuple(description["sizes"]) == sizes
    flow = x = inputs(net, 20)
    for k in range(len(sizes) - 1):
        assert arrays[f"layers.{k}.weight"].shape == sizes[k : k + 2]
        flow = flow @ arrays[f"layers.{k}.weight"] + arrays[f"layers.{k}.bias"]
        if k < len(sizes) - 2:
            flow = IN_NUMPY[description["activation"]](flow)
    assert len(arrays) == 2 * len(sizes) - 2
    np.testing.assert_allclose(flow, values(net, x), rtol=2e-5, atol=2e-5 * np.abs(flow).max())


def test_large_values_stay_finite_in_onnx(tmp_path):
    net = network((3, 4, 1), "swish", scale=1e3)
    export(net, tmp_path / "net.onnx", to="onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    x = 1e3 * inputs(net, 9)
    np.testing.assert_allclose(session.run(None, {"x": x})[0], values(net, x), rtol=1e-5)


def test_onnx_says_what_the_network_is(tmp_path):
    export(network((2, 3, 1), "gelu"), tmp_path / "net.onnx", to="onnx")
    properties = {entry.key: json.loads(entry.value) for entry in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert properties == {"sizes": [2, 3, 1], "activation": "gelu"}


@pytest.mark.parametrize("to", ["onnx", "safetensors"])
def test_the_same_network_gives_the_same_bytes_and_replaces_an_old_file(tmp_path, to):
    first, second = (tmp_path / f"{name}.{to}" for name in ("first", "second"))
    first.write_bytes(b"old")
    for path in (first, second):
        export(network((2, 3, 1)), path, to=to)
    assert first.read_bytes() == second.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("to", ["onnx", "safetensors"])
@pytest.mark.parametrize("name", ["missing/net", "file/net", "n" * 300])
def test_a_place_that_takes_no_file_gets_one_sentence(tmp_path, to, name):
    (tmp_path / "file").touch()
    with pytest.raises(wl.InputError, match=r"network .* cannot be written"):
        export(network((2, 1)), tmp_path / f"{name}.{to}", to=to)
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_an_unknown_format_gets_one_sentence(tmp_path):
    with pytest.raises(wl.InputError, match="format 'pickle' is unknown: use one of safetensors, onnx"):
        export(network((2, 1)), tmp_path / "net.pkl", to="pickle")
    assert not list(tmp_path.iterdir())


def test_without_its_package_onnx_says_what_to_install(tmp_path, monkeypatch):
    imported = builtins.__import__

    def without_onnx(name, *rest):
        if name == "onnx":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(wl.InputError, match=r'pip install "weightloom\[export\]"'):
        export(network((2, 1)), tmp_path / "net.onnx", to="onnx")
    assert not list(tmp_path.iterdir())
