"""Measures in a run folder: one safetensors file per measured step, read as one xarray Dataset."""

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
    """The folder of a run's measures: a template, and one file per written step.

    ```
    template.safetensors         steps to measure, coordinates, and the name, shape and dtype of each variable
    STEP.safetensors             the values of one step
    ```

    Args:
        path: the folder. It must contain the template file, whose content `template_bytes` gives.

    Raises:
        RunError: if the template is missing, damaged or not in weightloom's format.

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
        """Names of the files that must exist when the given steps are written, relative to the folder."""
        return {TEMPLATE} | {file_of_step(step) for step in steps}

    def write(self, step: int, numbers: Mapping[str, np.ndarray]) -> None:
        """Writes the measures of one step and flushes them to disk.

        Args:
            step: one of `steps`.
            numbers: arrays by name, from `Template.numbers_of`.

        Raises:
            OSError: if the file cannot be written.
        """
        write_file(self.path / file_of_step(step), step_bytes(step, numbers))

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
        values = {}
        for step in steps:
            self.template.check_step(step, self.path)
            file = self.path / file_of_step(step)
            numbers, metadata = load_arrays(file)
            if metadata != {STEP: step}:
                raise RunError(f"{file}: entry 'step' is {metadata.get(STEP)!r}: the file was renamed.")
            self.template.check_numbers(numbers, file)
            values[step] = numbers
        return self.template.dataset(values, self.path)


def step_bytes(step: int, numbers: Mapping[str, np.ndarray]) -> bytes:
    """The content of the file with the measures of one step.

    Args:
        step: the step.
        numbers: arrays by name, from `Template.numbers_of`.
    """
    return arrays_bytes(numbers, {STEP: step})


def template_bytes(template: Template) -> bytes:
    """The content of a template file."""
    arrays = {STEP: np.array(template.steps, np.int64), **template.coordinates}
    return arrays_bytes(arrays, _described(template))


def read_template(file: Path) -> Template:
    """Reads a template file, whose content `template_bytes` made.

    Raises:
        RunError: if the file or an entry is missing, damaged or not in weightloom's format. The message names it.
    """
    arrays, metadata = load_arrays(file)
    try:
        forms = {entry["name"]: _form_of(entry) for entry in metadata["variables"]}
        steps = checked_steps(arrays.pop(STEP).ravel().tolist())
        template = Template(tuple(steps), dict(metadata["attributes"]), forms, arrays)
    except (AttributeError, InputError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise RunError(f"{file} does not describe measures in the format of weightloom ({error!r}).") from error
    wrong = differences(metadata, _described(template))
    if wrong:
        raise RunError(f"{file} does not describe measures in the format of weightloom: {wrong[0]}.")
    for name, form in forms.items():
        if not name.isidentifier() or name == STEP:
            raise RunError(f"{file} names a variable {name!r}: the name must be an identifier other than 'step'.")
        if len(set(form.dims)) != len(form.shape) or min(form.shape, default=1) < 1 or STEP in form.dims:
            raise RunError(f"{file}: 'shape' {form.shape} and 'dims' {form.dims} of {name!r} are inconsistent.")
    for name, array in arrays.items():
        coordinate = forms.get(name)
        if coordinate is None or (array.shape, array.dtype.name) != (coordinate.shape, coordinate.stored_dtype):
            raise RunError(f"{file}: entry {name!r} does not match its description in the file.")
    template.dataset({}, file)  # raises if the shapes of the variables are inconsistent
    return template


def _described(template: Template) -> dict[str, Any]:
    """The metadata of a template file. Variables are a list, because JSON objects are written in sorted order."""
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
