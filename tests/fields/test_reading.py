"""A user's own files: every format gives the same trajectories, and what does not fit gets a sentence."""

import json

import numpy as np
import pytest
import xarray as xr

from weightloom.errors import InputError
from weightloom.fields import open_trajectories
from weightloom.fields.reading import as_trajectories

RUNS, TIMES, LAT, LON = 3, 5, 4, 6
GENERATOR = np.random.default_rng(0)
U, V = GENERATOR.standard_normal((2, RUNS, TIMES, LAT, LON)).astype(np.float32)
Y, X = np.linspace(-1, 1, LAT), np.linspace(0, 5, LON)


def dataset():
    axes = ("member", "hour", "lat", "lon")
    return xr.Dataset(
        {"u": (axes, U), "v": (axes, V)}, {"hour": np.arange(TIMES) * 6.0, "lat": Y, "lon": X, "member": range(RUNS)}
    )


NAMES = {"values": ("u", "v"), "time": "hour", "coordinates": ("lon", "lat"), "trajectory": "member"}


@pytest.fixture(params=["mine.nc", "mine.zarr"])
def file(request, tmp_path):
    path = tmp_path / request.param
    dataset().to_netcdf(path) if path.suffix == ".nc" else dataset().to_zarr(path, consolidated=False)
    return path


def test_labelled_files(file):
    data = open_trajectories(file, **NAMES, period=(6.0, 4.0))
    np.testing.assert_array_equal(data.values, np.stack([U, V], -1))
    np.testing.assert_array_equal(data.times, [0, 6, 12, 18, 24])
    np.testing.assert_allclose(data.coordinates[2, 3], [X[3], Y[2]], rtol=1e-6)
    assert (data.channels, data.period) == (("u", "v"), (6.0, 4.0))
    assert data.attributes["file"] == file.name


def test_one_variable_of_one_trajectory(file):
    whole = open_trajectories(file, values="u", time="hour", coordinates=("lat", "lon"), trajectory="member")
    np.testing.assert_array_equal(whole.values[..., 0], U)
    with pytest.raises(InputError, match="coordinate may vary along the axes of the grid"):
        open_trajectories(file, values="u", time="hour", coordinates=("member", "lon"), trajectory="member")


def test_axes_may_come_in_any_order_and_channels_be_an_axis(tmp_path):
    turned = xr.Dataset(
        {"w": (("lon", "channel", "t", "lat"), np.stack([U[0], V[0]], 1).transpose(3, 1, 0, 2))},
        {
            "t": np.array(["2026-01-01T00", "2026-01-01T06", "2026-01-01T12", "2026-01-02T00", "2026-01-02T06"],
                          "datetime64[ns]"),
            "channel": ["east", "north"],
            "lat": Y,
            "place": (("lon", "lat"), X[:, None] + Y),
        },
    )  # fmt: skip
    turned.to_netcdf(tmp_path / "turned.nc")
    data = open_trajectories(tmp_path / "turned.nc", values="w", time="t", coordinates=["lat", "place"],
                             channels="channel")  # fmt: skip
    np.testing.assert_array_equal(data.values[0], np.stack([U[0], V[0]], -1).swapaxes(1, 2))
    np.testing.assert_array_equal(data.times, np.array([0, 6, 12, 24, 30]) * 3600)
    np.testing.assert_allclose(data.coordinates[3, 1], [Y[1], X[3] + Y[1]], rtol=1e-6)
    assert data.channels == ("east", "north")


def test_stations_at_scattered_points(tmp_path):
    stations = xr.Dataset({"u": (("t", "station"), U[0, :, 0])}, {"t": range(TIMES), "x": ("station", X), "y": (
        "station", X**2)})  # fmt: skip
    stations.to_netcdf(tmp_path / "stations.nc")
    data = open_trajectories(tmp_path / "stations.nc", values="u", time="t", coordinates=("x", "y"))
    assert data.values.shape == (1, TIMES, LON, 1)
    np.testing.assert_allclose(data.points, np.stack([X, X**2], -1), rtol=1e-6)


@pytest.mark.parametrize(
    "places",
    [{"p": np.stack(np.meshgrid(Y, X, indexing="ij"), -1)}, {"y": Y, "x": X},
     dict(zip(["b", "a"], np.meshgrid(Y, X, indexing="ij")))],
)  # fmt: skip
def test_npz(tmp_path, places):
    np.savez(tmp_path / "mine.npz", w=np.stack([U, V], -1), t=np.arange(TIMES), names=["u", "v"], **places)
    data = open_trajectories(tmp_path / "mine.npz", values="w", time="t", coordinates=tuple(places), channels="names")
    np.testing.assert_array_equal(data.values, np.stack([U, V], -1))
    np.testing.assert_allclose(data.coordinates[2, 3], [Y[2], X[3]], rtol=1e-6)
    assert data.channels == ("u", "v")


@pytest.mark.parametrize("shape", [(LAT, LON), (TIMES, LAT, LON)])
def test_a_mask_in_an_npz(tmp_path, shape):
    sea = np.random.default_rng(0).random(shape) < 0.5
    np.savez(tmp_path / "mine.npz", w=U[..., None], t=np.arange(TIMES), y=Y, x=X, sea=sea)
    data = open_trajectories(tmp_path / "mine.npz", values="w", time="t", coordinates=("y", "x"), mask="sea")
    np.testing.assert_array_equal(np.isfinite(data.values[..., 0]), np.broadcast_to(sea, U.shape))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"values": None}, "give the names of its values"),
        ({"time": None, "coordinates": None}, "give the names of its time, from"),
        ({"values": "w"}, "has no variable 'w': it has .*u, v"),
        ({"trajectory": "seed"}, "u has no axis 'seed': it has"),
        ({"time": "u"}, "give one row of times"),
        ({"time": "lat"}, "coordinate may vary"),
        ({"channels": "member", "trajectory": None}, "give one axis, or several variables"),
        ({"values": ("u", "lat")}, "have different axes"),
    ],
)
def test_names_that_do_not_fit(tmp_path, changes, sentence):
    dataset().to_netcdf(tmp_path / "mine.nc")
    with pytest.raises(InputError, match=sentence) as raised:
        open_trajectories(tmp_path / "mine.nc", **(NAMES | changes))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arrays", "names", "sentence"),
    [
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(2), "x": np.zeros(4)}, {}, "have inconsistent shapes"),
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(3), "x": np.zeros(5)}, {}, "have inconsistent shapes"),
        ({"w": np.zeros((3, 4)), "t": np.arange(3), "x": np.zeros(4)}, {}, r"give \(trajectory, time"),
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(3), "x": np.zeros(4)}, {"trajectory": "w"}, "axes have no names"),
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(3)[::-1], "x": np.zeros(4)}, {}, "sort the frames"),
        ({"w": np.full((2, 3, 4, 1), np.inf), "t": np.arange(3), "x": np.zeros(4)}, {}, "is infinite"),
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(3), "x": np.zeros(4)}, {"mask": "sea"}, "has no variable 'sea'"),
        ({"w": np.zeros((2, 3, 4, 1)), "t": np.arange(3), "x": np.zeros(4)}, {"mask": "w"}, "give a mask of shape"),
        ({"w": np.array([{}], object), "t": np.arange(3), "x": np.zeros(4)}, {}, "cannot be read: Object arrays"),
    ],
)
def test_npz_that_does_not_fit(tmp_path, arrays, names, sentence):
    np.savez(tmp_path / "mine.npz", allow_pickle=True, **arrays)
    with pytest.raises(InputError, match=sentence) as raised:
        open_trajectories(tmp_path / "mine.npz", values="w", time="t", coordinates="x", **names)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("data", ["absent.nc", dataset()], ids=["file", "dataset"])
def test_names_that_there_are_not(data):
    with pytest.raises(InputError, match="the names of data have no vaules: give some of values, time, coordinates"):
        as_trajectories(data, {"vaules": "u"})


@pytest.mark.parametrize("name", ["absent.nc", "data.csv", "text.nc", "text.npz", "empty.zarr"])
def test_files_that_cannot_be_read(tmp_path, name):
    if name.startswith("text"):
        (tmp_path / name).write_text("no data")
    if name.startswith("empty"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError) as raised:
        open_trajectories(tmp_path / name, values="u", time="t", coordinates="x")
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


def test_a_zarr_that_asks_to_unpickle_is_refused_before_anything_is_read(tmp_path):
    array = {
        "zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "|O", "compressor": None, "fill_value": None,
        "order": "C", "filters": [{"id": "pickle", "protocol": 5}],
    }  # fmt: skip
    (tmp_path / "evil.zarr" / "u").mkdir(parents=True)
    (tmp_path / "evil.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "evil.zarr" / "u" / ".zarray").write_text(json.dumps(array))
    with pytest.raises(InputError, match="can execute any code"):
        open_trajectories(tmp_path / "evil.zarr", values="u", time="t", coordinates="x")


def test_netcdf_4_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "new.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="weightloom\\[netcdf\\]"):
        open_trajectories(tmp_path / "new.nc", values="u", time="t", coordinates="x")
