"""Measures in a run's folder: one safetensors file per measured step, read as one xarray Dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import write_file
from weightloom.runs.json_files import differences
from weightloom.runs.layout import file_of_step
from weightloom.runs.limits import DTYPES, checked_steps
from weightloom.runs.template import STEP, STRINGS, Template, VariableForm
from weightloom.runs.tensors import arrays_bytes, load_arrays

TEMPLATE = "template.safetensors"


class Measures:
    """A folder with the template of the measures, and one file for each step that was written.

    ```
    template.safetensors         the steps to measure, the coordinates, and what is known of each variable
    STEP.safetensors             the numbers of one step
    ```

    Args:
        path: the folder, which holds the file that `template_bytes` gives.

    Raises:
        RunError: naming the file, if the template is missing, damaged or not as weightloom writes it.

    Examples:
        >>> import tempfile, xarray as xr
        >>> from weightloom.runs.atomic import write_folder
        >>> from weightloom.runs.measures import TEMPLATE, Measures, template_bytes
        >>> one = xr.Dataset({"loss": 0.5})
        >>> template = Template.of([0, 100], one)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "measures")
        ...     write_folder(path, {TEMPLATE: template_bytes(template)})
        ...     measures = Measures(path)
        ...     measures.write(100, template.numbers_of(100, one, path))
        ...     measures.read([100])["loss"].values
        array([0.5])
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.template = read_template(path / TEMPLATE)
        self.steps: tuple[int, ...] = self.template.steps

    def files(self, steps: Sequence[int]) -> set[str]:
        """Names of the files that must be there once these steps are written, relative to the folder."""
        return {TEMPLATE} | {file_of_step(step) for step in steps}

    def write(self, step: int, numbers: Mapping[str, np.ndarray]) -> None:
        """Writes the measures of one step, durably.

        Args:
            step: one of `steps`.
            numbers: what the template's `numbers_of` gave.

        Raises:
            OSError: if the disk refuses.
        """
        write_file(self.path / file_of_step(step), step_bytes(step, numbers))

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
        found = {}
        for step in steps:
            self.template.check_step(step, self.path)
            file = self.path / file_of_step(step)
            numbers, metadata = load_arrays(file)
            if metadata != {STEP: step}:
                raise RunError(f"{file}: entry 'step' is {metadata.get(STEP)!r}: the file was renamed.")
            self.template.check_numbers(numbers, file)
            found[step] = numbers
        return self.template.dataset(found, self.path)


def step_bytes(step: int, numbers: Mapping[str, np.ndarray]) -> bytes:
    """The content of the file of one step.

    Args:
        step: the step.
        numbers: what the template's `numbers_of` gave.
    """
    return arrays_bytes(numbers, {STEP: step})


def template_bytes(template: Template) -> bytes:
    """The content of the file that holds a template."""
    arrays = {STEP: np.array(template.steps, np.int64), **template.coordinates}
    return arrays_bytes(arrays, _described(template))


def read_template(file: Path) -> Template:
    """The template that `template_bytes` put into a file.

    Raises:
        RunError: naming the file and the entry that is missing, changed or not of weightloom's form.
    """
    arrays, metadata = load_arrays(file)
    try:
        forms = {entry["name"]: _form_of(entry) for entry in metadata["variables"]}
        steps = checked_steps(arrays.pop(STEP).ravel().tolist())
        template = Template(tuple(steps), dict(metadata["attributes"]), forms, arrays)
    except (AttributeError, InputError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise RunError(f"{file} describes no measures that weightloom writes ({error!r}).") from error
    wrong = differences(metadata, _described(template))
    if wrong:
        raise RunError(f"{file} describes no measures that weightloom writes: {wrong[0]}.")
    for name, form in forms.items():
        if not name.isidentifier() or name == STEP:
            raise RunError(f"{file} names a variable {name!r}: weightloom writes plain names only.")
        if len(set(form.dims)) != len(form.shape) or min(form.shape, default=1) < 1 or STEP in form.dims:
            raise RunError(f"{file}: 'shape' {form.shape} and 'dims' {form.dims} of {name!r} do not fit one another.")
    for name, array in arrays.items():
        coordinate = forms.get(name)
        if coordinate is None or (array.shape, array.dtype.name) != (coordinate.shape, coordinate.stored_dtype):
            raise RunError(f"{file}: entry {name!r} does not fit what the file says of its variables.")
    template.dataset({}, file)  # says which variables do not fit one another
    return template


def _described(template: Template) -> dict[str, Any]:
    """What is known of the variables, as a list because the order of a dict's entries is not kept."""
    variables = [
        {"name": name, "dims": list(form.dims), "shape": list(form.shape), "dtype": form.dtype,
         "attributes": form.attributes}
        for name, form in template.forms.items()
    ]  # fmt: skip
    return {"attributes": template.attributes, "variables": variables}


def _form_of(entry: Any) -> VariableForm:
    return VariableForm(
        dims=tuple(str(name) for name in entry["dims"]),
        shape=tuple(int(length) for length in entry["shape"]),
        dtype=(*DTYPES, STRINGS)[(*DTYPES, STRINGS).index(entry["dtype"])],
        attributes=dict(entry["attributes"]),
    )
