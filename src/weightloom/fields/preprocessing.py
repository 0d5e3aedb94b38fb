"""Trajectories as models see them: parted, cut, normalised and observed."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from weightloom.errors import InputError
from weightloom.fields.models import Observed
from weightloom.fields.trajectories import Trajectories


class Parts(NamedTuple):
    """Trajectories by what they are for.

    Attributes:
        fitted: the model is fitted to these.
        validation: a training is measured on these; from them a model may be chosen.
        test: nothing is chosen by these; None where there are none.
    """

    fitted: Trajectories
    validation: Trajectories
    test: Trajectories | None


def parted(data: Trajectories, test: int, validation: int, windows: int | None) -> Parts:
    """Part trajectories, and then cut them into windows, so that no trajectory is on two sides.

    Args:
        data: all trajectories.
        test: how many of the last ones are for the test.
        validation: how many of the last others are for validation; with 0 it is those that are fitted to.
        windows: frames of a window; None leaves trajectories whole.

    Raises:
        InputError: if nothing is left to fit to.
    """
    for name, count in (("test", test), ("validation", validation)):
        if count < 0:
            raise InputError(f"{name} {count} cannot be used: give 0 or more trajectories.")
    if test + validation >= len(data):
        raise InputError(
            f"{len(data)} trajectories are too few: {test} are for the test and {validation} for validation, and at "
            "least 1 must be left to fit to."
        )
    rest, tested = data.split(test) if test else (data, None)
    fitted, validating = rest.split(validation) if validation else (rest, rest)
    if windows is None:
        return Parts(fitted, validating, tested)
    cut = None if tested is None else tested.windows(windows)
    return Parts(fitted.windows(windows), validating.windows(windows), cut)


class Scale(NamedTuple):
    """How values are normalised.

    Attributes:
        mean: of each channel.
        std: of each channel, positive.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def normalised(self, values: Float[np.ndarray, "... channels"]) -> Float[np.ndarray, "... channels"]:
        """Values in deviations from the mean."""
        return ((values - np.array(self.mean)) / np.array(self.std)).astype(np.float32)

    def restored(self, values: Float[np.ndarray, "... channels"]) -> Float[np.ndarray, "... channels"]:
        """The inverse of `normalised`."""
        return (values * np.array(self.std) + np.array(self.mean)).astype(np.float32)


def scale_of(data: Trajectories, mask: Bool[np.ndarray, "time points"]) -> Scale:
    """Mean and deviation of what is observed; a channel that is constant has deviation 1."""
    seen = data.at_points[:, mask].reshape(-1, len(data.channels)).astype(np.float64)
    std = seen.std(axis=0)
    return Scale(tuple(seen.mean(axis=0).tolist()), tuple(np.where(std > 0, std, 1).tolist()))


def observed_frames(data: Trajectories, mask: Bool[np.ndarray, "time points"], scale: Scale) -> Observed:
    """What a model is fitted to: normalised, with 0 where nothing is observed."""
    values = np.where(mask[None, :, :, None], scale.normalised(data.at_points), np.float32(0))
    # Counted from the first frame: single precision could not tell the hours of Julian days from one another.
    times = (data.times - data.times[0]).astype(np.float32)
    return Observed(*map(jnp.asarray, (values, mask, data.points, times)))


def first_frames(data: Trajectories, mask: Bool[np.ndarray, " points"], scale: Scale) -> Array:
    """The first frame of each trajectory, normalised, with 0 where it is not observed."""
    return jnp.asarray(np.where(mask[None, :, None], scale.normalised(data.at_points[:, 0]), np.float32(0)))
