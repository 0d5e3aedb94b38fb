# %% [markdown]
# # Gallery
#
# Every figure of the package, with the code that makes it. Figures of discovery are of `l1-paper`, a run that comes
# with the package; the others are of small data made here.

# %%
import base64
import tempfile

import matplotlib.pyplot as plt
from IPython.display import HTML
from sklearn.datasets import load_digits

import weightloom as wl

run = wl.open_run("l1-paper")

# %% [markdown]
# ## Networks
#
# A network as a graph: inputs are green, the output is magenta, positive weights are red and negative ones blue.
# Neurons stand where the forces between them balance.

# %%
network = run.network(seed=0, beta=1e-6)
wl.plot_network(network)

# %% [markdown]
# The same network in layers.

# %%
wl.plot_network(network, layout="layered")

# %% [markdown]
# ## The front
#
# Loss against complexity, and loss over β, one line per seed. Markers say which algorithm a network runs.

# %%
wl.plot_front(run.measures)

# %% [markdown]
# ## Phase diagrams
#
# The algorithm of every network, over the training and over β, one panel per seed.

# %%
wl.plot_phase_diagram(run.measures)

# %% [markdown]
# ## Order parameters
#
# Double-sidedness α₁ and seed dependence α₃ over the strongest connection α₂. Dotted lines are boundaries of phases.

# %%
wl.plot_order_parameters(run.measures)

# %% [markdown]
# ## Without the encoder
#
# The loss of networks that get nothing of what the encoder remembers, against the loss with it.

# %%
wl.plot_encoder_ablation(run.measures)

# %% [markdown]
# ## Generalisation to other sizes
#
# The loss of networks of sizes that the hypernetwork was never trained on. A star marks the size of its training.

# %%
sizes = wl.generalisation(run, seed=0, beta=1e-6, inputs=(8, 16, 32), hidden=(24, 48, 96))
wl.plot_generalisation(sizes)

# %% [markdown]
# ## The architecture of a hypernetwork
#
# Read from the module's own arrays.

# %%
wl.plot_architecture(run.hypernetwork(seed=0))

# %% [markdown]
# ## Similarity
#
# Scores of every pair of encoders. Darker is more similar; values in parentheses cannot be told from those of unrelated
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
wl.plot_similarity(table)

# %% [markdown]
# ## Connectors
#
# How well one hypernetwork connects every source to every target: the share of held-out rows that find their own
# counterpart. A dotted line marks chance.

# %%
sources = {name: encoders[name] for name in ("pixels", "row sums")}
targets = {name: encoders[name] for name in ("4 × 4", "column sums")}
wl.plot_connectors(wl.similarity.connect(sources, targets, steps=300))

# %% [markdown]
# ## Trajectories
#
# Frames of one trajectory. Here a wave spreads from one place on a square that repeats.

# %%
train, test = wl.fields.wave(trajectories=60, frames=20, grid=32, key=0).split(4)
wl.plot_trajectories(test)

# %% [markdown]
# ## Forecasts
#
# Truth, forecast and their difference, from 10 % of the first frame's points. Later frames than those of the training
# are marked.

# %%
model = wl.fields.ContinuousPOD(modes=80, quadratic=0, highest=6)
fitted = wl.fields.fit(train, model, observed=0.1, in_frames=10)
truth, forecast = test.values[0, ..., 0], fitted.forecast(test).values[0, ..., 0]
wl.plot_forecast(truth, forecast, in_frames=10)

# %% [markdown]
# ## Errors of forecasts
#
# The error of every frame, one line per model.

# %%
others = [
    wl.fields.fit(train, other, observed=0.1, in_frames=10)
    for other in (wl.fields.MeanField(), wl.fields.Persistence())
]
errors = wl.fields.evaluate(fitted, test, beside=others, baselines=False).mse.sel(where="all")
wl.plot_errors({str(name): errors.sel(model=name).values for name in errors.model.values}, in_frames=10)

# %% [markdown]
# ## Movies
#
# A forecast beside the truth.

# %%
with tempfile.TemporaryDirectory() as folder:
    movie = wl.draw_movie(forecast, f"{folder}/wave.gif", truth=truth).read_bytes()
HTML(f'<img src="data:image/gif;base64,{base64.b64encode(movie).decode()}">')

# %% [markdown]
# ## Your own layout and style
#
# Every `plot_` function returns a Matplotlib figure. Those of one panel take `ax=`, those of several panels `figure=`,
# and draw in the style of the axes that they get. `draw_` functions write the same figures into files.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
wl.plot_network(network, ax=left)
wl.plot_encoder_ablation(run.measures, ax=right)
left.set_title("one network", loc="left")
right.set_title("and its family", loc="left")
plt.show()
