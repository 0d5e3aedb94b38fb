"""Trained connectors: their accuracy and cost, and codes for new encoders."""

import dataclasses
import time
import warnings
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
from weightloom.similarity.connectors.grid import Grid
from weightloom.similarity.connectors.models import ConnectorModel, NewSource, Predicted
from weightloom.similarity.connectors.ridge import ridge_model
from weightloom.similarity.connectors.training import Plan, directions, recall, train
from weightloom.similarity.features import encoded

WAYS = ("to target", "to source")
UNTRAINED = Plan(0, 0, 0, 0.0, 0.0)
SHORTFALL = 0.5  # share of the recall of ridge connectors below which a fitted code is of little use


class Cost(NamedTuple):
    """The cost of a training.

    Attributes:
        steps: number of training steps.
        evaluations: number of evaluations of a connector on a batch: steps times pairs per step.
        seconds: duration on the machine that trained, without compilation.
    """

    steps: int
    evaluations: int
    seconds: float


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Connectors:
    """Connectors of all pairs of a source and a target. Returned by `connect` and `connect_separately`.

    Attributes:
        recall: held-out recall@1 over (way, source, target). "to target" is the share of connected rows whose nearest
            target row is the right one; "to source" is the share of target rows whose nearest connected row is.
        losses: mean symmetric InfoNCE loss of each step. log(batch) is chance level.
        cost: the cost of the training.
        chance: chance level of the recall.
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
        """Mean of the held-out recall@1 of both ways, over (source, target)."""
        return self.recall.mean("way").rename("accuracy")

    def __repr__(self) -> str:
        sources, targets = self.accuracy.shape
        return f"<Connectors: {sources} × {targets} encoders, mean recall@1 {float(self.accuracy.mean()):.2f}>"

    def _repr_html_(self) -> str:
        from weightloom.similarity.plots import connectors_html

        return connectors_html(self)

    def ranking(self) -> list[tuple[str, str]]:
        """All pairs (source, target) in order of descending accuracy."""
        values = self.accuracy.values
        best = np.argsort(-values, axis=None, kind="stable")
        sources, targets = list(self._grid.sources), list(self._grid.targets)
        return [(sources[a], targets[b]) for a, b in zip(*np.unravel_index(best, values.shape))]

    def rank_correlation(self, other: "Connectors") -> float:
        """Spearman correlation with the accuracies of other connectors, over pairs. NaN if one has equal accuracies.

        Args:
            other: connectors of the same grid of encoders.

        Raises:
            InputError: if `other` is not `Connectors`, or has other encoders.
        """
        if not isinstance(other, Connectors):
            raise InputError(f"a {type(other).__name__} has no ranking: give the Connectors that `connect` returned.")
        if any(list(self.recall[over].values) != list(other.recall[over].values) for over in ("source", "target")):
            raise InputError("the two grids have different encoders: give connectors of the same encoders.")
        mine, others = self.accuracy.values.ravel(), other.accuracy.values.ravel()
        varied = np.ptp(mine) > 0 and np.ptp(others) > 0
        return float(spearmanr(mine, others).statistic) if varied else float("nan")

    def connector(self, source: str, target: str) -> Callable[[Any], Float[Array, "rows e"]]:
        """The connector of one pair, as a function of features.

        Args:
            source: name of the source.
            target: name of the target.

        Returns:
            A function from features of the source, shape (rows, d), to rows of length 1 in the target's space, shape
            (rows, e). It raises an InputError if features have another width.

        Raises:
            InputError: if a name is unknown.
        """
        pair = self._grid.source(source), self._grid.target(target)
        parameters = self._model(*map(jnp.asarray, pair))
        d, e = self._grid.sources[source], self._grid.targets[target]

        def connect(features: Any) -> Float[Array, "rows e"]:
            array = encoded(source, features).values
            if array.ndim != 2 or array.shape[1] != d or array.dtype.kind not in "biuf":
                raise InputError(
                    f"features have shape {array.shape} and dtype {array.dtype}: give numbers of shape (rows, {d}), "
                    f"as {source} has."
                )
            x = self._grid.seen(source, array)
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
        """Fits the code of a new source, with a fixed hypernetwork.

        The initial code is the mean code of the sources. A code chooses among the maps that the hypernetwork has
        learned. So this works for sources that are like the others in the axes of their `basis`: with "anchors" also
        for rotated ones, with "given" only for those that share their axes with a source. The result is compared with
        ridge connectors from the new source to the same targets, on held-out rows.

        Args:
            features: features of the new encoder for the same inputs, shape (rows, d), or an `Encoded` with ids. With
                `basis="given"`, d must not exceed that of the widest source.
            target: name or names of the targets to fit the code to. The default is all targets.
            name: name of the new encoder.
            steps: number of steps of Adam.
            learning_rate: initial learning rate. It falls to 0 along half a cosine.
            key: random key of the choice of rows, a whole number or a JAX key.

        Returns:
            Connectors from the new encoder to all targets, including targets that the code was not fitted to.

        Raises:
            InputError: if the connectors are from `connect_separately`, a name is unknown, or the features or settings
                are invalid.

        Warns:
            UserWarning: if the recall is less than half of that of ridge connectors.
        """
        if not isinstance(self._model, Predicted):
            raise InputError("these connectors have no hypernetwork: use fit_code of connectors from `connect`.")
        if not isinstance(name, str):
            raise InputError(f"name {shown(name)} cannot be used: give a string.")
        every: Any = self._grid.targets if target is None else target
        chosen = list(every) if isinstance(every, Sequence | dict) and not isinstance(every, str) else [every]
        pairs = jnp.array([(0, self._grid.target(one)) for one in chosen], int).reshape(-1, 2)
        grid = self._grid.with_source(name, features)
        plan = self._plan._replace(steps=steps, pairs=len(pairs), learning_rate=learning_rate)
        model = NewSource(self._model.hypernetwork.codes[: self._model.sources].mean(0), self._model)
        trainable = eqx.tree_at(lambda one: one.code, jax.tree.map(lambda _: False, model), True)
        found = trained(model, trainable, grid, pairs, plan, key)
        numbers = [self._grid.target(one) for one in chosen]
        alone = float(_recalls(ridge_model(grid, numbers), grid).mean("way")[0, numbers].mean())
        own = float(found.accuracy[0, numbers].mean())
        if own < SHORTFALL * alone:
            warnings.warn(
                f"the code of {name} reaches recall {own:.2g}, and ridge connectors of its own {alone:.2g}: its "
                "features are unlike those that the hypernetwork was trained on, so use connect_by_ridge.",
                stacklevel=2,
            )
        return found


def trained(
    model: ConnectorModel, trainable: PyTree[bool], grid: Grid, pairs: Int[Array, "pairs 2"], plan: Plan, key: AnyKey
) -> Connectors:
    """Trains connectors and evaluates all pairs on the held-out rows.

    Args:
        model: the model of the connectors.
        trainable: which leaves of the model are trained.
        grid: the sources and targets.
        pairs: the pairs to train on.
        plan: settings of the training.
        key: random key of the choice of rows and pairs.

    Raises:
        InputError: if a setting is invalid, or the training diverges.
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
    cost = Cost(plan.steps, plan.steps * plan.pairs, seconds)
    return Connectors(_recalls(model, grid), np.asarray(losses), cost, 1 / len(held_out), model, grid, plan)


def fitted_by_ridge(grid: Grid) -> Connectors:
    """Connectors in closed form, evaluated on the held-out rows.

    Args:
        grid: the sources and targets.
    """
    begun = time.perf_counter()
    model = ridge_model(grid)
    cost = Cost(0, 0, time.perf_counter() - begun)
    return Connectors(_recalls(model, grid), np.zeros(0), cost, 1 / len(grid.rows[1]), model, grid, UNTRAINED)


def _recalls(model: ConnectorModel, grid: Grid) -> xr.DataArray:
    """Held-out recall@1 of all pairs over (way, source, target)."""
    recalls = np.asarray(recall(model, grid.features, grid.pairs, grid.rows[1])).T.reshape(len(WAYS), *grid.shape)
    coordinates = {"way": list(WAYS), "source": list(grid.sources), "target": list(grid.targets)}
    return xr.DataArray(recalls, coordinates, tuple(coordinates), "recall")


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
