"""Connecting every source to every target: with one hypernetwork, or each pair on its own."""

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
from weightloom.similarity.connectors.result import Connectors, trained
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
    key: AnyKey = 0,
) -> Connectors:
    """Connectors for every pair of a grid of encoders, predicted by one hypernetwork in one training.

    Each step draws rows and pairs, and lowers symmetric InfoNCE between the sources' connected rows and the targets'
    (Singh et al., EMNLP 2025, arXiv 2507.10015). Features have length 1. Every encoder has one learned code, and a
    pair's code is the sum of its two: Singh et al. learn one per pair and layer instead, which tells nothing about a
    new encoder's other pairs.

    Args:
        sources: per encoder, features of the same inputs, shape (rows, d) with its own d, or an `Encoded` with ids.
        targets: the same for the encoders to connect to. An encoder may be on both sides.
        connector: "linear", "mlp" (256 hidden neurons), or widths of hidden layers.
        steps: of Adam.
        batch: rows per step.
        pairs_per_step: pairs per step; four by default, or all where there are fewer.
        learning_rate: at the start; it falls to 0 along half a cosine.
        temperature: by which cosines are divided.
        width: entries of a code.
        trunk: widths of the hypernetwork's hidden layers.
        key: a whole number or a JAX key; all randomness comes from it, except which quarter of the rows is held out:
            that is always the same.

    Returns:
        The connectors, their held-out accuracy and their cost.

    Raises:
        InputError: if features cannot be used, a setting cannot, or the training diverges.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> found = wl.similarity.connect({"a": a}, {"turned": a[:, ::-1]}, steps=200, batch=64, learning_rate=3e-3)
        >>> bool(found.accuracy.sel(source="a", target="turned") > 0.9)
        True
        >>> found.connector("a", "turned")(a).shape
        (200, 4)
    """
    grid = make_grid(sources, targets)
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
    """The same connectors, every one with parameters of its own: what `connect` is to be compared with.

    All pairs are trained at once, on the same rows; none of them learns anything from another.

    Args:
        sources: as for `connect`.
        targets: as for `connect`.
        connector: as for `connect`.
        steps: of Adam, for every pair.
        batch: rows per step.
        learning_rate: at the start; it falls to 0 along half a cosine.
        temperature: by which cosines are divided.
        key: a whole number or a JAX key; all randomness comes from it, except which quarter of the rows is held out.

    Returns:
        The connectors, their held-out accuracy and their cost.

    Raises:
        InputError: if features cannot be used, a setting cannot, or the training diverges.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((200, 4))
        >>> found = wl.similarity.connect_separately({"a": a}, {"turned": a[:, ::-1]}, steps=200, batch=64)
        >>> found.cost.evaluations
        200
    """
    grid = make_grid(sources, targets)
    key = as_key(key)
    start = jax.random.fold_in(key, 1)
    model = Separate(_architecture(connector, grid), *grid.shape, key=start)
    plan = Plan(steps, batch, grid.size, learning_rate, temperature)
    return trained(model, jax.tree.map(eqx.is_array, model), grid, grid.pairs, plan, key)


def _architecture(connector: str | Sequence[int], grid: Grid) -> MLP:
    if connector not in HIDDEN if isinstance(connector, str) else not isinstance(connector, Sequence | np.ndarray):
        raise InputError(
            f"connector {shown(connector)} is unknown: use {', '.join(HIDDEN)}, or widths of hidden layers."
        )
    hidden = HIDDEN[connector] if isinstance(connector, str) else tuple(connector)
    return MLP((grid.features.x.shape[-1], *hidden, grid.features.y.shape[-1]))
