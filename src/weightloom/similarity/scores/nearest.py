"""Nearest neighbours of all rows, with ties shared equally, for any number of rows."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int

TIE = 1e-12  # cosines that differ by less are equal, and differ by rounding only
MOST_CLOSENESS = 2**25  # numbers of one block of the matrix of cosines: 128 MB
MOST_DENSE = 4096  # rows above which the members of a large tie are sampled
MOST_CANDIDATES = 32  # pairs for which memory is kept, as a multiple of the number of neighbours
MOST_TIED = 8  # members kept of a large tie, as a multiple of the number of neighbours


class Neighbours(NamedTuple):
    """How far each row is a neighbour of each other row, between 0 and 1. The sum over a row is the number k.

    Attributes:
        weights: the matrix over (row, neighbour). Of large ties it has a random sample, with the sum of all.
        influence: derivative of the sum of squares by the weight of each row, of the whole matrix.
    """

    weights: scipy.sparse.csr_array
    influence: Float[np.ndarray, " rows"]


def nearest(
    features: Float[np.ndarray, "rows d"],
    k: int,
    random: np.random.Generator,
    times: Callable[[Int[np.ndarray, " n"], Float[np.ndarray, " n"]], Float[np.ndarray, " n"]] | None = None,
) -> Neighbours:
    """Finds the k rows with the largest cosine to each row, itself excluded.

    Rows at the same distance as the k-th neighbour share the remaining places equally: this is the mean over all ways
    to break the tie. It does not depend on the order of rows. With more than 4,096 rows, a tie of more than 8 k rows is
    replaced by a random sample of about 8 k of them, each with more weight. Its mean is the same, and it is independent
    between encoders.

    Cosines are computed in single precision to find candidates, and in double precision to choose among them.

    Args:
        features: features with mean 0, shape (rows, d).
        k: number of neighbours, less than the number of rows.
        random: generator of the samples of large ties.
        times: a factor of each weight, from the numbers of the rows and their cosines with their neighbours. None for
            the weights alone.

    Examples:
        >>> import numpy as np
        >>> features = np.array([[1.0, 0], [1, 0], [1, 0], [-1, 0.1]])
        >>> nearest(features, 1, np.random.default_rng(0)).weights.toarray().round(2).tolist()[0]
        [0.0, 0.5, 0.5, 0.0]
    """
    rows, directions = len(features), directions_of(features)
    most_tied = MOST_TIED * k if rows > MOST_DENSE else rows
    found, influence = [], np.zeros(rows)
    for block, row, column, cosine, kth in _candidates(directions, k):
        ahead, tied = cosine > kth[row] + TIE, np.abs(cosine - kth[row]) <= TIE
        many = np.bincount(row[tied], minlength=len(block))
        share = (k - np.bincount(row[ahead], minlength=len(block))) / many
        kept = np.minimum(1, most_tied / many)
        chosen = ahead | (tied & ((kept[row] >= 1) | (random.random(len(row)) < kept[row])))
        row, column, cosine, ahead = row[chosen], column[chosen], cosine[chosen], ahead[chosen]
        true, weight = np.where(ahead, 1.0, share[row]), np.where(ahead, 1.0, (share / kept)[row])
        if times is not None:
            factor = times(block[row], cosine)
            true, weight = true * factor, weight * factor
        influence[block] += np.bincount(row, true * weight, len(block))
        influence += np.bincount(column, true * weight, rows)
        found.append((weight, block[row].astype(np.int32), column.astype(np.int32)))
    weight, row, column = (np.concatenate(one) for one in zip(*found))
    return Neighbours(scipy.sparse.csr_array((weight, (row, column)), (rows, rows)), influence)


def directions_of(features: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    """The rows scaled to length 1. Rows that are 0 stay 0."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


class Candidates(NamedTuple):
    """All pairs of a row of a block and a row that is at least as close as its k-th neighbour, and perhaps others.

    Attributes:
        block: the rows of the block.
        row: places of the rows in the block.
        column: the rows that are close to them.
        cosine: cosines of these pairs.
        kth: cosine of the k-th neighbour of each row of the block.
    """

    block: Int[np.ndarray, " block"]
    row: Int[np.ndarray, " n"]
    column: Int[np.ndarray, " n"]
    cosine: Float[np.ndarray, " n"]
    kth: Float[np.ndarray, " block"]


def _candidates(directions: Float[np.ndarray, "rows d"], k: int) -> Iterator[Candidates]:
    """The candidates of all rows: in one block if single precision tells them from most others, else in many."""
    rows, width = directions.shape
    rounding = 1e-6 + 2e-7 * np.sqrt(width)
    close = _close(directions.astype(np.float32), k, rounding)
    if close is not None:
        row, column = close
        cosine = np.empty(len(row))
        size = max(1, MOST_CLOSENESS // (2 * width))
        for start in range(0, len(row), size):
            part = slice(start, start + size)
            cosine[part] = np.einsum("id,id->i", directions[row[part]], directions[column[part]])
        yield Candidates(np.arange(rows), row, column, cosine, _kth(row, cosine, rows, k))
        return
    size = max(1, MOST_CLOSENESS // (2 * rows))
    for start in range(0, rows, size):
        block = np.arange(start, min(start + size, rows))
        closeness = directions[block] @ directions.T
        closeness[np.arange(len(block)), block] = -np.inf
        kth = np.partition(closeness, -k, axis=1)[:, -k]
        near = closeness >= kth[:, None] - TIE
        yield Candidates(block, *_places(near), closeness[near], kth)


def _close(
    directions: Float[np.ndarray, "rows d"], k: int, rounding: float
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]] | None:
    """All pairs of rows that may be neighbours, by their cosines in single precision. None if there are too many.

    The matrix of cosines is symmetric. So each block above its diagonal is computed once, for its rows and its columns.

    Args:
        directions: rows of length 1 in single precision.
        k: number of neighbours.
        rounding: how far a cosine may be from the true one.

    Returns:
        The rows in ascending order, and their possible neighbours.
    """
    rows = len(directions)
    size = int(np.sqrt(MOST_CLOSENESS))
    bound = np.full(rows, -np.inf, np.float32)
    pairs: list[tuple[np.ndarray, ...]] = []
    for start in range(0, rows, size):
        first = np.arange(start, min(start + size, rows))
        for later in range(start, rows, size):
            second = np.arange(later, min(later + size, rows))
            closeness = directions[first] @ directions[second].T
            if later == start:
                np.fill_diagonal(closeness, -np.inf)
            for own, axis in ((first, 1), (second, 0))[: 1 if later == start else 2]:
                bound[own] = np.maximum(bound[own], _lower_bound(closeness, k, axis))
                near = closeness >= np.expand_dims(bound[own] - np.float32(rounding), axis)
                places = _places(near)
                pairs.append((own[places[1 - axis]], (second if axis else first)[places[axis]], closeness[near]))
            if sum(len(one[0]) for one in pairs) > MOST_CANDIDATES * k * rows:
                return None
    row, column, cosine = (np.concatenate(one) for one in zip(*pairs))
    order = np.argsort(row, kind="stable")
    row, column, cosine = row[order], column[order], cosine[order]
    near = cosine >= _kth(row, cosine, rows, k)[row] - 2 * rounding
    return row[near], column[near]


def _lower_bound(closeness: Float[np.ndarray, "a b"], k: int, axis: int) -> Float[np.ndarray, " _"]:
    """A number that k entries along an axis reach: the k-th largest maximum of groups. It is −∞ if there are fewer.

    Maxima of many groups are found much faster than the k-th largest of all entries.
    """
    long = closeness.shape[axis]
    if long < k:
        return np.full(closeness.shape[1 - axis], -np.inf, np.float32)
    width = max(1, long // (64 * k))
    inside = long // width * width
    if axis:
        groups, rest = closeness[:, :inside].reshape(len(closeness), -1, width).max(2), closeness[:, inside:]
    else:
        groups, rest = closeness[:inside].reshape(-1, width, closeness.shape[1]).max(1), closeness[inside:]
    maxima = np.concatenate([groups, rest], axis)
    return np.partition(maxima, -k, axis).take(-k, axis)


def _kth(row: Int[np.ndarray, " n"], cosine: Float[np.ndarray, " n"], rows: int, k: int) -> Float[np.ndarray, " rows"]:
    """The k-th largest cosine of each row, from pairs in ascending order of rows with at least k pairs each."""
    order = np.lexsort((-cosine, row))
    return cosine[order][np.searchsorted(row, np.arange(rows)) + k - 1]


def _places(close: Bool[np.ndarray, "a b"]) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    flat = np.flatnonzero(close)
    row = flat // close.shape[1]
    return row, flat - row * close.shape[1]
