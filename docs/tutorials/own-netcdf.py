# %% [markdown]
# # A forecast from your own NetCDF file
#
# This tutorial starts from a NetCDF file, fits a continuous model to it, and forecasts from a few sensors: on the
# file's grid, on a finer one, and at single places.

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
# If you have a file, skip this section. Here we write a small one with xarray: the height of the sea's surface in an
# ensemble of 24 members, every two days for 60 days. Each member is a random sum of Rossby waves. Long waves drift west
# faster than short ones, and all of them decay slowly.

# %%
rng = np.random.default_rng(0)
days = np.arange(0, 60, 2)
x = np.arange(0, 2000, 100.0)  # km to the east; the domain repeats after 2,000 km
y = np.arange(0, 1000, 100.0)  # km to the north
height = np.zeros((24, len(days), len(y), len(x)))
for member in height:
    for across in (1, 2, 3):
        for along in (1, 2):
            k, m = 2 * np.pi * across / 2000, np.pi * along / 1000
            speed = 1.7e-3 / (k**2 + m**2 + 1 / 150**2)  # km per day, westwards
            size, phase = rng.normal() * 0.1 / across, rng.uniform(0, 2 * np.pi)
            wave = np.cos(k * (x + speed * days[:, None]) + phase) * np.exp(-days[:, None] / 100)
            member += size * wave[:, None, :] * np.sin(m * y)[:, None]

ensemble = xr.Dataset(
    {"ssh": (("member", "time", "y", "x"), height, {"units": "m"})},
    {"time": np.datetime64("2026-01-01", "ns") + days * np.timedelta64(1, "D"), "y": y, "x": x},
)
ensemble.to_netcdf(folder / "ssh.nc")
print(ensemble)

# %% [markdown]
# ## From the file to trajectories
#
# NetCDF 4 needs `pip install "weightloom[netcdf]"`. `open_trajectories` needs the names of the values, the time and the
# coordinates. Every other axis of the values belongs to the grid, except the one that counts trajectories. `period`
# says after which length each coordinate repeats. Sines of the model repeat in both directions, and the heights vanish
# at both coasts, so 2,000 km serve in both.

# %%
data = wl.fields.open_trajectories(
    folder / "ssh.nc",
    values="ssh",
    time="time",
    coordinates=("x", "y"),
    trajectory="member",
    period=(2000, 2000),
)
data

# %% [markdown]
# Time stamps have become seconds since the first one. We keep the last four members for a test, which the fit does not
# see.

# %%
train, test = data.split(4)
train.times[:3] / 86400

# %% [markdown]
# ## The fit
#
# `ContinuousPOD` finds modes that are functions of space, and a map from the modes' coefficients in one frame to those
# in the next. With `quadratic=0` that map is linear. The modes are sums of sines, and `highest=4` leaves out those that
# are shorter than 2,000 / 4 km. Sensors see a fifth of the grid's points, and the model sees the first 15 frames of
# each member.

# %%
model = wl.fields.ContinuousPOD(modes=12, quadratic=0, highest=4)
run = wl.fields.fit(train, model, observed=0.2, in_frames=15)
run

# %% [markdown]
# ## The forecast
#
# Each test member is forecast from its first frame, at the sensors of the training. Frames after the 15th are
# extrapolated.

# %%
forecast = run.forecast(test)
wl.plot_forecast(test.values[0, ..., 0], forecast.values[0, ..., 0], times=days, in_frames=15)

# %% [markdown]
# ## How good is it?
#
# `evaluate` gives the errors of all test members, beside baselines that are fitted to the same observations.

# %%
table = wl.fields.evaluate(run, test, data=train)
errors = table.mse.sel(where="all")
wl.plot_errors(
    {str(name): errors.sel(model=name).values for name in table.model.values}, in_frames=15, label="MSE (m²)"
)

# %% [markdown]
# `horizons` averages over the frames of the training (In-t) and those after them (Out-t).

# %%
wl.fields.horizons(table).mse.sel(where="all").mean("seed").to_pandas()

# %% [markdown]
# ## Any point, any time
#
# The model is a function of space and time, so that a finer grid and later days need no interpolation.

# %%
fine = run.forecast(test, frames=40, grid=100)
wl.plot_trajectories(fine, frames=[0, 10, 20, 39])

# %% [markdown]
# A forecast may also start from a frame of your own, in which places without a sensor are NaN. Here it gives the height
# at one place, twice a day.

# %%
first = test.at_points[0, 0].copy()
sensors = np.random.default_rng(1).choice(len(first), size=40, replace=False)
first[np.setdiff1d(np.arange(len(first)), sensors)] = np.nan
half_days = np.arange(0, 60, 0.5)
gauge = run.forecast(first, points=np.array([[700.0, 400.0]]), times=half_days * 86400)[:, 0, 0]

figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
axes.plot(days, test.values[0, :, 4, 7, 0], "k.", label="truth")
axes.plot(half_days, gauge, label="forecast")
axes.set(title="height at 700 km east, 400 km north", xlabel="days", ylabel="m")
axes.legend()
plt.show()

# %% [markdown]
# ## Where to go from here
#
# - [Use your own data](../../how-to/own-data/) has Zarr, `.npz` and stations at scattered points.
# - [Field models](../../explanation/fields/) says what the other models do.
