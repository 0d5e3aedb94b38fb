"""Measures: an xarray Dataset over training steps, created whole and filled in step by step."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Shaped

from weightloom.errors import InputError, RunError
from weightloom.runs.arrays import DTYPES, ArrayLayout
from weightloom.runs.atomic import write_file
from weightloom.runs.flags import from_flags, meanings_of, to_flags
from weightloom.runs.group import Group
from weightloom.runs.json_files import plain

STEP = "step"


def initial_files(steps: Sequence[int], template: xr.Dataset) -> dict[str, bytes]:
    """The files of a zarr group that waits for one dataset per step.

    Args:
        steps: the steps that will be measured, increasing.
        template: a dataset as each step will bring it, without the dimension `step`. Of its values only the
            coordinates' matter. A variable of strings lists all that it may hold in its attribute
            `flag_meanings`.

    Returns:
        Contents by name relative to the group's folder: `zarr.json` of the group and of every array, and the
        chunks of the coordinates.

    Raises:
        InputError: if the template cannot be stored.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> from weightloom.runs.measures import initial_files
        >>> template = xr.Dataset({"loss": ("beta", np.zeros(2))}, {"beta": [1e-6, 1.0]})
        >>> sorted(initial_files([0, 100], template))
        ['beta/c.0', 'beta/zarr.json', 'loss/zarr.json', 'step/c.0', 'step/zarr.json', 'zarr.json']
    """
    if STEP in template.dims or STEP in template.variables:
        raise InputError("the template of the measures has 'step': give the dataset of a single step instead.")
    wrong = _not_finite(template.coords.to_dataset())
    if wrong:
        raise InputError(f"the template of the measures has coordinates with {wrong}.")
    layouts = {STEP: ArrayLayout((STEP,), (len(steps),), (len(steps),), "int64", {})}
    chunks = {f"{STEP}/{layouts[STEP].chunk_name()}": layouts[STEP].encode(np.array(steps, np.int64))}
    for key, coordinate in template.coords.items():
        name, layout = str(key), _layout(key, coordinate.variable, listed=False)
        chunks[f"{name}/{layout.chunk_name()}"] = layout.encode(_numbers(name, coordinate.variable, layout))
        layouts[name] = layout
    for key, measure in template.data_vars.items():
        one = _layout(key, measure.variable, listed=True)
        dims, shape, chunk = (STEP, *one.dims), (len(steps), *one.shape), (1, *one.shape)
        layouts[str(key)] = dataclasses.replace(one, dims=dims, shape=shape, chunk=chunk)
    # By the CF conventions, coordinates that are no dimension are listed in the attribute `coordinates`.
    listed = " ".join(str(key) for key, coordinate in template.coords.items() if coordinate.dims != (key,))
    return Group(plain(template.attrs) | ({"coordinates": listed} if listed else {}), layouts).files() | chunks


class Measures:
    """The zarr group that `initial_files` began, in a folder, and the steps that have been written to it.

    Args:
        path: the folder.

    Raises:
        RunError: naming the file, if one that describes the arrays is missing, damaged or not as weightloom
            writes it.

    Examples:
        >>> import tempfile, xarray as xr
        >>> from weightloom.runs.atomic import write_folder
        >>> from weightloom.runs.measures import Measures, initial_files
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "measures.zarr")
        ...     write_folder(path, initial_files([0, 100], xr.Dataset({"loss": 0.0})))
        ...     Measures(path).write(100, xr.Dataset({"loss": 0.5}))
        ...     Measures(path).read([100])["loss"].values
        array([0.5])
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._group = Group.open(path)
        if STEP not in self._group.layouts:
            raise RunError(f"{path / 'zarr.json'} has no array 'step': the file was made for something else.")
        self.steps: tuple[int, ...] = tuple(self._group.read_chunk(path, STEP).ravel().tolist())

    def files(self, steps: Sequence[int]) -> set[str]:
        """Names of the files that must be there once these steps are written, relative to the folder."""
        names = {"zarr.json"} | {f"{name}/zarr.json" for name in self._group.layouts}
        for name, layout in self._group.layouts.items():
            places = [self._place(step) for step in steps] if _is_measure(name, layout) else [0]
            names |= {f"{name}/{layout.chunk_name(place)}" for place in places}
        return names

    def write(self, step: int, dataset: xr.Dataset) -> None:
        """Writes the measures of one step, durably, one file per variable.

        Args:
            step: one of `steps`.
            dataset: variables, dimensions, dtypes and coordinates as in the template.

        Raises:
            InputError: if the step or the dataset does not fit the template.
            RunError: naming the variable and the place of a value that is not finite.
            OSError: if the disk refuses.
        """
        place = self._place(step)
        odd = set(dataset.variables) ^ (self._group.layouts.keys() - {STEP})
        if odd:
            raise InputError(f"measures of step {step} differ from their template in {sorted(map(str, odd))}.")
        wrong = _not_finite(dataset)
        if wrong:
            raise RunError(f"{self.path}: step {step} has {wrong}.")
        files = {}
        for key, variable in dataset.variables.items():
            name, layout = str(key), self._group.layouts[str(key)]
            values, measured = _numbers(name, variable, layout), _is_measure(name, layout)
            given = (tuple(variable.dims), values.shape, values.dtype.name)
            needed = (layout.dims[measured:], layout.shape[measured:], layout.dtype)
            if given != needed:
                raise InputError(f"measure {name!r} of step {step} is {given}: the template has {needed}.")
            if measured:
                files[self.path / name / layout.chunk_name(place)] = layout.encode(values)
            elif not np.array_equal(values, self._group.read_chunk(self.path, name)):
                raise InputError(f"coordinate {name!r} of step {step} differs from the template's.")
        for file, content in files.items():
            write_file(file, content)

    def read(self, steps: Sequence[int]) -> xr.Dataset:
        """The measures of some steps.

        Args:
            steps: steps that were written.

        Returns:
            A dataset in memory whose data variables have `step` as their first dimension.

        Raises:
            InputError: if a step is none of `steps`.
            RunError: naming the file, if one is missing or damaged; naming the variable and its coordinates,
                if a value is not finite.
        """
        places = [self._place(step) for step in steps]
        attributes = dict(self._group.attributes)
        listed = str(attributes.pop("coordinates", "")).split()
        try:
            variables = {name: self._variable(name, places) for name in self._group.layouts}
            coordinates = [name for name in variables if name in listed or variables[name].dims == (name,)]
            dataset = xr.Dataset(variables, attrs=attributes).set_coords(coordinates)
        except ValueError as error:
            raise RunError(f"{self.path / 'zarr.json'}: the arrays do not fit one another: {error}.") from error
        wrong = _not_finite(dataset)
        if wrong:
            raise RunError(f"{self.path} has {wrong}.")
        return dataset

    def _place(self, step: int) -> int:
        if step not in self.steps:
            shown = [*self.steps[:4], "…", *self.steps[-3:]] if len(self.steps) > 8 else self.steps
            raise InputError(f"step {step} is not measured in {self.path}: it has {', '.join(map(str, shown))}.")
        return self.steps.index(step)

    def _variable(self, name: str, places: list[int]) -> xr.Variable:
        layout = self._group.layouts[name]
        if _is_measure(name, layout):
            chunks = [self._group.read_chunk(self.path, name, place) for place in places]
            values = np.concatenate([np.empty((0, *layout.shape[1:]), layout.dtype), *chunks])
        else:
            values = self._group.read_chunk(self.path, name)
            values = values[places] if name == STEP else values
        attributes = dict(layout.attributes)
        if layout.dtype == "int8" and attributes.pop("flag_values", None):
            values = from_flags(name, values, _meanings(layout), self.path / name)
        return xr.Variable(layout.dims, values, attributes)


def _layout(name: Any, variable: xr.Variable, listed: bool) -> ArrayLayout:
    if not isinstance(name, str) or not name.isidentifier() or 0 in variable.shape:
        raise InputError(f"measure {name!r} of shape {variable.shape} needs a plain name and no empty axis.")
    attributes, dtype = plain(variable.attrs), variable.dtype.name
    if variable.dtype.kind in "UTO":
        meanings = meanings_of(name, variable, listed)
        attributes |= {"flag_meanings": " ".join(meanings), "flag_values": list(range(len(meanings)))}
        dtype = "int8"
    if dtype not in DTYPES:
        raise InputError(f"measure {name!r} has dtype {dtype}: use one of {', '.join(DTYPES)}, or strings.")
    return ArrayLayout(tuple(map(str, variable.dims)), variable.shape, variable.shape, dtype, attributes)


def _is_measure(name: str, layout: ArrayLayout) -> bool:
    return name != STEP and STEP in layout.dims[:1]


def _meanings(layout: ArrayLayout) -> list[str]:
    return str(layout.attributes.get("flag_meanings", "")).split()


def _numbers(name: str, variable: xr.Variable, layout: ArrayLayout) -> Shaped[np.ndarray, "..."]:
    strings = variable.dtype.kind in "UTO"
    return to_flags(name, variable.values, _meanings(layout)) if strings else np.asarray(variable.values)


def _not_finite(dataset: xr.Dataset) -> str:
    for name, variable in dataset.variables.items():
        wrong = np.argwhere(~np.isfinite(variable.values)) if variable.dtype.kind == "f" else ()
        if len(wrong):
            place = ", ".join(
                f"{dim} {dataset[dim].values[index] if dim in dataset.coords else index}"
                for dim, index in zip(variable.dims, wrong[0])
            )
            return f"{len(wrong)} values of {str(name)!r} that are not finite, the first at {place or 'all'}"
    return ""
