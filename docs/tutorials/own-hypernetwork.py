# %% [markdown]
# # A hypernetwork in your own training loop
#
# This tutorial trains a hypernetwork with Equinox and Optax. It takes three numbers, the amplitude, frequency and phase
# of a sine, and generates the network that computes this sine. Nothing here needs the rest of weightloom: the
# hypernetwork is an Equinox module like any other.

# %%
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import optax

import weightloom as wl

# %% [markdown]
# ## The generated network and its hypernetwork
#
# `wl.MLP` describes the generated network: its sizes and its activation, but no arrays. A conditioning is a
# hypernetwork with a trained base network that a condition changes. `wl.FiLM` changes the scale and the shift of every
# hidden layer's outputs.

# %%
target = wl.MLP((1, 32, 32, 1))
hypernetwork = wl.FiLM(target, width=3, hidden=(64,), key=jax.random.key(0))
parameters = hypernetwork(jnp.array([1.0, 2.0, 0.0]))
jax.tree.map(jnp.shape, parameters)

# %% [markdown]
# The parameters are a plain pytree, a (weight, bias) pair per layer, and `target.apply` evaluates the network.

# %%
x = jnp.linspace(-1, 1, 100)[:, None]
target.apply(parameters, x).shape

# %% [markdown]
# ## The family of functions
#
# A condition is the vector (amplitude, frequency, phase). Training draws new ones in every step.


# %%
def sine(condition, x):
    """The sine that a condition stands for: points of shape (batch, 1) to values of the same shape."""
    amplitude, frequency, phase = condition
    return amplitude * jnp.sin(frequency * jnp.pi * x + phase)


low, high = jnp.array([0.5, 0.5, -1.0]), jnp.array([1.5, 2.0, 1.0])


def draw_conditions(key, count):
    """Conditions between `low` and `high`, shape (count, 3)."""
    return jax.random.uniform(key, (count, 3), minval=low, maxval=high)


# %% [markdown]
# ## The training loop
#
# `jax.vmap` over conditions is the only batching, and `eqx.filter_grad` differentiates through the generated weights
# into the hypernetwork.


# %%
def loss(hypernetwork, key):
    """The mean squared error over 32 sines at 64 points each."""
    condition_key, point_key = jax.random.split(key)
    conditions = draw_conditions(condition_key, 32)
    points = jax.random.uniform(point_key, (64, 1), minval=-1, maxval=1)

    def error(condition):
        parameters = hypernetwork(condition)
        return jnp.mean((target.apply(parameters, points) - sine(condition, points)) ** 2)

    return jax.vmap(error)(conditions).mean()


steps = 3000
optimiser = optax.adam(optax.cosine_decay_schedule(3e-3, steps))
state = optimiser.init(eqx.filter(hypernetwork, eqx.is_inexact_array))


@eqx.filter_jit
def step(hypernetwork, state, key):
    """One step of Adam."""
    value, gradient = eqx.filter_value_and_grad(loss)(hypernetwork, key)
    updates, state = optimiser.update(gradient, state)
    return eqx.apply_updates(hypernetwork, updates), state, value


losses = []
for key in jax.random.split(jax.random.key(1), steps):
    hypernetwork, state, value = step(hypernetwork, state, key)
    losses.append(value)
losses = jnp.stack(losses)
print(f"loss: {losses[0]:.3f} at the start, {losses[-100:].mean():.5f} at the end")

# %%
figure, axes = plt.subplots(figsize=(5, 2.5), layout="constrained")
axes.semilogy(losses)
axes.set(xlabel="step", ylabel="mean squared error")
plt.show()

# %% [markdown]
# ## Networks for conditions that it has not seen
#
# Each panel is another network, generated in one forward pass. Dots are the sine itself.

# %%
conditions = draw_conditions(jax.random.key(2), 4)
generated = jax.vmap(hypernetwork)(conditions)
values = eqx.filter_vmap(target.apply, in_axes=(0, None))(generated, x)

figure, panels = plt.subplots(1, 4, figsize=(9, 2.2), sharey=True, layout="constrained")
for axes, condition, curve in zip(panels, conditions, values):
    axes.plot(x, curve)
    axes.plot(x[::5], sine(condition, x[::5]), "k.", markersize=3)
    axes.set_title("{:.1f} sin({:.1f} π x {:+.1f})".format(*condition), fontsize=9)
plt.show()

# %% [markdown]
# ## From data back to a condition
#
# A hypernetwork can be differentiated with respect to its condition too. Given ten noisy points of an unknown sine, the
# condition that explains them is found by gradient descent, while the hypernetwork stays as it is.

# %%
truth = jnp.array([0.8, 1.7, 0.5])
seen = jax.random.uniform(jax.random.key(3), (10, 1), minval=-1, maxval=1)
observed = sine(truth, seen) + 0.05 * jax.random.normal(jax.random.key(4), seen.shape)


def misfit(condition):
    """How far the generated network is from the observed points."""
    return jnp.mean((target.apply(hypernetwork(condition), seen) - observed) ** 2)


descent = optax.adam(0.03)


def improve(carry, _):
    """One step towards the observed points."""
    condition, state = carry
    updates, state = descent.update(jax.grad(misfit)(condition), state)
    return (optax.apply_updates(condition, updates), state), None


start = (low + high) / 2
(found, _), _ = jax.lax.scan(improve, (start, descent.init(start)), length=300)
print("truth:", truth.round(2), "found:", found.round(2))

# %%
figure, axes = plt.subplots(figsize=(5, 2.5), layout="constrained")
axes.plot(x, sine(truth, x), "k--", label="the unknown sine")
axes.plot(seen, observed, "k.", label="observed")
axes.plot(x, target.apply(hypernetwork(found), x), label="generated network")
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Where to go from here
#
# - Other networks: `wl.SIREN` and `wl.FourierNet` for images and fields, `wl.ModuleNetwork` for an Equinox module of
#   your own.
# - Other conditionings: `wl.AllWeights`, `wl.LowRank`, `wl.LastLayer` and `wl.Shift` take the same arguments.
# - [weightloom.hypernetworks](../../api/hypernetworks/) has them all, and
#   [weightloom.architectures](../../api/architectures/) the networks.
