"""The network whose weights synecdoche generates."""

import jax
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
