"""The baseline: the network trained directly with Adam (Liao et al. 2023, section 2.5)."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree

from weightloom.architectures import Parameters
from weightloom.discovery import measurement
from weightloom.discovery.config import Config
from weightloom.discovery.methods.base import Method
from weightloom.discovery.methods.costs import network_cost
from weightloom.discovery.network import Network
from weightloom.discovery.optimiser import optimiser_of
from weightloom.discovery.tasks import Task
from weightloom.errors import InputError
from weightloom.training import Program, Purpose, Seed, Step, key_for
from weightloom.training.resources import Cost


class State(NamedTuple):
    """The training state: the network's parameters and Adam's moments."""

    parameters: Parameters
    optimiser: optax.OptState


class AdamMethod(Method):
    """Training of a single network on the task's loss.

    Weights are initialised with variance 1/inputs, and biases with 0.
    """

    name = "adam"

    def program(self, config: Config, task: Task) -> Program:
        """Make the program that the training loop runs."""
        optimiser = optimiser_of(config)
        problem = task.at(config.sizes[0])

        def objective(parameters: Parameters, x: Array, y: Array) -> Array:
            return problem.loss.mean(config.architecture.apply(parameters, x), y)

        def init(seed: Seed, *data: Array) -> State:
            parameters = initial(config, seed)
            return State(parameters, optimiser.init(parameters))

        def step(state: State, seed: Seed, index: Step, *data: Array) -> tuple[State, dict[str, Array]]:
            x, y = problem.batch(key_for(seed, index, Purpose.INPUTS), config.batch, *data)
            error, gradient = jax.value_and_grad(objective)(state.parameters, x, y)
            updates, moments = optimiser.update(gradient, state.optimiser)
            return State(optax.apply_updates(state.parameters, updates), moments), {"loss": error}

        def measure(state: State, seed: Seed, *data: Array) -> PyTree[Array]:
            error = objective(state.parameters, *problem.evaluation(*data))
            return jax.tree.map(lambda x: x[None], (state.parameters, {"loss": error}))

        dataset = lambda measured: measurement.dataset(config, *measured)  # noqa: E731
        return Program(init, step, lambda state: state.parameters, measure, dataset, problem.data)

    def parameter_shapes(self, config: Config) -> PyTree[Any]:
        """The shapes of the parameters, with a leading axis of seeds."""
        return jax.eval_shape(jax.vmap(lambda seed: initial(config, seed)), jnp.asarray(config.seeds, jnp.uint32))

    def cost(self, config: Config) -> Cost:
        """Estimate what the training of one seed takes."""
        return network_cost(config)

    def restart(self, config: Config, kept: PyTree[Any]) -> State:
        """The training state that starts from stored parameters, with moments of 0."""
        return State(kept, jax.vmap(optimiser_of(config).init)(kept))

    def network(
        self,
        config: Config,
        stored: PyTree[Any],
        seed: int,
        beta: float,
        sizes: tuple[int, ...],
        draw: int,
        encoder: bool,
    ) -> Network:
        """Get the trained network, which has β = 0 and the trained sizes.

        Raises:
            InputError: if another β, other sizes, another draw or a network without the encoder is requested.
        """
        if (beta, sizes, draw, encoder) != (0, config.sizes, 0, True):
            raise InputError(
                f"a run of method adam has only networks with β = 0, sizes {config.sizes}, draw 0 and encoder True: "
                "leave out these options, or give a run of the hypernetwork method."
            )
        return Network(config.architecture, jax.tree.map(lambda x: x[config.seeds.index(seed)], stored))


def initial(config: Config, seed: Seed) -> Parameters:
    """The initial parameters."""
    return config.architecture.initial(key_for(seed, 0, Purpose.INITIALISATION))
