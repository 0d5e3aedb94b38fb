"""Results as xarray Datasets, with the axes, coordinates, names and units of the dataset that was given."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.fields._calendar import stamps_of
from weightloom.fields._from_xarray import VariableNames


class Template(NamedTuple):
    """A dataset and the names that were used to read it.

    Attributes:
        dataset: the dataset.
        names: names of its variables and axes.
    """

    dataset: xr.Dataset
    names: VariableNames

    @property
    def grid(self) -> tuple[Hashable, ...]:
        """The axes of the grid."""
        field = self.dataset[self.names.values[0]]
        others = {*self.dataset[self.names.time].dims, self.names.trajectory, self.names.channels}
        inner = [axis for axis in field.dims if axis not in others]
        several = [axis for axis in inner if field.sizes[axis] > 1]
        return tuple(several or inner)

    def dataset_of(
        self, arrays: dict[str, Float[np.ndarray, "trajectory time *grid channel"]], times: np.ndarray | None = None
    ) -> xr.Dataset:
        """A dataset of results on the grid of the given dataset.

        Args:
            arrays: values of results by the suffix of their names, such as "" and "_deviation".
            times: times since the first frame, in the units of the trajectories. They may be fewer than the given ones,
                or go on after them. The default is the given times.

        Returns:
            One variable per channel and result, with the attributes of the given variables.
        """
        names, dataset = self.names, self.dataset
        [axis] = dataset[names.time].dims
        dims = (names.trajectory or "__single__", axis, *self.grid, names.channels or "__channel__")
        variables: dict[str, Any] = {}
        for suffix, values in arrays.items():
            whole = xr.DataArray(values, dims=dims)
            whole = whole if names.trajectory else whole.isel(__single__=0)
            for number, name in enumerate(names.values):
                one = whole if names.channels else whole.isel(__channel__=number)
                told = {key: text for key, text in dataset[name].attrs.items() if isinstance(text, str)}
                if suffix:
                    told["long_name"] = f"standard deviation of {told.get('long_name', name)}"
                    told.pop("standard_name", None)
                variables[f"{name}{suffix}"] = one.assign_attrs(told)
        result = xr.Dataset(variables)
        kept: dict[Hashable, xr.Variable] = {}
        for name in dict.fromkeys((*dataset.coords, *names.coordinates)):
            one = dataset[name].variable
            if one.dims and set(one.dims) <= set(result.dims) and (times is None or axis not in one.dims):
                kept[name] = one
        given = dataset[names.time]
        kept[names.time] = given.variable if times is None else xr.Variable(axis, stamps_of(given, times), given.attrs)
        return result.assign_coords(kept)
