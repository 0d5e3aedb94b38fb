"""Forecasts of one monthly series of real sea surface temperatures, with and without a season.

    python -m experiments.ocean.forecast PATH/ostia_monthly.nc

`ostia_monthly.nc` is part of `iris-sample-data` (PyPI): 54 months of the tropics. Models learn from the first 42
months. The targets are the last 12 months; a forecast starts from the whole field 1, 3 or 6 months earlier. The number
of modes and of harmonics is chosen on months 31 to 42, by models that learned from the first 30, by the mean squared
error over the three leads. Results are written to `forecast.json` beside this file.

Prediction, before the first run: removing the season brings POD from .7 to .6 K at one month, and below climatology at
all leads; anomaly persistence is best at one month.
"""

import dataclasses
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import weightloom as wl
from weightloom.fields import ContinuousPOD, FieldModel, GridPOD, MeanField, Persistence, Trajectories

HERE = Path(__file__).parent
LEADS, TEST, VALIDATION = (1, 3, 6), 12, 12
MODES, HARMONICS = (2, 4, 6, 8, 12), (1, 2)


def errors(train: Trajectories, data: Trajectories, model: FieldModel, **options: Any) -> list[float]:
    """RMSE at each lead, in K, of forecasts of the months of `data` after those of `train`."""
    begun, longest = len(train.times), max(LEADS)
    run = wl.fields.fit(train, model, in_frames=begun, progress=False, **options)
    away = run.anomalies(data)
    # Forecasts of anomalies have the errors of forecasts, and all starts fit into one call.
    places = [slice(first, first + longest + 1) for first in range(begun - longest, len(data.times) - 1)]
    frames = [away.values[0, place] for place in places]
    padded = [np.pad(one, [(0, longest + 1 - len(one)), *[(0, 0)] * (one.ndim - 1)], "edge") for one in frames]
    starts = dataclasses.replace(away, values=np.stack(padded), times=data.times[: longest + 1])
    forecasts = run.forecast(starts).at_points
    found = []
    for lead in LEADS:
        known = [k for k, place in enumerate(places) if begun <= place.start + lead < len(data.times)]
        wrong = [forecasts[k, lead] - away.at_points[0, places[k].start + lead] for k in known]
        assert len(wrong) == len(data.times) - begun
        found.append(float(np.sqrt(np.nanmean(np.square(wrong)))))
    return found


def main(path: str) -> None:
    """Choose on validation months, then forecast the last months."""
    whole = wl.fields.open_trajectories(path)
    data = whole.at(whole.ever_observed)
    months = len(data.times) - TEST
    train, early = data.frames(slice(0, months)), data.frames(slice(0, months - VALIDATION))
    families = {
        "persistence": [(Persistence(), {})],
        "anomaly persistence": [(Persistence(), {"season": "year", "harmonics": h}) for h in HARMONICS],
        "climatology (harmonics)": [(MeanField(), {"season": "year", "harmonics": h}) for h in HARMONICS],
    }
    for name, kind in {"grid POD, linear": GridPOD, "continuous POD, linear": ContinuousPOD}.items():
        models = [kind(modes=modes, quadratic=0) for modes in MODES]
        families[f"{name}, raw values"] = [(model, {}) for model in models]
        seasons = [{"season": "year", "harmonics": h} for h in HARMONICS]
        families[f"{name}, season"] = list(itertools.product(models, seasons))
    rows = []
    for name, members in families.items():
        begun = time.process_time()
        scored = [(errors(early, train, model, **options), model, options) for model, options in members]
        validated, model, options = min(scored, key=lambda one: np.square(one[0]).mean())
        row = {"model": name, "modes": getattr(model, "modes", None), "harmonics": options.get("harmonics")}
        row |= {"validation": validated, "test": errors(train, data, model, **options)}
        row["seconds"] = round(time.process_time() - begun, 1)
        rows.append(row)
        print(json.dumps(row), flush=True)
    result = {"file": "ostia_monthly.nc", "unit": "K", "leads": LEADS, "rows": rows}
    (HERE / "forecast.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
