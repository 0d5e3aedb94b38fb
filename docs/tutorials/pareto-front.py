# %% [markdown]
# # One hypernetwork for a whole Pareto front
#
# Two losses often conflict: accuracy and smoothness, one task and another. Usually one trains a network per compromise.
# Here one hypernetwork takes a *preference*, a weight for each loss, and generates the network for it.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import weightloom as wl

# %% [markdown]
# ## Two losses
#
# One network cannot be close to two functions at once. Each loss saturates far from its function. That makes the front
# concave: between its ends, no weighted sum of the losses has its minimum.

# %%
target = wl.MLP((1, 32, 1))
x = jnp.linspace(-1, 1, 64)[:, None]
functions = jnp.stack([jnp.sin(3 * x), jnp.cos(3 * x)])


def losses(parameters):
    """The two losses of a network, shape (2,), each between 0 and 1."""
    distances = jnp.mean((target.apply(parameters, x) - functions) ** 2, axis=(1, 2))
    return 1 - jnp.exp(-5 * distances)


# %% [markdown]
# ## Training
#
# The condition is the preference, so any conditioning with `width=2` serves. `wl.sample_preferences` draws new ones for
# every step. `wl.scalarise` makes one number of the losses: their weighted sum, or their largest weighted one
# (Chebyshev).


# %%
def train(method, **options):
    """A hypernetwork from preferences to networks, trained for 3,000 steps."""

    def loss(hypernetwork, preferences):
        found = jax.vmap(lambda preference: losses(hypernetwork(preference)))(preferences)
        return wl.scalarise(found, preferences, method, **options).mean()

    start = wl.AllWeights(target, width=2, hidden=(64,), key=0)
    keys = jax.random.split(jax.random.key(1), 3000)
    batches = ((wl.sample_preferences(key, 16, losses=2),) for key in keys)
    return wl.fit(loss, start, batches, optax.adam(optax.cosine_decay_schedule(3e-3, len(keys))))[0]


hypernetworks = {"linear": train("linear"), "chebyshev": train("chebyshev", smoothing=0.02)}

# %% [markdown]
# ## The fronts
#
# Each point is another generated network. The line is the exact front: the best network for a compromise is a mixture
# of the two functions. The hypervolume is the area that a front covers, up to the losses (1, 1).

# %%
shares = jnp.linspace(0.02, 0.98, 41)
preferences = jnp.stack([shares, 1 - shares], axis=1)
fronts = {
    name: jax.vmap(lambda preference: losses(hypernetwork(preference)))(preferences)  # noqa: B023
    for name, hypernetwork in hypernetworks.items()
}
mixtures = np.linspace(0, 1, 1001)[:, None] ** 2 * float(jnp.mean((functions[0] - functions[1]) ** 2))
exact = 1 - np.exp(-5 * np.concatenate([mixtures, mixtures[::-1]], axis=1))

figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, layout="constrained")
for axes, (name, front) in zip(panels, fronts.items()):
    axes.plot(*exact.T, "k", linewidth=0.8, label="exact")
    axes.plot(*front.T, "o", markersize=4, label=f"{name}: {wl.hypervolume(front, 1.0):.3f}")
    axes.set(xlabel="loss of the sine")
    axes.legend(fontsize=8)
panels[0].set(ylabel="loss of the cosine")
print(f"hypervolume of the exact front: {wl.hypervolume(exact, 1.0):.3f}")
plt.show()

# %% [markdown]
# The weighted sum puts most of its networks at the two ends. It has some between them because the generated network
# changes smoothly with the preference. The Chebyshev networks cover the front.
#
# ## Where to go from here
#
# - More losses: `losses=3` and `width=3`; nothing else changes.
# - A hypernetwork that already has a condition: `wl.ParetoHypernetwork(hypernetwork, losses=2, key=0)` takes
#   `(preference, condition)`.
# - [A hyperparameter sweep](../regularisation-sweep/) has one number as its condition.
