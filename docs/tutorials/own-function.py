# %% [markdown]
# # Which algorithm computes your function?
#
# A network that computes a function runs an algorithm. This tutorial trains a hypernetwork that generates a whole
# family of networks for one function, from the simplest to the most accurate, and asks which algorithm each of them
# runs ([Liao, Liu and Tegmark, 2023](https://arxiv.org/abs/2312.03051)).

# %%
import jax.numpy as jnp

import weightloom as wl

# %% [markdown]
# ## The function
#
# Write it with `jax.numpy`, from a batch of inputs (batch, n) to one value per row. This one is the distance that a
# taxi drives from the origin in a town whose streets form a grid.


# %%
def taxi_distance(x):
    """The distance from the origin along the axes: (batch, n) → (batch,)."""
    return jnp.abs(x).sum(axis=1)


# %% [markdown]
# ## The training
#
# Two inputs, six hidden neurons, one output. A price β per nat of complexity says how simple a network has to be, and
# the hypernetwork learns all prices at once. Two seeds are trained side by side. Trainings of the paper's size take
# 40,000 steps; this one is small enough to run while this page is built.

# %%
run = wl.discover(
    taxi_distance,
    (2, 6, 1),
    seeds=2,
    steps=3000,
    measured_betas=12,
    checkpoints=12,
    spacing="linear",
    progress=False,
)
run

# %% [markdown]
# The run lives in memory. `run.save("runs/taxi")` keeps it. With `out="runs/taxi"` the training writes it as it goes
# on, so that it can be interrupted and resumed: see [Keep, copy and resume runs](../../how-to/runs/).

# %% [markdown]
# ## The family of networks
#
# The table above has every network of the last step: its loss in units of the function's variance, its complexity in
# nats, and the label of its algorithm. `run.table()` gives it as a pandas DataFrame.

# %%
run.table()[["seed", "beta", "algorithm", "loss", "kl"]].query("seed == 1").head(3)

# %% [markdown]
# The front shows all networks of the last step, one line per seed: on the left the simple ones, on the right the
# accurate ones.

# %%
wl.plot_front(run.measures)

# %% [markdown]
# ## One network
#
# `run.network` gives the network of a seed and a β. It is a function, with a label and order parameters.

# %%
accurate = run.network(seed=1, beta=1e-6)
print(accurate.algorithm)
print(accurate.order_parameters)
accurate(jnp.array([[3.0, -4.0], [1.0, 1.0]]))

# %% [markdown]
# The outputs are standardised: the function minus its mean, over its standard deviation.
#
# In its drawing, inputs are green and the output is magenta. Positive weights are red, negative ones blue. A
# *double-sided* network computes |x| as one neuron for x > 0 and another one for x < 0.

# %%
wl.plot_network(accurate)

# %% [markdown]
# At a high price the network is simpler. A *convex* one has no neuron for a single side of a single input: all of its
# neurons bend upwards along random directions, and their sum grows with the distance.

# %%
simple = run.network(seed=1, beta=1.0)
print(simple.algorithm)
wl.plot_network(simple)

# %% [markdown]
# ## When does each algorithm appear?
#
# The phase diagram shows the algorithm of every network, over the training and over β.

# %%
wl.plot_phase_diagram(run.measures)

# %% [markdown]
# ## What a label claims
#
# Labels name algorithms for the L1 norm, and this function is one. Networks for other functions are mostly "unknown";
# the front, the drawings and the order parameters still show how they differ.
# [Classification](../../explanation/classification/) says how a label is decided.
#
# ## A training of the paper's size
#
# `l1-paper` comes with the package: sixteen inputs, 48 hidden neurons, four seeds. All of the above works on it.

# %%
paper = wl.open_run("l1-paper")
network = paper.network(seed=0, beta=1e-6)
print(network.algorithm)
wl.plot_network(network)
