"""Real sea surface temperatures, reconstructed by weightloom and by other methods from the same observations.

    python -m experiments.ocean.run alboran PATH/alboran_sst_small.nc
    python -m experiments.ocean.run ostia PATH/ostia_monthly.nc

`alboran_sst_small.nc` is the small example of the public DINEOF repository: 10 days of the Alboran Sea, 9 to 90 % of
the sea missing under clouds. In each of 10 draws, 5 % of the observations are hidden, in round clouds of 500 pixels,
and every method fills them. `ostia_monthly.nc` is part of `iris-sample-data` (PyPI): 54 months of the tropics. Methods
see the first 42 months, and reconstruct the last 12 from a few sensors, each month by itself, in 5 draws of random
sensors.

Peers: pixel means, pixel mean + frame offset, kriging by scikit-learn, and, if they are installed, DINEOF by pyDINEOF
and QR placement by PySensors (`python-sensors`). Results are written to `alboran.json` and `ostia.json` beside this
file. The tables are in `README.md`.
"""

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import weightloom as wl

HERE = Path(__file__).parent
CLOUD, SHARE, DRAWS = 500, 0.05, 10
UNSEEN, SENSORS, SENSOR_DRAWS = 12, (10, 57, 286), 5
Z90 = 1.645


def clouds(data: Any, draw: int) -> np.ndarray:
    """Which observations a draw hides, shape (time, points)."""
    random, seen = np.random.default_rng(draw), np.isfinite(data.at_points[0, ..., 0])
    hidden = np.zeros_like(seen)
    while hidden.sum() < SHARE * seen.sum():
        frame = random.integers(len(seen))
        here = np.flatnonzero(seen[frame] & ~hidden[frame])
        if len(here) >= 3 * CLOUD:
            apart = ((data.points[here] - data.points[random.choice(here)]) ** 2).sum(axis=1)
            hidden[frame, here[np.argsort(apart)[:CLOUD]]] = True
    return hidden


def kriging(points: np.ndarray, values: np.ndarray, random: np.random.Generator) -> Any:
    """A fitted scikit-learn Gaussian process with an anisotropic Matérn kernel: maximum likelihood on 300 points."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    chosen = random.permutation(len(values))[:300]
    kernel = ConstantKernel(1.0) * Matern(np.full(points.shape[1], np.ptp(points, axis=0).max() / 8), nu=0.5)
    model = GaussianProcessRegressor(kernel + WhiteKernel(0.05, (1e-4, 1.0)), normalize_y=True)
    return model.fit(points[chosen], values[chosen])


def kriged(points: np.ndarray, values: np.ndarray, query: np.ndarray, model: Any) -> np.ndarray:
    """Kriging with fixed parameters from the 800 observations nearest to the middle of a cloud."""
    from sklearn.gaussian_process import GaussianProcessRegressor

    near = np.argsort(((points - query.mean(axis=0)) ** 2).sum(axis=1))[:800]
    fixed = GaussianProcessRegressor(model.kernel_, optimizer=None, normalize_y=True)
    return np.asarray(fixed.fit(points[near], values[near]).predict(query))


def offsets(values: np.ndarray) -> np.ndarray:
    """Pixel mean + frame offset, by alternating least squares. Pixels never seen get the mean of the others."""
    frame = np.zeros(len(values))
    for _ in range(30):
        pixel = np.nanmean(values - frame[:, None], axis=0)
        pixel = np.where(np.isfinite(pixel), pixel, np.nanmean(pixel))
        frame = np.nanmean(values - pixel, axis=1)
    return pixel + frame[:, None]


def alboran(path: str, draws: list[int]) -> None:
    data = wl.fields.open_trajectories(path)
    for draw in draws:
        random, hidden = np.random.default_rng(1000 + draw), clouds(data, draw)
        shown = data.masked(~hidden.reshape(1, len(hidden), *data.grid))
        truth, values = data.at_points[0, ..., 0][hidden], shown.at_points[0, ..., 0]
        sea = np.isfinite(values).any(axis=0)
        row: dict[str, Any] = {"draw": draw, "hidden": int(hidden.sum())}

        def record(name: str, filled: np.ndarray, begun: float) -> None:
            filled = np.where(np.isfinite(filled), filled, usual)  # noqa: B023
            row[name] = rms(filled[hidden] - truth)  # noqa: B023
            row[f"{name}, s"] = round(time.process_time() - begun, 1)  # noqa: B023

        begun = time.process_time()
        usual = offsets(values)  # where a method leaves a gap: pixels that no frame shows
        record("pixel mean + frame offset", usual, begun)
        begun = time.process_time()
        prior = wl.fields.learn_prior(shown)
        row["learn_prior, s"] = round(time.process_time() - begun, 1)
        where = (
            data.ever_observed if draw == 0 else hidden.any(axis=0)
        )  # the whole sea once, for the time that it takes
        mean, deviation = wl.fields.reconstruct(shown, data.points[where], prior=prior)
        filled, size = (np.full(values.shape, np.nan) for _ in range(2))
        filled[:, where], size[:, where] = (one.at_points[0, ..., 0] for one in (mean, deviation))
        record("weightloom", filled, begun)
        total = np.sqrt(size[hidden] ** 2 + prior.noise[0] ** 2)
        row["coverage of 90 %"] = float((np.abs(filled[hidden] - truth) < Z90 * total).mean())
        begun = time.process_time()
        pixel = np.nanmean(values, axis=0)
        record("pixel mean", np.tile(np.where(np.isfinite(pixel), pixel, np.nanmean(pixel)), (len(values), 1)), begun)
        begun = time.process_time()
        filled = values.copy()
        for frame in np.flatnonzero(hidden.any(axis=1)):
            known = np.isfinite(values[frame])
            places, gaps = data.points[known].astype(float), np.flatnonzero(hidden[frame])
            model = kriging(places, values[frame, known], random)
            while len(gaps):  # one cloud after the other
                near = gaps[np.argsort(((data.points[gaps] - data.points[gaps[0]]) ** 2).sum(axis=1))[:CLOUD]]
                filled[frame, near] = kriged(places, values[frame, known], data.points[near].astype(float), model)
                gaps = np.setdiff1d(gaps, near)
        record("kriging per frame (scikit-learn)", filled, begun)
        try:
            import pydineof
            import xarray as xr
        except ImportError:
            pass
        else:
            begun = time.process_time()
            cube = values.reshape(len(values), *data.grid)
            stamps = np.datetime64("2017-05-14", "ns") + (data.times * 1e9).astype("timedelta64[ns]")
            given = xr.DataArray(cube, {"time": stamps}, ("time", "y", "x"))
            mask = xr.DataArray(sea.reshape(data.grid), dims=("y", "x"))
            found = pydineof.run_2D(given, mask, nev=3, ncv=9, seed=draw)
            record("DINEOF (pyDINEOF)", found.values.reshape(values.shape), begun)
        print(json.dumps(row), flush=True)
        store = HERE / "alboran.json"  # draws that are stored already stay
        rows = json.loads(store.read_text())["rows"] if store.exists() else []
        rows = sorted([one for one in rows if one["draw"] != draw] + [row], key=lambda one: one["draw"])
        store.write_text(json.dumps({"file": "alboran_sst_small.nc", "unit": "°C", "rows": rows}, indent=1) + "\n")


def ostia(path: str, _: list[int]) -> None:
    whole = wl.fields.open_trajectories(path)
    data = whole.at(whole.ever_observed)
    train, test = data.frames(slice(0, -UNSEEN)), data.frames(slice(len(data.times) - UNSEEN, None))
    known, truth = train.at_points[0, ..., 0].astype(float), test.at_points[0, ..., 0].astype(float)
    begun = time.process_time()
    prior = wl.fields.learn_prior(train)
    rows: list[dict[str, Any]] = [{"prior, s": round(time.process_time() - begun, 1), "modes": len(prior.modes)}]
    month = np.arange(len(data.times)) % 12
    climatology = np.stack([known[month[:-UNSEEN] == one].mean(axis=0) for one in month[-UNSEEN:]])
    rows[0]["pixel mean"] = rms(truth - known.mean(axis=0))
    rows[0]["monthly climatology"] = rms(truth - climatology)

    def reconstructed(sensors: np.ndarray) -> tuple[float, float]:
        mask = np.zeros(len(data.points), bool)
        mask[sensors] = True
        wrong, scaled = [], []
        for frame in range(UNSEEN):
            one = test.frames([frame]).masked(mask)
            mean, deviation = wl.fields.reconstruct(one, at=data.points, prior=prior)
            wrong.append(mean.at_points[0, 0, :, 0] - truth[frame])
            scaled.append(wrong[-1] / np.sqrt(deviation.at_points[0, 0, :, 0] ** 2 + prior.noise[0] ** 2))
        return rms(np.array(wrong)), float((np.abs(scaled) < Z90).mean())

    placed = wl.fields.place_sensors(prior, SENSORS[0]).points
    nearest = np.array([((data.points - point) ** 2).sum(axis=1).argmin() for point in placed])
    rows[0]["weightloom, 10 placed sensors"], rows[0]["its coverage of 90 %"] = reconstructed(nearest)
    for count in SENSORS:
        for draw in range(SENSOR_DRAWS):
            random = np.random.default_rng(draw)
            sensors = random.choice(len(data.points), count, replace=False)
            row: dict[str, Any] = {"sensors": count, "draw": draw}
            row["weightloom"], row["coverage of 90 %"] = reconstructed(sensors)
            anomalies, guess = truth - known.mean(axis=0), []
            model = kriging(data.points.astype(float), (known - known.mean(axis=0))[0], random)
            for frame in range(UNSEEN):
                guess.append(kriged(data.points[sensors].astype(float), anomalies[frame, sensors],
                                    data.points.astype(float), model))  # fmt: skip
            row["kriging of anomalies (scikit-learn)"] = rms(np.array(guess) - anomalies)
            try:
                from pysensors.basis import SVD
                from pysensors.reconstruction import SSPOR
            except ImportError:
                pass
            else:
                if draw == 0:

                    def placed_by_qr(past: np.ndarray, future: np.ndarray, modes: int) -> tuple[float, np.ndarray]:
                        fitted = SSPOR(SVD(n_basis_modes=modes)).fit(past - past.mean(axis=0), quiet=True, seed=0)
                        fitted.set_number_of_sensors(count)  # noqa: B023
                        chosen, away = fitted.get_selected_sensors(), future - past.mean(axis=0)
                        return rms(fitted.predict(away[:, chosen], method="unregularized") - away), chosen

                    # The number of modes is chosen on the last 10 months that all methods may learn from.
                    options = [modes for modes in (3, 5, 10, 20, 30) if modes <= count]
                    modes = min(options, key=lambda one: placed_by_qr(known[:-10], known[-10:], one)[0])
                    row["QR placement (PySensors)"], chosen = placed_by_qr(known, truth, modes)
                    row["weightloom at these places"], _ = reconstructed(chosen)
            rows.append(row)
            print(json.dumps(row), flush=True)
    result = {"file": "ostia_monthly.nc", "unit": "K", "rows": rows}
    (HERE / "ostia.json").write_text(json.dumps(result, indent=1) + "\n")


def rms(wrong: np.ndarray) -> float:
    return float(np.sqrt((wrong**2).mean()))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("alboran", "ostia"))
    parser.add_argument("path")
    parser.add_argument("--draws", type=int, nargs="+", default=list(range(DRAWS)))
    given = parser.parse_args()
    {"alboran": alboran, "ostia": ostia}[given.which](given.path, given.draws)
