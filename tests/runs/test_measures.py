import json

import google_crc32c
import numpy as np
import pytest
import xarray as xr

from tests.runs.example_run import ALGORITHMS, STEPS, measures_at
from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import write_folder
from weightloom.runs.json_files import checksum
from weightloom.runs.measures import Measures, initial_files


@pytest.fixture
def measures(tmp_path):
    write_folder(tmp_path / "measures.zarr", initial_files(STEPS, measures_at(0)))
    return Measures(tmp_path / "measures.zarr")


def written(measures, steps=STEPS):
    for step in steps:
        measures.write(step, measures_at(step))
    return measures


def test_what_is_written_step_by_step_is_read_as_one_dataset(measures):
    found = written(measures).read(STEPS)
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


@pytest.mark.parametrize("steps", [(), (10,), (0, 25), STEPS])
def test_any_of_the_steps_can_be_read(measures, steps):
    found = written(measures, steps).read(steps)
    assert tuple(found["step"].values) == steps
    assert found.sizes == {"step": len(steps), "seed": 2, "beta": 3, "edge": 2}
    for step in steps:
        xr.testing.assert_equal(found.sel(step=step).drop_vars("step"), measures_at(step))


def test_other_programs_read_it_with_xarray_and_zarr(measures):
    ours = written(measures, (0, 10)).read((0, 10))
    theirs = xr.open_zarr(measures.path, chunks=None).load()
    flags = ALGORITHMS.split()
    assert theirs["algorithm"].attrs["flag_meanings"].split() == flags
    decoded = theirs.isel(step=slice(2))
    decoded["algorithm"] = (decoded["algorithm"].dims, np.array(flags)[decoded["algorithm"].values])
    decoded["side"] = (decoded["side"].dims, np.array(["encoder", "decoder"])[decoded["side"].values])
    xr.testing.assert_equal(decoded.set_coords("side"), ours)
    unwritten = theirs.isel(step=2)
    assert np.isnan(unwritten["loss"]).all()
    assert (unwritten["algorithm"] == -1).all()
    assert set(theirs.coords) == set(ours.coords)


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "int16", "int64", "uint8", "uint64", "float16", "float32", "float64"]
)
def test_every_type_of_number_is_read_as_zarr_reads_it(tmp_path, dtype):
    template = xr.Dataset(
        {"value": ("place", np.array([0, 1, 1], dtype))}, {"label": ("place", np.array([2, 1, 0], dtype))}
    )
    write_folder(tmp_path / "measures.zarr", initial_files([5], template))
    measures = Measures(tmp_path / "measures.zarr")
    measures.write(5, template)
    ours, theirs = measures.read([5]), xr.open_zarr(tmp_path / "measures.zarr", chunks=None).load()
    xr.testing.assert_identical(ours, theirs.drop_attrs(deep=False))
    assert ours["value"].dtype == theirs["value"].dtype == dtype


def test_a_step_that_was_not_written_is_noticed(measures):
    written(measures, (0, 25))
    with pytest.raises(RunError, match=r"measures\.zarr/loss/c\.1\.0\.0 is missing"):
        measures.read(STEPS)


def test_the_expected_files_are_those_that_are_there(measures):
    written(measures, (0, 25))
    found = {str(path.relative_to(measures.path)) for path in measures.path.rglob("*") if path.is_file()}
    assert measures.files((0, 25)) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop_vars("loss"), r"differ from their template in \['loss'\]"),
        (lambda d: d.assign(extra=1.0), r"differ from their template in \['extra'\]"),
        (
            lambda d: d.assign(loss=d["loss"].astype("f8")),
            "'loss' of step 10",
        ),
        (lambda d: d.assign(loss=d["loss"].T), "'loss' of step 10"),
        (lambda d: d.isel(seed=[0]), "of step 10 is"),
        (lambda d: d.assign_coords(beta=[1e-6, 1e-3, 2.0]), "coordinate 'beta' of step 10 differs"),
        (lambda d: d.assign(algorithm=d["algorithm"].str.upper()), "'algorithm' holds 'CONVEXITY'"),
    ],
)
def test_a_step_that_does_not_fit_the_template_is_refused_whole(measures, change, message):
    with pytest.raises(InputError, match=message):
        measures.write(10, change(measures_at(10)))
    assert not list(measures.path.glob("*/c.1*"))


def test_a_step_that_is_not_to_be_measured_is_refused(measures):
    for action in (lambda: measures.write(11, measures_at(11)), lambda: measures.read([0, 11])):
        with pytest.raises(InputError, match=r"step 11 is not measured in .*: it has 0, 10, 25"):
            action()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named_with_their_place(measures, value):
    wrong = measures_at(10)
    wrong["loss"][1, 2] = value
    with pytest.raises(RunError, match=r"step 10 has 1 values of 'loss' that .* first at seed 1, beta 1\.0"):
        measures.write(10, wrong)
    chunk = written(measures).path / "loss" / "c.1.0.0"
    content = wrong["loss"].values.astype("<f4").tobytes()
    chunk.write_bytes(content + google_crc32c.value(content).to_bytes(4, "little"))
    with pytest.raises(RunError, match=r"1 values of 'loss' .* the first at step 10, seed 1, beta 1\.0"):
        measures.read(STEPS)


@pytest.mark.parametrize("flag", [-1, 4, 127])
def test_a_number_that_stands_for_no_string_is_noticed(measures, flag):
    chunk = written(measures).path / "algorithm" / "c.1.0.0"
    content = np.array([flag, 0, 0, 0, 0, 0], np.int8).tobytes()
    chunk.write_bytes(content + google_crc32c.value(content).to_bytes(4, "little"))
    with pytest.raises(RunError, match=rf"algorithm.* holds the flag {flag}, which stands for no string"):
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
        initial_files([0, 1], template)


def resealed(path, change):
    """Changes a group's own file and gives it the checksum that fits, as somebody hostile would."""
    document = json.loads((path / "zarr.json").read_text())
    document["attributes"].pop("checksum")
    change(document)
    document["attributes"]["checksum"] = checksum(document)
    (path / "zarr.json").write_text(json.dumps(document))
    for name, layout in document["consolidated_metadata"]["metadata"].items():
        if (path / name).is_dir():
            (path / name / "zarr.json").write_text(json.dumps(layout))


def loss(document):
    return document["consolidated_metadata"]["metadata"]["loss"]


PICKLE = {"name": "numcodecs.pickle", "configuration": {}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: loss(d).update(codecs=[PICKLE]), "codecs"),
        (lambda d: loss(d)["codecs"].append(PICKLE), "codecs"),
        (lambda d: loss(d)["codecs"].pop(), "codecs"),
        (lambda d: loss(d).update(data_type="object"), "weightloom writes"),
        (lambda d: loss(d).update(data_type={"name": "pickle"}), "weightloom writes"),
        (lambda d: loss(d).update(zarr_format=2), "zarr_format"),
        (lambda d: loss(d).update(node_type="group"), "node_type"),
        (lambda d: loss(d).update(fill_value=0.0), "fill_value"),
        (lambda d: loss(d).update(storage_transformers=[PICKLE]), "storage_transformers"),
        (lambda d: loss(d).update(chunk_key_encoding={"name": "v2"}), "chunk_key_encoding"),
        (lambda d: loss(d).update(shape=[3, 2, -3]), "shape"),
        (lambda d: loss(d).update(shape=[3, 2]), "shape"),
        (lambda d: loss(d).update(shape=[3.5, 2, 3]), "shape"),
        (lambda d: loss(d).update(shape="323"), "shape"),
        (lambda d: loss(d).update(shape=[3, 10**15, 10**15]), "chunk_shape"),
        (lambda d: loss(d)["chunk_grid"]["configuration"].update(chunk_shape=[1, 1, 1]), "chunk_shape"),
        (lambda d: loss(d).update(dimension_names=["step", "seed"]), "dimension_names"),
        (lambda d: loss(d).update(dimension_names=["step", "seed", "edge"]), "do not fit one another"),
        (lambda d: loss(d).update(attributes=None), "weightloom writes"),
        (lambda d: loss(d).pop("attributes"), "attributes"),
        (lambda d: d["consolidated_metadata"]["metadata"].pop("step"), "'step'"),
        (
            lambda d: d["consolidated_metadata"]["metadata"].update(other=loss(d)),
            "other/zarr.json is missing",
        ),
        (lambda d: d["consolidated_metadata"]["metadata"].update({"../x": loss(d)}), "plain names"),
        (lambda d: d["consolidated_metadata"].update(kind="pickle"), "consolidated_metadata"),
        (lambda d: d.update(node_type="array"), "node_type"),
        (lambda d: d.update(zarr_format=2), "zarr_format"),
        (lambda d: d.update(extra=1), "extra"),
    ],
)
def test_nothing_but_weightlooms_own_form_is_read_even_under_a_fitting_checksum(measures, change, message):
    path = written(measures).path
    resealed(path, change)
    with pytest.raises(RunError, match=message) as error:
        Measures(path).read(STEPS)
    assert str(path) in str(error.value)


def test_a_huge_shape_is_refused_before_memory_is_asked_for(measures):
    def grow(document):
        loss(document)["shape"] = [3, 10**15, 10**15]
        loss(document)["chunk_grid"]["configuration"]["chunk_shape"] = [1, 10**15, 10**15]

    path = written(measures).path
    resealed(path, grow)
    with pytest.raises(RunError, match=r"c\.0\.0\.0 has 28 bytes in place of 40{29}4"):
        Measures(path).read(STEPS)
    with pytest.raises(RunError):
        Measures(path).read(())


def test_arrays_that_change_places_are_noticed(measures):
    path = written(measures).path
    (path / "loss").rename(path / "kept")
    (path / "edges").rename(path / "loss")
    (path / "kept").rename(path / "edges")
    with pytest.raises(RunError, match=r"(loss|edges)/zarr\.json does not fit"):
        Measures(path)
