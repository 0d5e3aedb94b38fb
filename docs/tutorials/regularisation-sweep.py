# %% [markdown]
# # A hyperparameter sweep in one training
#
# A hyperparameter, here the strength λ of weight decay, is usually chosen by training a network for each value. A
# hypernetwork with log λ as its condition learns them all in one training: afterwards each value costs one forward
# pass.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np
import optax
from sklearn.datasets import load_digits

import weightloom as wl

# %% [markdown]
# ## Few examples with wrong labels
#
# 300 digits to train with, 30 % of them with a random label. Without weight decay a network memorises the wrong labels.

# %%
images, digits = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(digits))
x, y = (images[order] / 16).astype(np.float32), digits[order]
train, validation, test = slice(0, 300), slice(300, 1000), slice(1000, None)
random = np.random.default_rng(1)
labels = np.where(random.random(300) < 0.3, random.integers(0, 10, 300), y[train])

# %% [markdown]
# ## The loss depends on the condition
#
# The condition u between −1 and 1 stands for λ between 0.0001 and 1.

# %%
target = wl.MLP((64, 64, 10))


def strength(u):
    """λ for a condition."""
    return 10 ** (2 * u - 2)


def objective(parameters, strength, x, y):
    """Cross-entropy and weight decay."""
    entropy = optax.softmax_cross_entropy_with_integer_labels(target.apply(parameters, x), y).mean()
    return entropy + strength / 2 * optax.tree.norm(parameters, squared=True)


def loss(hypernetwork, u, x, y):
    """The objective of the network that is generated for u."""
    return objective(hypernetwork(u), strength(u[0]), x, y)


random = np.random.default_rng(2)
batches = [
    (random.uniform(-1, 1, 1).astype(np.float32), x[rows], labels[rows]) for rows in random.integers(0, 300, (3000, 64))
]
start = wl.FiLM(target, width=1, hidden=(64,), key=0)
hypernetwork, losses = wl.fit(loss, start, batches, optax.adam(1e-3))

# %% [markdown]
# ## All strengths at once
#
# λ is chosen on validation data. Beside the curve are five networks, each trained alone with as many steps. They need
# not agree with the generated ones: the hypernetwork shares its weights among all λ.


# %%
def accuracy(parameters, split):
    """Share of digits with the right label."""
    return (target.apply(parameters, x[split]).argmax(1) == y[split]).mean()


conditions = np.linspace(-1, 1, 41, dtype=np.float32)[:, None]
generated = jax.vmap(hypernetwork)(conditions)
measured = {split: jax.vmap(accuracy, in_axes=(0, None))(generated, part)
            for split, part in {"validation": validation, "test": test}.items()}  # fmt: skip
best = int(measured["validation"].argmax())
print(f"λ = {strength(conditions[best, 0]):.2g}: test accuracy {measured['test'][best]:.3f}")


def alone(parameters, u, x, y):
    """The objective of a network without a hypernetwork."""
    return objective(parameters, strength(u), x, y)


fives, optimiser = np.linspace(-1, 1, 5, dtype=np.float32), optax.adam(1e-3)
separate = []
for u in fives:
    parameters, _ = wl.fit(alone, target.initial(0), [(u, *data) for _, *data in batches], optimiser)
    separate.append((accuracy(parameters, validation), accuracy(parameters, test)))
chosen = max(range(5), key=lambda number: separate[number][0])
print(f"best of five trained alone, λ = {strength(fives[chosen]):.2g}: test accuracy {separate[chosen][1]:.3f}")

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
axes.semilogx(strength(conditions[:, 0]), measured["test"], label="generated")
axes.semilogx(strength(fives), [found for _, found in separate], "k.", label="trained alone")
axes.axvline(strength(conditions[best, 0]), color="gray", linewidth=0.8, label="chosen on validation data")
axes.set(xlabel="λ", ylabel="test accuracy")
axes.legend(fontsize=8)
plt.show()
