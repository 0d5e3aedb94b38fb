"""Products of two encoders' features at shifts of the rows: the draws of exact permutation tests.

The cyclic shifts of a random order of rows are a group of permutations. So are shifts by whole blocks of rows. A test
against all of a group is exact, like a test against all permutations (Lehmann and Romano 2005, section 15.2).
"""

import abc
import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import scipy.fft
import scipy.sparse
from jaxtyping import Complex, Float, Int

BLOCK = 256
MOST_NUMBERS = 2**24  # of one array of products: 64 MB
MOST_PRODUCTS = 2**26  # of the products at all shifts together: 0.5 GB


def cyclic_products(
    matrices: Sequence[Float[np.ndarray, "rows rows"]], *, symmetric: bool
) -> Float[np.ndarray, "rows encoders encoders"]:
    """Products Σᵢⱼ Aᵢⱼ Bᵢ₊ₛ,ⱼ₊ₛ of every pair of matrices at every cyclic shift s of the rows.

    A shift moves each wrapped diagonal of B along itself, so the sum over i is a correlation along diagonals. It needs
    one Fourier transform per diagonal and encoder, and one product and one inverse transform per pair. 4,000 rows give
    3,999 draws.

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
    return products_of(spectra, spectra, len(matrices[0]), symmetric)


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
    left: Sequence[Complex[np.ndarray, "frequencies diagonals"]],
    right: Sequence[Complex[np.ndarray, "frequencies diagonals"]],
    rows: int,
    symmetric: bool,
) -> Float[np.ndarray, "rows left right"]:
    """The products of `cyclic_products`, of matrices on the left with those on the right, from their `spectra_of`."""
    frequencies, diagonals = left[0].shape
    weights = np.ones(diagonals, np.float32)
    if symmetric:
        weights[1 : (rows + 1) // 2] = 2
    pairs = np.empty((frequencies, len(left), len(right)), np.complex64)
    for start in range(0, frequencies, BLOCK):
        first, second = (np.stack([own[start : start + BLOCK] for own in side], axis=1) for side in (left, right))
        pairs[start : start + BLOCK] = (first.conj() * weights) @ second.transpose(0, 2, 1)
    return scipy.fft.irfft(pairs, rows, axis=0).astype(np.float64)


def sparse_cyclic_products(a: scipy.sparse.csr_array, b: scipy.sparse.csr_array) -> Float[np.ndarray, " rows"]:
    """The products of `cyclic_products` for two sparse matrices.

    Two entries meet at one shift only, and only if they lie on the same wrapped diagonal. So one sparse product finds
    all that meet: of rows of A with rows of B, both by diagonal.

    Args:
        a: a matrix of shape (rows, rows).
        b: another one.

    Returns:
        Products at shifts 0 … rows − 1.

    Examples:
        >>> import numpy as np, scipy.sparse
        >>> matrix = scipy.sparse.csr_array(np.diag([1.0, 2.0, 4.0]))
        >>> sparse_cyclic_products(matrix, matrix).tolist()
        [21.0, 14.0, 14.0]
    """
    first, second = by_diagonal(a), by_diagonal(b).T.tocsr()
    # How many entries of B lie on the diagonals of the entries of each row of A.
    met = np.asarray(first.astype(bool).astype(np.int64) @ np.diff(second.indptr))
    return sums_at_shifts(met, lambda start, stop: first[start:stop] @ second)


def sums_at_shifts(
    met: Int[np.ndarray, " rows"], of_portion: Callable[[int, int], scipy.sparse.sparray]
) -> Float[np.ndarray, " rows"]:
    """What rows of A and of B give together at every cyclic shift s, at which row i meets row i + s.

    Args:
        met: for each row of A, about how many numbers it gives. Portions of rows give about `MOST_NUMBERS`.
        of_portion: what each row of A from a start to a stop gives with each row of B, shape (stop − start, rows).

    Returns:
        Sums at shifts 0 … rows − 1.

    Examples:
        >>> import numpy as np, scipy.sparse
        >>> given = scipy.sparse.csr_array([[1.0, 2.0], [0.0, 4.0]])
        >>> sums_at_shifts(np.array([2, 1]), lambda start, stop: given[start:stop]).tolist()
        [5.0, 2.0]
    """
    rows = len(met)
    found = np.zeros(rows)
    for start, stop in portions(met, MOST_NUMBERS):
        meeting = of_portion(start, stop).tocoo()
        shifts = (meeting.col - meeting.row.astype(np.int64) - start) % rows
        found += np.bincount(shifts, meeting.data, rows)
    return found


def by_diagonal(matrix: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """The same entries with the number of their wrapped diagonal, (column − row) mod rows, as column."""
    rows = matrix.shape[0]
    own = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    return scipy.sparse.csr_array((matrix.data, (matrix.indices - own) % rows, matrix.indptr), matrix.shape)


def portions(sizes: Int[np.ndarray, " rows"], most: int) -> Iterator[tuple[int, int]]:
    """Cuts rows into consecutive portions with a sum of sizes of about `most` each, and at least one row.

    Examples:
        >>> import numpy as np
        >>> list(portions(np.array([3, 3, 3, 9]), 6))
        [(0, 2), (2, 3), (3, 4)]
    """
    sums = np.concatenate([[0], np.cumsum(sizes)])
    start = 0
    while start < len(sizes):
        stop = max(start + 1, int(np.searchsorted(sums, sums[start] + most, side="right")) - 1)
        yield start, stop
        start = stop


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

    Shifts keep the position of a row in its block. For each position, the products are a correlation over blocks, which
    needs one product per frequency. Rows after the last block are not shifted.

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
    first, second = (
        scipy.fft.rfft(array[:inside].reshape(blocks, -1, array.shape[1]), axis=0, workers=-1) for array in (a, b)
    )
    spectra = first.conj().transpose(0, 2, 1) @ second
    return scipy.fft.irfft(spectra, blocks, axis=0, workers=-1) + a[inside:].T @ b[inside:]


def each_shifted_product(
    a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"], blocks: int
) -> Iterator[Float[np.ndarray, "c e"]]:
    """The products of `shifted_products` at shifts of 1, 2, … blocks, one by one if all together are too large.

    Args:
        a: features, shape (rows, c).
        b: features, shape (rows, e).
        blocks: number of blocks.
    """
    if blocks * a.shape[1] * b.shape[1] <= MOST_PRODUCTS:
        yield from shifted_products(a, b, blocks)[1:]
        return
    inside = len(b) // blocks * blocks
    for shift in range(1, blocks):
        moved = np.roll(b[:inside], -shift * (inside // blocks), axis=0)
        yield a[:inside].T @ moved + a[inside:].T @ b[inside:]


def shifted_squares(
    a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"], blocks: int
) -> Float[np.ndarray, " blocks"]:
    """The squared norms ‖AᵀB‖² of `shifted_products`, for some columns of A at a time.

    Args:
        a: features, shape (rows, c).
        b: features, shape (rows, e).
        blocks: number of blocks.
    """
    columns = max(1, MOST_NUMBERS // (blocks * b.shape[1]))
    found = np.zeros(blocks)
    for start in range(0, a.shape[1], columns):
        products = shifted_products(a[:, start : start + columns], b, blocks).reshape(blocks, -1)
        found += np.einsum("si,si->s", products, products)
    return found


class Draws(abc.ABC):
    """Draws of the null of two encoders: orders of the rows of the second one."""

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def products(self, a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"]) -> Iterator[np.ndarray]:
        """The products AᵀB of each draw, shape (c, e).

        Args:
            a: features, shape (rows, c).
            b: features, shape (rows, e).
        """


@dataclasses.dataclass(frozen=True)
class Shifts(Draws):
    """Shifts by 1, 2, … blocks of rows."""

    blocks: int

    def __len__(self) -> int:
        return self.blocks - 1

    def products(self, a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"]) -> Iterator[np.ndarray]:
        return each_shifted_product(a, b, self.blocks)


@dataclasses.dataclass(frozen=True, eq=False)
class Orders(Draws):
    """Orders of the rows that are listed."""

    orders: Int[np.ndarray, "draws rows"]

    def __len__(self) -> int:
        return len(self.orders)

    def products(self, a: Float[np.ndarray, "rows c"], b: Float[np.ndarray, "rows e"]) -> Iterator[np.ndarray]:
        return (a.T @ b[order] for order in self.orders)
