"""Whether a hypernetwork uses its condition."""

import dataclasses
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PyTree

from weightloom._checks import check_whole
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Generated, Hypernetwork
from weightloom.hypernetworks.conditions import leading_axis

FEWEST = 4  # three tasks have six orders, so p could not fall below 1/6
LARGEST_P = 0.05


@dataclasses.dataclass(frozen=True)
class Audit:
    """Whether a hypernetwork uses its condition, as `wl.audit` measures it.

    Attributes:
        losses: loss of the network for condition j on task i, shape (tasks, conditions).
        loss: mean loss of each task with its own condition.
        shuffled_loss: mean loss of all tasks with the conditions of other tasks.
        p: share of random orders of the conditions whose mean loss is not larger than `loss`. Small values say that
            tasks need their own conditions.
        explained: share of the variance of the weights that the condition explains, between 0 and 1. The rest is the
            randomness of a stochastic hypernetwork. It is NaN if the weights never vary.
        spread: standard deviation of the weights over conditions, divided by the root mean square of the weights.
        kl: mean KL of the ledger in nats. It is None for a deterministic hypernetwork.
    """

    losses: Float[np.ndarray, "tasks conditions"]
    loss: float
    shuffled_loss: float
    p: float
    explained: float
    spread: float
    kl: float | None

    @property
    def is_used(self) -> bool:
        """Whether the condition is used: p is at most 0.05."""
        return self.p <= LARGEST_P

    def __str__(self) -> str:
        if np.isnan(self.explained):
            weights = "the weights do not vary"
        else:
            weights = (
                f"it explains {self.explained:.0%} of the variance of the weights, and moves them by {self.spread:.2g} "
                "of their size"
            )
        nats = "" if self.kl is None else f"; KL {self.kl:.3g} nats"
        return (
            f"the condition is {'used' if self.is_used else 'not used'}: loss {self.loss:.3g}, "
            f"{self.shuffled_loss:.3g} with the conditions of other tasks, p = {self.p:.2g}; {weights}{nats}"
        )


def audit(
    hypernetwork: Any,
    conditions: PyTree,
    loss: Callable[..., Any],
    tasks: PyTree = None,
    *,
    permutations: int = 999,
    draws: int = 4,
    key: AnyKey = 0,
) -> Audit:
    """Tests whether a hypernetwork uses its condition.

    Each task gets the networks of all conditions. If the condition is used, a task has a smaller loss with its own
    condition than with those of other tasks. A permutation test compares the mean loss with that of random orders of
    the conditions. If the conditions are ignored, every p is as likely as another, and equal networks give p = 1.

    Use tasks that were not in the training: a hypernetwork can also store a condition of which it learned nothing.

    Args:
        hypernetwork: a hypernetwork.
        conditions: one condition per task, with a leading axis of at least 4 tasks.
        loss: function of (parameters, task). It returns one number and is traced by JAX.
        tasks: what the loss needs of each task, arrays with the same leading axis. The default is the number of the
            task: 0, 1, …
        permutations: number of random orders. The smallest p is 1/(1 + permutations).
        draws: number of networks per condition of a stochastic hypernetwork. Losses are means over them.
        key: randomness of orders and networks, a whole number or a JAX key.

    Returns:
        An `Audit`. Print it for one sentence.

    Raises:
        InputError: if the axes do not fit, if there are fewer than 4 tasks, or if a loss is not a finite number.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> network = wl.MLP((1, 1))
        >>> hypernetwork = wl.AllWeights(network, width=1, hidden=(), key=0)
        >>> slopes, x = jnp.linspace(-1, 1, 8)[:, None], jnp.linspace(-1, 1, 16)[:, None]
        >>> def loss(parameters, slope):
        ...     return jnp.mean((network.apply(parameters, x) - slope * x) ** 2)
        >>> untrained = wl.audit(hypernetwork, 0 * slopes, loss, slopes)
        >>> untrained.p, untrained.is_used
        (1.0, False)
    """
    check_whole(permutations=permutations, draws=draws)
    if not isinstance(hypernetwork, Hypernetwork):
        raise InputError(f"{shown(hypernetwork)} cannot be audited: give a hypernetwork, such as wl.FiLM.")
    number = leading_axis("conditions", conditions)
    if tasks is None:
        tasks = jnp.arange(number)
    given = leading_axis("tasks", tasks)
    if number < FEWEST or given != number:
        raise InputError(
            f"{number} conditions and {given} tasks cannot be audited: give one condition per task, for at least "
            f"{FEWEST} tasks."
        )
    draws = draws if hypernetwork.is_stochastic else 1
    generation_key, order_key = jax.random.split(as_key(key))
    measured = _measured(hypernetwork, conditions, tasks, loss, generation_key, draws)
    losses, between, within, size, kl = (np.asarray(one) for one in measured)
    if not np.isfinite(losses).all():
        task, condition = np.argwhere(~np.isfinite(losses))[0]
        raise InputError(f"the loss of task {task} with condition {condition} is not finite: give a finite loss.")
    orders = jax.vmap(lambda own: jax.random.permutation(own, number))(jax.random.split(order_key, permutations))
    shuffled = losses[np.arange(number), np.asarray(orders)].mean(1, dtype=np.float64)
    own = np.diagonal(losses).mean(dtype=np.float64)
    # Losses that differ by rounding only are equal.
    tolerance = 1e-6 * np.abs(losses).max()
    total = between + within
    return Audit(
        losses=losses,
        loss=float(own),
        shuffled_loss=float((losses.sum(dtype=np.float64) - number * own) / (number * (number - 1))),
        p=float((1 + np.sum(shuffled <= own + tolerance)) / (1 + permutations)),
        explained=float(between / total) if total > 0 else float("nan"),
        spread=float(np.sqrt(between / size)) if size > 0 else 0.0,
        kl=float(kl) if hypernetwork.is_stochastic else None,
    )


@eqx.filter_jit
def _measured(
    hypernetwork: Any, conditions: PyTree, tasks: PyTree, loss: Callable[..., Any], key: Key[Array, ""], draws: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Losses; variance of the weights between and within conditions; their mean square; the mean KL.

    All conditions share the draws' keys, so that networks differ by their conditions and not by luck. The variances are
    those of a two-way analysis: what conditions and draws do together counts as within.
    """

    def networks(condition: PyTree) -> tuple[PyTree, Array]:
        if not hypernetwork.is_stochastic:
            return jax.tree.map(lambda leaf: leaf[None], hypernetwork(condition)), jnp.zeros(())
        made: Generated = jax.vmap(lambda one: hypernetwork(condition, one))(jax.random.split(key, draws))
        return made.parameters, made.ledger.sum() / draws

    first = jax.tree.map(lambda leaf: leaf[0], conditions)
    # Differences from one network: variances of weights that hardly vary keep their digits.
    origin = jax.tree.map(lambda leaf: leaf[0], networks(first)[0])

    def one(sums: tuple[PyTree, Array, Array], condition: PyTree) -> tuple[tuple[PyTree, Array, Array], Any]:
        parameters, kl = networks(condition)
        on_task = lambda task: jax.vmap(lambda own: _number(loss(own, task)))(parameters).mean()  # noqa: E731
        differences = jax.tree.map(jnp.subtract, parameters, origin)
        means = jax.tree.map(lambda leaf: leaf.mean(0), differences)
        total, squares, within = sums
        sums = (
            jax.tree.map(jnp.add, total, differences),
            squares + _square(means),
            within + _square(jax.tree.map(jnp.subtract, differences, means)),
        )
        return sums, (jax.lax.map(on_task, tasks), kl)

    zeros = jax.tree.map(lambda leaf: jnp.zeros((draws, *leaf.shape), leaf.dtype), origin)
    (total, squares, within), (losses, kl) = jax.lax.scan(one, (zeros, jnp.zeros(()), jnp.zeros(())), conditions)
    number = len(losses)
    of_draws = jax.tree.map(lambda leaf: leaf / number, total)
    mean = jax.tree.map(lambda leaf: leaf.mean(0), of_draws)
    alone = number * _square(jax.tree.map(jnp.subtract, of_draws, mean))
    together = jnp.maximum(within - alone, 0) / ((number - 1) * max(draws - 1, 1))
    between = jnp.maximum((squares - number * _square(mean)) / (number - 1) - together / draws, 0)
    within = within / (number * max(draws - 1, 1))
    return losses.T, between, within, _square(jax.tree.map(jnp.add, origin, mean)) + between, kl.mean()


def _number(value: Any) -> Float[Array, ""]:
    if np.shape(value) != ():
        raise InputError(f"the loss of one task has shape {np.shape(value)}: give one number, such as its mean.")
    return jnp.asarray(value)


def _square(tree: PyTree) -> Float[Array, ""]:
    return jnp.sum(jnp.stack([jnp.sum(leaf.astype(float) ** 2) for leaf in jax.tree.leaves(tree)]))
