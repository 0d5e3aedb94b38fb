"""Outcomes of training: which algorithms each seed learned (Liao et al. 2023, section 2.3 and figure 3)."""

from collections import Counter

import numpy as np
import xarray as xr
from jaxtyping import Shaped

LOW_BETA, HIGH_BETA = 1e-6, 1e-2
# Below this KL in nats, a tenth of a bit per network, the encoder passes no information.
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
    """Name the outcome of each seed, and find the boundary in β between convexity and the other algorithms.

    The outcome of a seed is the algorithm that most networks with β ≤ 1e-6 run at the last step. A double-sided outcome
    also says whether most of these networks ran the pudding algorithm at an earlier step. "random pudding" is
    outcome (d) of the paper: pudding at every β with almost no KL.

    Args:
        measures: a run's measures, with `algorithm` and `kl` over (seed, step, beta).

    Returns:
        A Dataset. `outcome`, over seed, is one of `OUTCOMES`. `first`, over seed, is the first algorithm that most
        networks with β ≤ 1e-6 ran, or "none". `boundary`, over (seed, step), is the highest β whose network is a
        pudding or double-sided, or NaN.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> algorithm = np.array([[["convexity", "convexity"], ["pudding+", "convexity"]]])
        >>> grid = ("seed", "step", "beta")
        >>> measures = xr.Dataset(
        ...     {"algorithm": (grid, algorithm), "kl": (grid, np.ones((1, 2, 2)))},
        ...     {"seed": [0], "step": [1, 2], "beta": [1e-8, 1.0]},
        ... )
        >>> result = outcomes(measures)
        >>> result.outcome.values.tolist(), result.first.values.tolist(), result.boundary.values.tolist()
        (['pudding'], ['convexity'], [[nan, 1e-08]])
    """
    measures = measures.transpose("seed", "step", "beta", ...)
    algorithms = np.char.rstrip(measures.algorithm.values.astype(str), "+-")
    kl, betas = measures.kl.values, measures.beta.values
    low, high = betas <= LOW_BETA, betas >= HIGH_BETA
    labels, first = [], []
    for of_seed, last_kl in zip(algorithms, kl[:, -1]):
        history = [_most(step[low]) for step in of_seed]
        first.append(next((name for name in history if name not in ("mixed", "unknown")), "none"))
        labels.append(_outcome(history, _most(of_seed[-1, high]), float(last_kl.max())))
    is_local = np.isin(algorithms, ("pudding", "double-sided"))
    boundary = np.where(is_local.any(-1), np.where(is_local, betas, 0).max(-1), np.nan)
    variables = {
        "outcome": ("seed", np.array(labels)),
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
