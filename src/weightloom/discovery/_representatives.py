"""Representative networks of a run."""

import numpy as np
import xarray as xr

NAMED = ("double-sided", "pudding+", "pudding-", "convexity")


def representatives(measures: xr.Dataset, count: int = 3) -> list[tuple[int, float]]:
    """Choose networks of the last step: one per algorithm, then networks far apart in β.

    The choice for an algorithm is its network with the largest margin. Each further network is the one whose log β is
    farthest from those of the chosen networks.

    Args:
        measures: a run's measures.
        count: the number of networks. Fewer are chosen if the run has fewer.

    Returns:
        (seed, β) pairs.
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
