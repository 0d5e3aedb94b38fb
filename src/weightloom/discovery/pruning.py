"""Pruning of pudding networks to n + 1 hidden neurons (Liao et al. 2023, section 2.1)."""

import numpy as np
from jaxtyping import Float, Int

from weightloom.architectures import MLP
from weightloom.discovery.classification.responses import mean_responses
from weightloom.discovery.classification.rows import Rows, read_rows
from weightloom.discovery.network import Network
from weightloom.errors import InputError

# At z = 12 swish differs from the identity by less than 1e-4, and four standard deviations lower by 0.003.
LINEAR_BIAS = 12.0
# Activations with f(z) − f(−z) = z. They are linear for large z, and f(−z) differs from f(z) by a linear term.
RECTIFIERS = ("swish", "relu", "gelu")
SIGNS = {"pudding+": -1, "pudding-": +1}


def prune(network: Network) -> Network:
    """Prune a pudding network to at most n + 1 hidden neurons (Liao et al. 2023, section 2.1, eq. 3).

    For each input, one neuron is kept: the one with the strongest plum of the sign of the input's algorithm. One linear
    neuron replaces all others: f(c + u·x) with c = 12 and ‖u‖ = 1, in the linear range of the activation f.

    Pruning preserves averages over x ~ N(0, I):

    - The output weights of the kept neurons preserve the mean curvature E ∂ᵢ² along each input. Plums of both signs
      count, because swish(−z) = swish(z) − z.
    - The linear neuron preserves the mean slopes E ∂ᵢ.
    - The output bias preserves the mean.

    Pruning is exact if the leftover neurons are linear and the plums of each input are equal, and approximate
    otherwise. An input without a plum loses its kink.

    Args:
        network: a network with one hidden layer that `weightloom.classify` calls pudding+ or pudding-.

    Returns:
        The pruned network. Its kept neurons are in the order of their inputs, and the linear neuron is last.

    Raises:
        InputError: if the network does not run pudding+ or pudding-, or if its activation has no linear range.

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
    own_curvatures = responses.curvatures[rows.strongest, np.arange(len(bias))]
    kept = _kept_neurons(rows, own_curvatures, network)
    kept_weight, kept_bias, read = weight[:, kept], bias[kept], rows.strongest[kept]
    # Curvatures of the kept neurons along their inputs, for output weights of 1: a nearly diagonal matrix.
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


def _kept_neurons(
    rows: Rows, own_curvatures: Float[np.ndarray, " hidden"], network: Network
) -> Int[np.ndarray, " kept"]:
    """The neuron with the strongest plum of each input that has a plum, in the order of the inputs."""
    kept = []
    for index, label in enumerate(network.classification.inputs):
        sign = SIGNS.get(label, SIGNS[network.algorithm])
        plums = rows.has_plum & (own_curvatures > 0) & (rows.strongest == index)
        of_sign = plums & (np.sign(rows.excess) == sign)
        candidates = of_sign if of_sign.any() else plums
        if candidates.any():
            kept.append(np.where(candidates, np.abs(rows.excess), -1).argmax())
    return np.array(kept, int)
