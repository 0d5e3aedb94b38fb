"""Unrelated features with ties: how often does mutual-knn call two of them significantly similar?

    python -m experiments.ties.run        # 10 kinds, 2,000 pairs each: about 4 minutes of one core

A test is exact if a share of .05 of unrelated pairs has p ≤ .05. `table.json` stores the shares.
"""

from collections.abc import Callable

import numpy as np

from weightloom.similarity._compare import p_of
from weightloom.similarity.scores import Inputs, MutualNeighbours

ROWS = 300


def one_hot(classes: int) -> Callable:
    return lambda random, rows: np.eye(classes)[random.integers(0, classes, rows)]


def dead(share: float) -> Callable:
    """Twenty rectified units; in a share of the rows, all are 0."""

    def features(random: np.random.Generator, rows: int) -> np.ndarray:
        alive = random.random((rows, 1)) >= share
        return alive * np.maximum(random.standard_normal((rows, 20)), 0)

    return features


def duplicated(random: np.random.Generator, rows: int) -> np.ndarray:
    return random.standard_normal((rows // 3, 8))[random.integers(0, rows // 3, rows)]


KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "one-hot, 5 classes": one_hot(5),
    "one-hot, 10 classes": one_hot(10),
    "3 sign bits": lambda random, rows: np.sign(random.standard_normal((rows, 3))),
    "30 % of rows zero": dead(0.3),
    "60 % of rows zero": dead(0.6),
    "bag of words": lambda random, rows: (random.random((rows, 200)) < 0.01).astype(float),
    "one feature": lambda random, rows: random.standard_normal((rows, 1)),
    "duplicated rows": duplicated,
    "integers": lambda random, rows: random.integers(0, 3, (rows, 4)).astype(float),
    "continuous": lambda random, rows: random.standard_normal((rows, 8)),
}


def p_values(kind: Callable[[np.random.Generator, int], np.ndarray], pairs: int, rows: int = ROWS) -> np.ndarray:
    """The p-values of pairs of independent features of one kind, as `compare` computes them."""
    found = []
    for number in range(pairs):
        random = np.random.default_rng(number)
        measured = MutualNeighbours().measure(Inputs((kind(random, rows), kind(random, rows)), key=number, split=1))
        found.append(p_of(measured.value, measured.null)[0, 0])
    return np.array(found)
