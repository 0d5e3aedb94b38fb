"""One day of the Alboran Sea: what the satellite saw, the filled field, and its standard deviation.

    python -m experiments.ocean.draw PATH/alboran_sst_small.nc

Writes `filled.png` beside this file.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import weightloom as wl

DAY = 4  # 2017-05-18, half of the sea under clouds


def main(path: str) -> None:
    file = xr.load_dataset(path)
    data = wl.fields.open_trajectories(path)
    sea = data.ever_observed
    prior = wl.fields.learn_prior(data)
    near = data.frames(slice(DAY - 2, DAY + 3))  # neighbouring days help
    found = wl.fields.reconstruct(near, data.points[sea], prior=prior)
    panels = {"seen": file.SST[DAY].values, "filled": np.full(len(sea), np.nan), "deviation": np.full(len(sea), np.nan)}
    for name, one in zip(("filled", "deviation"), found):
        panels[name][sea] = one.at_points[0, 2, :, 0]
        panels[name] = panels[name].reshape(data.grid)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), layout="constrained", sharey=True)
    ends = np.nanpercentile(panels["seen"], [1, 99])
    for ax, (name, panel) in zip(axes, panels.items()):
        colours = {"cmap": "magma", "vmin": 0} if name == "deviation" else {"vmin": ends[0], "vmax": ends[1]}
        image = ax.pcolormesh(file.lon, file.lat, panel, rasterized=True, **colours)
        figure.colorbar(image, ax=ax, label="°C")
        ax.set_title({"deviation": "standard deviation"}.get(name, name))
    figure.savefig(Path(__file__).with_name("filled.png"), dpi=80)


if __name__ == "__main__":
    main(sys.argv[1])
