"""What the two experiments on encoders store is what their records say, and BERT's forward pass is the textbook's."""

import hashlib
import json
import math
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy

from experiments.text_encoders import bert

ROOT = Path(bert.__file__).parents[1]
ENCODERS = [
    (folder, name)
    for folder in ("text_encoders", "digits")
    for name in json.loads((ROOT / folder / "features.json").read_text())["encoders"]
]


@pytest.mark.parametrize(("folder", "name"), ENCODERS)
def test_stored_features_are_those_of_the_record(folder, name):
    entry = json.loads((ROOT / folder / "features.json").read_text())["encoders"][name]
    content = (ROOT / folder / "features" / f"{name}.safetensors").read_bytes()
    stored = safetensors.numpy.load(content)
    labels = safetensors.numpy.load((ROOT / folder / "labels.safetensors").read_bytes())
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert stored["features"].dtype == np.float16
    assert list(stored["features"].shape) == entry["shape"]
    assert np.isfinite(stored["features"]).all()
    assert (np.ptp(stored["features"], axis=0) == 0).sum() == (2 if name == "minilm-l6" else 0)
    assert np.array_equal(stored["ids"], labels["ids"])
    assert len(np.unique(stored["ids"])) == len(stored["ids"])


def test_every_block_of_twenty_documents_has_all_groups():
    labels = safetensors.numpy.load((ROOT / "text_encoders" / "labels.safetensors").read_bytes())["labels"]
    assert (np.sort(labels.reshape(-1, 20), axis=1) == np.arange(20)).all()


def test_text_features_fit_into_24_megabytes():
    assert sum(path.stat().st_size for path in (ROOT / "text_encoders").rglob("*.safetensors")) <= 24e6


def test_bert_agrees_with_loops_over_tokens_and_heads():
    parameters = small_parameters(np.random.default_rng(0))
    tokens = np.array([[3, 1, 4, 1, 0], [5, 9, 2, 6, 5]], np.int32)
    mask = np.array([[True] * 4 + [False], [True] * 5])
    found = bert.sentence_vectors(parameters, tokens, mask, heads=2)
    for row in range(2):
        expected = naive(parameters, tokens[row][mask[row]], heads=2)
        np.testing.assert_allclose(found[:, row], expected, atol=2e-6)


def test_initialised_has_bert_s_deviations():
    parameters = {"a.weight": np.ones((300, 300)), "LayerNorm.weight": np.zeros(4), "a.bias": np.ones(4)}
    fresh = bert.initialised(parameters, jax.random.key(0))
    assert float(fresh["a.weight"].std()) == pytest.approx(0.02, rel=0.02)
    assert float(fresh["LayerNorm.weight"].min()) == 1
    assert float(abs(fresh["a.bias"]).max()) == 0


def small_parameters(random):
    width, hidden = 6, 8
    shapes = {f"embeddings.{kind}_embeddings": (10, width) for kind in ("word", "position", "token_type")}
    for k in range(2):
        here = f"encoder.layer.{k}."
        shapes |= {f"{here}attention.self.{part}": (width, width) for part in ("query", "key", "value")}
        shapes |= {f"{here}attention.output.dense": (width, width), f"{here}intermediate.dense": (hidden, width)}
        shapes |= {f"{here}output.dense": (width, hidden)}
        shapes |= {f"{here}attention.output.LayerNorm": (width,), f"{here}output.LayerNorm": (width,)}
    shapes["embeddings.LayerNorm"] = (width,)
    weights = {f"{name}.weight": random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    biases = {f"{name}.bias": random.normal(size=shape[0]).astype(np.float32) for name, shape in shapes.items()}
    return weights | biases


def naive(parameters, tokens, heads):
    def norm(name, x):
        return (x - x.mean()) / x.std() * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

    def dense(name, x):
        return parameters[f"{name}.weight"] @ x + parameters[f"{name}.bias"]

    def unit_mean(states):
        mean = sum(states) / len(states)
        return mean / math.sqrt(sum(mean**2))

    word, position, kind = (
        parameters[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    )
    states = [norm("embeddings.LayerNorm", word[token] + position[k] + kind[0]) for k, token in enumerate(tokens)]
    vectors = [unit_mean(states)]
    for layer in range(2):
        here = f"encoder.layer.{layer}."
        query, key, value = (
            [np.split(dense(f"{here}attention.self.{part}", x), heads) for x in states]
            for part in ("query", "key", "value")
        )
        attended = []
        for k, state in enumerate(states):
            mixed = []
            for head in range(heads):
                scores = [query[k][head] @ other[head] / math.sqrt(len(other[head])) for other in key]
                weights = [math.exp(score) for score in scores]
                mixed.append(sum(w * other[head] for w, other in zip(weights, value)) / sum(weights))
            out = dense(f"{here}attention.output.dense", np.concatenate(mixed))
            attended.append(norm(f"{here}attention.output.LayerNorm", state + out))
        states = []
        for state in attended:
            hidden = [h * (1 + math.erf(h / math.sqrt(2))) / 2 for h in dense(f"{here}intermediate.dense", state)]
            out = dense(f"{here}output.dense", np.array(hidden))
            states.append(norm(f"{here}output.LayerNorm", state + out))
        vectors.append(unit_mean(states))
    return np.stack(vectors)
