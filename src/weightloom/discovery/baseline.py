"""The baseline: the same network trained directly by Adam (Liao et al. 2023, section 2.5)."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Integer, PRNGKeyArray

from weightloom.discovery.network import Network
from weightloom.discovery.tasks import Task
from weightloom.errors import InputError
from weightloom.networks import MLP, Parameters


def train_baseline(
    task: Task,
    architecture: MLP,
    *,
    seed: int = 0,
    steps: int = 20_000,
    batch: int = 256,
    learning_rate: float = 1e-3,
) -> Network:
    """Trains a network's own weights by Adam on the mean squared error (Liao et al. 2023, section 2.5).

    Inputs x ~ N(0, I) are drawn online, each step's from (seed, step). Weights start as
    N(0, 1/inputs) per layer (LeCun's normal initialisation, not truncated) and biases at 0.

    Args:
        task: the function to learn, standardised as in section 2.
        architecture: the network to train; it must have one output.
        seed: of the initial weights and of the inputs.
        steps: Adam's updates; 0 gives the untrained network.
        batch: inputs per step.
        learning_rate: Adam's constant learning rate.

    Returns:
        The trained network. The same arguments give the same parameters on the same machine.

    Raises:
        InputError: if an argument cannot be used, or the training diverged.

    Examples:
        >>> from weightloom.discovery.baseline import train_baseline
        >>> from weightloom.discovery.tasks import l1
        >>> from weightloom.networks import MLP
        >>> train_baseline(l1, MLP((2, 6, 1)), steps=10)
        Network(MLP(sizes=(2, 6, 1), activation='swish'))
    """
    _check(architecture, seed, steps, batch, learning_rate)
    mean, deviation = task.standardisation(architecture.sizes[0])
    trained = _train(architecture, task.function, batch, steps, seed, learning_rate, mean, deviation)
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(trained)):
        raise InputError(
            f"Adam diverged on task {task.name!r} within {steps} steps: lower the learning rate, "
            f"which is {learning_rate}."
        )
    return Network(architecture, trained)


def _check(architecture: MLP, seed: int, steps: int, batch: int, learning_rate: float) -> None:
    if architecture.sizes[-1] != 1:
        raise InputError(f"{architecture} has {architecture.sizes[-1]} outputs: a task needs exactly 1.")
    for name, value, least in (("seed", seed, 0), ("steps", steps, 0), ("batch", batch, 1)):
        if value < least:
            raise InputError(f"{name} {value} cannot be used: give a whole number of at least {least}.")
    if not (np.isfinite(learning_rate) and learning_rate > 0):
        raise InputError(f"learning rate {learning_rate} cannot be used: give a positive number.")


@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _train(architecture, function, batch, steps, seed, learning_rate, mean, deviation) -> Parameters:
    initial_key, data_key = jax.random.split(jax.random.key(seed))
    optimiser = optax.adam(learning_rate)

    def loss(parameters: Parameters, x: Float[Array, "batch inputs"]) -> Float[Array, ""]:
        outputs = architecture.apply(parameters, x)[:, 0]
        return jnp.mean((outputs - (function(x) - mean) / deviation) ** 2)

    def update(step: Integer[Array, ""], carry: tuple[Parameters, optax.OptState]) -> tuple:
        parameters, state = carry
        x = jax.random.normal(jax.random.fold_in(data_key, step), (batch, architecture.sizes[0]))
        updates, state = optimiser.update(jax.grad(loss)(parameters, x), state)
        return optax.apply_updates(parameters, updates), state

    parameters = _initial(architecture, initial_key)
    # A loop of traced length: trainings of any number of steps share one compiled program.
    return jax.lax.fori_loop(0, steps, update, (parameters, optimiser.init(parameters)))[0]


def _initial(architecture: MLP, key: PRNGKeyArray) -> list[tuple[Array, Array]]:
    return [
        (
            jax.random.normal(jax.random.fold_in(key, layer), weight_shape) / jnp.sqrt(weight_shape[0]),
            jnp.zeros(bias_shape),
        )
        for layer, (weight_shape, bias_shape) in enumerate(architecture.shapes)
    ]
