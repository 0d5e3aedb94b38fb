"""The network whose weights weightloom generates."""

import equinox as eqx
import jax


class ConvNet(eqx.Module):
    """Two convolutions and a linear layer, 3,818 weights for ten classes."""

    conv1: eqx.nn.Conv2d
    conv2: eqx.nn.Conv2d
    linear: eqx.nn.Linear

    def __init__(self, classes: int, key):
        keys = jax.random.split(key, 3)
        self.conv1 = eqx.nn.Conv2d(1, 8, 3, padding=1, key=keys[0])
        self.conv2 = eqx.nn.Conv2d(8, 16, 3, stride=2, padding=1, key=keys[1])
        self.linear = eqx.nn.Linear(256, classes, key=keys[2])

    def __call__(self, x):
        x = jax.nn.relu(self.conv2(jax.nn.relu(self.conv1(x))))
        return self.linear(x.ravel())
