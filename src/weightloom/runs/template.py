"""The template of a run's measures: which numbers each measured step brings, and the checks that they are these."""

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
    """What a template knows of one variable.

    Args:
        dims: a name per axis, without `step`.
        shape: the length of each axis, at least 1.
        dtype: a name from `DTYPES`, or "string" for strings, which are stored as their places in `flag_meanings`.
        attributes: JSON values for whoever reads the variable.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    attributes: dict[str, Any]

    @property
    def stored_dtype(self) -> str:
        """The dtype of the numbers that stand for the values."""
        return "int8" if self.dtype == STRINGS else self.dtype

    @property
    def meanings(self) -> list[str]:
        """The strings that a variable of strings may hold."""
        return str(self.attributes.get("flag_meanings", "")).split()

    def numbers(self, name: str, variable: xr.Variable) -> Shaped[np.ndarray, "..."]:
        """The values as they are stored."""
        if self.dtype == STRINGS:
            return to_flags(name, variable.values, self.meanings)
        return np.asarray(variable.values)

    @staticmethod
    def of(name: Any, variable: xr.Variable, listed: bool) -> "VariableForm":
        """The form of a template's variable.

        Args:
            name: its name.
            variable: the template's variable.
            listed: whether strings must be listed in the attribute `flag_meanings`.

        Raises:
            InputError: if it cannot be stored.
        """
        if not isinstance(name, str) or not name.isidentifier() or 0 in variable.shape:
            raise InputError(f"measure {name!r} of shape {variable.shape} needs a plain name and no empty axis.")
        if len(set(variable.dims)) != len(variable.dims):
            raise InputError(f"measure {name!r} has the axes {variable.dims}: give each axis a name of its own.")
        attributes, dtype = plain(variable.attrs), variable.dtype.name
        if variable.dtype.kind in "UTO":
            attributes |= {"flag_meanings": " ".join(meanings_of(name, variable, listed))}
            dtype = STRINGS
        if dtype not in (*DTYPES, STRINGS):
            raise InputError(f"measure {name!r} has dtype {dtype}: use one of {', '.join(DTYPES)}, or strings.")
        return VariableForm(tuple(map(str, variable.dims)), variable.shape, dtype, attributes)


@dataclasses.dataclass(frozen=True)
class Template:
    """The variables that every measured step brings, and the coordinates that all steps share.

    Args:
        steps: the steps that will be measured, increasing.
        attributes: JSON values for whoever reads the measures.
        forms: every variable by name, coordinates first.
        coordinates: the numbers of those variables that are coordinates.

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
        """The template of the measures of one step.

        Args:
            steps: the steps that will be measured, increasing.
            dataset: a dataset as each step will bring it, without the dimension `step`. Of its values only the
                coordinates' matter. A variable of strings lists all that it may hold in its attribute
                `flag_meanings`.

        Raises:
            InputError: if it cannot be stored.
        """
        if STEP in dataset.dims or STEP in dataset.variables:
            raise InputError("the template of the measures has 'step': give the dataset of a single step instead.")
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
        """The variables that each step brings anew."""
        return {name: form for name, form in self.forms.items() if name not in self.coordinates}

    def check_step(self, step: int, owner: Path | str) -> None:
        """Raise an InputError unless the step is one of `steps`."""
        if step not in self.steps:
            shown = [*self.steps[:4], "…", *self.steps[-3:]] if len(self.steps) > 8 else self.steps
            raise InputError(f"step {step} is not measured in {owner}: it has {', '.join(map(str, shown))}.")

    def numbers_of(self, step: int, dataset: xr.Dataset, owner: Path | str) -> dict[str, np.ndarray]:
        """The measures of one step as they are stored.

        Args:
            step: one of `steps`.
            dataset: variables, dimensions, dtypes and coordinates as in the template.
            owner: the run, for the words of errors.

        Raises:
            InputError: if the step or the dataset does not fit the template.
            RunError: naming the variable and the place of a value that is not finite.
        """
        self.check_step(step, owner)
        odd = set(dataset.variables) ^ self.forms.keys()
        if odd:
            raise InputError(f"measures of step {step} differ from their template in {sorted(map(str, odd))}.")
        wrong = not_finite(dataset)
        if wrong:
            raise RunError(f"{owner}: step {step} has {wrong}.")
        found = {}
        for name, form in self.forms.items():
            variable = dataset.variables[name]
            values = form.numbers(name, variable)
            given = (tuple(variable.dims), values.shape, values.dtype.name)
            needed = (form.dims, form.shape, form.stored_dtype)
            if given != needed:
                raise InputError(f"measure {name!r} of step {step} is {given}: the template has {needed}.")
            if name not in self.coordinates:
                found[name] = values
            elif not np.array_equal(values, self.coordinates[name]):
                raise InputError(f"coordinate {name!r} of step {step} differs from the template's.")
        return found

    def check_numbers(self, numbers: Mapping[str, np.ndarray], file: Path) -> None:
        """Raise a RunError, naming the file and the entry, unless a file holds what `numbers_of` gives."""
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
        """The measures of some steps.

        Args:
            numbers: what `numbers_of` gave, by step, increasing.
            owner: the run, for the words of errors.

        Returns:
            A dataset in memory whose data variables have `step` as their first dimension.

        Raises:
            RunError: naming the variable and its coordinates, if a value is not finite.
        """
        variables = {STEP: xr.Variable((STEP,), np.array(list(numbers), np.int64))}
        try:
            for name, form in self.forms.items():
                if name in self.coordinates:
                    dims, values = form.dims, self.coordinates[name].copy()
                else:
                    none = np.empty((0, *form.shape), form.stored_dtype)
                    rows = [own[name][None] for own in numbers.values()]
                    dims, values = (STEP, *form.dims), np.concatenate([none, *rows])
                if form.dtype == STRINGS:
                    values = from_flags(name, values, form.meanings, owner)
                variables[name] = xr.Variable(dims, values, form.attributes)
            dataset = xr.Dataset(variables, attrs=self.attributes).set_coords(list(self.coordinates))
        except ValueError as error:
            raise RunError(f"{owner}: the measures do not fit one another: {error}.") from error
        wrong = not_finite(dataset)
        if wrong:
            raise RunError(f"{owner} has {wrong}.")
        return dataset

    def differences(self, other: "Template") -> list[str]:
        """In what another template differs, in a few words each; nothing if it is the same."""
        found = [] if self.steps == other.steps else [f"its steps are {short(list(self.steps))}"]
        found += [f"{name!r} is only there" for name in self.forms.keys() - other.forms.keys()]
        found += [f"{name!r} is only here" for name in other.forms.keys() - self.forms.keys()]
        for name in self.forms.keys() & other.forms.keys():
            own, others = (template.coordinates.get(name) for template in (self, other))
            same = own is None if others is None else own is not None and np.array_equal(own, others)
            if self.forms[name] != other.forms[name] or not same:
                found.append(f"{name!r} is not the same")
        return found + ([] if self.attributes == other.attributes else ["its attributes are not the same"])


def not_finite(dataset: xr.Dataset) -> str:
    """Which variable has values that are not finite, and where, as a part of a sentence; empty if none has."""
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "f" and len(wrong := np.argwhere(~np.isfinite(variable.values))):
            place = ", ".join(
                f"{dim} {dataset[dim].values[index] if dim in dataset.coords else index}"
                for dim, index in zip(variable.dims, wrong[0])
            )
            return f"{len(wrong)} values of {str(name)!r} that are not finite, the first at {place or 'all'}"
    return ""
