"""Fixed inputs that changes of a function are measured on."""

import functools

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri
from scipy.stats import qmc

# The seed of points that no program was fitted on.
FRESH = 1


@functools.lru_cache(maxsize=32)
def normal_inputs(inputs: int, samples: int = 2048, seed: int = 0) -> Float[np.ndarray, "samples inputs"]:
    """Scrambled Sobol points of N(0, I), with −x beside every x; they are never written to.

    Args:
        inputs: n.
        samples: how many points, a power of 2.
        seed: of the scrambling: another seed gives fresh points.

    Examples:
        >>> x = normal_inputs(3, 64)
        >>> x.shape, bool(abs(x.mean()) < 1e-12)
        ((64, 3), True)
    """
    uniform = qmc.Sobol(inputs, seed=seed).random(samples // 2)
    half = ndtri(np.clip(uniform, 1e-9, 1 - 1e-9))
    points = np.concatenate([half, -half])
    points.flags.writeable = False
    return points
