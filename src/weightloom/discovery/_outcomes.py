"""How the algorithms of a seed developed over training (Liao et al. 2023, section 2.3 and figure 3)."""

from collections import Counter

import numpy as np
import xarray as xr
from jaxtyping import Shaped

LOW_BETA, HIGH_BETA = 1e-6, 1e-2
# KL below which a hypernetwork passes nothing from its encoder: a tenth of a bit for the whole network.
CLOSED = 0.07
OUTCOMES = (
    "convexity",
    "pudding",
    "double-sided",
    "pudding, then double-sided",
    "pudding at every β",
    "random pudding",
    "other",
)


def outcomes(measures: xr.Dataset) -> xr.Dataset:
    """Names how each seed developed, and follows the β at which its simple networks begin.

    The paper shows five outcomes and describes one of them, (d), in words: pudding for every β with hardly any KL. It
    is "random pudding" here. The other names say what most networks of β ≤ 1e-6 ran at the last step, and for
    double-sided ones whether they had run a pudding at an earlier step.

    Args:
        measures: a run's measures: algorithm and kl over (seed, step, beta).

    Returns:
        Over seed: `outcome`, one of `OUTCOMES`, and `first`, the first algorithm that most networks of low β ran
        ("none" if no algorithm ever did). Over (seed, step): `boundary`, the highest β whose network is a pudding or
        double-sided; NaN where there is none.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> algorithm = np.array([[["convexity", "convexity"], ["pudding+", "convexity"]]])
        >>> grid = ("seed", "step", "beta")
        >>> measures = xr.Dataset(
        ...     {"algorithm": (grid, algorithm), "kl": (grid, np.ones((1, 2, 2)))},
        ...     {"seed": [0], "step": [1, 2], "beta": [1e-8, 1.0]},
        ... )
        >>> found = outcomes(measures)
        >>> found.outcome.values.tolist(), found.first.values.tolist(), found.boundary.values.tolist()
        (['pudding'], ['convexity'], [[nan, 1e-08]])
    """
    measures = measures.transpose("seed", "step", "beta", ...)
    algorithms = np.char.rstrip(measures.algorithm.values.astype(str), "+-")
    kl, betas = measures.kl.values, measures.beta.values
    low, high = betas <= LOW_BETA, betas >= HIGH_BETA
    named, first = [], []
    for own, last_kl in zip(algorithms, kl[:, -1]):
        history = [_most(step[low]) for step in own]
        first.append(next((name for name in history if name not in ("mixed", "unknown")), "none"))
        named.append(_outcome(history, _most(own[-1, high]), float(last_kl.max())))
    beyond = np.isin(algorithms, ("pudding", "double-sided"))
    boundary = np.where(beyond.any(-1), np.where(beyond, betas, 0).max(-1), np.nan)
    variables = {
        "outcome": ("seed", np.array(named)),
        "first": ("seed", np.array(first)),
        "boundary": (("seed", "step"), boundary),
    }
    return xr.Dataset(variables, {"seed": measures.seed, "step": measures.step})


def _outcome(history: list[str], at_high_beta: str, largest_kl: float) -> str:
    last = history[-1]
    if last == "pudding" and at_high_beta == "pudding":
        return "random pudding" if largest_kl < CLOSED else "pudding at every β"
    if last == "double-sided":
        return "pudding, then double-sided" if "pudding" in history else last
    return last if last in ("convexity", "pudding") else "other"


def _most(algorithms: Shaped[np.ndarray, " betas"]) -> str:
    """The algorithm that more than half of the networks run, or "mixed"."""
    (name, count), *_ = Counter(algorithms.tolist()).most_common(1) or [("mixed", 0)]
    return name if 2 * count > len(algorithms) else "mixed"
