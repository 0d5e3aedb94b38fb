# %% [markdown]
# # Gallery
#
# Every figure of the package, with the code that makes it. Figures of discovery are of `l1-paper`, a run that comes
# with the package; the others are of small data made here.

# %%
import tempfile

import numpy as np
from IPython.display import SVG, Image
from sklearn.datasets import load_digits

import weightloom as wl

folder = tempfile.mkdtemp()
run = wl.open_run("l1-paper")

# %% [markdown]
# ## Networks
#
# A network as a graph: inputs are green, the output is magenta, positive weights are red and negative ones blue.
# Neurons stand where the forces between them balance.

# %%
network = run.network(seed=0, beta=1e-6)
SVG(wl.draw(network, f"{folder}/network.svg"))

# %% [markdown]
# The same network in layers.

# %%
SVG(wl.draw(network, f"{folder}/layered.svg", layout="layered"))

# %% [markdown]
# ## The front
#
# Loss against complexity, and loss over β, one line per seed. Markers say which algorithm a network runs.

# %%
SVG(wl.draw_front(run.measures, f"{folder}/front.svg"))

# %% [markdown]
# ## Phase diagrams
#
# The algorithm of every network, over the training and over β, one panel per seed.

# %%
SVG(wl.draw_phase_diagram(run.measures, f"{folder}/phases.svg"))

# %% [markdown]
# ## Order parameters
#
# Double-sidedness α₁ and seed dependence α₃ over the strongest connection α₂. Dotted lines are boundaries of phases.

# %%
SVG(wl.draw_order_parameters(run.measures, f"{folder}/orders.svg"))

# %% [markdown]
# ## Without the encoder
#
# The loss of networks that get nothing of what the encoder remembers, against the loss with it.

# %%
SVG(wl.draw_encoder_ablation(run.measures, f"{folder}/ablation.svg"))

# %% [markdown]
# ## Generalisation to other sizes
#
# The loss of networks of sizes that the hypernetwork was never trained on. The frame is around the trained size.

# %%
sizes = wl.generalisation(run, seed=0, beta=1e-6, inputs=(8, 16, 32), hidden=(24, 48, 96))
SVG(wl.draw_generalisation(sizes, f"{folder}/generalisation.svg"))

# %% [markdown]
# ## The architecture of a hypernetwork
#
# Read from the module's own arrays.

# %%
SVG(wl.draw_architecture(run.hypernetwork(seed=0), f"{folder}/architecture.svg"))

# %% [markdown]
# ## Similarity
#
# Scores of every pair of encoders. Darker is more alike; values in parentheses cannot be told from those of unrelated
# features.

# %%
pixels, labels = load_digits(return_X_y=True)
images = pixels.reshape(-1, 8, 8)
encoders = {
    "pixels": pixels,
    "row sums": images.sum(axis=2),
    "column sums": images.sum(axis=1),
    "4 × 4": images.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16),
}
table = wl.similarity.compare(encoders, labels, ["cka", "mutual-knn", "stitching", "gulp"], gaussian=True)
wl.plot(table)

# %% [markdown]
# ## Forecasts
#
# Truth, forecast and their difference, from 10 % of the first frame's points. Later frames than those of the training
# are marked.

# %%
train, test = wl.fields.wave(trajectories=100, frames=20, grid=32, key=0).split(4)
model = wl.fields.ContinuousPOD(modes=80, quadratic=0, highest=8)
forecasts = wl.fields.fit(train, model, observed=0.1, in_frames=10, out=f"{folder}/wave")
sensors = wl.fields.sensor_mask(test, 0.1)[0]
first = np.where(sensors[:, None], test.at_points[0, 0], np.nan)
forecast = forecasts.forecast(first, times=test.times - test.times[0]).reshape(test.values[0].shape)
wl.plot_forecast(test.values[0, ..., 0], forecast[..., 0], in_frames=10)

# %% [markdown]
# ## Errors of forecasts
#
# The error of every frame, one line per model.

# %%
others = [
    wl.fields.fit(train, other, observed=0.1, in_frames=10, out=f"{folder}/{other.name}")
    for other in (wl.fields.MeanField(), wl.fields.Persistence())
]
errors = wl.fields.evaluate(forecasts, test, beside=others, baselines=False).mse.sel(where="all")
wl.plot_errors({str(name): errors.sel(model=name).values for name in errors.model.values}, in_frames=10)

# %% [markdown]
# ## Movies
#
# A forecast beside the truth.

# %%
Image(wl.draw_movie(forecast[..., 0], f"{folder}/wave.gif", truth=test.values[0, ..., 0]))
