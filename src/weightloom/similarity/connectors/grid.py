"""The grid of source and target encoders, with checked and normalised features."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from weightloom._checks import check_choice
from weightloom.errors import InputError
from weightloom.similarity.features import Encoded, aligned, check_encoders, checked_features, encoded

HELD_OUT = 0.25
BASES = ("anchors", "given")
ANCHOR_RIDGE = 0.01  # relative to the mean eigenvalue of the anchors' Gram matrix


class Features(NamedTuple):
    """Features of the same inputs, normalised to length 1 and padded with zeros to a common width.

    Attributes:
        x: features of the sources.
        y: features of the targets.
        used: which features of a target are not padding.
    """

    x: Float[Array, "sources rows d"]
    y: Float[Array, "targets rows e"]
    used: Bool[Array, "targets e"]


class Frame(NamedTuple):
    """Axes of an encoder's space that its anchors give, see `frame_of`.

    Attributes:
        mean: mean of the training rows, at length 1.
        axes: one axis per anchor.
    """

    mean: Float[np.ndarray, " d"]
    axes: Float[np.ndarray, "d anchors"]


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """The sources and targets of connectors.

    Attributes:
        features: features of the sources and targets.
        sources: width of each source's features, by name.
        targets: width of each target's features, by name.
        ids: row numbers, with the ids of the rows if they have any.
        frames: the frame of each source. None if features are used in their given axes.
    """

    features: Features
    sources: dict[str, int]
    targets: dict[str, int]
    ids: Encoded
    frames: tuple[Frame, ...] | None = None

    @property
    def pairs(self) -> Int[Array, "pairs 2"]:
        """Index pairs (source, target) of all pairs."""
        return jnp.asarray(np.argwhere(np.ones(self.shape)))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.sources), len(self.targets)

    @property
    def size(self) -> int:
        return len(self.sources) * len(self.targets)

    @property
    def rows(self) -> tuple[Int[Array, " training"], Int[Array, " held_out"]]:
        """Training rows and held-out rows (a quarter). The split is fixed, so that trainings can be compared."""
        training, held_out = _split(len(self.ids.values))
        return jnp.asarray(training), jnp.asarray(held_out)

    def target(self, name: str) -> int:
        """The index of a target.

        Raises:
            InputError: if the name is unknown.
        """
        return _number(name, self.targets, "target")

    def source(self, name: str) -> int:
        """The index of a source.

        Raises:
            InputError: if the name is unknown.
        """
        return _number(name, self.sources, "source")

    def with_source(self, name: str, given: Any) -> "Grid":
        """A grid with the same targets and a single new source.

        Args:
            name: name of the new source.
            given: features of the new source for the same inputs, shape (rows, d), or an `Encoded`.

        Raises:
            InputError: if the features are invalid, or, in their given axes, wider than those of every source.
        """
        widest = self.features.x.shape[-1]
        array = checked_features(name, aligned({"the grid": self.ids, name: encoded(name, given)})[name])
        sources = {name: array.shape[1]}
        if self.frames is not None:
            frames = (frame_of(array, widest),)
            features = self.features._replace(x=normalised([array], widest, frames))
            return dataclasses.replace(self, features=features, sources=sources, frames=frames)
        if array.shape[1] > widest:
            raise InputError(
                f"{name} has {array.shape[1]} features: give at most {widest}, the width of the widest source."
            )
        features = self.features._replace(x=normalised([array], widest))
        return dataclasses.replace(self, features=features, sources=sources)

    def seen(self, source: str, array: Float[np.ndarray, "rows d"]) -> Float[Array, "rows e"]:
        """Features of a source as its connectors take them.

        Args:
            source: name of the source.
            array: its features.
        """
        frames = None if self.frames is None else (self.frames[self.source(source)],)
        return normalised([array], self.features.x.shape[-1], frames)[0]


def make_grid(sources: Mapping[str, Any], targets: Mapping[str, Any], basis: str = "given") -> Grid:
    """Checks, aligns and normalises the features of sources and targets.

    Args:
        sources: for each encoder, features of shape (rows, d), or an `Encoded`.
        targets: the same for the targets.
        basis: axes of the sources' features: "anchors", see `frame_of`, or "given".

    Raises:
        InputError: if there are no sources or no targets, or features are invalid.

    Examples:
        >>> import numpy as np
        >>> a = np.random.default_rng(0).standard_normal((40, 3))
        >>> make_grid({"a": a}, {"a": a, "wide": np.hstack([a, a])}).features.y.shape
        (2, 40, 6)
    """
    check_choice("basis", basis, BASES)
    check_encoders("sources", sources)
    check_encoders("targets", targets)
    if not sources or not targets:
        raise InputError("there is nothing to connect: give at least one source and one target.")
    named = {f"source {name}": one for name, one in sources.items()}
    named |= {f"target {name}": one for name, one in targets.items()}
    given = {name: encoded(name, one) for name, one in named.items()}
    arrays = [checked_features(name, one) for name, one in aligned(given).items()]
    x, y = arrays[: len(sources)], arrays[len(sources) :]
    widths = np.array([one.shape[1] for one in y])
    widest = max(one.shape[1] for one in x)
    frames = None
    if basis == "anchors":
        widest = min(widest, len(_split(len(x[0]))[0]))
        frames = tuple(frame_of(one, widest) for one in x)
    features = Features(
        normalised(x, widest, frames),
        normalised(y, int(widths.max())),
        jnp.asarray(np.arange(widths.max()) < widths[:, None]),
    )
    return Grid(
        features,
        {name: one.shape[1] for name, one in zip(sources, x)},
        {name: one.shape[1] for name, one in zip(targets, y)},
        Encoded(np.arange(len(x[0])), next(iter(given.values())).ids),
        frames,
    )


def frame_of(array: Float[np.ndarray, "rows d"], anchors: int) -> Frame:
    """The orthonormal axes of an encoder's space that are nearest to some of its rows, the anchors.

    With the directions A of the anchors, shape (anchors, d), the axes are Aᵀ (A Aᵀ)^(−1/2), the orthogonal factor of
    the polar decomposition of Aᵀ, with a small ridge. A rotated encoder has rotated axes, so features in these axes do
    not change with a rotation. Encoders with similar Gram matrices have similar features: axis i belongs to the same
    input in all of them. So a hypernetwork need not learn a rotation for each encoder, which has far more degrees of
    freedom than a code.

    Args:
        array: features of the encoder.
        anchors: number of anchors. They are training rows.

    Examples:
        >>> import numpy as np
        >>> a = np.random.default_rng(0).standard_normal((40, 3))
        >>> one, turned = ([normalised([x], 4, (frame_of(x, 4),))] for x in (a, a[:, ::-1]))
        >>> bool(np.allclose(one, turned, atol=1e-5))
        True
    """
    training, _ = _split(len(array))
    unit = _unit(array)
    mean = unit[training].mean(0)
    chosen = _directions(unit[training[:anchors]] - mean)
    squares, vectors = np.linalg.eigh(chosen @ chosen.T)
    squares = np.maximum(squares, 0)
    axes = chosen.T @ ((vectors / np.sqrt(squares + ANCHOR_RIDGE * squares.mean())) @ vectors.T)
    return Frame(mean, axes)


def normalised(
    arrays: Sequence[Float[np.ndarray, "rows _"]], width: int, frames: Sequence[Frame] | None = None
) -> Float[Array, "encoders rows d"]:
    """Normalises rows to length 1 and pads features with zeros to a common width.

    Args:
        arrays: features of each encoder.
        width: the common width.
        frames: the frame of each encoder, to give features in its axes. None for the given axes.

    Examples:
        >>> import numpy as np
        >>> normalised([np.array([[0.0, 4.0]])], 3).tolist()
        [[[0.0, 1.0, 0.0]]]
    """
    filled = []
    for number, one in enumerate(arrays):
        unit = _unit(one)
        if frames is not None:
            unit = _directions(_directions(unit - frames[number].mean) @ frames[number].axes)
        filled.append(np.pad(unit, ((0, 0), (0, width - unit.shape[1]))).astype(np.float32))
    return jnp.asarray(np.stack(filled))


def _split(rows: int) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]:
    """Training rows and held-out rows of so many rows."""
    order = np.random.default_rng(0).permutation(rows)
    held_out = round(HELD_OUT * rows)
    return order[held_out:], order[:held_out]


def _unit(array: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    # Divide first, because the squares of very large features would overflow.
    return _directions(array.astype(np.float64) / np.abs(array).max())


def _directions(away: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return away / np.where(lengths > 0, lengths, 1)


def _number(name: str, widths: dict[str, int], kind: str) -> int:
    check_choice(kind, name, widths)
    return list(widths).index(name)
