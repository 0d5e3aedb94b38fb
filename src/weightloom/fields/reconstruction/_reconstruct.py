"""`reconstruct`: fields at all points from what was observed of them, with standard deviations."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, overload

import numpy as np
import xarray as xr
from jaxtyping import ArrayLike, Float

from weightloom._keys import AnyKey
from weightloom.errors import InputError
from weightloom.fields._geometry import moved, placed_as
from weightloom.fields.forecasting import check_positions
from weightloom.fields.reading import with_template
from weightloom.fields.reconstruction.learning import learn_prior, seen_of_frames
from weightloom.fields.reconstruction.posterior import EXACT, Seen, posterior
from weightloom.fields.reconstruction.prior import FieldPrior, Places
from weightloom.fields.trajectories import REMOVED, Trajectories

AT_ONCE = 20_000  # entries per call, which bounds the memory


@overload
def reconstruct(
    data: xr.Dataset | xr.DataArray,
    at: None = None,
    *,
    prior: FieldPrior | None = None,
    names: Mapping[str, Any] | None = None,
    modes: int | None = None,
    key: AnyKey = 0,
) -> xr.Dataset: ...


@overload
def reconstruct(
    data: Trajectories | xr.Dataset | xr.DataArray | str | Path,
    at: ArrayLike | None = None,
    *,
    prior: FieldPrior | None = None,
    names: Mapping[str, Any] | None = None,
    modes: int | None = None,
    key: AnyKey = 0,
) -> xr.Dataset | tuple[Trajectories, Trajectories]: ...


def reconstruct(
    data: Any,
    at: ArrayLike | None = None,
    *,
    prior: FieldPrior | None = None,
    names: Mapping[str, Any] | None = None,
    modes: int | None = None,
    key: AnyKey = 0,
) -> xr.Dataset | tuple[Trajectories, Trajectories]:
    """Reconstructs all frames at all points from what was observed, with standard deviations.

    The prior is Gaussian: a mean, modes with random codes, and a smooth remainder with a Matérn covariance; codes and
    remainder are correlated in time. Its parameters are chosen on held-out values, see `learn_prior`. The posterior
    has a closed form. It is exact for up to 1,500 observations. With more, it uses 300 of them for all points, and the
    24 nearest others of each point in space and time.

    Args:
        data: trajectories, an xarray Dataset or DataArray, or the path of a file. NaN means not observed.
        at: positions to reconstruct at, shape (..., d), in the coordinates of the trajectories. The default is the
            points of the data that are ever observed; other points, such as land, are NaN in the result.
        prior: a prior from `learn_prior`, such as one from earlier frames. The default is learned from the data.
        names: for xarray or a file: the arguments of `open_trajectories`.
        modes: largest number of modes of a prior that is learned. The default is 50.
        key: random key of the choice of held-out values.

    Returns:
        For xarray, or the path of a NetCDF or Zarr file, and without `at`: a Dataset with the names, coordinates and
        units of the data, and for each variable its standard deviation, named `*_deviation`. Otherwise two
        `Trajectories`: the mean and the standard deviation. The deviation is that of the field itself, without the
        noise of a single observation.

    Raises:
        InputError: if the data cannot be read, positions lie outside the domain, or the prior has another number of
            channels or coordinates.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> x = np.arange(8.0)
        >>> waves = xr.DataArray(np.sin(x + np.arange(3)[:, None]), {"time": range(3), "x": x}, ("time", "x"), "u")
        >>> filled = reconstruct(waves.where(waves.x != 4), modes=0)
        >>> sorted(filled), bool(filled.u.isel(x=4).isnull().all())  # never observed: land
        (['u', 'u_deviation'], True)
    """
    data, template = with_template(data, names)
    checked = None if at is None else check_positions(at, data.points, "at")
    if prior is None:
        prior = learn_prior(data, key, modes)
    given, data = data, placed_as(data, prior.placement)
    points = data.points if checked is None else moved(checked, given.placement, prior.placement)
    if (prior.sites.shape[1], prior.mean.shape[1]) != (data.points.shape[1], len(data.channels)):
        raise InputError(
            f"the prior has {prior.sites.shape[1]} coordinates and {prior.mean.shape[1]} channels, and the data have "
            f"{data.points.shape[1]} and {len(data.channels)}: learn it from data of the same kind."
        )
    wanted = data.ever_observed if at is None else np.ones(len(points), bool)
    mean, deviation = (np.full((*data.values.shape[:2], len(points), len(data.channels)), np.nan) for _ in range(2))
    points = points[wanted]
    known = prior.at(points.astype(np.float64))
    for trajectory in range(len(data)):
        seen = seen_of_frames(prior, data, trajectory, np.arange(len(data.times)))
        if len(seen.values) <= EXACT:  # one matrix serves all frames
            found = fields_of(prior, seen, points, data.times, known)
            mean[trajectory, :, wanted], deviation[trajectory, :, wanted] = (np.swapaxes(one, 0, 1) for one in found)
            continue
        for time in range(len(data.times)):
            one, other = fields_of(prior, seen, points, data.times[time : time + 1], known)
            mean[trajectory, time, wanted], deviation[trajectory, time, wanted] = one[0], other[0]
    grid = data.grid if at is None else np.shape(at)[:-1]
    mean, deviation = (array.reshape(*mean.shape[:2], *grid, -1) for array in (mean, deviation))
    if template is not None and at is None:
        return template.dataset_of({"": mean, "_deviation": deviation})
    places = given.coordinates if at is None else np.reshape(at, (*grid, -1))
    origin: dict[str, Any] = {"reconstruction": dict(given.attributes)}
    of_deviation = {name: value for name, value in given.carried.items() if name != REMOVED}
    first, second = (
        Trajectories(array, data.times, places, data.channels, given.period, origin | carried)
        for array, carried in ((mean, given.carried), (deviation, of_deviation))
    )
    return first, second


def fields_of(
    prior: FieldPrior,
    seen: Seen,
    points: Float[np.ndarray, "points d"],
    times: Float[np.ndarray, " times"],
    known: tuple[Float[np.ndarray, "points channels"], Float[np.ndarray, "modes points channels"]],
) -> tuple[Float[np.ndarray, "times points channels"], Float[np.ndarray, "times points channels"]]:
    """Mean and standard deviation of frames at points.

    Args:
        prior: the prior.
        seen: observations of any frames of the trajectory.
        points: positions.
        times: times of the frames.
        known: the prior's mean and modes at the points.
    """
    shape = (len(times), len(points), prior.mean.shape[1])
    time, point, channel = (numbers.ravel() for numbers in np.indices(shape))
    parts = []
    for begin in range(0, len(time), AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        wanted = Places(points[point[rows]].astype(np.float64), times[time[rows]], channel[rows])
        here = known[0][point[rows], channel[rows]], known[1][:, point[rows], channel[rows]].T
        parts.append(posterior(prior, seen, wanted, known=here))
    mean, variance = (np.concatenate(arrays).reshape(shape) for arrays in zip(*parts))
    return mean, np.sqrt(variance)
