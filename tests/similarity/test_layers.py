"""Layers of models of every kind: their names, order, features and the table over them."""

import dataclasses
import sys
import types

import equinox as eqx
import jax
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import weightloom as wl
from tests.similarity.encoders import DEAR, digits
from weightloom.similarity import SCORES, compare, compare_layers, layer_features, layer_names, pool
from weightloom.similarity.layers.patterns import first_array
from weightloom.similarity.layers.torch_modules import record_torch
from weightloom.similarity.scores import Inputs

X, Y = digits(80)
X = X / 16
ONE, TWO = (eqx.nn.MLP(64, 3, width, depth=2, key=jax.random.key(width)) for width in (5, 7))
TOKENS = np.random.default_rng(0).standard_normal((6, 4, 3)).astype(np.float32)
MASK = np.arange(4) < np.array([[1], [2], [3], [4], [4], [2]])


def by_hand(model, x):
    found = {}
    for number, layer in enumerate(model.layers):
        x = np.asarray(x @ layer.weight.T + layer.bias)
        found[f"layers.{number}"] = x
        x = np.maximum(x, 0)
    return found


def test_equinox_layers_are_those_by_hand_in_the_order_of_calls():
    found = layer_features(ONE, [X[:30], (X[30:], Y[30:])], "layers.*")
    assert list(found) == ["layers.0", "layers.1", "layers.2"] == layer_names(ONE)
    for name, expected in by_hand(ONE, X).items():
        np.testing.assert_allclose(found[name], expected, atol=1e-5)


class Nested(eqx.Module):
    first: eqx.nn.MLP
    parts: dict[str, eqx.nn.Linear]

    def __call__(self, x, scale=1.0):
        return self.parts["z"](self.first(self.parts["a"](x))) * scale


def test_nested_modules_have_paths_and_call_is_for_other_signatures():
    keys = jax.random.split(jax.random.key(0), 3)
    parts = {"a": eqx.nn.Linear(64, 4, key=keys[0]), "z": eqx.nn.Linear(2, 2, key=keys[1])}
    model = Nested(eqx.nn.MLP(4, 2, 3, depth=1, key=keys[2]), parts)
    found = layer_features(model, X, "**", call=lambda model, x: model(x, scale=2.0))
    assert list(found) == ["parts.a", "first.layers.0", "first.layers.1", "first", "parts.z"]
    np.testing.assert_allclose(found["first"], found["first.layers.1"])


def test_a_layer_that_is_called_twice_has_two_entries():
    class Twice(eqx.Module):
        layer: eqx.nn.Linear

        def __call__(self, x):
            return self.layer(self.layer(x))

    found = layer_features(Twice(eqx.nn.Linear(64, 64, key=jax.random.key(0))), X, "layer")
    assert list(found) == ["layer", "layer:2"]


def test_equal_batches_are_compiled_once():
    traced = []

    class Counted(eqx.Module):
        layer: eqx.nn.Linear

        def __call__(self, x):
            traced.append(x.shape)
            return self.layer(x)

    model = Counted(eqx.nn.Linear(64, 2, key=jax.random.key(0)))
    found = layer_features(model, [X[:30], X[30:60], X[60:]], "layer")
    assert traced == [(64,), (64,)]  # the last batch is smaller
    np.testing.assert_allclose(found["layer"], X @ model.layer.weight.T + model.layer.bias, atol=1e-5)


def test_a_layer_inside_a_scan_gets_one_sentence():
    class Scanned(eqx.Module):
        layer: eqx.nn.Linear

        def __call__(self, x):
            return jax.lax.scan(lambda x, _: (self.layer(x), None), x, length=2)[0]

    with pytest.raises(wl.InputError, match=r"inside a transformation of JAX, such as jax\.lax\.scan"):
        layer_features(Scanned(eqx.nn.Linear(64, 64, key=jax.random.key(0))), X, "layer")


def test_steps_of_a_pipeline():
    model = make_pipeline(StandardScaler(), "passthrough", PCA(5), LogisticRegression()).fit(X, Y)
    found = layer_features(model, X)
    assert list(found) == ["standardscaler", "pca", "logisticregression"] == layer_names(model)
    np.testing.assert_allclose(found["pca"], model[:-1].transform(X), atol=1e-5)
    assert found["logisticregression"].shape == (80, 10)
    table = pd.DataFrame(X)
    model = make_pipeline(StandardScaler(), PCA(5)).fit(table)
    assert layer_features(model, table, "pca")["pca"].shape == (80, 5)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (lambda x: x, ["output"]),
        (lambda x: (x, -x), ["0", "1"]),
        (lambda x: {"z": x, "a": x}, ["z", "a"]),
    ],
)
def test_any_function(output, names):
    assert list(layer_features(output, X)) == names


@dataclasses.dataclass
class Output:
    loss: None
    hidden: np.ndarray


def test_the_features_of_an_output_are_its_first_array():
    for output in (X, (None, X), {"loss": None, "hidden": [X]}, Output(None, X), types.SimpleNamespace(hidden=X)):
        found = first_array(output)
        assert found is (None if isinstance(output, types.SimpleNamespace) else X)


TRANSFERS = [name for name in SCORES if name.endswith("-transfer")]
LONG = [*TRANSFERS, *DEAR]


@pytest.mark.parametrize(
    "scores", [[name for name in SCORES if name not in LONG], pytest.param(LONG, marks=pytest.mark.slow)]
)
def test_the_table_is_that_of_the_block(scores):
    """Every score gives each pair what it gives the pair among all layers, but for the draws of the null."""
    labels = Y % 2
    a, b = (layer_features(model, X, "layers.*") for model in (ONE, TWO))
    found = compare_layers(ONE, TWO, X, "layers.*", scores=scores, labels=labels, nulls=20, seeds=2)
    together = {f"a {name}": one for name, one in a.items()} | {f"b {name}": one for name, one in b.items()}
    expected = compare(together, labels, scores, nulls=20, seeds=2)
    assert found.a.values.tolist() == list(a)
    for score in scores:
        # gulp inverts matrices in single precision.
        near = 2e-3 if score == "gulp" else 2e-6 if score in TRANSFERS else 1e-6
        for variable in ("value", "low", "high", "null", "p", "spread"):
            block = expected[variable].sel(score=score).values[: len(a), len(a) :]
            one = found[variable].sel(score=score).values
            np.testing.assert_allclose(one, block, rtol=1e-4, atol=near, err_msg=f"{variable} of {score}")


def test_labels_of_batches_that_are_dictionaries_are_no_inputs():
    given = []

    def model(batch):
        given.append(sorted(batch))
        return batch["x"]

    batches = [{"x": X, "labels": Y % 2}]
    compare_layers(model, model, batches, scores="cka", labels="loader", loader_b=[{"x": X, "y": Y}])
    layer_features(model, batches)
    assert given == [["x"], ["x"], ["labels", "x"]]  # the last call asks for no labels


def test_batches_are_read_once_so_that_shuffled_loaders_stay_aligned():
    def shuffled():
        order = np.random.default_rng().permutation(80)
        for start in range(0, 80, 20):
            yield X[order[start : start + 20]], Y[order[start : start + 20]] % 2

    table = compare_layers(ONE, ONE, shuffled(), "layers.0", scores=["cka", "disagreement"], labels="loader")
    assert table.value.sel(score="cka").item() == pytest.approx(1)
    assert table.value.sel(score="disagreement").item() == 0


def test_against_keeps_names_of_both_sides_and_floors_are_columns():
    random = np.random.default_rng(0)
    a, b, c = (random.standard_normal((40, 3)) for _ in range(3))
    table = compare({"x": a, "y": b}, scores="cka", against={"x": a}, floors={"noise": c}, gaussian=True)
    assert table.b.values.tolist() == ["x", "noise", "gaussian"]
    assert table.b_is_floor.values.tolist() == [False, True, True]
    assert not table.a_is_floor.any()
    assert table.value.sel(a="x", b="x").item() == pytest.approx(1)
    with pytest.raises(wl.InputError, match="without `against`"):
        wl.similarity.score_correlations(table)


def test_the_corrected_p_is_that_of_the_best_pair_in_each_draw():
    random = np.random.default_rng(0)
    a, b = ({str(number): random.standard_normal((40, 3)) for number in range(3)} for _ in range(2))
    b["2"] = a["0"] + 2 * b["2"]
    table = compare(a, scores="cka", against=b).sel(score="cka")
    order = Inputs((a["0"],)).generator("cyclic").permutation(40)

    def values(shift):
        moved = np.roll(order, -shift)
        return compare(
            {n: x[order] for n, x in a.items()}, scores="cka", against={n: x[moved] for n, x in b.items()}
        ).value

    best = np.array([float(values(shift).max()) for shift in range(40)])
    assert best[0] == pytest.approx(float(table.value.max()), abs=1e-6)
    for value, p in zip(table.value.values.ravel(), table.p_corrected.values.ravel()):
        assert p == pytest.approx((1 + (best[1:] >= value - 1e-5).sum()) / 40)
    assert (table.p_corrected >= table.p).all()


def test_means_count_only_real_positions():
    expected = [row[: real.sum()].mean(0) for row, real in zip(TOKENS, MASK)]
    np.testing.assert_allclose(pool(TOKENS, "mean", MASK), expected, rtol=1e-5)
    np.testing.assert_array_equal(pool(TOKENS, "last", MASK), [row[real.sum() - 1] for row, real in zip(TOKENS, MASK)])
    np.testing.assert_array_equal(pool(TOKENS, "cls", MASK), TOKENS[:, 0])
    np.testing.assert_array_equal(pool(TOKENS, "cls", MASK[:, ::-1])[0], TOKENS[0, 3])
    np.testing.assert_array_equal(pool(TOKENS, "positions", MASK), TOKENS[MASK])
    np.testing.assert_array_equal(pool(TOKENS, "flatten"), TOKENS.reshape(6, 12))


def test_channels_come_first():
    images = np.random.default_rng(0).standard_normal((5, 2, 3, 4)).astype(np.float32)
    np.testing.assert_allclose(pool(images, "mean"), images.mean((2, 3)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(pool(images, "positions"), images.transpose(0, 2, 3, 1).reshape(-1, 2))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: layer_features(ONE, X, "layer*"),
            r"no layer matches 'layer\*': use `\*` for one part of a name, as in",
        ),
        (lambda: layer_features(ONE, X, 3), "layers 3 cannot be used: give a name, a pattern"),
        (lambda: layer_features(ONE, [], "layers.*"), "there are no features: give at least one batch"),
        (lambda: layer_features(ONE, 3, "layers.*"), "loader 3 cannot be used: give batches"),
        (lambda: layer_features("resnet", X), "model 'resnet' cannot be used: give a PyTorch"),
        (lambda: layer_names(len), "has no layers with names"),
        (lambda: pool(TOKENS, "max"), "pool 'max' is unknown: use one of mean, flatten"),
        (lambda: pool(TOKENS, "mean", MASK[:, :2]), r"the mask has shape \(6, 2\): give \(6, 4\)"),
        (lambda: pool(TOKENS[0, 0]), r"features have shape \(3,\) and dtype float32"),
        (lambda: layer_features(lambda x: x, [TOKENS, TOKENS[:, :2]], pool="flatten"), "have 6 to 12 numbers in"),
        (lambda: compare_layers(ONE, TWO, X, "layers.*", labels="loader"), "the batches have no labels"),
        (lambda: compare({"a": X}, scores="cka", against={}), "there is nothing to compare"),
        (lambda: compare_layers(ONE, None, X, loader_b=X), "loader_b is given without model_b: give both, or leave"),
        (
            lambda: layer_features(make_pipeline(StandardScaler(), DBSCAN()).fit(X), X),
            "step dbscan of the pipeline has none of transform, .*: give the pipeline without it",
        ),
    ],
)
def test_what_cannot_be_recorded_gets_one_sentence(call, sentence, unchecked):
    with pytest.raises(wl.InputError, match=sentence):
        call()


def test_pytorch_is_not_imported(monkeypatch):
    """An import of it, installed or not, asks the finders first, of which the first one finds none."""
    asked = []

    def find_spec(name, *_):
        asked.append(name)
        if name.startswith("torch"):
            raise ImportError(name)

    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [types.SimpleNamespace(find_spec=find_spec), *sys.meta_path])
    compare_layers(ONE, lambda x: pd.DataFrame(x), X, "layers.0", "**", scores="cka")
    assert not [name for name in asked if name.startswith("torch")]
    with pytest.raises(ImportError):
        record_torch(types.SimpleNamespace(named_modules=list), [], X, None)
    assert "torch" in asked
