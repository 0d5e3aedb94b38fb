"""A few networks that show what a run found."""

import numpy as np
import xarray as xr

NAMED = ("double-sided", "pudding+", "pudding-", "convexity")


def representatives(measures: xr.Dataset, count: int = 3) -> list[tuple[int, float]]:
    """Choose networks of the last step: one of each named algorithm, then others far away in β.

    Args:
        measures: a run's measures.
        count: how many to choose, where there are as many.

    Returns:
        (seed, β) pairs. Of an algorithm's networks the one with the widest margin is chosen; once
        no algorithm is left, the network whose log β is farthest from all chosen ones.
    """
    last = measures.isel(step=-1)
    algorithm, margin = (last[name].transpose("seed", "beta").values for name in ("algorithm", "margin"))
    chosen: list[tuple[int, int]] = []
    for name in NAMED:
        if (algorithm == name).any() and len(chosen) < count:
            best = np.argmax(np.where(algorithm == name, margin, -np.inf))
            chosen.append(divmod(int(best), margin.shape[1]))
    positions = np.log(np.maximum(last.beta.values, 1e-30))
    if not chosen and count > 0:
        chosen.append((0, 0))
    while len(chosen) < min(count, len(positions)):
        distance = np.abs(positions[:, None] - positions[[beta for _, beta in chosen]]).min(1)
        chosen.append((chosen[0][0], int(distance.argmax())))
    return [(int(last.seed.values[seed]), float(last.beta.values[beta])) for seed, beta in chosen]
