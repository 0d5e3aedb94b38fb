"""Connectors that were trained: how well each retrieves, what they cost, and codes for more encoders."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Int, PyTree
from scipy.stats import spearmanr

from weightloom._checks import check_positive, is_whole
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.similarity.connectors.grid import Grid, normalised
from weightloom.similarity.connectors.models import ConnectorModel, NewSource, Predicted
from weightloom.similarity.connectors.training import Plan, directions, recall, train
from weightloom.similarity.features import encoded

WAYS = ("to target", "to source")


class Cost(NamedTuple):
    """What a training cost.

    Attributes:
        steps: of the optimiser.
        evaluations: steps times connectors per step, each evaluated on one batch of rows.
        seconds: on this machine, without compilation.
    """

    steps: int
    evaluations: int
    seconds: float


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Connectors:
    """A connector for every pair of a grid of encoders, as `connect` and `connect_separately` return them.

    Attributes:
        recall: held-out recall@1 over (way, source, target): how often the target's row nearest to a connected row is
            the right one, and how often the connected row nearest to a target's row is.
        losses: mean symmetric InfoNCE of each step's pairs; log(batch) is chance.
        cost: what the training cost.
        chance: the recall of guessing.
    """

    recall: xr.DataArray
    losses: Float[np.ndarray, " steps"]
    cost: Cost
    chance: float
    _model: ConnectorModel
    _grid: Grid
    _plan: Plan

    @property
    def accuracy(self) -> xr.DataArray:
        """Held-out recall@1, the mean of both ways, over (source, target)."""
        return self.recall.mean("way").rename("accuracy")

    def __repr__(self) -> str:
        sources, targets = self.accuracy.shape
        return f"<Connectors: {sources} × {targets} encoders, mean recall@1 {float(self.accuracy.mean()):.2f}>"

    def _repr_html_(self) -> str:
        from weightloom.similarity.plots import connectors_html

        return connectors_html(self)

    def ranking(self) -> list[tuple[str, str]]:
        """All pairs (source, target), the best connected first."""
        values = self.accuracy.values
        best = np.argsort(-values, axis=None, kind="stable")
        sources, targets = list(self._grid.sources), list(self._grid.targets)
        return [(sources[a], targets[b]) for a, b in zip(*np.unravel_index(best, values.shape))]

    def rank_correlation(self, other: "Connectors") -> float:
        """Spearman's correlation of both accuracies over pairs; NaN where all pairs of one are equally accurate.

        Args:
            other: connectors of the same grid.

        Raises:
            InputError: if its encoders are others.
        """
        if not isinstance(other, Connectors):
            raise InputError(f"a {type(other).__name__} has no ranking: give what `connect` returned.")
        if any(list(self.recall[over].values) != list(other.recall[over].values) for over in ("source", "target")):
            raise InputError("the two grids have different encoders: rank the pairs of one grid.")
        own, others = self.accuracy.values.ravel(), other.accuracy.values.ravel()
        varied = np.ptp(own) > 0 and np.ptp(others) > 0
        return float(spearmanr(own, others).statistic) if varied else float("nan")

    def connector(self, source: str, target: str) -> Callable[[Any], Float[Array, "rows e"]]:
        """One connector: from features of the source to directions in the target's space.

        Args:
            source: an encoder's name.
            target: an encoder's name.

        Returns:
            A function of features of shape (rows, d of the source). Its rows, shape (rows, e of the target), have
            length 1: their products with the target's rows of length 1 are cosines.

        Raises:
            InputError: if a name is unknown; from the function, if features have another width.
        """
        pair = self._grid.source(source), self._grid.target(target)
        parameters = self._model(*map(jnp.asarray, pair))
        d, e = self._grid.sources[source], self._grid.targets[target]

        def connect(features: Any) -> Float[Array, "rows e"]:
            array = encoded(source, features).values
            if array.ndim != 2 or array.shape[1] != d or array.dtype.kind not in "biuf":
                raise InputError(
                    f"features have shape {array.shape} and dtype {array.dtype}: {source} has (rows, {d})."
                )
            [x] = normalised([array], self._grid.features.x.shape[-1])
            return directions(self._model.architecture.apply(parameters, x)[:, :e])

        return connect

    def fit_code(
        self,
        features: Any,
        target: str | Sequence[str] | None = None,
        *,
        name: str = "new",
        steps: int = 300,
        learning_rate: float = 0.03,
        key: AnyKey = 0,
    ) -> "Connectors":
        """Connectors from one more encoder: its code is fitted, and the hypernetwork stays as it is.

        The code starts at the mean of the sources'.

        Args:
            features: of the new encoder for the grid's inputs, shape (rows, d), d at most that of the widest source; or
                an `Encoded` with the ids of its rows.
            target: the targets to fit the code on; all of them by default.
            name: of the new encoder.
            steps: of Adam.
            learning_rate: at the start; it falls to 0.
            key: draws rows, a whole number or a JAX key.

        Returns:
            Connectors from the new encoder to every target, also to those that its code was not fitted on.

        Raises:
            InputError: if these connectors have no hypernetwork, or the features do not fit.
        """
        if not isinstance(self._model, Predicted):
            raise InputError("these connectors have no hypernetwork to keep: fit codes with what `connect` returned.")
        if not isinstance(name, str):
            raise InputError(f"name {shown(name)} cannot be used: give the new encoder a word for a name.")
        every: Any = self._grid.targets if target is None else target
        chosen = list(every) if isinstance(every, Sequence | dict) and not isinstance(every, str) else [every]
        pairs = jnp.array([(0, self._grid.target(one)) for one in chosen], int).reshape(-1, 2)
        grid = self._grid.with_source(name, features)
        plan = self._plan._replace(steps=steps, pairs=len(pairs), learning_rate=learning_rate)
        model = NewSource(self._model.hypernetwork.codes[: self._model.sources].mean(0), self._model)
        trainable = eqx.tree_at(lambda one: one.code, jax.tree.map(lambda _: False, model), True)
        return trained(model, trainable, grid, pairs, plan, key)


def trained(
    model: ConnectorModel, trainable: PyTree[bool], grid: Grid, pairs: Int[Array, "pairs 2"], plan: Plan, key: AnyKey
) -> Connectors:
    """Trains what has the connectors, and reads all pairs of the grid on the held-out rows.

    Args:
        model: what has the connectors.
        trainable: which of its arrays move.
        grid: the encoders.
        pairs: the pairs to train on.
        plan: how long and how carefully.
        key: draws rows and pairs.

    Raises:
        InputError: if the plan cannot be used, or the training diverges.
    """
    training, held_out = grid.rows
    _check(plan, len(pairs), len(training))
    arguments = (model, trainable, grid.features, pairs, training, plan, as_key(key))
    compiled = train.lower(*arguments).compile()  # type: ignore[attr-defined]
    begun = time.perf_counter()
    model, losses = jax.block_until_ready(compiled(*arguments))
    seconds = time.perf_counter() - begun
    if not np.isfinite(losses).all():
        step = int(np.argmin(np.isfinite(losses)))
        raise InputError(f"training diverged at step {step}: give a lower learning rate or a higher temperature.")
    found = np.asarray(recall(model, grid.features, grid.pairs, held_out)).T.reshape(len(WAYS), *grid.shape)
    coordinates = {"way": list(WAYS), "source": list(grid.sources), "target": list(grid.targets)}
    table = xr.DataArray(found, coordinates, tuple(coordinates), "recall")
    cost = Cost(plan.steps, plan.steps * plan.pairs, seconds)
    return Connectors(table, np.asarray(losses), cost, 1 / len(held_out), model, grid, plan)


def _check(plan: Plan, pairs: int, rows: int) -> None:
    for name, value, least, most in (
        ("steps", plan.steps, 1, None),
        ("pairs per step", plan.pairs, 1, pairs),
        ("rows per batch", plan.batch, 2, rows),
    ):
        if not is_whole(value, least) or (most is not None and value > most):
            allowed = f"{least} or more" if most is None else f"{least} to {most}"
            raise InputError(f"{value!r} {name} cannot be used: give {allowed}.")
    check_positive(learning_rate=plan.learning_rate, temperature=plan.temperature)
