"""Networks and measures for figures to show."""

import types

import numpy as np
import pytest
import xarray as xr

from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.similarity.connectors.result import Connectors, Cost

NAMES = list(ALGORITHMS)


def small_network():
    """Sizes (3, 4, 1) with a zero weight, a negligible one, and weights of both signs."""
    first = np.array([[3.0, -3.0, 0.0, 0.2], [-1.0, 1e-9, 2.0, 0.4], [1.5, -0.1, -0.5, 1.0]])
    second = np.array([[1.0], [0.5], [-2.0], [0.25]])
    return types.SimpleNamespace(parameters=[(first, np.zeros(4)), (second, np.zeros(1))])


def random_measures(seeds=2, steps=(0, 100, 200), betas=(1.0, 1e-2, 1e-4, 1e-6)):
    random = np.random.default_rng(0)
    shape = (seeds, len(steps), len(betas))
    over = ("seed", "step", "beta")
    return xr.Dataset(
        {
            "loss": (over, random.uniform(0.01, 0.9, shape)),
            "kl": (over, 10 ** random.uniform(-3, 3, shape)),
            "algorithm": (over, random.choice(NAMES, shape)),
        },
        {"seed": np.arange(seeds), "step": list(steps), "beta": list(betas)},
    )


def swept_measures(**options):
    """`random_measures` with losses without the encoder and the order parameters."""
    measures = random_measures(**options)
    random = np.random.default_rng(1)
    ranges = {
        "loss_without_encoder": (-1.5, 1.5),
        "double_sidedness": (0, 2.5),
        "strongest_connection": (-0.3, 0.8),
        "seed_dependence": (-4, 0),
    }
    for name, powers in ranges.items():
        measures[name] = measures.loss * 0 + 10 ** random.uniform(*powers, measures.loss.shape)
    return measures


def points(axes):
    """Every marker of a panel, as sorted (x, y) pairs."""
    return sorted(tuple(point) for group in axes.collections for point in group.get_offsets().data.tolist())


@pytest.fixture
def network():
    return small_network()


@pytest.fixture
def measures():
    return random_measures()


def similarity_table(encoders=4, scores=3, scale=1.0):
    """A table of `similarity.compare` with random values: the second score is a distance, the third one directed."""
    random = np.random.default_rng(0)
    over = ("score", "a", "b")
    value = scale * random.random((scores, encoders, encoders))
    variables = {
        "value": (over, value),
        "null": (over, 0.29 * value),
        "null_low": (over, value / 4),
        "null_high": (over, value / 3),
        "p": (over, random.choice([0.001, 0.3], value.shape)),
        "calibrated": (over, np.full(value.shape, np.nan)),
        "low": (over, 0.9 * value),
        "high": (over, 1.1 * value),
        "spread": (over, np.full(value.shape, np.nan)),
    }
    names = [f"encoder-{number}" for number in range(encoders)]
    coordinates = {
        "score": ["first", "second", "third"][:scores], "a": names, "b": names,
        "larger_is_more_similar": ("score", [True, False, True][:scores]),
        "symmetric": ("score", [True, True, False][:scores]),
        "note": ("score", ["a note"] * scores),
    }  # fmt: skip
    return xr.Dataset(variables, coordinates, {"rows": 100, "key": 0, "nulls": 20, "seeds": 2})


def loss_by_size():
    """A dataset of `generalisation` whose loss rises with the number of inputs."""
    loss = np.repeat(np.geomspace(0.01, 1, 4)[:, None], 3, axis=1)
    return xr.Dataset({"loss": (("inputs", "hidden"), loss)}, {"inputs": [4, 8, 16, 32], "hidden": [12, 24, 48]})


def fabricated_connectors(encoders=3):
    """Connectors that nobody trained: what their figure and their notebook's view read."""
    names = [f"encoder-{number}" for number in range(encoders)]
    recall = np.random.default_rng(0).random((2, encoders, encoders))
    coordinates = {"way": ["to target", "to source"], "source": names, "target": names}
    found = object.__new__(Connectors)
    values = {"recall": xr.DataArray(recall, coordinates), "cost": Cost(10, 40, 0.1), "chance": 0.02}
    for name, value in values.items():
        object.__setattr__(found, name, value)
    return found
