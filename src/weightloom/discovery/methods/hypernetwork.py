"""The paper's method: a Pareto hypernetwork that generates networks over β."""

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Integer, Key, PyTree

from weightloom.architectures import MLP, Parameters
from weightloom.discovery import measurement
from weightloom.discovery._order_parameters import seed_dependence
from weightloom.discovery.config import Config
from weightloom.discovery.methods.base import Method
from weightloom.discovery.methods.costs import generation_cost
from weightloom.discovery.network import Network
from weightloom.discovery.objective import pareto_loss, sample_log_beta
from weightloom.discovery.optimiser import optimiser_of
from weightloom.discovery.tasks import Task
from weightloom.errors import InputError
from weightloom.hypernetworks import AttentionalHypernetwork, Generated, ParetoHypernetwork
from weightloom.training import Program, Purpose, Seed, Step, key_for
from weightloom.training.resources import Cost


class State(NamedTuple):
    """The training state: the hyperhypernetwork and Adam's moments."""

    hypernetwork: ParetoHypernetwork
    optimiser: optax.OptState


class HypernetworkMethod(Method):
    """Training of log β → hyperhypernetwork → attentional hypernetwork → network on log(L + β·KL)."""

    name = "hypernetwork"

    def program(self, config: Config, task: Task) -> Program:
        """Make the program that the training loop runs."""
        optimiser = optimiser_of(config)
        problem = task.at(config.sizes[0])

        def loss(parameters: Parameters, x: Array, y: Array) -> Float[Array, ""]:
            return problem.loss.mean(config.architecture.apply(parameters, x), y)

        def objective(
            hypernetwork: ParetoHypernetwork, log_betas: Float[Array, " betas"], seed: Seed, step: Step, *data: Array
        ) -> tuple[Float[Array, ""], dict[str, Array]]:
            inputs_key, generation_key = (key_for(seed, step, p) for p in (Purpose.INPUTS, Purpose.GENERATION))
            x, y = problem.batch(inputs_key, config.batch, *data)

            def one(index: Integer[Array, ""]) -> tuple[Array, ...]:
                key = jax.random.fold_in(generation_key, index)
                parameters, ledger = hypernetwork(log_betas[index], key)
                error, kl = loss(parameters, x, y), ledger.sum()
                return pareto_loss(error, kl, log_betas[index]), error, kl

            pareto_losses, errors, kls = jax.lax.map(one, jnp.arange(config.betas_per_step))
            return pareto_losses.mean(), {"loss": errors.mean(), "kl": kls.mean()}

        def init(seed: Seed, *data: Array) -> State:
            hypernetwork = initial(config, seed)
            return State(hypernetwork, optimiser.init(hypernetwork))

        def step(state: State, seed: Seed, index: Step, *data: Array) -> tuple[State, dict[str, Array]]:
            log_betas = sample_log_beta(config, index, key_for(seed, index, Purpose.CONDITION))
            gradient, scalars = jax.grad(objective, has_aux=True)(state.hypernetwork, log_betas, seed, index, *data)
            updates, moments = optimiser.update(gradient, state.optimiser)
            return State(optax.apply_updates(state.hypernetwork, updates), moments), scalars

        def measure(state: State, seed: Seed, *data: Array) -> PyTree[Array]:
            x, y = problem.evaluation(*data)
            keys = generation_keys(seed)

            def at(log_beta: Float[Array, ""]) -> PyTree[Array]:
                hyperweights = state.hypernetwork.hyperweights(log_beta)
                parameters, ledger = hyperweights(None, keys[0])
                sibling, _ = hyperweights(None, keys[1])
                no_encoder, _ = hyperweights(None, keys[0], encoder=False)
                scalars = {
                    "loss": loss(parameters, x, y),
                    "loss_without_encoder": loss(no_encoder, x, y),
                    "kl": ledger.sum(),
                    "kl_hyperlayer": ledger.sum(1),
                    "kl_edge": ledger.sum(0),
                }
                return parameters, scalars, sibling[0][0]

            return jax.lax.map(at, jnp.log(jnp.asarray(config.betas)))

        dataset = lambda measured: measurement.dataset(config, *measured)  # noqa: E731
        return Program(init, step, lambda state: state.hypernetwork, measure, dataset, problem.data)

    def parameter_shapes(self, config: Config) -> ParetoHypernetwork:
        """The shapes of the hyperhypernetwork, with a leading axis of seeds."""
        seeds = jnp.asarray(config.seeds, jnp.uint32)
        return jax.eval_shape(jax.vmap(functools.partial(initial, config)), seeds)

    def cost(self, config: Config) -> Cost:
        """Estimate what the training of one seed takes."""
        one = jax.eval_shape(functools.partial(initial, config), jax.ShapeDtypeStruct((), jnp.uint32))
        return generation_cost(config, sum(leaf.size for leaf in jax.tree.leaves(one)))

    def restart(self, config: Config, kept: ParetoHypernetwork) -> State:
        """The training state that starts from stored parameters, with moments of 0."""
        return State(kept, jax.vmap(optimiser_of(config).init)(kept))

    def network(
        self,
        config: Config,
        stored: ParetoHypernetwork,
        seed: int,
        beta: float,
        sizes: tuple[int, ...],
        draw: int,
        encoder: bool,
    ) -> Network:
        """Generate a network at any β and any sizes.

        Raises:
            InputError: if `beta`, `draw` or `sizes` is invalid.
        """
        if not 0 < beta < math.inf:
            raise InputError(f"β = {beta} cannot be used: give a positive number.")
        if not 0 <= draw < 2**32:
            raise InputError(f"draw {draw} cannot be used: give a whole number from 0 to 2³² − 1.")
        architecture = MLP(sizes, config.activation)
        hypernetwork = jax.tree.map(lambda x: jnp.asarray(x[config.seeds.index(seed)]), stored)
        first, second = generation_keys(jnp.uint32(seed), draw)
        log_beta = jnp.float32(math.log(beta))
        parameters, _ = _generate(hypernetwork, log_beta, first, architecture, encoder)
        sibling, _ = _generate(hypernetwork, log_beta, second, architecture, encoder)
        dependence = float(seed_dependence(parameters[0][0], sibling[0][0]))
        return Network(architecture, parameters, seed_dependence=dependence)


def initial(config: Config, seed: Seed) -> ParetoHypernetwork:
    """The initial hyperhypernetwork."""
    template_key, key = jax.random.split(key_for(seed, 0, Purpose.INITIALISATION))
    template = AttentionalHypernetwork(
        config.architecture,
        key=template_key,
        hyperdepth=config.hyperdepth,
        channel=config.channel,
        shared_noise=config.shared_noise,
        learned_std=config.learned_std,
        noise_scale=config.noise_scale,
        channel_std=config.channel_std,
        scaling=config.scaling,
    )
    return ParetoHypernetwork(template, key=key)


def generation_keys(seed: Seed, draw: int = 0) -> list[Key[Array, ""]]:
    """The generation keys of a network and of its sibling. They are the same for all β, so that sweeps are smooth."""
    purposes = (Purpose.MEASUREMENT, Purpose.SIBLING)
    return [jax.random.fold_in(key_for(seed, 0, purpose), draw) for purpose in purposes]


# Compiler optimisations would take longer than they save for a few generations.
@functools.partial(jax.jit, static_argnums=(3, 4), compiler_options={"xla_backend_optimization_level": 0})
def _generate(
    hypernetwork: ParetoHypernetwork, log_beta: Float[Array, ""], key: Key[Array, ""], target: MLP, encoder: bool
) -> Generated:
    return hypernetwork(log_beta, key, target=target, encoder=encoder)
