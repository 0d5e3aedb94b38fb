"""Measures with everything that figures of sweeps show."""

import numpy as np

from .conftest import random_measures


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
