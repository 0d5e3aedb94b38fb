"""Small real features: encoders of scikit-learn's digits, and changes of them that keep or destroy function."""

import numpy as np
from scipy.stats import ortho_group
from sklearn.datasets import load_digits

ROWS = 240
DEAR = ("pwcca", "soft-matching")
"""Names of the scores that take long: the tests that measure them often are slow ones."""


def digits(rows=ROWS):
    """Pixels of the first digits, and their labels."""
    pixels, labels = load_digits(return_X_y=True)
    return pixels[:rows], labels[:rows]


def encoders(rows=ROWS):
    """Three encoders of the digits with widths of their own, by name."""
    pixels, _ = digits(rows)
    random = np.random.default_rng(0)
    return {
        "pixels": pixels[:, pixels.std(0) > 2][:, ::2],
        "wide": np.maximum((pixels - 8) @ random.standard_normal((64, 40)) / 8, 0),
        "narrow": np.tanh((pixels - 8) @ random.standard_normal((64, 12)) / 50),
    }


def orthogonal(x):
    return x @ ortho_group(x.shape[1], seed=1).rvs()


def permutation(x):
    return x[:, np.random.default_rng(1).permutation(x.shape[1])]


def scale(x):
    return 3.7 * x


def shift(x):
    return x + np.random.default_rng(1).normal(0, 2 * x.std(), x.shape[1])


def linear(x):
    random = np.random.default_rng(1)
    return x @ (ortho_group(x.shape[1], seed=2).rvs() * np.exp(random.normal(0, 1, x.shape[1])))


CHANGES = {
    "orthogonal": orthogonal,
    "permutation": permutation,
    "scale": scale,
    "shift": shift,
    "linear": linear,
}


def out_of_order(x):
    return x[np.random.default_rng(5).permutation(len(x))]
