"""Networks from weights of any origin compute what those weights compute."""

import numpy as np
import pytest

import weightloom as wl
from weightloom.discovery import load_network

GENERATOR = np.random.default_rng(0)
FIRST, SECOND = GENERATOR.standard_normal((3, 8)), GENERATOR.standard_normal((8, 2))
BIAS = GENERATOR.standard_normal(8)
X = GENERATOR.standard_normal((5, 3))


def expected(bias=BIAS):
    return np.maximum(X @ FIRST + bias, 0) @ SECOND


@pytest.mark.parametrize(
    "source",
    [
        {"0.weight": FIRST.T, "0.bias": BIAS, "2.weight": SECOND.T},
        {"a.weight": FIRST, "a.bias": BIAS, "b.weight": SECOND},
        [(FIRST, BIAS), SECOND],
    ],
    ids=["as in PyTorch", "inputs first", "pairs"],
)
def test_weights_of_either_orientation_compute_the_same(source):
    np.testing.assert_allclose(load_network(source, "relu")(X), expected(), rtol=1e-5, atol=1e-5)


def test_a_layer_may_lack_its_bias():
    np.testing.assert_allclose(load_network([FIRST, SECOND], "relu")(X), expected(0), rtol=1e-5, atol=1e-5)


def test_square_layers_need_an_orientation_and_get_it():
    square = GENERATOR.standard_normal((3, 3))
    state = {"0.weight": square, "1.weight": square}
    with pytest.raises(wl.InputError, match='give orientation="out,in"'):
        load_network(state, "relu")
    one, other = (load_network(state, "relu", orientation=name) for name in ("out,in", "in,out"))
    np.testing.assert_allclose(one(X), np.maximum(X @ square.T, 0) @ square.T, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(other(X), np.maximum(X @ square, 0) @ square, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", ["swish", "relu", "gelu", "tanh", "sine"])
@pytest.mark.parametrize("form", ["safetensors", "onnx"])
def test_what_was_exported_is_read_back(tmp_path, form, activation):
    net = wl.Network(wl.MLP((3, 3, 3), activation), [(FIRST[:, :3], BIAS[:3]), (SECOND[:3] @ SECOND[:3].T, BIAS[:3])])
    wl.export(net, tmp_path / f"net.{form}", form)
    same = load_network(tmp_path / f"net.{form}")
    assert same.architecture == net.architecture
    np.testing.assert_array_equal(same(X), net(X))


def test_layer_ten_follows_layer_nine(tmp_path):
    import safetensors.numpy

    widths = range(2, 14)
    arrays = {f"{k}.weight": np.ones((width + 1, width), np.float32) for k, width in enumerate(widths)}
    safetensors.numpy.save_file(arrays, tmp_path / "net.safetensors")
    assert load_network(tmp_path / "net.safetensors", "silu").architecture.sizes == tuple(range(2, 15))


@pytest.mark.parametrize(
    ("source", "activation", "sentence"),
    [
        ({"0.weight": FIRST.T}, None, "the activation between the layers is not known"),
        ({"0.weight": FIRST.T}, "selu", "selu"),
        ({"0.weight": FIRST.T, "1.weight": np.ones((1, 7))}, "relu", "layer 1 has 7 inputs"),
        ({"0.weight": FIRST.T, "0.bias": np.ones(7)}, "relu", "8 outputs and a bias of shape"),
        ({"0.running_mean": BIAS}, "relu", "is no weight or bias"),
        ({"0.bias": BIAS}, "relu", "has a bias and no weight"),
        ({}, "relu", "no layer was given"),
        ({"0.weight": np.ones((3, 2, 2))}, "relu", "only fully connected layers"),
        ({"0.weight": "words"}, "relu", "give an array of numbers"),
        ([np.full((3, 8), np.nan), SECOND], "relu", "not finite"),
        ([], "relu", "is no network"),
        ("net.npz", "relu", "is no file"),
    ],
)
def test_what_cannot_be_used_is_named(source, activation, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        load_network(source, activation)


@pytest.mark.parametrize("entry", ["{", "[1]", '"swish"', '{"activation": 3}', "[" * 100_000, ""])
def test_a_damaged_description_is_refused(tmp_path, entry):
    import safetensors.numpy

    path = tmp_path / "net.safetensors"
    safetensors.numpy.save_file({"0.weight": FIRST}, path, metadata={"weightloom": entry})
    with pytest.raises(wl.InputError, match=r"net\.safetensors has a damaged entry 'weightloom'") as raised:
        load_network(path)
    assert "\n" not in str(raised.value)
