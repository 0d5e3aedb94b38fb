"""Six encoders of handwritten digits, trained here, for everything that compares encoders.

Reads: the 1,797 digits of 8 × 8 pixels that scikit-learn ships (Alpaydin and Kaynak 1998). Trains on 1,200 of them.
Command: .venv/bin/python -m experiments.digits.train
Expected: under two minutes on 2 idle cores (78 s of one core); the same machine and versions give the same bytes.

Stored, 1.7 MB: features/NAME.safetensors, each with `features` (1797, d) in float16, what the last layer reads, and
`ids`, the rows of scikit-learn's table; labels.safetensors with `labels`, the digits, `ids`, and `training`, 1 where a
row was trained on and 0 where it was held out; features.json with versions, accuracies and hashes.

| encoder | d | trained on | own labels, training | digits, held out | linear probe, held out |
|---|---|---|---|---|---|
| convolutional-a | 64 | digits | 1.000 | .987 | .988 |
| convolutional-b: another seed | 64 | digits | 1.000 | .987 | .990 |
| convolutional-wide: twice the width | 128 | digits | 1.000 | .980 | .985 |
| perceptron | 64 | digits | 1.000 | .982 | .980 |
| shuffled-labels: the net of a and b | 64 | shuffled digits | 1.000 | .085 | .910 |
| untrained: the net of a and b | 64 | nothing | .050 | .057 | .948 |

The untrained net is a floor for similarity, and no floor for probes: ten digits are nearly linear in random features,
and shuffled labels make features worse than random ones.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import safetensors.numpy
from jaxtyping import Array, Float, Int, Key
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from weightloom.runs.atomic import write_file

HERE = Path(__file__).parent
FOLDER = HERE / "features"
RECORD = HERE / "features.json"
LIBRARIES = ("equinox", "jax", "jaxlib", "numpy", "optax", "scikit-learn")
SPLIT_SEED = 0
TRAINING, BATCH, STEPS = 1200, 64, 1500
LEARNING_RATE = 1e-3


class Convolutional(eqx.Module):
    """Two 3 × 3 convolutions, the second of stride 2, and a dense layer; gelu throughout, since it never dies."""

    layers: tuple[eqx.nn.Conv2d, eqx.nn.Conv2d, eqx.nn.Linear]
    head: eqx.nn.Linear

    def __init__(self, channels: int, features: int, *, key: Key[Array, ""]):
        keys = jax.random.split(key, 4)
        self.layers = (
            eqx.nn.Conv2d(1, channels, 3, padding=1, key=keys[0]),
            eqx.nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1, key=keys[1]),
            eqx.nn.Linear(2 * channels * 4 * 4, features, key=keys[2]),
        )
        self.head = eqx.nn.Linear(features, 10, key=keys[3])

    def features(self, image: Float[Array, "8 8"]) -> Float[Array, "features"]:
        """What the last layer reads."""
        first, second, dense = self.layers
        return jax.nn.gelu(dense(jax.nn.gelu(second(jax.nn.gelu(first(image[None])))).ravel()))


class Perceptron(eqx.Module):
    """Two dense layers on the pixels."""

    layers: tuple[eqx.nn.Linear, eqx.nn.Linear]
    head: eqx.nn.Linear

    def __init__(self, hidden: int, features: int, *, key: Key[Array, ""]):
        keys = jax.random.split(key, 3)
        self.layers = (eqx.nn.Linear(64, hidden, key=keys[0]), eqx.nn.Linear(hidden, features, key=keys[1]))
        self.head = eqx.nn.Linear(features, 10, key=keys[2])

    def features(self, image: Float[Array, "8 8"]) -> Float[Array, "features"]:
        """What the last layer reads."""
        first, second = self.layers
        return jax.nn.gelu(second(jax.nn.gelu(first(image.ravel()))))


Encoder = Convolutional | Perceptron
convolutional = functools.partial(Convolutional, 16, 64)


class Recipe(NamedTuple):
    """How one encoder is made; the key of its start, its batches and its shuffled labels comes from the seed."""

    network: Callable[..., Encoder]
    seed: int
    steps: int = STEPS
    shuffled: bool = False


RECIPES = {
    "convolutional-a": Recipe(convolutional, 0),
    "convolutional-b": Recipe(convolutional, 1),
    "convolutional-wide": Recipe(functools.partial(Convolutional, 32, 128), 2),
    "perceptron": Recipe(functools.partial(Perceptron, 128, 64), 3),
    "shuffled-labels": Recipe(convolutional, 4, shuffled=True),
    "untrained": Recipe(convolutional, 5, steps=0),
}


class Digits(NamedTuple):
    """The images in scikit-learn's order, their labels, and which rows encoders were trained on."""

    images: Float[np.ndarray, "images 8 8"]
    labels: Int[np.ndarray, "images"]
    training: Int[np.ndarray, "images"]


def main() -> None:
    """Train all, and say how well each classifies and how well a linear classifier reads its features."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    FOLDER.mkdir(exist_ok=True)
    digits = drawn()
    ids = np.arange(len(digits.labels), dtype=np.int32)
    write_file(
        HERE / "labels.safetensors",
        safetensors.numpy.save({"labels": digits.labels, "ids": ids, "training": digits.training}),
    )
    encoders = {}
    for name, recipe in RECIPES.items():
        begun = time.perf_counter()
        encoder, given = made(recipe, digits)
        features = np.asarray(jax.vmap(encoder.features)(digits.images)).astype(np.float16)
        content = safetensors.numpy.save({"features": features, "ids": ids})
        write_file(FOLDER / f"{name}.safetensors", content)
        encoders[name] = {
            "shape": list(features.shape),
            "sha256": hashlib.sha256(content).hexdigest(),
            **accuracies(encoder, features, digits, given),
            "seconds": round(time.perf_counter() - begun, 1),
        }
        print(name, encoders[name], flush=True)
    record = {
        "command": ".venv/bin/python -m experiments.digits.train",
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "steps": STEPS,
        "batch": BATCH,
        "learning rate": LEARNING_RATE,
        "encoders": encoders,
    }
    write_file(RECORD, (json.dumps(record, indent=1) + "\n").encode())


def drawn() -> Digits:
    """All 1,797 images, pixels from -1 to 1, and a random 1,200 of them to train on."""
    bunch = load_digits()
    training = np.zeros(len(bunch.target), np.int32)
    training[np.random.default_rng(SPLIT_SEED).permutation(len(training))[:TRAINING]] = 1
    return Digits((bunch.images / 8 - 1).astype(np.float32), bunch.target.astype(np.int32), training)


def made(recipe: Recipe, digits: Digits) -> tuple[Encoder, Int[np.ndarray, "training"]]:
    """An encoder, and the labels of its training rows as it was given them."""
    start, batches, shuffle = jax.random.split(jax.random.key(recipe.seed), 3)
    rows = digits.training == 1
    labels = digits.labels[rows]
    given = jax.random.permutation(shuffle, labels) if recipe.shuffled else jnp.asarray(labels)
    encoder = recipe.network(key=start)
    return trained(encoder, jnp.asarray(digits.images[rows]), given, recipe.steps, batches), np.asarray(given)


def trained(
    encoder: Encoder,
    images: Float[Array, "training 8 8"],
    labels: Int[Array, "training"],
    steps: int,
    key: Key[Array, ""],
) -> Encoder:
    """The encoder after steps of Adam on the cross-entropy, each on a fresh random batch."""
    arrays, rest = eqx.partition(encoder, eqx.is_array)
    optimiser = optax.adam(LEARNING_RATE)

    def loss(arrays: Encoder, rows: Int[Array, "batch"]) -> Float[Array, ""]:
        logits = classified(eqx.combine(arrays, rest), images[rows])
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels[rows]).mean()

    @jax.jit
    def step(arrays: Encoder, state: optax.OptState, k: Int[Array, ""]) -> tuple[Encoder, optax.OptState]:
        rows = jax.random.choice(jax.random.fold_in(key, k), len(labels), (BATCH,), replace=False)
        updates, state = optimiser.update(jax.grad(loss)(arrays, rows), state)
        return optax.apply_updates(arrays, updates), state

    state = optimiser.init(arrays)
    # A scan would be five times slower: on CPUs, XLA runs convolutions inside of loops with a slow kernel.
    for k in range(steps):
        arrays, state = step(arrays, state, k)
    return eqx.combine(arrays, rest)


def classified(encoder: Encoder, images: Float[Array, "batch 8 8"]) -> Float[Array, "batch 10"]:
    """Logits."""
    return jax.vmap(lambda image: encoder.head(encoder.features(image)))(images)


def accuracies(
    encoder: Encoder, features: Float[np.ndarray, "images d"], digits: Digits, given: Int[np.ndarray, "training"]
) -> dict[str, float]:
    """Of the encoder on the labels it was given and on held-out images, and of a linear classifier on its features."""
    rows = digits.training == 1
    answers = np.asarray(classified(encoder, digits.images).argmax(1))
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    classifier.fit(features[rows].astype(np.float64), digits.labels[rows])
    found = {
        "training accuracy": np.mean(answers[rows] == given),
        "held-out accuracy": np.mean(answers[~rows] == digits.labels[~rows]),
        "held-out probe accuracy": classifier.score(features[~rows].astype(np.float64), digits.labels[~rows]),
    }
    return {name: round(float(value), 4) for name, value in found.items()}


if __name__ == "__main__":
    main()
