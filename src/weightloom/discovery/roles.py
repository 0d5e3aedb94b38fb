"""Roles of hidden neurons: assigned to one input or left over (Liao et al. 2023, section 2.5)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from weightloom.discovery.network import Network
from weightloom.errors import InputError

# Participation is 1 for a neuron that reads one input, and nearly 4 for a neuron whose strongest weight equals the sum
# of the others: the threshold is halfway. For few inputs, the limit is halfway from 1 to (n + 2)/3, the participation
# of independent normal weights.
FEW = 2.5
# Sarle's coefficient of a uniform distribution. A normal distribution has 1/3, and two points have 1.
BIMODAL = 5 / 9


class Roles(NamedTuple):
    """The roles of a network's hidden neurons.

    Attributes:
        participation: the effective number of inputs of each neuron, (Σᵢ wᵢ²)²/Σᵢ wᵢ⁴, between 1 and n. It is n for a
            neuron whose weights are all 0. Shape (hidden,).
        assigned: whether each neuron is assigned to a single input, shape (hidden,).
        strongest: the input of each neuron's strongest weight, shape (hidden,).
        sign: the sign of each neuron's strongest weight, shape (hidden,).
        positive: the number of neurons assigned to each input with a positive weight, shape (inputs,).
        negative: the number of neurons assigned to each input with a negative weight, shape (inputs,).
    """

    participation: Float[np.ndarray, " hidden"]
    assigned: Bool[np.ndarray, " hidden"]
    strongest: Int[np.ndarray, " hidden"]
    sign: Int[np.ndarray, " hidden"]
    positive: Int[np.ndarray, " inputs"]
    negative: Int[np.ndarray, " inputs"]

    @property
    def leftover(self) -> np.ndarray:
        """Whether each neuron is left over, that is, reads many inputs, shape (hidden,)."""
        return ~self.assigned


class WeightDistribution(NamedTuple):
    """Statistics of a network's weights for comparison with eq. 4, Σ α swish(w·x) with all w from one distribution.

    Attributes:
        alpha: the mean output weight α.
        spread: the standard deviation of the output weights divided by |α|. It is 0 in eq. 4.
        bimodality: Sarle's coefficient (skewness² + 1)/kurtosis of the first-layer weights: 1/3 for a normal
            distribution, 5/9 for a uniform distribution, and 1 for two points.
        bimodal: whether the coefficient exceeds 5/9.
    """

    alpha: float
    spread: float
    bimodality: float
    bimodal: bool


def roles(network: Network) -> Roles:
    """Find which hidden neurons are assigned to a single input and which are left over (section 2.5).

    A neuron is assigned if its effective number of inputs is at most 2.5, or at most (n + 5)/6 for n < 10. The paper's
    hypothesis for networks trained with Adam: each input has any number of assigned neurons of both signs ("++++--"),
    and leftover neurons read all inputs.

    Args:
        network: a network with one hidden layer.

    Returns:
        The role of each hidden neuron, and the numbers of assigned neurons by input and sign.

    Raises:
        InputError: if the network does not have exactly one hidden layer.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.roles import roles
        >>> result = roles(wl.algorithms.pudding(n=4, hidden=12))
        >>> result.negative.tolist(), result.positive.tolist(), int(result.leftover.sum())
        ([1, 1, 1, 1], [0, 0, 0, 0], 8)
    """
    weight, _ = _layers(network)
    inputs, hidden = weight.shape
    share = np.square(weight / np.maximum(np.abs(weight).max(axis=0), np.finfo(float).tiny))
    fourth = np.square(share).sum(axis=0)
    participation = np.divide(
        np.square(share.sum(axis=0)), fourth, out=np.full(hidden, float(inputs)), where=fourth > 0
    )
    strongest = np.abs(weight).argmax(axis=0)
    sign = np.sign(weight[strongest, np.arange(hidden)]).astype(int)
    assigned = (participation <= min(FEW, (inputs + 5) / 6)) & (sign != 0)
    positive, negative = (
        np.bincount(strongest[assigned & (sign == side)], minlength=inputs).astype(int) for side in (1, -1)
    )
    return Roles(participation, assigned, strongest, sign, positive, negative)


def weight_distribution(network: Network) -> WeightDistribution:
    """Measure the spread of the output weights and the bimodality of the first-layer weights (eq. 4).

    These statistics do not show which algorithm the network runs: use `weightloom.classify` for that. A few strong
    weights lower the bimodality.

    Args:
        network: a network with one hidden layer and one output.

    Returns:
        The mean and relative spread of the output weights, and the bimodality of the first-layer weights.

    Raises:
        InputError: if the network does not have exactly one hidden layer and one output.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.roles import weight_distribution
        >>> result = weight_distribution(wl.algorithms.convexity(entries="bimodal"))
        >>> round(result.spread, 3), round(result.bimodality, 2), result.bimodal
        (0.0, 1.0, True)
    """
    weight, readout = _layers(network)
    if readout.shape[1] != 1:
        raise InputError(f"the network has {readout.shape[1]} outputs: give a network with one output, as in eq. 4.")
    alpha, std = float(readout.mean()), float(readout.std())
    coefficient = bimodality(weight.ravel())
    spread = std / abs(alpha) if alpha else float("inf") if std else 0.0
    return WeightDistribution(alpha, spread, coefficient, coefficient > BIMODAL)


def bimodality(values: Float[np.ndarray, " values"]) -> float:
    """Compute Sarle's bimodality coefficient (skewness² + 1)/kurtosis.

    Args:
        values: a sample.

    Returns:
        The coefficient, between 0 and 1. It is 0 for a constant sample.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.roles import bimodality
        >>> bimodality(np.array([-1.0, 1.0])), bimodality(np.ones(3))
        (1.0, 0.0)
    """
    centred = values - values.mean()
    scale = np.abs(centred).max()
    if scale <= 1e-12 * np.abs(values).max():
        return 0.0
    centred = centred / scale
    variance, third, fourth = (float(np.mean(centred**power)) for power in (2, 3, 4))
    return float((third**2 / variance**3 + 1) / (fourth / variance**2))


def _layers(network: Network) -> tuple[Float[np.ndarray, "inputs hidden"], Float[np.ndarray, "hidden outputs"]]:
    if len(network.parameters) != 2:
        raise InputError(f"{network.architecture} cannot be analysed: give a network with one hidden layer.")
    weight, readout = (np.asarray(layer[0], np.float64) for layer in network.parameters)
    return weight, readout
