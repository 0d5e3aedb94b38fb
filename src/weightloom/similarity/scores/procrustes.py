"""The Procrustes distance: the distance between features after the best rotation."""

import dataclasses
from typing import ClassVar

import numpy as np
import scipy.fft
from jaxtyping import Float

from weightloom._settings import setting
from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, centred, jackknife_error


@dataclasses.dataclass(frozen=True)
class Procrustes(Score):
    """The distance min ‖A − B Q‖ over rotations Q, for centred features of norm 1 (Williams et al. 2021, section 2).

    Its square is 2 − 2 ‖AᵀB‖₊, where ‖·‖₊ is the sum of singular values. Widths may differ, without padding. Features
    are first projected to their leading principal components, as in Williams et al., because the null distribution
    needs one singular value decomposition per draw and pair. The distance remains a metric with the same invariances.
    Draws of the null are shifts of blocks of rows in random order, see `shifted_products`.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import Inputs, Procrustes
        >>> a = np.random.default_rng(0).standard_normal((50, 3))
        >>> bool(Procrustes().measure(Inputs((a, 3 * a[:, ::-1] + 1))).value.max() < 2e-3)
        True
    """

    components: int = setting(100, "Number of principal components to keep. Narrower features are not projected.", ge=1)
    larger_is_more_similar: ClassVar[bool] = False
    symmetric: ClassVar[bool] = True
    metric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 0.0
    needs_labels: ClassVar[bool] = False
    note: ClassVar[str] = "distance after the best rotation"

    def measure(self, data: Inputs) -> Measured:
        features = [self._leading(array) for array in data.features]
        order = data.generator("blocks").permutation(data.rows)
        ordered = [array[order].astype(np.float32) for array in features]
        draws = blocks_for(data.rows, data.nulls + 1) - 1
        n = len(features)
        null = np.empty((draws, n, n))
        square, error = np.zeros((n, n)), np.zeros((n, n))
        for a, first in enumerate(features):
            for b in range(a, n):
                second = features[b]
                left, singular, right = np.linalg.svd(first.T @ second, full_matrices=False)
                square[a, b] = square[b, a] = 2 - 2 * singular.sum()
                lengths = np.square(first).sum(1) + np.square(second).sum(1)
                moved = singular.sum() * lengths - 2 * np.einsum("id,id->i", first @ left, second @ right.T)
                error[a, b] = error[b, a] = jackknife_error(moved)
                shifted = shifted_products(ordered[a], ordered[b], draws + 1)[1:]
                null[:, a, b] = null[:, b, a] = 2 - 2 * _nuclear_norms(shifted)
        return Measured(*(np.sqrt(np.maximum(one, 0)) for one in (square, null, *around(square, error))))

    def _leading(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows c"]:
        """Projects features to their leading principal components and normalises them to Frobenius norm 1."""
        away = centred(features)
        if self.components < away.shape[1]:
            away = away @ np.linalg.eigh(away.T @ away)[1][:, -self.components :]
        return away / np.linalg.norm(away)


def blocks_for(rows: int, fewest: int) -> int:
    """Number of equal blocks to cut the rows into: at least `fewest`, if possible, with the fewest remaining rows.

    Examples:
        >>> blocks_for(4000, 201), blocks_for(601, 201), blocks_for(100, 201)
        (250, 300, 100)
    """
    return min(range(min(rows, fewest), min(rows, 2 * fewest) + 1), key=lambda blocks: rows % blocks)


def shifted_products(
    a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"], blocks: int
) -> Float[np.ndarray, "blocks c e"]:
    """The products AᵀB with the rows of B shifted by 0, 1, 2, … blocks of rows.

    These shifts of a random order of rows are a group of permutations, so a test against all of them is exact. Shifts
    keep the position of a row in its block. For each position, the products are a correlation over blocks, which needs
    one product per frequency. Rows after the last block are not shifted.

    Args:
        a: features, shape (rows, c).
        b: features, shape (rows, e).
        blocks: number of blocks.

    Returns:
        Products, shape (blocks, c, e).

    Examples:
        >>> import numpy as np
        >>> column = np.array([[1.0], [2.0], [4.0]])
        >>> shifted_products(column, column, 3).ravel().round(6).tolist()
        [21.0, 14.0, 14.0]
    """
    inside = len(a) // blocks * blocks
    first, second = (scipy.fft.rfft(array[:inside].reshape(blocks, -1, array.shape[1]), axis=0) for array in (a, b))
    spectra = first.conj().transpose(0, 2, 1) @ second
    return scipy.fft.irfft(spectra, blocks, axis=0) + a[inside:].T @ b[inside:]


def _nuclear_norms(products: Float[np.ndarray, "draws c e"]) -> Float[np.ndarray, " draws"]:
    """Sums of singular values, from the eigenvalues of the smaller Gram matrix."""
    if products.shape[1] > products.shape[2]:
        products = products.transpose(0, 2, 1)
    grams = products @ products.transpose(0, 2, 1)
    return np.sqrt(np.maximum(np.linalg.eigvalsh(grams), 0)).sum(-1).astype(np.float64)
