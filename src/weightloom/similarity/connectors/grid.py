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


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """The sources and targets of connectors.

    Attributes:
        features: features of the sources and targets.
        sources: width of each source's features, by name.
        targets: width of each target's features, by name.
        ids: row numbers, with the ids of the rows if they have any.
    """

    features: Features
    sources: dict[str, int]
    targets: dict[str, int]
    ids: Encoded

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
        order = np.random.default_rng(0).permutation(len(self.ids.values))
        held_out = round(HELD_OUT * len(order))
        return jnp.asarray(order[held_out:]), jnp.asarray(order[:held_out])

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
            InputError: if the features are invalid, or wider than those of every source of this grid.
        """
        widest = self.features.x.shape[-1]
        array = checked_features(name, aligned({"the grid": self.ids, name: encoded(name, given)})[name])
        if array.shape[1] > widest:
            raise InputError(
                f"{name} has {array.shape[1]} features: give at most {widest}, the width of the widest source."
            )
        features = self.features._replace(x=normalised([array], widest))
        return dataclasses.replace(self, features=features, sources={name: array.shape[1]})


def make_grid(sources: Mapping[str, Any], targets: Mapping[str, Any]) -> Grid:
    """Checks, aligns and normalises the features of sources and targets.

    Args:
        sources: for each encoder, features of shape (rows, d), or an `Encoded`.
        targets: the same for the targets.

    Raises:
        InputError: if there are no sources or no targets, or features are invalid.

    Examples:
        >>> import numpy as np
        >>> a = np.random.default_rng(0).standard_normal((40, 3))
        >>> make_grid({"a": a}, {"a": a, "wide": np.hstack([a, a])}).features.y.shape
        (2, 40, 6)
    """
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
    features = Features(
        normalised(x, max(one.shape[1] for one in x)),
        normalised(y, int(widths.max())),
        jnp.asarray(np.arange(widths.max()) < widths[:, None]),
    )
    return Grid(
        features,
        {name: one.shape[1] for name, one in zip(sources, x)},
        {name: one.shape[1] for name, one in zip(targets, y)},
        Encoded(np.arange(len(x[0])), next(iter(given.values())).ids),
    )


def normalised(arrays: Sequence[Float[np.ndarray, "rows _"]], width: int) -> Float[Array, "encoders rows d"]:
    """Normalises rows to length 1 and pads features with zeros to a common width.

    Args:
        arrays: features of each encoder.
        width: the common width.

    Examples:
        >>> import numpy as np
        >>> normalised([np.array([[0.0, 4.0]])], 3).tolist()
        [[[0.0, 1.0, 0.0]]]
    """
    filled = []
    for one in arrays:
        # Divide first, because the squares of very large features would overflow.
        away = one.astype(np.float64) / np.abs(one).max()
        lengths = np.linalg.norm(away, axis=1, keepdims=True)
        unit = away / np.where(lengths > 0, lengths, 1)
        filled.append(np.pad(unit, ((0, 0), (0, width - one.shape[1]))).astype(np.float32))
    return jnp.asarray(np.stack(filled))


def _number(name: str, widths: dict[str, int], kind: str) -> int:
    check_choice(kind, name, widths)
    return list(widths).index(name)
