"""The template of a run's measures: the variables of every measured step, and checks against it."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Shaped

from weightloom.errors import InputError, RunError
from weightloom.runs.flags import from_flags, meanings_of, to_flags
from weightloom.runs.json_files import plain, short
from weightloom.runs.limits import DTYPES

STEP = "step"
STRINGS = "string"


@dataclasses.dataclass(frozen=True)
class VariableForm:
    """The form of one variable: its axes, dtype and attributes.

    Args:
        dims: one name per axis, without `step`.
        shape: length of each axis, at least 1.
        dtype: a name from `DTYPES`, or "string". Strings are stored as indices into the attribute `flag_meanings`.
        attributes: the variable's attributes, as JSON values.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    attributes: dict[str, Any]

    @property
    def stored_dtype(self) -> str:
        """Dtype of the stored numbers."""
        return "int8" if self.dtype == STRINGS else self.dtype

    @property
    def meanings(self) -> list[str]:
        """The strings that the variable may contain."""
        return str(self.attributes.get("flag_meanings", "")).split()

    def numbers(self, name: str, variable: xr.Variable) -> Shaped[np.ndarray, "..."]:
        """The numbers to store for a variable's values."""
        if self.dtype == STRINGS:
            return to_flags(name, variable.values, self.meanings)
        return np.asarray(variable.values)

    @staticmethod
    def of(name: Any, variable: xr.Variable, listed: bool) -> "VariableForm":
        """The form of a template's variable.

        Args:
            name: name of the variable.
            variable: the variable.
            listed: whether the attribute `flag_meanings` must list the possible strings.

        Raises:
            InputError: if the variable cannot be stored.
        """
        if not isinstance(name, str) or not name.isidentifier() or 0 in variable.shape:
            raise InputError(f"measure {name!r} of shape {variable.shape} needs a plain name and no empty axis.")
        if len(set(variable.dims)) != len(variable.dims):
            raise InputError(f"measure {name!r} has the axes {variable.dims}: give each axis a different name.")
        attributes, dtype = plain(variable.attrs), variable.dtype.name
        if variable.dtype.kind in "UTO":
            attributes |= {"flag_meanings": " ".join(meanings_of(name, variable, listed))}
            dtype = STRINGS
        if dtype not in (*DTYPES, STRINGS):
            raise InputError(f"measure {name!r} has dtype {dtype}: use one of {', '.join(DTYPES)}, or strings.")
        return VariableForm(tuple(map(str, variable.dims)), variable.shape, dtype, attributes)


@dataclasses.dataclass(frozen=True)
class Template:
    """The variables of every measured step, and the coordinates that all steps share.

    Args:
        steps: the steps to measure, increasing.
        attributes: attributes of the dataset, as JSON values.
        forms: the form of each variable by name, coordinates first.
        coordinates: the stored numbers of each coordinate by name.

    Examples:
        >>> import numpy as np, xarray as xr
        >>> from weightloom.runs.template import Template
        >>> one = xr.Dataset({"loss": ("beta", np.zeros(2))}, {"beta": [1e-6, 1.0]})
        >>> template = Template.of([0, 100], one)
        >>> numbers = template.numbers_of(0, one, "the run")
        >>> template.dataset({0: numbers}, "the run")["loss"].shape
        (1, 2)
    """

    steps: tuple[int, ...]
    attributes: dict[str, Any]
    forms: dict[str, VariableForm]
    coordinates: dict[str, np.ndarray]

    @staticmethod
    def of(steps: Sequence[int], dataset: xr.Dataset) -> "Template":
        """Creates a template from the measures of one step.

        Args:
            steps: the steps to measure, increasing.
            dataset: the measures of one step, without the dimension `step`. Only the values of coordinates are used.
                The attribute `flag_meanings` of a variable of strings must list the strings it may contain.

        Raises:
            InputError: if the dataset cannot be stored.
        """
        if STEP in dataset.dims or STEP in dataset.variables:
            raise InputError("the template of the measures has 'step': give the dataset of a single step, without it.")
        wrong = not_finite(dataset.coords.to_dataset())
        if wrong:
            raise InputError(f"the template of the measures has coordinates with {wrong}.")
        given = {**dataset.coords, **dataset.data_vars}
        forms = {
            str(name): VariableForm.of(name, array.variable, listed=name in dataset.data_vars)
            for name, array in given.items()
        }
        coordinates = {
            str(name): forms[str(name)].numbers(str(name), array.variable) for name, array in dataset.coords.items()
        }
        return Template(tuple(steps), plain(dataset.attrs), forms, coordinates)

    @property
    def measures(self) -> dict[str, VariableForm]:
        """Forms of the variables that are measured at each step: all except the coordinates."""
        return {name: form for name, form in self.forms.items() if name not in self.coordinates}

    def check_step(self, step: int, owner: Path | str) -> None:
        """Raises an InputError unless the step is one of `steps`."""
        if step not in self.steps:
            shown = [*self.steps[:4], "…", *self.steps[-3:]] if len(self.steps) > 8 else self.steps
            raise InputError(f"step {step} is not measured in {owner}: it has {', '.join(map(str, shown))}.")

    def numbers_of(self, step: int, dataset: xr.Dataset, owner: Path | str) -> dict[str, np.ndarray]:
        """The arrays to store for the measures of one step.

        Args:
            step: one of `steps`.
            dataset: the measures, with the variables, dimensions, dtypes and coordinates of the template.
            owner: name of the run in error messages.

        Returns:
            Arrays by name, without coordinates.

        Raises:
            InputError: if the step or the dataset does not match the template.
            RunError: if a value is not finite. The message names the variable and its coordinates.
        """
        self.check_step(step, owner)
        odd = set(dataset.variables) ^ self.forms.keys()
        if odd:
            raise InputError(f"the measures of step {step} and their template differ in {sorted(map(str, odd))}.")
        wrong = not_finite(dataset)
        if wrong:
            raise RunError(f"{owner}: step {step} has {wrong}.")
        numbers = {}
        for name, form in self.forms.items():
            variable = dataset.variables[name]
            values = form.numbers(name, variable)
            given = (tuple(variable.dims), values.shape, values.dtype.name)
            needed = (form.dims, form.shape, form.stored_dtype)
            if given != needed:
                raise InputError(f"measure {name!r} of step {step} is {given}: the template has {needed}.")
            if name not in self.coordinates:
                numbers[name] = values
            elif not np.array_equal(values, self.coordinates[name]):
                raise InputError(f"coordinate {name!r} of step {step} differs from the template.")
        return numbers

    def check_numbers(self, numbers: Mapping[str, np.ndarray], file: Path) -> None:
        """Raises a RunError unless the arrays of a file have the names, shapes and dtypes that `numbers_of` gives."""
        for name in sorted(self.measures.keys() ^ numbers.keys()):
            raise RunError(f"{file}: entry {name!r} is {'missing' if name in self.measures else 'unexpected'}.")
        for name, form in self.measures.items():
            array = numbers[name]
            if (array.shape, array.dtype.name) != (form.shape, form.stored_dtype):
                raise RunError(
                    f"{file}: entry {name!r} has shape {array.shape} and dtype {array.dtype} in place of "
                    f"{form.shape} and {form.stored_dtype}."
                )

    def dataset(self, numbers: Mapping[int, Mapping[str, np.ndarray]], owner: Path | str) -> xr.Dataset:
        """Assembles the measures of several steps.

        Args:
            numbers: for each step, in increasing order, the arrays from `numbers_of`.
            owner: name of the run in error messages.

        Returns:
            A dataset in memory whose data variables have `step` as their first dimension.

        Raises:
            RunError: if a value is not finite. The message names the variable and its coordinates.
        """
        variables = {STEP: xr.Variable((STEP,), np.array(list(numbers), np.int64))}
        try:
            for name, form in self.forms.items():
                if name in self.coordinates:
                    dims, values = form.dims, self.coordinates[name].copy()
                else:
                    none = np.empty((0, *form.shape), form.stored_dtype)
                    rows = [arrays[name][None] for arrays in numbers.values()]
                    dims, values = (STEP, *form.dims), np.concatenate([none, *rows])
                if form.dtype == STRINGS:
                    values = from_flags(name, values, form.meanings, owner)
                variables[name] = xr.Variable(dims, values, form.attributes)
            dataset = xr.Dataset(variables, attrs=self.attributes).set_coords(list(self.coordinates))
        except ValueError as error:
            raise RunError(f"{owner}: the measures are inconsistent: {error}.") from error
        wrong = not_finite(dataset)
        if wrong:
            raise RunError(f"{owner} has {wrong}.")
        return dataset

    def differences(self, other: "Template") -> list[str]:
        """Short descriptions of the differences to another template. Empty if the templates are equal."""
        result = [] if self.steps == other.steps else [f"its steps are {short(list(self.steps))}"]
        result += [f"{name!r} is only there" for name in self.forms.keys() - other.forms.keys()]
        result += [f"{name!r} is only here" for name in other.forms.keys() - self.forms.keys()]
        for name in self.forms.keys() & other.forms.keys():
            mine, others = (template.coordinates.get(name) for template in (self, other))
            same = mine is None if others is None else mine is not None and np.array_equal(mine, others)
            if self.forms[name] != other.forms[name] or not same:
                result.append(f"{name!r} differs")
        return result + ([] if self.attributes == other.attributes else ["its attributes differ"])


def not_finite(dataset: xr.Dataset) -> str:
    """Names the first variable with values that are not finite, and where, for a message. Empty if all are finite."""
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "f" and len(wrong := np.argwhere(~np.isfinite(variable.values))):
            place = ", ".join(
                f"{dim} {dataset[dim].values[index] if dim in dataset.coords else index}"
                for dim, index in zip(variable.dims, wrong[0])
            )
            return f"{len(wrong)} values of {str(name)!r} that are not finite, the first at {place or 'all'}"
    return ""
