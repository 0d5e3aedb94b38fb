"""Pruning of pudding networks to n + 1 hidden neurons (Liao et al. 2023, section 2.1)."""

import numpy as np
from jaxtyping import Float, Int

from weightloom.architectures import MLP
from weightloom.discovery.classification.responses import mean_responses
from weightloom.discovery.classification.rows import Rows, read_rows
from weightloom.discovery.network import Network
from weightloom.errors import InputError

# Swish deviates from the line by less than 1e-4 here, and by 0.003 four standard deviations below.
LINEAR_BIAS = 12.0
# Activations with f(z) − f(−z) = z: linear for large z, and a kink turned round differs by a line only.
RECTIFIERS = ("swish", "relu", "gelu")
SIGNS = {"pudding+": -1, "pudding-": +1}


def prune(network: Network) -> Network:
    """A pudding network with at most n + 1 hidden neurons that computes the same (section 2.1, eq. 3).

    Every input keeps one neuron: the one that reads it by the strongest plum, of the sign that its
    algorithm uses. All other neurons become one, in the linear range of the activation: f(c + u·x) with
    c = 12 and ‖u‖ = 1. Its constant goes to the output bias.

    What the network does on average over x ~ N(0, I) is preserved. The output weights of the kept neurons
    are those that leave the mean curvature E ∂ᵢ² along every input as it was: several plums on one
    input become one kink of their common size, and plums of the other sign count too, since
    swish(−z) = swish(z) − z. Then the linear neuron carries the mean slopes E ∂ᵢ that are still missing, and
    the output bias the mean. So pruning is exact where leftover neurons are linear and plums alike, and
    approximate otherwise. An input without a plum keeps no neuron, and its kink is lost.

    Args:
        network: a network of one hidden layer that `weightloom.classify` calls pudding+ or pudding-.

    Returns:
        The pruned network, with the kept neurons in the order of their inputs, and the linear neuron last.

    Raises:
        InputError: if the network runs another algorithm, or its activation has no linear range.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> from weightloom.discovery import prune
        >>> net = wl.algorithms.pudding(n=4, hidden=20, strength=3.0)
        >>> pruned = prune(net)
        >>> x = np.random.default_rng(0).standard_normal((100, 4))
        >>> pruned.architecture.sizes, bool(np.abs(pruned(x) - net(x)).max() < 0.05)
        ((4, 5, 1), True)
    """
    _check(network)
    (weight, bias), (readout, constant) = (
        (np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in network.parameters
    )
    readout, activation = readout[:, 0], network.architecture.activation
    rows, responses = read_rows(weight), mean_responses(activation, weight, bias, readout)
    own = responses.curvatures[rows.strongest, np.arange(len(bias))]
    kept = _kept_neurons(rows, own, network)
    kept_weight, kept_bias, read = weight[:, kept], bias[kept], rows.strongest[kept]
    # Curvatures of kept neurons along the inputs they read, at output weights of 1; nearly diagonal.
    single = mean_responses(activation, kept_weight, kept_bias, np.ones(len(kept))).curvatures[read]
    kept_readout = np.linalg.lstsq(single, responses.curvatures[read].sum(axis=1), rcond=None)[0]
    of_kept = mean_responses(activation, kept_weight, kept_bias, kept_readout)
    missing = responses.slopes.sum(axis=1) - of_kept.slopes.sum(axis=1)

    gain = np.linalg.norm(missing)
    direction = missing / gain if gain > 0 else missing
    pruned_weight = np.column_stack([kept_weight, direction])
    pruned_bias = np.append(kept_bias, LINEAR_BIAS)
    pruned_readout = np.append(kept_readout, gain)
    of_pruned = mean_responses(activation, pruned_weight, pruned_bias, pruned_readout)
    lost = responses.means.sum() - of_pruned.means.sum()
    architecture = MLP((len(weight), len(pruned_bias), 1), activation)
    return Network(architecture, [(pruned_weight, pruned_bias), (pruned_readout[:, None], constant + lost)])


def _check(network: Network) -> None:
    algorithm, activation = network.algorithm, network.architecture.activation
    if algorithm not in SIGNS:
        raise InputError(
            f"a network that runs {algorithm!r} cannot be pruned: give one that runs pudding+ or pudding-."
        )
    if activation not in RECTIFIERS:
        raise InputError(
            f"a network with activation {activation!r} cannot be pruned: use one of {', '.join(RECTIFIERS)}, "
            "which have a linear range."
        )


def _kept_neurons(rows: Rows, own: Float[np.ndarray, " hidden"], network: Network) -> Int[np.ndarray, " kept"]:
    """The neuron of the strongest plum of each input that has one, in the order of inputs."""
    kept = []
    for index, label in enumerate(network.classification.inputs):
        sign = SIGNS.get(label, SIGNS[network.algorithm])
        plums = rows.has_plum & (own > 0) & (rows.strongest == index)
        wanted = plums & (np.sign(rows.excess) == sign)
        candidates = wanted if wanted.any() else plums
        if candidates.any():
            kept.append(np.where(candidates, np.abs(rows.excess), -1).argmax())
    return np.array(kept, int)
