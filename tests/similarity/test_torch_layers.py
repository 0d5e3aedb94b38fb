"""Layers of PyTorch modules, with a stand-in for the names of PyTorch that are used, which the tests do not install.

`benchmarks/similarity_sizes.py` compares the same code with pytorch-cka on networks of PyTorch.
"""

import contextlib
import sys
import types

import numpy as np
import pytest

from weightloom.similarity import compare_layers, layer_features, layer_names
from weightloom.similarity.layers.pooling import POOLS


class Tensor:
    def __init__(self, array):
        self.array = np.array(array)
        self.shape, self.ndim, self.device = self.array.shape, self.array.ndim, "cpu"

    def to(self, device):
        return self

    detach = cpu = clone = lambda self: Tensor(self.array)

    def is_floating_point(self):
        return self.array.dtype.kind == "f"

    def element_size(self):
        return self.array.itemsize

    def __array__(self, dtype=None, copy=None):
        return self.array.astype(dtype) if dtype else self.array


class Module:
    def __init__(self, **children):
        self.children, self.hooks, self.training = children, [], True

    def named_modules(self, path=""):
        yield path, self
        for name, child in self.children.items():
            yield from child.named_modules(f"{path}.{name}" if path else name)

    def modules(self):
        return [module for _, module in self.named_modules()]

    def parameters(self):
        return iter([Tensor(0.0)])

    def eval(self):
        for module in self.modules():
            module.training = False

    def register_forward_hook(self, hook):
        self.hooks.append(hook)
        return types.SimpleNamespace(remove=lambda: self.hooks.remove(hook))

    def __call__(self, *inputs, **options):
        output = self.forward(*inputs, **options)
        for hook in self.hooks:
            hook(self, inputs, output)
        return output


class Scale(Module):
    def forward(self, x):
        assert not self.training
        return Tensor(x.array * 2), "attention"


class Encoder(Module):
    """The names are not in the order of calls, one layer is called twice, and one works in place."""

    def __init__(self):
        super().__init__(second=Scale(), first=Scale(), unused=Scale())

    def forward(self, input_ids, attention_mask=None):
        first = self.children["first"](input_ids)[0]
        again = self.children["first"](first)[0]
        second = self.children["second"](again)[0]
        second.array[:] += 1
        return {"last_hidden_state": second}


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    module = types.ModuleType("torch")
    module.nn = types.SimpleNamespace(Module=Module)
    module.no_grad = contextlib.nullcontext
    module.get_default_dtype = lambda: np.float32
    module.as_tensor = lambda array, dtype=None: Tensor(array)
    monkeypatch.setitem(sys.modules, "torch", module)


X = np.random.default_rng(0).standard_normal((40, 5, 3)).astype(np.float32)
MASK = np.arange(5) < np.random.default_rng(1).integers(1, 6, (40, 1))


def test_hooks_record_layers_in_the_order_of_calls_and_are_removed():
    model = Encoder()
    model.children["second"].training = False
    batches = [
        {"input_ids": Tensor(X[:30]), "attention_mask": Tensor(MASK[:30])},
        {"input_ids": X[30:], "attention_mask": MASK[30:]},
    ]
    found = layer_features(model, batches)
    assert list(found) == ["first", "first:2", "second"]
    assert layer_names(model) == ["second", "first", "unused"]
    means = np.stack([row[real].mean(0) for row, real in zip(X, MASK)])
    for power, name in enumerate(found, start=1):
        np.testing.assert_allclose(found[name], 2**power * means, rtol=1e-5)
    assert [module.training for module in model.modules()] == [True, False, True, True]
    assert not any(module.hooks for module in model.modules())


def test_hooks_are_removed_after_an_error():
    model = Encoder()
    with pytest.raises(TypeError):
        layer_features(model, [{"tokens": Tensor(X)}])
    assert not any(module.hooks for module in model.modules())
    assert model.training


@pytest.mark.parametrize("how", [how for how in POOLS if how != "flatten"])  # "flatten" keeps the padding
def test_padding_does_not_change_features(how):
    lengths = MASK.sum(1)
    padded = [{"input_ids": np.where(MASK[..., None], X, 7), "attention_mask": MASK}]
    alone = [{"input_ids": x[None, :n], "attention_mask": np.ones((1, n))} for x, n in zip(X, lengths)]
    one, two = (layer_features(Encoder(), batches, pool=how) for batches in (padded, alone))
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-5)


def test_five_lines_give_the_map():
    import weightloom as wl

    model_a, model_b, loader = Encoder(), Encoder(), [(Tensor(X), None)]
    table = compare_layers(model_a, model_b, loader, "*", ["second", "first"], scores=["cka-debiased", "mutual-knn"])
    wl.plot(table)
    assert (table.a.values.tolist(), table.b.values.tolist()) == (
        ["first", "first:2", "second"],
        ["first", "first:2", "second"],
    )
    np.testing.assert_allclose(table.value, 1, atol=1e-5)


def test_call_runs_a_model_with_other_arguments():
    found = layer_features(Encoder(), [Tensor(X)], "first", call=lambda model, batch: model(input_ids=batch))
    assert list(found) == ["first", "first:2"]
