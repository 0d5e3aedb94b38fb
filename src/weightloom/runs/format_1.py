"""Reading the measures of runs of weightloom 0.1, which are stored as one Zarr group."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from weightloom.errors import InputError, RunError
from weightloom.runs.flags import from_flags
from weightloom.runs.template import STEP, not_finite
from weightloom.runs.zarr_group import ArrayForm, ZarrGroup


class MeasuresOfFormat1:
    """The group `measures.zarr` of a run of weightloom 0.1.

    Args:
        path: the group's folder.

    Raises:
        RunError: if a metadata file of the group is missing, damaged or not in the format of weightloom 0.1.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._group = ZarrGroup.open(path)
        if STEP not in self._group.forms:
            raise RunError(f"{path / 'zarr.json'} has no array 'step': the file is from another run, or was damaged.")
        self.steps: tuple[int, ...] = tuple(self._group.read_chunk(STEP).ravel().tolist())

    def files(self, steps: Sequence[int]) -> set[str]:
        """Names of the files that must exist when the given steps are written, relative to the folder."""
        names = {"zarr.json"} | {f"{name}/zarr.json" for name in self._group.forms}
        for name, form in self._group.forms.items():
            places = [self._place(step) for step in steps] if _is_measure(name, form) else [0]
            names |= {f"{name}/{form.chunk_name(place)}" for place in places}
        return names

    def read(self, steps: Sequence[int]) -> xr.Dataset:
        """The measures of some steps.

        Args:
            steps: steps that were written.

        Returns:
            A dataset in memory whose data variables have `step` as their first dimension.

        Raises:
            InputError: if a step is not one of `steps`.
            RunError: if a file is missing or damaged, or a value is not finite. The message names the file, or the
                variable and its coordinates.
        """
        places = [self._place(step) for step in steps]
        attributes = dict(self._group.attributes)
        listed = str(attributes.pop("coordinates", "")).split()
        try:
            variables = {name: self._variable(name, places) for name in self._group.forms}
            coordinates = [name for name in variables if name in listed or variables[name].dims == (name,)]
            dataset = xr.Dataset(variables, attrs=attributes).set_coords(coordinates)
        except ValueError as error:
            raise RunError(f"{self.path / 'zarr.json'}: the arrays are inconsistent: {error}.") from error
        wrong = not_finite(dataset)
        if wrong:
            raise RunError(f"{self.path} has {wrong}.")
        return dataset

    def _place(self, step: int) -> int:
        if step not in self.steps:
            raise InputError(f"step {step} is not measured in {self.path}: it has {', '.join(map(str, self.steps))}.")
        return self.steps.index(step)

    def _variable(self, name: str, places: list[int]) -> xr.Variable:
        form = self._group.forms[name]
        if _is_measure(name, form):
            chunks = [self._group.read_chunk(name, place) for place in places]
            values = np.concatenate([np.empty((0, *form.shape[1:]), form.dtype), *chunks])
        else:
            values = self._group.read_chunk(name)
            values = values[places] if name == STEP else values
        attributes = dict(form.attributes)
        if form.dtype == "int8" and attributes.pop("flag_values", None):
            values = from_flags(name, values, str(attributes.get("flag_meanings", "")).split(), self.path / name)
        return xr.Variable(form.dims, values, attributes)


def _is_measure(name: str, form: ArrayForm) -> bool:
    return name != STEP and STEP in form.dims[:1]
