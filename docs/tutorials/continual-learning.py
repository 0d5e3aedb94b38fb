# %% [markdown]
# # One task after another without forgetting
#
# A network that learns tasks one after another forgets the first ones. A hypernetwork can keep them: each task has an
# embedding, and what the hypernetwork generates for earlier embeddings must stay as it is
# ([von Oswald et al., 2020](https://arxiv.org/abs/1906.00695)). No example of an earlier task is needed.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from sklearn.datasets import load_digits

import weightloom as wl

# %% [markdown]
# ## Five tasks
#
# The digits 0 and 1, then 2 and 3, and so on. Every task uses the same network with two outputs.

# %%
images, digits = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(digits))
x, y = (images[order] / 16).astype(np.float32), digits[order]
tasks = [(x[y // 2 == number], y[y // 2 == number] % 2) for number in range(5)]
training = [(x[:-100], y[:-100]) for x, y in tasks]
test = [(x[-100:], y[-100:]) for x, y in tasks]
target = wl.MLP((64, 32, 2))

# %% [markdown]
# ## The regulariser
#
# Hypernetwork and embeddings are trained together. Before each task, `stored` keeps what the hypernetwork generates for
# all embeddings. `wl.output_regulariser` measures how far the networks of earlier tasks have moved since.


# %%
def loss(trained, number, stored, strength, x, y):
    """Cross-entropy of the present task, and the change of earlier tasks' networks."""
    hypernetwork, embeddings = trained
    change = wl.output_regulariser(hypernetwork, embeddings, stored, weights=jnp.arange(5) < number)
    logits = wl.call(hypernetwork, embeddings[number], x)
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean() + strength * change


optimiser = optax.adam(1e-3)


def learn(strength):
    """Accuracy on each task after each task, shape (5, 5)."""
    random = np.random.default_rng(1)
    trained = wl.AllWeights(target, width=8, hidden=(64,), key=0), jax.random.normal(jax.random.key(1), (5, 8))
    table = []
    for number, (x, y) in enumerate(training):
        stored = jax.vmap(trained[0])(trained[1])
        batches = ((number, stored, strength, x[rows], y[rows]) for rows in random.integers(0, len(y), (300, 64)))
        trained, _ = wl.fit(loss, trained, batches, optimiser)
        logits = [wl.call(trained[0], embedding, x) for embedding, (x, _) in zip(trained[1], test)]
        table.append([(found.argmax(1) == y).mean() for found, (_, y) in zip(logits, test)])
    return np.array(table)


tables = {"without the regulariser": learn(0.0), "with the regulariser": learn(1.0)}
for name, table in tables.items():
    print(f"{name}: mean test accuracy {table[-1].mean():.3f} after the last task")

# %% [markdown]
# A row of each picture is the state after a task. Entries above the diagonal belong to tasks that have not been learned
# yet.

# %%
figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, layout="constrained")
for axes, (name, table) in zip(panels, tables.items()):
    picture = axes.imshow(table, vmin=0.5, vmax=1)
    axes.set(title=name, xlabel="accuracy on task", xticks=range(5), yticks=range(5))
panels[0].set(ylabel="after task")
figure.colorbar(picture, ax=panels)
plt.show()
