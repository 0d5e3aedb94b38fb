"""The canonical form of a network of one hidden layer: a constant, a line, and units that are even or odd."""

import dataclasses
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from weightloom.architectures import MLP
from weightloom.discovery.network import Network
from weightloom.errors import InputError

GELU = math.sqrt(2 / math.pi)
Function = Callable[[Float[np.ndarray, "*shape"]], Float[np.ndarray, "*shape"]]


class Nonlinearity(NamedTuple):
    """An activation σ(z) = slope·z + e(z), where e is even or odd.

    Attributes:
        slope: of the line.
        parity: 1 where e is even, −1 where e is odd.
        function: e, in NumPy.
        derivative: e′, in NumPy.
        definition: e(z) as text that SymPy and, with its functions imported, Python read.
    """

    slope: float
    parity: int
    function: Function
    derivative: Function
    definition: str


def _gelu(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return z / 2 * np.tanh(GELU * (z + 0.044715 * z**3))


def _gelu_derivative(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    side = np.tanh(GELU * (z + 0.044715 * z**3))
    return side / 2 + z / 2 * (1 - side**2) * GELU * (1 + 3 * 0.044715 * z**2)


NONLINEARITIES: dict[str, Nonlinearity] = {
    # tanh(z/2)/2 = expit(z) − ½, which takes a third of the time; 1 − tanh² = 4 (¼ − (expit − ½)²).
    "swish": Nonlinearity(
        0.5,
        1,
        lambda z: z * (expit(z) - 0.5),
        lambda z: expit(z) - 0.5 + z * (0.25 - (expit(z) - 0.5) ** 2),
        "z/2*tanh(z/2)",
    ),
    "relu": Nonlinearity(0.5, 1, lambda z: np.abs(z) / 2, lambda z: np.sign(z) / 2, "abs(z)/2"),
    "gelu": Nonlinearity(0.5, 1, _gelu, _gelu_derivative, "z/2*tanh(sqrt(2/pi)*(z + 0.044715*z**3))"),
    "tanh": Nonlinearity(0.0, -1, np.tanh, lambda z: 1 - np.tanh(z) ** 2, "tanh(z)"),
    "sine": Nonlinearity(0.0, -1, np.sin, np.cos, "sin(z)"),
}
"""What each activation is made of. Swish, GELU and ReLU are half a line and an even part."""


@dataclasses.dataclass(frozen=True)
class Canonical:
    """f(x) = c + ℓ·x + Σⱼ vⱼ e(wⱼ·x + bⱼ), where (w, b) and (−w, −b) are one unit.

    Units have a positive first non-zero weight. For sine, b is also reduced to [−π/4, 3π/4), where neither a sine nor
    a cosine is at the edge: sin(z + π) = −sin z.

    Attributes:
        activation: the name of the activation that e belongs to.
        constant: c, shape (outputs,).
        linear: ℓ, shape (inputs, outputs).
        weight: the units' directions w, shape (inputs, units).
        bias: the units' offsets b, shape (units,).
        readout: the units' output weights v, shape (units, outputs).
        neurons: which hidden neurons of the network each unit consists of, numbered from 0.

    Examples:
        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> form = Canonical("relu", np.zeros(1), 0 * one, one, np.zeros(1), 2 * one, ((0,),))
        >>> form(np.array([[-3.0], [2.0]]))[:, 0].tolist()  # 2 e(x) = |x|
        [3.0, 2.0]
    """

    activation: str
    constant: Float[np.ndarray, " outputs"]
    linear: Float[np.ndarray, "inputs outputs"]
    weight: Float[np.ndarray, "inputs units"]
    bias: Float[np.ndarray, " units"]
    readout: Float[np.ndarray, "units outputs"]
    neurons: tuple[tuple[int, ...], ...]

    @property
    def nonlinearity(self) -> Nonlinearity:
        """The line and the even or odd part of the activation."""
        return NONLINEARITIES[self.activation]

    def values(self, x: Float[np.ndarray, "samples inputs"]) -> Float[np.ndarray, "samples units"]:
        """The units' values e(wⱼ·x + bⱼ).

        Args:
            x: inputs.
        """
        return self.nonlinearity.function(x @ self.weight + self.bias)

    def __call__(self, x: Float[np.ndarray, "samples inputs"]) -> Float[np.ndarray, "samples outputs"]:
        """The function's values, shape (samples, outputs)."""
        return self.constant + x @ self.linear + self.values(x) @ self.readout


def canonical(network: Network) -> Canonical:
    """The exact canonical form of a network of one hidden layer, one unit for each neuron.

    The parameters become double precision first. Neurons without input weights are part of the constant.
    (Martinelli et al. 2024, "Expand-and-Cluster", classify activations the same way.)

    Args:
        network: a network of one hidden layer, with any number of outputs.

    Returns:
        The canonical form, which computes the same function.

    Raises:
        InputError: if the network has another number of hidden layers.

    Examples:
        >>> import weightloom as wl
        >>> form = canonical(wl.algorithms.double_sided(n=2, hidden=4, strength=3.0))
        >>> form.weight.tolist(), form.linear[:, 0].tolist()
        ([[3.0, 0.0, 3.0, 0.0], [0.0, 3.0, 0.0, 3.0]], [0.0, 0.0])
    """
    architecture = network.architecture
    if not isinstance(architecture, MLP) or len(architecture.sizes) != 3:
        raise InputError(
            f"{architecture} cannot be read: give an MLP with one hidden layer, or call read_layers for two."
        )
    (weight, bias), (readout, constant) = (
        (np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in network.parameters
    )
    nonlinearity = NONLINEARITIES[architecture.activation]
    linear, constant = nonlinearity.slope * weight @ readout, constant + nonlinearity.slope * bias @ readout
    flat = ~weight.any(axis=0)
    constant = constant + nonlinearity.function(bias[flat]) @ readout[flat]
    form = Canonical(
        architecture.activation,
        constant,
        linear,
        weight[:, ~flat],
        bias[~flat],
        readout[~flat],
        tuple((int(neuron),) for neuron in np.flatnonzero(~flat)),
    )
    return _turned(form)


def _turned(form: Canonical) -> Canonical:
    """With a positive first weight in every unit."""
    first = form.weight[(form.weight != 0).argmax(axis=0), np.arange(len(form.bias))]
    sign = np.where(first < 0, -1.0, 1.0)
    weight, bias, readout = form.weight * sign + 0.0, form.bias * sign + 0.0, form.readout
    if form.nonlinearity.parity < 0:
        readout = readout * sign[:, None]
    if form.activation == "sine":
        bias, readout = in_one_half_turn(bias, readout)
    return dataclasses.replace(form, weight=weight, bias=bias, readout=readout)


def in_one_half_turn(
    bias: Float[np.ndarray, " units"], readout: Float[np.ndarray, "units outputs"]
) -> tuple[Float[np.ndarray, " units"], Float[np.ndarray, "units outputs"]]:
    """Phases of sines between −π/4 and 3π/4, with the output weights that keep the function.

    Args:
        bias: phases.
        readout: output weights.
    """
    half_turns = np.floor(bias / np.pi + 0.25)
    return bias - np.pi * half_turns, np.where(half_turns % 2, -1.0, 1.0)[:, None] * readout
