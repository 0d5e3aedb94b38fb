"""What synecdoche's tasks need: the network whose weights are generated, and the loss. Arrays are JAX's."""

import jax
import optax
import tasks
from flax import nnx


class ConvNet(nnx.Module):
    """Two convolutions and a linear layer, 3,818 weights for ten classes."""

    def __init__(self, classes: int, rngs: nnx.Rngs):
        self.conv1 = nnx.Conv(1, 8, (3, 3), padding=1, rngs=rngs)
        self.conv2 = nnx.Conv(8, 16, (3, 3), strides=2, padding=1, rngs=rngs)
        self.linear = nnx.Linear(256, classes, rngs=rngs)

    def __call__(self, x):
        x = x.transpose(0, 2, 3, 1)  # channels last
        x = jax.nn.relu(self.conv2(jax.nn.relu(self.conv1(x))))
        return self.linear(x.reshape(len(x), -1))


def cross_entropy(logits, labels):
    """The mean over a batch."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def batches(task, *arguments):
    """Batches of a task."""
    return getattr(tasks, f"{task}_batches")(*arguments)
