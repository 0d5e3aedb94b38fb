"""Preparation of trajectories for models: splitting, windows, normalisation and masking."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from weightloom.errors import InputError
from weightloom.fields.models import Observed
from weightloom.fields.trajectories import Trajectories


class Parts(NamedTuple):
    """Trajectories for training, validation and test.

    Attributes:
        fitted: the training trajectories.
        validation: the trajectories that validation errors are computed on.
        test: the trajectories for the test. None if there are none.
    """

    fitted: Trajectories
    validation: Trajectories
    test: Trajectories | None


def pieces_of(data: Trajectories, windows: int | None) -> int:
    """How many parts a split counts: trajectories, or the windows of a single trajectory.

    Args:
        data: all trajectories.
        windows: number of frames of a window. None does not cut the trajectories.
    """
    return len(data) if windows is None or len(data) > 1 else len(data.windows(windows))


def training_frames(data: Trajectories, test: int, validation: int, windows: int | None) -> Trajectories:
    """The part of trajectories that `parted` gives for training, not cut into windows.

    Args:
        data: all trajectories.
        test: as for `parted`.
        validation: as for `parted`.
        windows: as for `parted`.
    """
    held_out = test + validation
    if windows is None or len(data) > 1:
        return data.select(slice(0, len(data) - held_out))
    return data.frames(slice(0, (pieces_of(data, windows) - held_out) * windows))


def parted(data: Trajectories, test: int, validation: int, windows: int | None) -> Parts:
    """Splits trajectories into training, validation and test, and then cuts them into windows.

    A single trajectory is cut first, so that the last windows in time are for validation and test.

    Args:
        data: all trajectories.
        test: number of trajectories at the end of the data for the test.
        validation: number of trajectories before them for validation. With 0, the training trajectories are used.
        windows: number of frames of a window. None does not cut the trajectories.

    Raises:
        InputError: if a number is negative, no training trajectories remain, or windows cannot be cut.
    """
    for name, count in (("test", test), ("validation", validation)):
        if count < 0:
            raise InputError(f"{name} {count} cannot be used: give 0 or more trajectories.")
    if windows is not None and len(data) == 1:
        data, windows = data.windows(windows), None
    if test + validation >= len(data):
        raise InputError(
            f"{len(data)} trajectories are too few for {test} test and {validation} validation trajectories: leave at "
            "least 1 to fit to."
        )
    rest, tested = data.split(test) if test else (data, None)
    fitted, validating = rest.split(validation) if validation else (rest, rest)
    if windows is None:
        return Parts(fitted, validating, tested)
    cut = None if tested is None else tested.windows(windows)
    return Parts(fitted.windows(windows), validating.windows(windows), cut)


class Scale(NamedTuple):
    """Normalisation of values.

    Attributes:
        mean: mean of each channel.
        std: standard deviation of each channel, positive.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def normalised(self, values: Float[np.ndarray, "... channels"]) -> Float[np.ndarray, "... channels"]:
        """Normalises values: (values − mean) / std."""
        return ((values - np.array(self.mean)) / np.array(self.std)).astype(np.float32)

    def restored(self, values: Float[np.ndarray, "... channels"]) -> Float[np.ndarray, "... channels"]:
        """Inverts `normalised`."""
        return (values * np.array(self.std) + np.array(self.mean)).astype(np.float32)


def scale_of(data: Trajectories, mask: Bool[np.ndarray, "time points"]) -> Scale:
    """Mean and standard deviation of the observed values. The standard deviation of a constant channel is set to 1."""
    seen = data.at_points[:, mask].reshape(-1, len(data.channels)).astype(np.float64)
    if not data.has_gaps:
        mean, std = seen.mean(axis=0), seen.std(axis=0)
    else:
        absent = [name for name, known in zip(data.channels, np.isfinite(seen).T) if not known.any()]
        if absent:
            raise InputError(f"{', '.join(absent)} has no observed value in the frames of the fit: leave it out.")
        mean, std = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0)
    return Scale(tuple(mean.tolist()), tuple(np.where(std > 0, std, 1).tolist()))


def observed_frames(data: Trajectories, mask: Bool[np.ndarray, "time points"], scale: Scale) -> Observed:
    """The observations to fit a model to: normalised values, with 0 where there is no observation."""
    if data.has_gaps:
        mask = mask[None, :, :, None] & np.isfinite(data.at_points)
    values = np.where(mask if mask.ndim == 4 else mask[None, :, :, None], scale.normalised(data.at_points),
                      np.float32(0))  # fmt: skip
    # Relative to the first frame, because large times such as Julian days lose resolution in single precision.
    times = (data.times - data.times[0]).astype(np.float32)
    return Observed(*map(jnp.asarray, (values, mask, data.points, times)))


def first_frames(
    first: Float[np.ndarray, "trajectory points channels"], mask: Bool[np.ndarray, " points"], scale: Scale
) -> tuple[Float[np.ndarray, "trajectory points channels"], Bool[np.ndarray, "trajectory *entries"]]:
    """First frames, normalised, and what is observed of each.

    Args:
        first: values in the data's units. NaN where there is no observation.
        mask: the points whose values are used.
        scale: normalisation of the values.

    Returns:
        The normalised values, with 0 where there is no observation; and a mask of the points of each frame, or of all
        entries if there is a NaN.
    """
    seen = mask[None, :, None] & np.isfinite(first)
    values = np.where(seen, scale.normalised(first), np.float32(0))
    complete = not np.isnan(first[:, mask]).any()
    return values, np.broadcast_to(mask, (len(first), len(mask))) if complete else seen
