"""Scores based on products ⟨K_A, K_B⟩ of matrices over rows, with an exact null distribution."""

import abc
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import scipy.fft
from jaxtyping import Complex, Float

from weightloom.similarity.scores.base import Inputs, Measured, Score, around, centred, jackknife_error

BLOCK = 256


class KernelScore(Score):
    """A score based on products ⟨K_A, K_B⟩ of one matrix per encoder: their cosine, or the distance ‖K_A − K_B‖.

    The influence of a row on a product is twice its part of the sum, plus the `corrections` for quantities that the
    matrices are computed from.
    """

    symmetric: ClassVar[bool] = True
    needs_labels: ClassVar[bool] = False
    symmetric_matrices: ClassVar[bool] = True

    @abc.abstractmethod
    def matrix(self, features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows rows"]:
        """The matrix of one encoder.

        Args:
            features: features of the encoder with mean 0 and mean squared length 1, shape (rows, d).
        """

    def corrections(self, features: Sequence[Float[np.ndarray, "rows _"]]) -> Float[np.ndarray, "n n rows"] | float:
        """Influences of rows on the products through quantities that the matrices are computed from.

        Args:
            features: for each encoder, features of shape (rows, d).
        """
        return 0.0

    def measure(self, data: Inputs) -> Measured:
        order = data.generator("cyclic").permutation(data.rows)
        features = [centred(array)[order].astype(np.float32) for array in data.features]
        matrices = [self.matrix(array) for array in features]
        influence = np.empty((len(features), len(features), data.rows))
        product = np.empty((len(features), len(features)))
        for a in range(len(features)):
            for b in range(a, len(features)):
                parts = _shares(matrices[a], matrices[b], self.symmetric_matrices)
                product[a, b] = product[b, a] = parts.sum() / 2
                influence[a, b] = influence[b, a] = parts
        influence += self.corrections(features)
        spectra = []
        while matrices:  # free each matrix after use, because with many rows they fill the memory
            spectra.append(spectra_of(matrices.pop(0), self.symmetric_matrices))
        shifted = products_of(spectra, data.rows, self.symmetric_matrices)[1:]
        combined = _cosine if self.larger_is_more_similar else _distance
        return combined(product, influence, shifted)


def _cosine(
    product: Float[np.ndarray, "n n"], influence: Float[np.ndarray, "n n rows"], shifted: Float[np.ndarray, "q n n"]
) -> Measured:
    own = np.sqrt(np.diagonal(product))
    lengths = own[:, None] * own
    value = product / lengths
    relative = np.einsum("aai->ai", influence) / np.diagonal(product)[:, None]
    moved = influence / lengths[..., None] - value[..., None] * (relative[:, None] + relative) / 2
    return Measured(value, shifted / lengths, *around(value, jackknife_error(moved)))


def _distance(
    product: Float[np.ndarray, "n n"], influence: Float[np.ndarray, "n n rows"], shifted: Float[np.ndarray, "q n n"]
) -> Measured:
    own = np.diagonal(product)
    square = own[:, None] + own - 2 * product
    diagonal = np.einsum("aai->ai", influence)
    ends = around(square, jackknife_error(diagonal[:, None] + diagonal - 2 * influence))
    squares = (square, own[:, None] + own - 2 * shifted, *ends)
    return Measured(*(np.sqrt(np.maximum(one, 0)) for one in squares))


def _shares(
    a: Float[np.ndarray, "rows rows"], b: Float[np.ndarray, "rows rows"], symmetric: bool
) -> Float[np.ndarray, " rows"]:
    """Derivative of Σ wᵢ wⱼ Aᵢⱼ Bᵢⱼ by each weight, at weights of 1."""
    rows = np.einsum("ij,ij->i", a, b).astype(np.float64)
    return 2 * rows if symmetric else rows + np.einsum("ij,ij->j", a, b)


def cyclic_products(
    matrices: Sequence[Float[np.ndarray, "rows rows"]], *, symmetric: bool
) -> Float[np.ndarray, "rows encoders encoders"]:
    """Products Σᵢⱼ Aᵢⱼ Bᵢ₊ₛ,ⱼ₊ₛ of every pair of matrices at every cyclic shift s of the rows.

    A shift moves each wrapped diagonal of B along itself, so the sum over i is a correlation along diagonals. It needs
    one Fourier transform per diagonal and encoder, and one product and one inverse transform per pair.

    The cyclic shifts of a random order of rows are a group of permutations. A test against all of them is exact, like
    a test against all permutations (Lehmann and Romano 2005, section 15.2). 4,000 rows give 3,999 draws.

    Args:
        matrices: for each encoder, a matrix of shape (rows, rows) in single precision.
        symmetric: whether all matrices are symmetric. Half of the diagonals are then sufficient.

    Returns:
        Products, shape (rows, encoders, encoders). Entry 0 is the product without a shift.

    Examples:
        >>> import numpy as np
        >>> matrix = np.diag([1, 2, 4]).astype(np.float32)
        >>> cyclic_products([matrix], symmetric=True)[:, 0, 0].round().tolist()
        [21.0, 14.0, 14.0]
    """
    spectra = [spectra_of(matrix, symmetric) for matrix in matrices]
    return products_of(spectra, len(matrices[0]), symmetric)


def spectra_of(matrix: Float[np.ndarray, "rows rows"], symmetric: bool) -> Complex[np.ndarray, "frequencies diagonals"]:
    """Fourier transforms of the wrapped diagonals of a matrix: of all, or of half if the matrix is symmetric."""
    rows = len(matrix)
    diagonals = rows // 2 + 1 if symmetric else rows
    spectra = np.empty((rows // 2 + 1, diagonals), np.complex64)
    twice = np.concatenate([matrix, matrix[:, : diagonals - 1]], axis=1)
    down, right = twice.strides
    wrapped = np.lib.stride_tricks.as_strided(twice, (rows, diagonals), (down + right, right), writeable=False)
    for start in range(0, diagonals, BLOCK):
        spectra[:, start : start + BLOCK] = scipy.fft.rfft(wrapped[:, start : start + BLOCK], axis=0)
    return spectra


def products_of(
    spectra: Sequence[Complex[np.ndarray, "frequencies diagonals"]], rows: int, symmetric: bool
) -> Float[np.ndarray, "rows encoders encoders"]:
    """The products of `cyclic_products`, from the result of `spectra_of` for each matrix."""
    frequencies, diagonals = spectra[0].shape
    weights = np.ones(diagonals, np.float32)
    if symmetric:
        weights[1 : (rows + 1) // 2] = 2
    pairs = np.empty((frequencies, len(spectra), len(spectra)), np.complex64)
    for start in range(0, frequencies, BLOCK):
        block = np.stack([own[start : start + BLOCK] for own in spectra], axis=1)
        pairs[start : start + BLOCK] = (block.conj() * weights) @ block.transpose(0, 2, 1)
    return scipy.fft.irfft(pairs, rows, axis=0).astype(np.float64)
