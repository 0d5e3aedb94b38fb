"""Which points of a field are observed."""

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
    """Chooses the points that sensors see, at random and alike for all trajectories (Yin et al., ICLR 2023, section 4).

    Args:
        data: trajectories; only their grid and the number of their frames count.
        share: of the points, above 0 and up to 1.
        key: the choice comes from it, a whole number or a JAX key.
        per_frame: choose anew for every frame; otherwise sensors stay where they are.

    Returns:
        True where a point is observed, shape (time, points), points in the order of `data.points`. Every frame has
        the same number of observed points.

    Raises:
        InputError: if the share is no share or too small to observe a single point, or the key is none.

    Examples:
        >>> import numpy as np
        >>> data = Trajectories(np.zeros((1, 4, 20, 1)), np.arange(4.0), np.zeros((20, 2)), ("height",))
        >>> sensor_mask(data, 0.25).sum(axis=1).tolist()
        [5, 5, 5, 5]
    """
    if not is_real(share) or not 0 < share <= 1:
        raise InputError(f"the observed share is {share!r}: give a number above 0 and up to 1, such as 0.05.")
    seed = as_seed(key, "mask_key")
    frames, points = len(data.times), len(data.points)
    seen = round(share * points)
    if seen == 0:
        raise InputError(f"the observed share {share} of {points} points is less than one point: give more than "
                         f"{0.5 / points:.2g}.")  # fmt: skip
    generator = np.random.default_rng([seed, zlib.crc32(b"observe")])
    ranks = generator.permuted(np.tile(np.arange(points), (frames if per_frame else 1, 1)), axis=1)
    return np.array(np.broadcast_to(ranks < seen, (frames, points)))
