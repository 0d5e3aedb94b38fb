"""Training connectors from every source to every target, with one hypernetwork or separately."""

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.architectures import MLP
from weightloom.errors import InputError
from weightloom.hypernetworks import CodedHypernetwork
from weightloom.similarity.connectors.grid import Grid, make_grid
from weightloom.similarity.connectors.models import Predicted, Separate
from weightloom.similarity.connectors.result import Connectors, fitted_by_ridge, trained
from weightloom.similarity.connectors.training import Plan

HIDDEN: dict[str, tuple[int, ...]] = {"linear": (), "mlp": (256,)}


def connect(
    sources: Mapping[str, Any],
    targets: Mapping[str, Any],
    *,
    connector: str | Sequence[int] = "linear",
    steps: int = 1000,
    batch: int = 256,
    pairs_per_step: int | None = None,
    learning_rate: float = 3e-4,
    temperature: float = 0.05,
    width: int = 16,
    trunk: tuple[int, ...] = (64,),
    basis: str = "anchors",
    key: AnyKey = 0,
) -> Connectors:
    """Trains one hypernetwork that generates a connector for every pair of a source and a target encoder.

    A connector maps features of the source to features of the target. Features are normalised to length 1. Each
    training step draws rows and pairs, and minimises the symmetric InfoNCE loss between connected source rows and
    target rows (Singh et al., EMNLP 2025, arXiv 2507.10015). Each encoder has one trained code, and the code of a pair
    is the sum of its two codes. Singh et al. train one code per pair and layer instead, which does not generalise to
    other pairs of a new encoder.

    Args:
        sources: for each encoder, features of the same inputs, shape (rows, d), or an `Encoded` with ids. d may differ
            between encoders.
        targets: the same for the encoders to connect to. An encoder may be both a source and a target.
        connector: architecture of a connector: "linear", "mlp" (one hidden layer of 256), or widths of hidden layers.
        steps: number of steps of Adam.
        batch: number of rows per step.
        pairs_per_step: number of pairs per step. The default is four, or all pairs if there are fewer.
        learning_rate: initial learning rate. It falls to 0 along half a cosine.
        temperature: temperature of the InfoNCE loss.
        width: number of entries of a code.
        trunk: widths of the hypernetwork's hidden layers.
        basis: axes of the sources' features. "anchors": the orthonormal axes nearest to the directions of some training
            rows, which do not change with a rotation of the encoder. "given": as they are. A rotated or new source then
            needs a map that the hypernetwork has not learned.
        key: random key, a whole number or a JAX key. The quarter of the rows that is held out does not depend on it.

    Returns:
        The connectors, their held-out accuracy and the cost of the training.

    Raises:
        InputError: if features or settings are invalid, or the training diverges.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> grid = wl.similarity.connect({"a": a}, {"turned": a[:, ::-1]}, steps=200, batch=64, learning_rate=3e-3)
        >>> bool(grid.accuracy.sel(source="a", target="turned") > 0.9)
        True
        >>> grid.connector("a", "turned")(a).shape
        (200, 4)
    """
    grid = make_grid(sources, targets, basis)
    key = as_key(key)
    start = jax.random.fold_in(key, 1)
    architecture = _architecture(connector, grid)
    hypernetwork = CodedHypernetwork(architecture, sum(grid.shape), width=width, hidden=trunk, key=start)
    model = Predicted(hypernetwork, len(sources))
    pairs = min(4, grid.size) if pairs_per_step is None else pairs_per_step
    plan = Plan(steps, batch, pairs, learning_rate, temperature)
    return trained(model, jax.tree.map(eqx.is_array, model), grid, grid.pairs, plan, key)


def connect_separately(
    sources: Mapping[str, Any],
    targets: Mapping[str, Any],
    *,
    connector: str | Sequence[int] = "linear",
    steps: int = 1000,
    batch: int = 256,
    learning_rate: float = 3e-3,
    temperature: float = 0.05,
    key: AnyKey = 0,
) -> Connectors:
    """Trains the connectors of `connect` separately, without a hypernetwork, as a baseline.

    Each connector has its own parameters. All pairs are trained at the same time, on the same rows.

    Args:
        sources: as for `connect`.
        targets: as for `connect`.
        connector: as for `connect`.
        steps: number of steps of Adam for every pair.
        batch: number of rows per step.
        learning_rate: initial learning rate. It falls to 0 along half a cosine.
        temperature: temperature of the InfoNCE loss.
        key: random key, a whole number or a JAX key. The quarter of the rows that is held out does not depend on it.

    Returns:
        The connectors, their held-out accuracy and the cost of the training.

    Raises:
        InputError: if features or settings are invalid, or the training diverges.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> grid = wl.similarity.connect_separately({"a": a}, {"turned": a[:, ::-1]}, steps=200, batch=64)
        >>> grid.cost.evaluations
        200
    """
    grid = make_grid(sources, targets)
    key = as_key(key)
    start = jax.random.fold_in(key, 1)
    model = Separate(_architecture(connector, grid), *grid.shape, key=start)
    plan = Plan(steps, batch, grid.size, learning_rate, temperature)
    return trained(model, jax.tree.map(eqx.is_array, model), grid, grid.pairs, plan, key)


def connect_by_ridge(sources: Mapping[str, Any], targets: Mapping[str, Any]) -> Connectors:
    """Fits the linear connectors of all pairs in closed form, by ridge regression, as a baseline.

    Features are normalised to length 1. The penalty of a pair is the one of seven with the best recall@1 on a quarter
    of the training rows. The connector is then fitted to all training rows.

    Args:
        sources: as for `connect`.
        targets: as for `connect`.

    Returns:
        The connectors and their held-out accuracy. They have no losses, and the cost has no steps.

    Raises:
        InputError: if features are invalid.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> grid = wl.similarity.connect_by_ridge({"a": a}, {"turned": a[:, ::-1]})
        >>> grid.accuracy.values.tolist()
        [[1.0]]
    """
    return fitted_by_ridge(make_grid(sources, targets))


def _architecture(connector: str | Sequence[int], grid: Grid) -> MLP:
    if connector not in HIDDEN if isinstance(connector, str) else not isinstance(connector, Sequence | np.ndarray):
        raise InputError(
            f"connector {shown(connector)} is unknown: use {', '.join(HIDDEN)}, or widths of hidden layers."
        )
    hidden = HIDDEN[connector] if isinstance(connector, str) else tuple(connector)
    return MLP((grid.features.x.shape[-1], *hidden, grid.features.y.shape[-1]))
