"""The Dataset of measures that a run stores for each measured step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.discovery._order_parameters import order_parameters
from weightloom.discovery.classification import ALGORITHMS, classify_parameters
from weightloom.discovery.config import Config


def dataset(
    config: Config,
    parameters: Sequence[tuple[Float[np.ndarray, "seeds betas _ _"], Float[np.ndarray, "seeds betas _"]]],
    scalars: Mapping[str, np.ndarray],
    siblings: Float[np.ndarray, "seeds betas inputs hidden"] | None = None,
) -> xr.Dataset:
    """Make the Dataset of one step: scalars, order parameters, algorithms and weights.

    Args:
        config: the run's config.
        parameters: a (weight, bias) pair per layer, with leading axes (seed, beta).
        scalars: arrays by name, with leading axes (seed, beta). `kl_hyperlayer` also has an axis of hyperlayers,
            and `kl_edge` one of edges.
        siblings: first-layer weights from a second generation key, for the seed dependence. The default leaves out the
            seed dependence.

    Returns:
        A Dataset over seed and beta. Networks of another task than the L1 norm, and those with a loss of at least 1,
        are "unknown".
    """
    grid = ("seed", "beta")
    extra = {"kl_hyperlayer": ("hyperlayer",), "kl_edge": ("edge",)}
    variables: dict[str, tuple[Any, ...]] = {
        name: ((*grid, *extra.get(name, ())), np.asarray(x)) for name, x in scalars.items()
    }
    for layer, (weight, bias) in enumerate(parameters):
        variables[f"weight_{layer}"] = ((*grid, f"neuron_{layer}", f"neuron_{layer + 1}"), np.asarray(weight))
        variables[f"bias_{layer}"] = ((*grid, f"neuron_{layer + 1}"), np.asarray(bias))

    first = np.asarray(parameters[0][0])
    orders = order_parameters(first, siblings)
    for name, values in orders._asdict().items():
        if values is not None:
            variables[name] = (grid, np.asarray(values, np.float32))
    labels = np.empty(first.shape[:2], f"<U{max(map(len, ALGORITHMS))}")
    margins = np.empty(first.shape[:2], np.float32)
    for index in np.ndindex(labels.shape):
        layers = [(np.asarray(weight)[index], np.asarray(bias)[index]) for weight, bias in parameters]
        classification = classify_parameters(config.architecture, layers)
        labels[index], margins[index] = classification.algorithm, classification.margin
    # A name is a claim that the network computes the L1 norm. A loss of 1 is that of a constant.
    nameless = (np.asarray(scalars["loss"]) >= 1) | (not config.norm)
    margins = np.where(nameless & (labels != "unknown"), 0, margins).astype(np.float32)
    labels = np.where(nameless, "unknown", labels)
    all_labels = {"flag_meanings": " ".join(ALGORITHMS)}
    variables |= {"algorithm": (grid, labels, all_labels), "margin": (grid, margins)}
    return xr.Dataset(variables, {"seed": list(config.seeds), "beta": config.betas})
