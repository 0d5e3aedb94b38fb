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
ensemble

# %% [markdown]
# ## From the file to trajectories
#
# `open_trajectories` needs the names of the values, the time and the coordinates. Every other axis of the values
# belongs to the grid, except the one that counts trajectories. `period` says after which length each coordinate
# repeats. Sines of the model repeat in both directions, and the heights vanish at both coasts, so 2,000 km serve in
# both.

# %%
data = wl.fields.open_trajectories(
    folder / "ssh.nc", values="ssh", time="time", coordinates=("x", "y"), trajectory="member", period=(2000, 2000)
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
run = wl.fields.fit(train, model, observed=0.2, in_frames=15, out=folder / "run")
run

# %% [markdown]
# ## The forecast
#
# A forecast starts from one frame in which only the sensors have values; all others are NaN. It may be evaluated at any
# time and any point of the domain. Frames after the 15th are extrapolated.

# %%
sensors = wl.fields.sensor_mask(test, 0.2)[0]
first = np.where(sensors[:, None], test.at_points[0, 0], np.nan)
forecast = run.forecast(first, times=test.times - test.times[0])
forecast = forecast.reshape(test.values[0].shape)
print(f"{sensors.sum()} sensors, forecast of shape {forecast.shape}")

# %%
wl.plot_forecast(test.values[0, ..., 0], forecast[..., 0], times=days, in_frames=15)

# %% [markdown]
# ## How good is it?
#
# `evaluate` forecasts every test member, beside simple baselines that are fitted to the same observations.

# %%
table = wl.fields.evaluate(run, test, data=train)
errors = table.mse.sel(where="all")
wl.plot_errors(
    {str(name): errors.sel(model=name).values for name in table.model.values}, in_frames=15, label="MSE (m²)"
)

# %% [markdown]
# `horizons` averages over the frames within the training's horizon (In-t) and after it (Out-t).

# %%
wl.fields.horizons(table).mse.sel(where="all").mean("seed").to_pandas()

# %% [markdown]
# ## Any point, any time
#
# The model is a function of space and time, so that a finer grid and the days in between need no interpolation.

# %%
fine_x, fine_y = np.linspace(0, 1900, 96), np.linspace(0, 900, 48)
fine = np.stack(np.meshgrid(fine_x, fine_y), axis=-1).reshape(-1, 2).astype(np.float32)
fine_field = run.forecast(first, points=fine, times=[45.5 * 86400]).reshape(48, 96)

figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
image = axes.pcolormesh(fine_x, fine_y, fine_field, cmap="RdBu_r", vmin=-0.25, vmax=0.25)
axes.plot(*test.points[sensors].T, "k.", label="sensors")
axes.set(title="height after 45.5 days (m)", xlabel="km to the east", ylabel="km to the north")
axes.legend(loc="upper right")
figure.colorbar(image)
plt.show()

# %%
tide_gauge = run.forecast(first, points=np.array([[730.0, 420.0]]), times=np.arange(0, 60, 0.5) * 86400)
figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
axes.plot(np.arange(0, 60, 0.5), tide_gauge[:, 0, 0])
axes.set(title="height at 730 km east, 420 km north", xlabel="days", ylabel="m")
plt.show()
