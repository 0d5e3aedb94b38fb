import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import xarray as xr

from tests.runs.example_run import ALGORITHMS, STEPS, measures_at
from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import write_folder
from weightloom.runs.measures import TEMPLATE, Measures, step_bytes, template_bytes
from weightloom.runs.template import Template
from weightloom.runs.tensors import arrays_bytes, load_arrays


def begun(path, template, steps):
    write_folder(path, {TEMPLATE: template_bytes(Template.of(steps, template))})
    return Measures(path)


def write(measures, step, dataset):
    measures.write(step, measures.template.numbers_of(step, dataset, measures.path))


@pytest.fixture
def measures(tmp_path):
    return begun(tmp_path / "measures", measures_at(0), STEPS)


def written(measures, steps=STEPS):
    for step in steps:
        write(measures, step, measures_at(step))
    return measures


def test_what_is_written_step_by_step_is_read_as_one_dataset(measures):
    found = Measures(written(measures).path).read(STEPS)
    expected = xr.concat([measures_at(step) for step in STEPS], xr.DataArray(list(STEPS), dims="step", name="step"))
    xr.testing.assert_equal(found, expected)
    assert found.attrs == expected.attrs
    assert found["loss"].attrs == {"units": "1"}
    assert found["algorithm"].attrs["flag_meanings"] == ALGORITHMS
    assert {name: found[name].dtype for name in ("loss", "skipped", "seconds", "step")} == {
        "loss": np.float32,
        "skipped": np.int32,
        "seconds": np.float64,
        "step": np.int64,
    }
    assert all(found[name].dims[0] == "step" for name in found.data_vars)
    assert list(found.data_vars) == list(measures_at(0).data_vars)


@pytest.mark.parametrize("steps", [(), (10,), (0, 25), STEPS])
def test_any_of_the_steps_can_be_read(measures, steps):
    found = written(measures, steps).read(steps)
    assert tuple(found["step"].values) == steps
    assert found.sizes == {"step": len(steps), "seed": 2, "beta": 3, "edge": 2}
    for step in steps:
        xr.testing.assert_equal(found.sel(step=step).drop_vars("step"), measures_at(step))


def test_other_programs_read_a_step_with_safetensors_alone(measures):
    arrays = safetensors.numpy.load_file(written(measures).path / "00000010.safetensors")
    expected = measures_at(10)
    np.testing.assert_array_equal(np.array(ALGORITHMS.split())[arrays.pop("algorithm")], expected["algorithm"])
    assert arrays.keys() == {"loss", "edges", "skipped", "seconds"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, expected[name].values, strict=True)


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "int16", "int64", "uint8", "uint64", "float16", "float32", "float64"]
)
def test_every_type_of_number_is_read_as_it_was_written(tmp_path, dtype):
    template = xr.Dataset(
        {"value": ("place", np.array([0, 1, 1], dtype))}, {"label": ("place", np.array([2, 1, 0], dtype))}
    )
    measures = begun(tmp_path / "measures", template, [5])
    write(measures, 5, template)
    found = Measures(measures.path).read([5])
    xr.testing.assert_identical(found.isel(step=0, drop=True), template)
    assert found["value"].dtype == found["label"].dtype == dtype


def test_the_same_measures_give_the_same_bytes(measures):
    first = {file.name: file.read_bytes() for file in written(measures).path.iterdir()}
    again = {TEMPLATE: template_bytes(Template.of(STEPS, measures_at(25)))}
    for step in STEPS:
        numbers = measures.template.numbers_of(step, measures_at(step), measures.path)
        again[f"{step:08}.safetensors"] = step_bytes(step, dict(reversed(numbers.items())))
    assert again == first


def test_a_step_that_was_not_written_is_noticed(measures):
    written(measures, (0, 25))
    with pytest.raises(RunError, match=r"measures/00000010\.safetensors is missing"):
        measures.read(STEPS)


def test_the_expected_files_are_those_that_are_there(measures):
    written(measures, (0, 25))
    found = {str(path.relative_to(measures.path)) for path in measures.path.rglob("*") if path.is_file()}
    assert measures.files((0, 25)) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop_vars("loss"), r"and their template differ in \['loss'\]"),
        (lambda d: d.assign(extra=1.0), r"and their template differ in \['extra'\]"),
        (
            lambda d: d.assign(loss=d["loss"].astype("f8")),
            "'loss' of step 10",
        ),
        (lambda d: d.assign(loss=d["loss"].T), "'loss' of step 10"),
        (lambda d: d.isel(seed=[0]), "of step 10 is"),
        (lambda d: d.assign_coords(beta=[1e-6, 1e-3, 2.0]), "coordinate 'beta' of step 10 differs"),
        (lambda d: d.assign(algorithm=d["algorithm"].str.upper()), "'algorithm' holds 'CONVEXITY'"),
        (lambda d: d.assign(algorithm=(d["algorithm"].dims, np.zeros((2, 3), np.int8))), "'algorithm' holds '0'"),
    ],
)
def test_a_step_that_does_not_fit_the_template_is_refused_whole(measures, change, message):
    with pytest.raises(InputError, match=message):
        write(measures, 10, change(measures_at(10)))
    assert [file.name for file in measures.path.iterdir()] == [TEMPLATE]


def test_a_step_that_is_not_to_be_measured_is_refused(measures):
    for action in (lambda: write(measures, 11, measures_at(11)), lambda: measures.read([11])):
        with pytest.raises(InputError, match=r"step 11 is not measured in .*: it has 0, 10, 25"):
            action()


def sealed(measures, step, **changes):
    """Writes a step's file with other arrays under a checksum that fits them, as somebody hostile would."""
    file = measures.path / f"{step:08}.safetensors"
    numbers, metadata = load_arrays(file)
    numbers = {name: array for name, array in (numbers | changes).items() if array is not None}
    file.write_bytes(arrays_bytes(numbers, metadata))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named_with_their_place(measures, value):
    wrong = measures_at(10)
    wrong["loss"][1, 2] = value
    with pytest.raises(RunError, match=r"step 10 has 1 values of 'loss' that .* first at seed 1, beta 1\.0"):
        write(measures, 10, wrong)
    sealed(written(measures), 10, loss=wrong["loss"].values)
    with pytest.raises(RunError, match=r"1 values of 'loss' .* the first at step 10, seed 1, beta 1\.0"):
        measures.read(STEPS)


@pytest.mark.parametrize("flag", [-1, 4, 127])
def test_a_number_that_stands_for_no_string_is_noticed(measures, flag):
    sealed(written(measures), 10, algorithm=np.array([[flag, 0, 0], [0, 0, 0]], np.int8))
    with pytest.raises(RunError, match=rf"algorithm.* holds the flag {flag}: flags are 0 to"):
        measures.read(STEPS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": None}, "entry 'loss' is missing"),
        ({"other": np.zeros(1)}, "entry 'other' is unexpected"),
        ({"loss": np.zeros((2, 2), np.float32)}, r"entry 'loss' has shape \(2, 2\)"),
        ({"loss": np.zeros((2, 3), np.float16)}, "entry 'loss' has .* dtype float16 in place of .* float32"),
        ({"algorithm": np.zeros((2, 3), np.int64)}, "entry 'algorithm' has .* int64 in place of .* int8"),
    ],
)
def test_a_step_of_another_form_is_refused_even_under_a_fitting_checksum(measures, changes, message):
    sealed(written(measures), 10, **changes)
    with pytest.raises(RunError, match=rf"00000010\.safetensors: {message}"):
        measures.read(STEPS)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (xr.Dataset({"loss": ("step", [1.0])}), "'step'"),
        (xr.Dataset({"loss": 1.0}, {"step": 3}), "'step'"),
        (xr.Dataset({"loss": ("seed", np.zeros(0))}), "no empty axis"),
        (xr.Dataset({"../loss": 1.0}), "plain name"),
        (xr.Dataset({"the loss": 1.0}), "plain name"),
        (xr.Dataset({3: 1.0}), "plain name"),
        (xr.Dataset({"loss": 1j}), "dtype complex128"),
        (xr.Dataset({"time": np.datetime64("2024-01-01", "ns")}), "dtype datetime64"),
        (xr.Dataset({"loss": ("beta", [1.0])}, {"beta": [np.nan]}), "beta"),
        (xr.Dataset({"name": ("seed", ["a", "b"])}), "flag_meanings"),
        (xr.Dataset({"name": ("seed", ["a", "b"], {"flag_meanings": ""})}), "name"),
        (xr.Dataset({"name": ("seed", ["a"], {"flag_meanings": "a é"})}), "name"),
        (xr.Dataset(coords={"name": ("seed", ["two words"])}), "two words"),
        (xr.Dataset(coords={"name": ("seed", [f"n{k}" for k in range(128)])}), "127"),
        (xr.Dataset({"loss": ((), 1.0, {"object": object()})}), "JSON"),
        (xr.Dataset(attrs={"value": np.nan}), "JSON"),
    ],
)
def test_templates_that_cannot_be_stored_are_refused(template, message):
    with pytest.raises(InputError, match=message):
        Template.of([0, 1], template)


def resealed(path, change):
    """Changes a template's file and gives it the checksum that fits, as somebody hostile would."""
    arrays, metadata = load_arrays(path / TEMPLATE)
    change(arrays, metadata)
    (path / TEMPLATE).write_bytes(arrays_bytes(arrays, metadata))


def loss(metadata):
    return next(entry for entry in metadata["variables"] if entry["name"] == "loss")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, d: loss(d).update(dtype="object"), "in the format of weightloom"),
        (lambda a, d: loss(d).update(dtype={"name": "pickle"}), "in the format of weightloom"),
        (lambda a, d: loss(d).update(dtype="int8"), None),
        (lambda a, d: loss(d).update(shape=[2, -3]), "are inconsistent"),
        (lambda a, d: loss(d).update(shape=[2]), "are inconsistent"),
        (lambda a, d: loss(d).update(shape=[2.5, 3]), "variables is"),
        (lambda a, d: loss(d).update(shape="23"), "variables is"),
        (lambda a, d: loss(d).update(shape=[10**15, 10**15]), "are inconsistent"),
        (lambda a, d: loss(d).update(dims=["seed"]), "are inconsistent"),
        (lambda a, d: loss(d).update(dims=["step", "seed"]), "are inconsistent"),
        (lambda a, d: loss(d).update(dims=["seed", "seed"]), "are inconsistent"),
        (lambda a, d: loss(d).update(dims=["beta", "seed"]), "are inconsistent"),
        (lambda a, d: loss(d).update(attributes=None), "in the format of weightloom"),
        (lambda a, d: loss(d).update(codecs=["pickle"]), "variables is"),
        (lambda a, d: loss(d).pop("attributes"), "attributes"),
        (lambda a, d: loss(d).update(name="../loss"), "must be an identifier"),
        (lambda a, d: loss(d).update(name="step"), "must be an identifier"),
        (lambda a, d: loss(d).update(name="edges"), "variables is"),
        (lambda a, d: d.update(attributes=[]), "attributes is"),
        (lambda a, d: d.update(variables=3), "in the format of weightloom"),
        (lambda a, d: d.update(extra=1), "extra"),
        (lambda a, d: d.pop("variables"), "variables"),
        (lambda a, d: a.pop("step"), "'step'"),
        (lambda a, d: a.update(step=np.array([3, 1])), "increasing"),
        (lambda a, d: a.update(step=np.array([0, 10**9])), "increasing"),
        (lambda a, d: a.update(beta=np.zeros(4)), "'beta' does not match"),
        (lambda a, d: a.update(beta=np.zeros(3, np.float32)), "'beta' does not match"),
        (lambda a, d: a.update(beta=np.array([0, np.nan, 1])), "'beta' that are not finite"),
        (lambda a, d: a.update(side=np.array([0, 2], np.int8)), "the flag 2: flags are 0 to 1"),
        (lambda a, d: a.update(other=np.zeros(1)), "'other' does not match"),
    ],
)
def test_nothing_but_weightlooms_own_form_is_read_even_under_a_fitting_checksum(measures, change, message):
    path = written(measures).path
    resealed(path, change)
    with pytest.raises(RunError, match=message) as error:
        Measures(path).read(STEPS)
    assert str(path) in str(error.value)


def test_coordinates_in_other_memory_orders_are_stored_by_their_values(tmp_path):
    points = np.arange(6.0).reshape(2, 3)
    template = xr.Dataset({"loss": 1.0}, {"points": (("place", "d"), np.asfortranarray(points))})
    measures = begun(tmp_path / "measures", template, [0])
    np.testing.assert_array_equal(measures.read([])["points"], points)


def test_metadata_is_json_that_anybody_can_read(measures):
    with safetensors.safe_open(measures.path / TEMPLATE, "numpy") as file:
        described = json.loads(file.metadata()["weightloom"])
    assert described["attributes"] == {"title": "measures of a test"}
    assert loss(described)["dims"] == ["seed", "beta"]
