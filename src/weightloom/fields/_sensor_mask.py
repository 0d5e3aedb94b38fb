"""Random choice of the observed points of a field."""

import zlib

import numpy as np
from jaxtyping import Bool

from weightloom._checks import is_real
from weightloom._keys import AnyKey, as_seed
from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories


def sensor_mask(
    data: Trajectories, share: float, key: AnyKey = 0, per_frame: bool = False
) -> Bool[np.ndarray, "time points"]:
    """Chooses the observed points at random, the same for all trajectories (Yin et al., ICLR 2023, section 4).

    Args:
        data: trajectories. Only their grid, the number of frames and gaps are used.
        share: share of the points to observe, in (0, 1]. Points that are never observed, such as land, do not count.
        key: random key, a whole number or a JAX key.
        per_frame: whether each frame has its own observed points. The default is the same points in all frames.

    Returns:
        A mask that is True at observed points, shape (time, points), in the order of `data.points`. Every frame has
        the same number of observed points.

    Raises:
        InputError: if the share is outside (0, 1] or too small for a single point, or the key is invalid.

    Examples:
        >>> import numpy as np
        >>> data = Trajectories(np.zeros((1, 4, 20, 1)), np.arange(4.0), np.zeros((20, 2)), ("height",))
        >>> sensor_mask(data, 0.25).sum(axis=1).tolist()
        [5, 5, 5, 5]
    """
    if not is_real(share) or not 0 < share <= 1:
        raise InputError(f"the observed share is {share!r}: give a number above 0 and at most 1, such as 0.05.")
    seed = as_seed(key, "mask_key")
    frames, sea = len(data.times), data.ever_observed
    points = int(sea.sum())
    seen = round(share * points)
    if seen == 0:
        raise InputError(f"the observed share {share} of {points} points is less than one point: give more than "
                         f"{0.5 / points:.2g}.")  # fmt: skip
    generator = np.random.default_rng([seed, zlib.crc32(b"observe")])
    ranks = generator.permuted(np.tile(np.arange(points), (frames if per_frame else 1, 1)), axis=1)
    mask = np.zeros((frames, len(sea)), bool)
    mask[:, sea] = ranks < seen
    return mask
