# %% [markdown]
# # A NetCDF file with clouds, filled
#
# Satellites do not see the sea's surface through clouds. This tutorial starts from a NetCDF file with such gaps, fills
# them, and says how wrong the filled values may be.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import weightloom as wl

folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## The file
#
# If you have a file, skip this section. Here we write a small one with xarray: 24 days of temperature on a grid of
# 20 × 30 points, with an island. The field is a sum of a few large patterns that change in time and of small eddies.
# Each day, two clouds hide a part of it. We keep the truth, to compare.

# %%
rng = np.random.default_rng(0)
days, lat, lon = np.arange(24), np.linspace(35, 38, 20), np.linspace(-6, -1, 30)
x, y = np.meshgrid((lon + 6) / 5, (lat - 35) / 3)
truth = np.full((len(days), len(lat), len(lon)), 18.0)
for k, m in [(0.5, 0), (0, 0.5), (1, 0.5), (0.5, 1)]:
    code = np.cumsum(rng.normal(size=len(days))) * 0.4
    truth += code[:, None, None] * np.cos(2 * np.pi * (k * x + m * y))
for _ in range(30):
    eddy = np.exp(-((x - rng.random()) ** 2 + (y - rng.random()) ** 2) / 0.008)
    truth += 0.8 * np.cos(0.6 * days + rng.uniform(0, 6))[:, None, None] * eddy
truth[:, (x - 0.7) ** 2 + (y - 0.3) ** 2 < 0.01] = np.nan  # the island

seen = truth + 0.1 * rng.normal(size=truth.shape)
for day in seen:
    for _ in range(2):
        day[(x - rng.random()) ** 2 + (y - rng.random()) ** 2 < 0.06] = np.nan

cloudy = xr.Dataset(
    {"sst": (("time", "lat", "lon"), seen, {"units": "degree_Celsius", "long_name": "sea surface temperature"})},
    {
        "time": np.datetime64("2026-05-01", "ns") + days * np.timedelta64(1, "D"),
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    },
)
cloudy.to_netcdf(folder / "cloudy.nc", engine="scipy")
f"{float(cloudy.sst.isnull().mean()):.0%} of the values are missing"

# %% [markdown]
# ## Fill it
#
# `learn_prior` learns what the field is like: its mean, its modes and its small scales. `reconstruct` then computes the
# most probable values. Both find the names in the file by the CF conventions; where they cannot, you give them. Points
# that are never seen are land, and stay NaN.
#
# `wl.fields.reconstruct(path)` does both. So does the command `weightloom reconstruct cloudy.nc --out filled.nc`.

# %%
data = wl.fields.open_trajectories(folder / "cloudy.nc")
prior = wl.fields.learn_prior(data)
filled = wl.fields.reconstruct(folder / "cloudy.nc", prior=prior)
filled

# %% [markdown]
# The result has the file's names, coordinates and units, and a standard deviation for each value.

# %%
day = 12
panels = {"seen": cloudy.sst[day], "filled": filled.sst[day], "truth": xr.zeros_like(cloudy.sst[day]) + truth[day]}
figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
for ax, (name, panel) in zip(axes.flat, panels.items()):
    image = ax.pcolormesh(lon, lat, panel, vmin=np.nanmin(truth[day]), vmax=np.nanmax(truth[day]))
    ax.set_title(name)
figure.colorbar(image, ax=axes[1, 0], label="°C")
image = axes[1, 1].pcolormesh(lon, lat, filled.sst_deviation[day], cmap="magma", vmin=0)
axes[1, 1].set_title("standard deviation")
figure.colorbar(image, ax=axes[1, 1], label="°C")
plt.show()

# %% [markdown]
# ## Is the deviation right?
#
# We have the truth, so we can count how often it lies within 1.645 standard deviations of the filled value. That is an
# interval of 90 %. The mean of each point over time is a baseline for the error.

# %%
hidden = np.isnan(seen) & np.isfinite(truth)
wrong = (filled.sst.values - truth)[hidden]
inside = np.abs(wrong) < 1.645 * filled.sst_deviation.values[hidden]
baseline = (np.nanmean(seen, axis=0) - truth)[hidden]
{
    "RMSE under clouds": f"{np.sqrt(np.mean(wrong**2)):.2f} °C",
    "of the mean over time": f"{np.sqrt(np.mean(baseline**2)):.2f} °C",
    "inside of the 90 % interval": f"{inside.mean():.0%}",
}

# %% [markdown]
# ## Learn once, use again
#
# With the same prior, `reconstruct` fills other days of this sea. `place_sensors` needs no values at all: it chooses
# places that leave the least variance.

# %%
placed = wl.fields.place_sensors(prior, 8)

figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
image = ax.scatter(*placed.sites.T, c=placed.deviation[:, 0], cmap="magma", marker="s", s=60)
ax.plot(*placed.points.T, "o", color="white", markeredgecolor="black")
ax.set(title="8 places, and what remains uncertain", xlabel="km to the east", ylabel="km to the north")
figure.colorbar(image, label="standard deviation, °C")
plt.show()

# %% [markdown]
# ## Where to go from here
#
# - [Use your own data](../../how-to/own-data/) says how names, calendars and coordinates are found.
# - [Field models](../../explanation/fields/#reconstruction) says what the prior is.
