"""Trajectories: what they refuse, how they are cut, and that files give back every bit."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.runs.old_runs import numbers, unpacked
from weightloom.errors import InputError, RunError
from weightloom.fields import Trajectories, open_trajectories
from weightloom.runs.json_files import checksum

SHAPE = (5, 6, 4, 3, 2)


def example(**changes):
    given = {
        "values": np.random.default_rng(0).standard_normal(SHAPE),
        "times": np.arange(6) * 0.5,
        "coordinates": np.random.default_rng(1).random((4, 3, 2)),
        "channels": ("height", "velocity"),
        "period": (1.0, 2.0),
        "attributes": {"pde": "none", "numbers": [1, 2.5]},
    }
    return Trajectories(**(given | changes))


def same(a, b):
    for name in ("values", "times", "coordinates"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        assert getattr(a, name).dtype == getattr(b, name).dtype
    assert (a.channels, a.period, dict(a.attributes)) == (b.channels, b.period, dict(b.attributes))
    assert a.fingerprint == b.fingerprint
    return True


TOO_LARGE = np.full(SHAPE, 0.0)
TOO_LARGE[2, 1, 0, 2, 1] = -np.inf
INFINITE = np.zeros((4, 3, 2))
INFINITE[3, 0, 1] = np.inf


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"values": TOO_LARGE}, r"values\[2, 1, 0, 2, 1\] is infinite \(1 of 720 are\)"),
        ({"coordinates": INFINITE}, r"coordinates\[3, 0, 1\] is not finite"),
        ({"times": [0, 1, 2, 2, 3, 4]}, r"time\[3\] repeats the one before it"),
        ({"times": [0, 2, 1, 3, 4, 5]}, r"time\[2\] is earlier than the one before it: sort"),
        ({"times": [0, 1, np.nan, 3, 4, 5]}, r"time\[2\] is not finite"),
        ({"times": []}, r"times have shape \(0,\)"),
        ({"times": np.zeros((5, 6))}, "the same for all trajectories"),
        ({"times": np.arange(5)}, "5 times for 6 frames"),
        ({"values": np.zeros(SHAPE)[:, 0, 0]}, "give .trajectory, time"),
        ({"values": np.zeros(SHAPE)[:0]}, "no empty axis"),
        ({"values": np.full(SHAPE, "a")}, "give real numbers"),
        ({"values": np.zeros(SHAPE, complex)}, "give real numbers"),
        ({"coordinates": np.zeros((3, 4, 2))}, r"give \(4, 3\) and the number of coordinates"),
        ({"coordinates": np.zeros((4, 3, 0))}, "number of coordinates"),
        ({"channels": ("height",)}, "2 channels have the names"),
        ({"channels": ("height", "height")}, "a different name"),
        ({"period": (1.0,)}, "one positive length per coordinate"),
        ({"period": (1.0, -1.0)}, "one positive length per coordinate"),
        ({"period": 1.0}, "give one length per coordinate, or None"),
        ({"attributes": {"x": float("nan")}}, "cannot be stored as JSON"),
    ],
)
def test_bad_input_gets_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence) as raised:
        example(**changes)
    assert "\n" not in str(raised.value)


def test_ragged_values_are_refused():
    with pytest.raises(InputError, match="values are ragged: give an array with rows of equal length"):
        example(values=[[[[1.0]]], [[[1.0]], [[2.0]]]])


def test_arrays_cannot_be_written_to_and_the_callers_can():
    values = np.zeros(SHAPE, np.float32)
    data = example(values=values)
    with pytest.raises(ValueError, match="read-only"):
        data.values[0] = 1
    values[0] = 1


def test_points_are_in_the_order_of_the_values():
    data = example()
    assert data.at_points.shape == (5, 6, 12, 2)
    assert data.grid == (4, 3)
    np.testing.assert_array_equal(data.at_points[:, :, 7], data.values[:, :, 2, 1])
    np.testing.assert_array_equal(data.points[7], data.coordinates[2, 1])


def test_split_parts_the_last_trajectories_from_the_others():
    train, test = example().split(2)
    np.testing.assert_array_equal(np.concatenate([train.values, test.values]), example().values)
    assert (len(train), len(test)) == (3, 2)
    assert test.period == (1.0, 2.0)


def test_frames_and_trajectories_are_chosen_by_slices_numbers_and_arrays():
    data = example()
    assert same(data.frames(slice(0, 4, 2)), data.frames([0, 2]))
    assert same(data.frames(np.array([1, 3])), data.frames([1, 3]))
    np.testing.assert_array_equal(data.frames([1, 3]).times, [0.5, 1.5])
    assert same(data.select([-1, 0]), data.select(np.array([4, 0])))


def test_windows_count_as_trajectories():
    cut = example().windows(4)
    assert cut.values.shape == (5, 4, *SHAPE[2:])
    pieces = example().windows(3)
    np.testing.assert_array_equal(pieces.values[3], example().values[1, 3:])
    np.testing.assert_array_equal(pieces.times, [0, 0.5, 1])


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (lambda data: data.split(0), "give 1 to 4"),
        (lambda data: data.split(5), "leaves one part of 5 trajectories empty"),
        (lambda data: data.frames([]), "selects none of 6 frames"),
        (lambda data: data.frames([6]), "give a slice, or numbers from 0 to 5"),
        (lambda data: data.frames(np.array([0.5])), "cannot select"),
        (lambda data: data.frames([2, 1]), "earlier than the one before"),
        (lambda data: data.frames([2, 2]), "repeats"),
        (lambda data: data.select(slice(9, 12)), "selects none of 5 trajectories"),
        (lambda data: data.windows(7), "cannot be cut from 6 frames"),
        (lambda data: data.windows(0), "cannot be cut"),
        (lambda data: data.frames([0, 1, 3, 4]).windows(2), "equally spaced"),
    ],
)
def test_cuts_that_leave_nothing_are_refused(cut, sentence):
    with pytest.raises(InputError, match=sentence):
        cut(example())


def test_a_file_gives_back_every_bit(tmp_path):
    path = example().save(tmp_path / "new" / "data.zarr")
    assert same(open_trajectories(path), example())
    for data in (example(period=None), Trajectories(np.ones((1, 1, 7, 1)), [3], np.ones((7, 3)), ["u"])):
        shutil.rmtree(path)
        assert same(open_trajectories(data.save(path)), data)


def test_xarray_reads_the_file_too(tmp_path):
    with xr.open_zarr(example().save(tmp_path / "data.zarr")) as dataset:
        np.testing.assert_array_equal(dataset["values"].transpose("trajectory", "time", "y", "x", "channel"),
                                      example().values)  # fmt: skip
        assert dataset.attrs["channels"] == ["height", "velocity"]


def test_the_fingerprint_knows_every_part():
    parts = [
        {}, {"values": np.zeros(SHAPE)}, {"times": np.arange(6)}, {"coordinates": np.zeros((4, 3, 2))},
        {"channels": ("a", "b")}, {"period": None}, {"attributes": {}},
    ]  # fmt: skip
    assert len({example(**part).fingerprint for part in parts}) == len(parts)
    assert example().fingerprint == example().fingerprint


def test_nothing_is_overwritten_or_left_half_written(tmp_path, monkeypatch):
    path = example().save(tmp_path / "data.zarr")
    with pytest.raises(InputError, match="exists already"):
        example(period=None).save(path)
    assert same(open_trajectories(path), example())
    with pytest.raises(InputError, match=r"ends in \.zarr"):
        example().save(tmp_path / "data.nc")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        example().save(tmp_path / "other.zarr")
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.zarr"]


@pytest.mark.parametrize("file", ["values/c.2.0.0.0.0", "time/c.0", "time/zarr.json", "zarr.json"])
def test_damage_is_found_and_named(tmp_path, file):
    path = example().save(tmp_path / "data.zarr")
    content = bytearray((path / file).read_bytes())
    content[len(content) // 2] ^= 1
    (path / file).write_bytes(content)
    with pytest.raises((RunError, InputError), match=file.split("/")[0].removesuffix(".json")):
        open_trajectories(path)


def test_only_points_of_the_unit_sphere_lie_on_it():
    sphere = np.random.default_rng(0).normal(size=(9, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    for coordinates, expected in ((sphere, True), (1.01 * sphere, False), (sphere[:, :2], False)):
        data = Trajectories(np.zeros((1, 1, 9, 1)), [0.0], coordinates, ["height"])
        assert data.on_sphere is expected


def test_times_in_single_precision_are_even_enough_for_windows():
    times = np.float32(0.1) * np.arange(8, dtype=np.float32)
    data = Trajectories(np.zeros((1, 8, 3, 1)), times, np.arange(3.0)[:, None], ["height"])
    assert data.windows(4).values.shape == (2, 4, 3, 1)
    for length in (0, 9):
        with pytest.raises(InputError, match="cannot be cut from 8 frames"):
            data.windows(length)


def test_values_of_zero_are_stored_like_any_others(tmp_path):
    data = example(values=np.zeros(SHAPE))
    path = data.save(tmp_path / "data.zarr")
    assert sorted(file.name for file in (path / "values").iterdir())[:2] == ["c.0.0.0.0.0", "c.1.0.0.0.0"]
    assert same(open_trajectories(path), data)


@pytest.mark.parametrize("file", ["values/c.2.0.0.0.0", "values/c.0.0.0.0.0", "time/c.0", "coordinates/c.0.0.0"])
@pytest.mark.parametrize("damage", ["changed", "truncated", "longer", "empty", "missing", "link"])
def test_a_damaged_chunk_gets_one_sentence_that_names_it(tmp_path, file, damage):
    path = example().save(tmp_path / "data.zarr") / file
    content = path.read_bytes()
    path.unlink()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
    elif damage != "missing":
        changed = bytes([content[0] ^ 1]) + content[1:]
        path.write_bytes(
            {"changed": changed, "truncated": content[:-1], "longer": content + b"\0", "empty": b""}[damage]
        )
    with pytest.raises(RunError) as raised:
        open_trajectories(tmp_path / "data.zarr")
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_codec_is_refused_before_zarr_looks_it_up(tmp_path):
    path = example().save(tmp_path / "data.zarr")
    group = json.loads((path / "zarr.json").read_text())
    array = group["consolidated_metadata"]["metadata"]["values"]
    array["codecs"].append({"name": "numcodecs.pickle", "configuration": {}})
    group["attributes"].pop("checksum")
    group["attributes"]["checksum"] = checksum(group)
    (path / "zarr.json").write_text(json.dumps(group))
    (path / "values" / "zarr.json").write_text(json.dumps(array))
    with pytest.raises(RunError, match=r"zarr\.json does not describe an array in the format of weightloom: codecs is"):
        open_trajectories(path)


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_nothing_that_is_read(tmp_path):
    program = (
        "import os, sys\n"
        "from tests.fields.test_trajectories import example\n"
        "from tests.runs.breaking import CHANGES, broken, killed\n"
        "data = example()\n"
        "data.save(sys.argv[1] + '/other.zarr')\n"
        "with broken(int(sys.argv[2]), killed, CHANGES):\n"
        "    data.save(sys.argv[1] + '/data.zarr')\n"
    )
    path = tmp_path / "data.zarr"
    for at, outcome in ((1, -9), (9, -9), (20, -9), (1000, 0)):
        line = [sys.executable, "-c", program, str(tmp_path), str(at)]
        result = subprocess.run(line, cwd=Path(__file__).parents[2], timeout=120, capture_output=True)
        assert result.returncode == outcome, result.stderr
        assert path.exists() == (outcome == 0)
        shutil.rmtree(tmp_path / "other.zarr")
    assert same(open_trajectories(path), example())
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.zarr"]


def test_a_file_of_0_1_still_opens(tmp_path):
    data = open_trajectories(unpacked("heat.zarr", tmp_path))
    np.testing.assert_array_equal(data.values, numbers()["heat"])
    assert same(open_trajectories(data.save(tmp_path / "again.zarr")), data)
