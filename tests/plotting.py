"""Networks and measures for figures to show."""

import types

import numpy as np
import pytest
import xarray as xr

NAMES = ["convexity", "pudding+", "pudding-", "double-sided", "mixed", "unknown"]


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


@pytest.fixture
def shown(monkeypatch):
    """Figures that the functions of a module save, kept for inspection; give the name of the module."""
    figures = []

    def catch(module):
        monkeypatch.setattr(f"weightloom.{module}.save", lambda figure, path: figures.append(figure))
        return figures

    return catch
