"""The data of the three tasks, as NumPy arrays that all libraries share: scikit-learn's digits, 8 × 8.

- rotation: digits turned by one angle per step, which is the condition. Validation and test have other angles.
- continual: the digits 0/1, 2/3, 4/5, 6/7 and 8/9, five tasks of two classes, one after the other.
- sweep: few digits, some with wrong labels, and a weight decay λ‖θ‖²/2 whose log λ is the condition.
"""

import functools
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import rotate
from sklearn.datasets import load_digits

TASKS = ("rotation", "continual", "sweep")
BATCH, HIDDEN, CODE = 64, 64, 8
"""Examples of a step, width of the hypernetwork's hidden layer, and entries of the embedding of a task."""
PAIRS = 5
CONDITIONS = np.linspace(-1, 1, 5, dtype=np.float32)
"""At these five the sweep is compared with networks trained separately."""
SPLIT = 14
"""Seed of the order of the digits, from which the splits are cut. No choice was made with this one before the test."""
SPLITS = {"training": slice(0, 1000), "validation": slice(1000, 1297), "test": slice(1297, 1797)}
LABELLED, WRONG = 300, 0.3
"""Training examples of the sweep, and the share of them with a wrong label."""


def strength(condition):
    """λ for a condition between -1 and 1: from 1e-4 to 1, linear in log λ. For NumPy, JAX and PyTorch."""
    return 10 ** (2 * condition - 2)


@functools.cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 1, 8, 8) from 0 to 1 and labels (1797,), in one random order."""
    found = load_digits()
    order = np.random.default_rng(SPLIT).permutation(len(found.target))
    return found.images[order, None].astype(np.float32) / 16, found.target[order].astype(np.int32)


@functools.cache
def turned(split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles as (cos, sin), shape (36, 2), the digits at each angle, and their labels."""
    x, y = (array[SPLITS[split]] for array in digits())
    degrees = np.arange(0, 360, 10) + (0 if split == "training" else 5)
    images = np.stack([rotate(x, angle, axes=(3, 2), reshape=False, order=1) for angle in degrees])
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32), images, y


@functools.cache
def pair(number: int, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels, 0 or 1, of one task of the continual five."""
    x, y = (array[SPLITS[split]] for array in digits())
    own = y // 2 == number
    return x[own], y[own] % 2


@functools.cache
def few() -> tuple[np.ndarray, np.ndarray]:
    """The sweep's training examples."""
    x, y = (array[:LABELLED] for array in digits())
    random = np.random.default_rng(1)
    wrong = random.random(LABELLED) < WRONG
    return x, np.where(wrong, random.integers(0, 10, LABELLED, dtype=np.int32), y)


def rotation_batches(seed: int, steps: int) -> Iterator[tuple[np.ndarray, ...]]:
    """(angle, images, labels) of each step."""
    random = np.random.default_rng(seed)
    angles, x, y = turned("training")
    for _ in range(steps):
        angle, rows = random.integers(len(angles)), random.integers(len(y), size=BATCH)
        yield angles[angle], x[angle, rows], y[rows]


def continual_batches(number: int, seed: int, steps: int) -> Iterator[tuple[np.ndarray, ...]]:
    """(images, labels) of each step of one task."""
    random = np.random.default_rng((seed, number))
    x, y = pair(number, "training")
    for _ in range(steps):
        rows = random.integers(len(y), size=BATCH)
        yield x[rows], y[rows]


def sweep_batches(seed: int, steps: int) -> Iterator[tuple[np.ndarray, ...]]:
    """(condition, images, labels) of each step, the condition of shape (1,)."""
    random = np.random.default_rng(seed)
    x, y = few()
    for _ in range(steps):
        rows = random.integers(len(y), size=BATCH)
        yield random.uniform(-1, 1, 1).astype(np.float32), x[rows], y[rows]


def batches(task: str, *arguments: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Batches of a task by its name."""
    return globals()[f"{task}_batches"](*arguments)


def evaluation(task: str, split: str) -> list[tuple[object, np.ndarray, np.ndarray]]:
    """All (condition, images, labels) on which `predict(condition, images)` is judged."""
    if task == "rotation":
        angles, x, y = turned(split)
        return [(angle, images, y) for angle, images in zip(angles, x)]
    if task == "continual":
        return [(number, *pair(number, split)) for number in range(PAIRS)]
    x, y = (array[SPLITS[split]] for array in digits())
    return [(condition[None], x, y) for condition in CONDITIONS]


def accuracies(predict, task: str, split: str) -> list[float]:
    """The share of right answers for each condition."""
    return [
        float((np.asarray(predict(condition, x)).argmax(1) == y).mean()) for condition, x, y in evaluation(task, split)
    ]
