"""`weightloom simulate`: a Zarr folder out, or one sentence and nothing."""

import pytest

from weightloom.fields import heat, navier_stokes, open_trajectories


def test_what_is_stored_is_what_the_function_returns(command, tmp_path):
    out = tmp_path / "new" / "heat.zarr"
    code, output, errors = command("simulate", "heat", "--trajectories", 3, "--frames", 4, "--grid", 16, "--key", 7,
                                   "--set", "diffusivity=0.2", "--out", out)  # fmt: skip
    assert (code, errors) == (0, "")
    assert output.split() == f"{out} holds 3 trajectories of 4 frames on 16 × 16.".split()
    assert open_trajectories(out).fingerprint == heat(3, 4, 16, 7, diffusivity=0.2).fingerprint


def test_whole_parameters_stay_whole(command, tmp_path):
    out = tmp_path / "ns.zarr"
    assert command("simulate", "navier-stokes", "--trajectories", 1, "--frames", 1, "--grid", 16, "--set", "burn_in=0",
                   "--out", out)[0] == 0  # fmt: skip
    assert open_trajectories(out).fingerprint == navier_stokes(1, 1, 16, burn_in=0).fingerprint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fire", "--out", "x.zarr"), "PDE 'fire' is unknown: use one of heat, wave, navier-stokes, shallow-water"),
        (("heat", "--out", "x.nc"), "ends in .zarr"),
        (("heat", "--out", "taken.zarr"), "exists already"),
        (("heat", "--out", "x.zarr", "--trajectories", "0"), "trajectories 0 cannot be used"),
        (("heat", "--out", "x.zarr", "--frames", "-3"), "frames -3 cannot be used"),
        (("heat", "--out", "x.zarr", "--grid", "7"), "grid is 7"),
        (("heat", "--out", "x.zarr", "--key", "-1"), "key -1 cannot be used"),
        (("heat", "--out", "x.zarr", "--set", "viscosity=1"), "it has frame, burn_in, diffusivity"),
        (("heat", "--out", "x.zarr", "--set", "diffusivity=much"), "give a value such as 0.1"),
        (("heat", "--out", "x.zarr", "--set", "diffusivity=-1"), "diffusivity -1.0 cannot be used"),
        (("navier-stokes", "--out", "x.zarr", "--set", "burn_in=1.5"), "give a value such as 30"),
        (("heat", "--out", "taken.zarr/y.zarr"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_writes_nothing(refused, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.zarr").write_text("mine")
    if arguments[2] == "taken.zarr/y.zarr":
        arguments = (*arguments, "--trajectories", "1", "--frames", "1", "--grid", "16")
    assert sentence in refused("simulate", *arguments)
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken.zarr"]
