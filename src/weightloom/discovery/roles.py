"""What hidden neurons do: assigned to one input, or left over and attached to all (Liao et al. 2023, section 2.5)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from weightloom.discovery.network import Network
from weightloom.errors import InputError

# Halfway from a neuron that reads one input alone, 1, to one whose strongest weight is as large as all others
# together, nearly 4. With few inputs, halfway from 1 to the (n + 2)/3 of independent normal weights is less.
FEW = 2.5
# A coefficient of 5/9 is a uniform distribution's; two far points have 1, and a normal distribution has 1/3.
BIMODAL = 5 / 9


class Roles(NamedTuple):
    """The roles of a network's hidden neurons.

    Attributes:
        participation: number of inputs that each hidden neuron reads in effect, (Σᵢ wᵢ²)²/Σᵢ wᵢ⁴, between 1
            and n; n for a neuron without weights, shape (hidden,).
        assigned: whether the neuron is assigned to a single input, shape (hidden,).
        strongest: the input of its strongest weight, shape (hidden,).
        sign: the sign of that weight, shape (hidden,).
        positive: number of neurons that are assigned to each input with a positive weight, shape (inputs,).
        negative: the same with a negative weight, shape (inputs,).
    """

    participation: Float[np.ndarray, " hidden"]
    assigned: Bool[np.ndarray, " hidden"]
    strongest: Int[np.ndarray, " hidden"]
    sign: Int[np.ndarray, " hidden"]
    positive: Int[np.ndarray, " inputs"]
    negative: Int[np.ndarray, " inputs"]

    @property
    def leftover(self) -> np.ndarray:
        """Whether the neuron is attached to many inputs, shape (hidden,)."""
        return ~self.assigned


class WeightDistribution(NamedTuple):
    """How near a network's weights are to eq. 4, Σ α swish(w·x) with all w drawn from one D.

    Attributes:
        alpha: mean output weight α.
        spread: standard deviation of the output weights over |α|; 0 for a constant, as eq. 4 has it.
        bimodality: Sarle's coefficient (skewness² + 1)/kurtosis of the first-layer weights: 1/3 for a
            normal distribution, 5/9 for a uniform one, and 1 for two points.
        bimodal: whether the coefficient is above that of a uniform distribution.
    """

    alpha: float
    spread: float
    bimodality: float
    bimodal: bool


def roles(network: Network) -> Roles:
    """Which hidden neurons are assigned to a single input, and which are left over (section 2.5).

    A neuron is assigned if it reads at most 2.5 inputs in effect, or (n + 5)/6 if n < 10. Of networks
    trained by Adam, the paper supposes that every input has any number of assigned neurons of either sign
    ("++++--"), and that leftover neurons attach to all inputs.

    Args:
        network: a network of one hidden layer.

    Returns:
        The roles, by hidden neuron, and their numbers by input and sign.

    Raises:
        InputError: if the network has another number of hidden layers.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.roles import roles
        >>> found = roles(wl.algorithms.pudding(n=4, hidden=12))
        >>> found.negative.tolist(), found.positive.tolist(), int(found.leftover.sum())
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
    """Whether output weights are one constant α, and first-layer weights have one mode or two (eq. 4).

    The reading is of the distribution's shape alone. It says nothing of whether the network runs the convexity
    algorithm, which `weightloom.classify` tells, and a few strong weights lower the coefficient.

    Args:
        network: a network of one hidden layer and one output.

    Returns:
        The output weights' mean and relative spread, and the modality of the first-layer weights.

    Raises:
        InputError: if the network has another number of hidden layers or outputs.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.roles import weight_distribution
        >>> found = weight_distribution(wl.algorithms.convexity(entries="bimodal"))
        >>> round(found.spread, 3), round(found.bimodality, 2), found.bimodal
        (0.0, 1.0, True)
    """
    weight, readout = _layers(network)
    if readout.shape[1] != 1:
        raise InputError(f"a network with {readout.shape[1]} outputs has no α: eq. 4 has a single output.")
    alpha, std = float(readout.mean()), float(readout.std())
    coefficient = bimodality(weight.ravel())
    spread = std / abs(alpha) if alpha else float("inf") if std else 0.0
    return WeightDistribution(alpha, spread, coefficient, coefficient > BIMODAL)


def bimodality(values: Float[np.ndarray, " values"]) -> float:
    """Sarle's coefficient (skewness² + 1)/kurtosis, between 0 and 1.

    Args:
        values: a sample.

    Returns:
        The coefficient; 0 for a constant sample, which has one mode.

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
        raise InputError(f"{network.architecture} has no roles to read: give a network of one hidden layer.")
    weight, readout = (np.asarray(layer[0], np.float64) for layer in network.parameters)
    return weight, readout
