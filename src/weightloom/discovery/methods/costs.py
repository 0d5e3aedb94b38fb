"""What a step of the training methods takes, from sizes; `make benchmark-memory` measures it."""

import itertools

from weightloom.discovery.config import Config
from weightloom.discovery.tasks.base import EVALUATION_INPUTS
from weightloom.training.resources import Cost

FLOAT = 4  # bytes
MOMENTS = 2  # Adam's, beside the parameters
ACTIVATIONS = 3  # arrays of a layer's outputs that exist at once
FEATURES = 64 + 58  # hyperfeatures and emitted features of an edge, besides those of the channel
PER_SCORE = 74  # operations for one number of an attention matrix, forwards and backwards


def network_cost(config: Config) -> Cost:
    """The cost of training the network itself: its weights, Adam's moments, and the activations of a batch.

    Args:
        config: the run's config.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.config import configure
        >>> network_cost(configure(wl.tasks.l1, wl.MLP((2, 3, 1)), method="adam")).state
        156
    """
    weights = sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(config.sizes))
    activations = max(config.batch, EVALUATION_INPUTS) * sum(config.sizes)
    return Cost(
        parameters=FLOAT * weights,
        state=FLOAT * (1 + MOMENTS) * weights,
        working=FLOAT * (2 * weights + ACTIVATIONS * activations),
        operations=6.0 * config.batch * weights + 12.0 * weights,
    )


def generation_cost(config: Config, parameters: int) -> Cost:
    """The cost of training a Pareto hypernetwork: attention dominates the memory of a large target.

    A neuron with t edges has an attention matrix of t² numbers. The last hyperlayer has one side, the first one none,
    the others two.

    Args:
        config: the run's config.
        parameters: how many numbers the Pareto hypernetwork has.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.config import configure
        >>> generation_cost(configure(wl.tasks.l1, wl.MLP((2, 3, 1))), 1000).state
        12000
    """
    own, sizes = network_cost(config), (0, *config.sizes, 0)
    levels = [here * (before + after) ** 2 for before, here, after in zip(sizes, sizes[1:], sizes[2:])]
    edges = sum(inputs * outputs for inputs, outputs in itertools.pairwise(config.sizes))
    sides = max(2 * config.hyperdepth - 3, 0)
    # The derivative keeps the matrices of all sides; those of one hyperlayer exist twice while it is differentiated.
    attention = sides * sum(levels) + min(sides, 2) * max(levels)
    features = 2 * config.hyperdepth * (FEATURES + 3 * config.channel) * edges
    products = 6.0 * sides * edges * (64 + config.channel) * (50 + 2 * config.channel)
    each_beta = products + PER_SCORE * sides * sum(levels) + 6.0 * parameters + own.operations
    return Cost(
        parameters=FLOAT * parameters,
        state=FLOAT * (1 + MOMENTS) * parameters,
        working=FLOAT * (attention + features + 2 * parameters) + own.working,
        operations=config.betas_per_step * each_beta + 12.0 * parameters,
    )
