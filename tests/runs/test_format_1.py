"""Runs that weightloom 0.1 wrote: they open, say what they said, and are as strictly checked as any run."""

import json
import os
import pickle

import google_crc32c
import numpy as np
import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.runs.old_runs import numbers, unpacked
from tests.runs.test_hostile_folders import NEW_ARRAY, OLD_ARRAY, Bomb
from weightloom.errors import InputError, RunError
from weightloom.runs import RunFolder
from weightloom.runs.format_1 import MeasuresOfFormat1
from weightloom.runs.json_files import checksum

FILES = [
    "config.json",
    "COMPLETE",
    "measures.zarr/zarr.json",
    "measures.zarr/loss/zarr.json",
    "measures.zarr/loss/c.0.0.0",
    "measures.zarr/algorithm/c.1.0.0",
    "measures.zarr/beta/zarr.json",
    "measures.zarr/beta/c.0",
    "measures.zarr/step/c.0",
]
STEPS = (1, 12)


@pytest.fixture
def old(tmp_path):
    return unpacked("discovery", tmp_path)


@pytest.fixture
def measures(old):
    return old / "measures.zarr"


@pytest.mark.parametrize(("name", "steps"), [("discovery", (1, 12)), ("unfinished", (1,)), ("fields", None)])
def test_measures_are_those_that_0_1_read(tmp_path, name, steps):
    folder = RunFolder.open(unpacked(name, tmp_path))
    found = folder.measures()
    expected = {key.split("/")[1]: array for key, array in numbers().items() if key.startswith(f"{name}/")}
    assert set(found.variables) == expected.keys()
    for variable, array in expected.items():
        np.testing.assert_array_equal(found[variable].values, array, strict=True)
    assert folder.schema == 1
    assert folder.complete == (name != "unfinished")
    assert steps is None or folder.steps == steps


def test_networks_are_those_that_0_1_gave(old):
    run, known = wl.open_run(old), numbers()
    np.testing.assert_allclose(run.network(1, 1e-6)(known["points"]), known["measured_network"], rtol=1e-5, atol=1e-6)
    generated = run.network(1, 3e-4, draw=2)(known["points"])
    np.testing.assert_allclose(generated, known["generated_network"], rtol=1e-4, atol=1e-5)


def test_forecasts_are_those_that_0_1_made(tmp_path):
    run, known = wl.open_run(unpacked("fields", tmp_path)), numbers()
    data = wl.fields.open_trajectories(unpacked("heat.zarr", tmp_path))
    np.testing.assert_array_equal(data.values, known["heat"])
    forecast = run.forecast(data.values[5, 0], times=data.times)
    np.testing.assert_allclose(forecast, known["forecast"], rtol=1e-4, atol=1e-5)


def test_opening_changes_nothing(old):
    before = file_bytes(old)
    RunFolder.open(old).measures()
    assert file_bytes(old) == before


def test_an_unfinished_one_is_read_and_not_resumed(tmp_path):
    path = unpacked("unfinished", tmp_path)
    run, before = RunFolder.open(path), file_bytes(path)
    sentence = r"an unfinished run that weightloom 0\.1\.0 began, which this version reads but does not resume: finish"
    with pytest.raises(InputError, match=sentence):
        RunFolder.create(path, run.config, STEPS, run.measures().isel(step=0, drop=True), run.keep)
    with pytest.raises(InputError, match="open for reading only"):
        run.finish()
    assert file_bytes(path) == before


def test_a_complete_one_of_the_same_config_is_given_back(old):
    run = RunFolder.open(old)
    one, before = run.measures().isel(step=0, drop=True), file_bytes(old)
    assert RunFolder.create(old, run.config, STEPS, one, run.keep).complete
    newer = run.config | {"learned_std": run.config["learned_deviation"]}
    newer.pop("learned_deviation")

    def upgrade(config, schema):
        assert schema == 1
        return {"learned_std" if name == "learned_deviation" else name: value for name, value in config.items()}

    assert RunFolder.create(old, newer, STEPS, one, run.keep, upgrade).complete
    with pytest.raises(InputError, match=r"config\.learned_deviation is 3\.0 there, absent here"):
        RunFolder.create(old, newer, STEPS, one, run.keep)
    with pytest.raises(InputError, match=r"config\.steps is 12 there, 13 here"):
        RunFolder.create(old, run.config | {"steps": 13}, STEPS, one, run.keep)
    with pytest.raises(InputError, match=r"other measures \(its steps are \(1, 12\)\)"):
        RunFolder.create(old, run.config, (1, 13), one, run.keep)
    assert file_bytes(old) == before


def read_everything(path):
    run = RunFolder.open(path)
    run.measures()
    return wl.open_run(path).parameters(0)


def test_no_file_can_be_missing_or_empty(old):
    assert set(FILES) < set(file_bytes(old))
    for name in file_bytes(old):
        content = (old / name).read_bytes()
        for damage in ((old / name).unlink, (old / name).touch):
            damage()
            with pytest.raises(RunError):
                read_everything(old)
        (old / name).write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_changed_or_replaced_file_is_refused_by_name(old, name):
    content = (old / name).read_bytes()
    changes = [content[:length] for length in {0, 1, len(content) // 2, len(content) - 1}] + [content + b"\0"]
    for k, place in enumerate({round(x) for x in np.linspace(0, len(content) - 1, 12)}):
        changed = bytearray(content)
        changed[place] ^= (1, 128)[k % 2]
        changes.append(bytes(changed))
    sentinel = old.parent / "sentinel"
    changes += [pickle.dumps(Bomb(sentinel), protocol) for protocol in (0, 4)]
    for changed in changes:
        (old / name).write_bytes(changed)
        with pytest.raises(RunError) as error:
            read_everything(old)
        assert os.path.dirname(name) in str(error.value)
    assert not sentinel.exists()


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("measures")])
@pytest.mark.parametrize("damage", ["link", "pipe", "folder"])
def test_a_file_that_is_no_regular_file_is_refused(old, name, damage):
    (old / name).rename(old.parent / "elsewhere")
    if damage == "link":
        (old / name).symlink_to(old.parent / "elsewhere")
    elif damage == "pipe":
        os.mkfifo(old / name)
    else:
        (old / name).mkdir()
    with pytest.raises(RunError) as error:
        read_everything(old)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"measures.zarr/planted/.zarray": OLD_ARRAY, "measures.zarr/planted/0": Bomb}, "planted"),
        ({"measures.zarr/loss/.zarray": OLD_ARRAY, "measures.zarr/loss/0": Bomb}, "loss"),
        ({"measures.zarr/.zgroup": {"zarr_format": 2}}, ".zgroup"),
        ({"measures.zarr/.zmetadata": {"zarr_format": 2}}, ".zmetadata"),
        ({"measures.zarr/loss/.zattrs": {}}, ".zattrs"),
        ({"measures.zarr/planted/zarr.json": NEW_ARRAY, "measures.zarr/planted/c/0": Bomb}, "planted"),
        ({"measures.zarr/loss/zarr.json": NEW_ARRAY, "measures.zarr/loss/c/0": Bomb}, "loss"),
        ({"measures.zarr/loss/zarr.json": OLD_ARRAY}, "loss"),
        ({"measures/00000012.safetensors": Bomb}, "measures/00000012.safetensors"),
        ({"measures.zarr/figures/front.svg": {}}, "front.svg"),
    ],
)
def test_planted_files_are_refused_and_not_executed(old, files, named):
    sentinel = old.parent / "sentinel"
    for name, content in files.items():
        (old / name).parent.mkdir(exist_ok=True, parents=True)
        bomb = content is Bomb
        (old / name).write_bytes(pickle.dumps(Bomb(sentinel)) if bomb else json.dumps(content).encode())
    with pytest.raises(RunError) as error:
        read_everything(old)
    assert named in str(error.value)
    assert not sentinel.exists()


def resealed(path, change):
    """Changes a group's own file and gives it the checksum that fits, as somebody hostile would."""
    document = json.loads((path / "zarr.json").read_text())
    document["attributes"].pop("checksum")
    change(document)
    document["attributes"]["checksum"] = checksum(document)
    (path / "zarr.json").write_text(json.dumps(document))
    for name, form in document["consolidated_metadata"]["metadata"].items():
        if (path / name).is_dir():
            (path / name / "zarr.json").write_text(json.dumps(form))


def loss(document):
    return document["consolidated_metadata"]["metadata"]["loss"]


PICKLE = {"name": "numcodecs.pickle", "configuration": {}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: loss(d).update(codecs=[PICKLE]), "codecs"),
        (lambda d: loss(d)["codecs"].append(PICKLE), "codecs"),
        (lambda d: loss(d)["codecs"].pop(), "codecs"),
        (lambda d: loss(d).update(data_type="object"), "in the format of weightloom"),
        (lambda d: loss(d).update(data_type={"name": "pickle"}), "in the format of weightloom"),
        (lambda d: loss(d).update(zarr_format=2), "zarr_format"),
        (lambda d: loss(d).update(node_type="group"), "node_type"),
        (lambda d: loss(d).update(fill_value=0.0), "fill_value"),
        (lambda d: loss(d).update(storage_transformers=[PICKLE]), "storage_transformers"),
        (lambda d: loss(d).update(chunk_key_encoding={"name": "v2"}), "chunk_key_encoding"),
        (lambda d: loss(d).update(shape=[2, 2, -3]), "shape"),
        (lambda d: loss(d).update(shape=[2, 2]), "shape"),
        (lambda d: loss(d).update(shape=[2.5, 2, 3]), "shape"),
        (lambda d: loss(d).update(shape="223"), "shape"),
        (lambda d: loss(d).update(shape=[2, 10**15, 10**15]), "chunk_shape"),
        (lambda d: loss(d)["chunk_grid"]["configuration"].update(chunk_shape=[1, 1, 1]), "chunk_shape"),
        (lambda d: loss(d).update(dimension_names=["step", "seed"]), "dimension_names"),
        (lambda d: loss(d).update(dimension_names=["step", "seed", "hyperlayer"]), "are inconsistent"),
        (lambda d: loss(d).update(attributes=None), "in the format of weightloom"),
        (lambda d: loss(d).pop("attributes"), "attributes"),
        (lambda d: d["consolidated_metadata"]["metadata"].pop("step"), "'step'"),
        (lambda d: d["consolidated_metadata"]["metadata"].update(other=loss(d)), "other/zarr.json is missing"),
        (lambda d: d["consolidated_metadata"]["metadata"].update({"../x": loss(d)}), "must be an identifier"),
        (lambda d: d["consolidated_metadata"].update(kind="pickle"), "consolidated_metadata"),
        (lambda d: d["consolidated_metadata"]["metadata"].update(loss=[1]), "in the format of weightloom"),
        (lambda d: d.update(node_type="array"), "node_type"),
        (lambda d: d.update(zarr_format=2), "zarr_format"),
        (lambda d: d.update(extra=1), "extra"),
    ],
)
def test_nothing_but_weightlooms_own_form_is_read_even_under_a_fitting_checksum(measures, change, message):
    resealed(measures, change)
    with pytest.raises(RunError, match=message) as error:
        MeasuresOfFormat1(measures).read(STEPS)
    assert str(measures) in str(error.value)


def test_a_huge_shape_is_refused_before_memory_is_asked_for(measures):
    def grow(document):
        loss(document)["shape"] = [2, 10**15, 10**15]
        loss(document)["chunk_grid"]["configuration"]["chunk_shape"] = [1, 10**15, 10**15]

    resealed(measures, grow)
    with pytest.raises(RunError, match=r"c\.0\.0\.0 has 28 bytes in place of 40{29}4"):
        MeasuresOfFormat1(measures).read(STEPS)
    with pytest.raises(RunError):
        MeasuresOfFormat1(measures).read(())


def test_arrays_that_change_places_are_noticed(measures):
    (measures / "loss").rename(measures / "kept")
    (measures / "algorithm").rename(measures / "loss")
    (measures / "kept").rename(measures / "algorithm")
    with pytest.raises(RunError, match=r"(loss|algorithm)/zarr\.json does not match"):
        MeasuresOfFormat1(measures)


def sealed(path, values):
    content = values.tobytes()
    path.write_bytes(content + google_crc32c.value(content).to_bytes(4, "little"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named_with_their_place(measures, value):
    wrong = np.zeros((2, 3), "<f4")
    wrong[1, 2] = value
    sealed(measures / "loss" / "c.1.0.0", wrong)
    with pytest.raises(RunError, match=r"1 values of 'loss' .* the first at step 12, seed 1, beta 1\.0"):
        MeasuresOfFormat1(measures).read(STEPS)


@pytest.mark.parametrize("flag", [-1, 9, 127])
def test_a_number_that_stands_for_no_string_is_noticed(measures, flag):
    sealed(measures / "algorithm" / "c.1.0.0", np.array([flag, 0, 0, 0, 0, 0], np.int8))
    with pytest.raises(RunError, match=rf"algorithm.* holds the flag {flag}: flags are 0 to"):
        MeasuresOfFormat1(measures).read(STEPS)


def test_a_step_that_is_not_measured_is_refused(measures):
    with pytest.raises(InputError, match=r"step 11 is not measured in .*: it has 1, 12"):
        MeasuresOfFormat1(measures).read([11])
