# %% [markdown]
# # How similar are two models?
#
# Two networks solve the same task. Do their layers represent the same things? This tutorial trains two small
# classifiers of digits, reads the features of every layer, and compares all layers by several scores. A third network,
# which was never trained, shows what a score finds where there is nothing to find.

# %%
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_digits

import weightloom as wl

pixels, labels = load_digits(return_X_y=True)
pixels = (pixels / 16).astype(np.float32)
train, test = slice(0, 1000), slice(1000, None)
pixels.shape

# %% [markdown]
# ## Two models
#
# Any model will do, from any library: weightloom compares arrays of features. Here they are two Equinox networks that
# differ in their width and in their random start.

# %%
narrow = eqx.nn.MLP(64, 10, width_size=32, depth=3, key=jax.random.key(0))
wide = eqx.nn.MLP(64, 10, width_size=96, depth=3, key=jax.random.key(1))
untrained = eqx.nn.MLP(64, 10, width_size=96, depth=3, key=jax.random.key(2))


@eqx.filter_jit
def fitted(model, x, y, steps=400):
    """The model after so many steps of Adam on all of (x, y)."""
    optimiser = optax.adam(3e-3)
    arrays, static = eqx.partition(model, eqx.is_array)

    def loss(arrays):
        logits = jax.vmap(eqx.combine(arrays, static))(x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    def step(carry, _):
        arrays, state = carry
        updates, state = optimiser.update(jax.grad(loss)(arrays), state)
        return (optax.apply_updates(arrays, updates), state), None

    (arrays, _), _ = jax.lax.scan(step, (arrays, optimiser.init(arrays)), length=steps)
    return eqx.combine(arrays, static)


narrow, wide = (fitted(model, pixels[train], labels[train]) for model in (narrow, wide))
for name, model in {"narrow": narrow, "wide": wide, "untrained": untrained}.items():
    predicted = jax.vmap(model)(pixels[test]).argmax(axis=1)
    print(f"{name}: {(predicted == labels[test]).mean():.3f} of the test digits are right")

# %% [markdown]
# ## Features of every layer
#
# The features of a layer are an array of shape (rows, width), the same rows for all of them. Widths may differ.


# %%
def features(model, x):
    """The activations after each hidden layer, each of shape (rows, width)."""
    found = []
    for layer in model.layers[:-1]:
        x = jax.nn.relu(jax.vmap(layer)(x))
        found.append(np.asarray(x))
    return found


encoders = {
    f"{name} {number}": layer
    for name, model in {"narrow": narrow, "wide": wide}.items()
    for number, layer in enumerate(features(model, jnp.asarray(pixels[test])), start=1)
}
floors = {"untrained": features(untrained, jnp.asarray(pixels[test]))[-1]}
{name: array.shape for name, array in encoders.items()}

# %% [markdown]
# ## The map
#
# `compare` gives every score of every pair, each with the score that unrelated features would get (the null), a p-value
# and an interval. `floors` are encoders that should be similar to nothing. In the figure, darker is more similar in
# every panel, and values in parentheses cannot be told from the null.

# %%
scores = ["cka", "mutual-knn", "procrustes", "disagreement"]
table = wl.similarity.compare(encoders, labels[test], scores, floors=floors, key=0)
wl.plot(table)

# %% [markdown]
# Layers of similar depth are the most similar, within a network and across the two. The floor is far from 0: random
# weights keep much of what the images have in common, so that a CKA of 0.6 means little here.
#
# One pair in numbers, with its interval and its null:

# %%
pair = table.sel(a="narrow 3", b="wide 3")
pair[["value", "low", "high", "null", "p", "calibrated"]].reset_coords(drop=True).to_pandas().round(3)

# %% [markdown]
# ## Do the scores agree?
#
# `score_correlations` gives the rank correlation of every two scores over the pairs, with an interval that leaves out
# one encoder at a time.

# %%
agreement = wl.similarity.score_correlations(table)
agreement.correlation.to_pandas().round(2)

# %% [markdown]
# ## Where to go from here
#
# - [Similarity scores](../../explanation/similarity/) says what each score measures; `scores="all"` computes all of
#   them.
# - `wl.similarity.connect` trains one hypernetwork that maps the features of one model to those of another.
