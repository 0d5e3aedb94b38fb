"""Reading networks of two hidden layers, layer by layer, as far as the composition can be trusted."""

import dataclasses
import functools

import numpy as np
from jaxtyping import Float

from weightloom.architectures import MLP
from weightloom.discovery.network import Network
from weightloom.discovery.reading._read import Reading, read
from weightloom.discovery.reading.canonical import NONLINEARITIES, canonical
from weightloom.discovery.reading.formulas import TEXT, formula, number, signed, subscripted
from weightloom.discovery.reading.sampling import FRESH, normal_inputs
from weightloom.discovery.reading.verdict import CAUSAL, FAITHFUL, SHORT, STRUCTURED, WIDE, network_bits, r2
from weightloom.errors import InputError

SAMPLES = 512
# Two values z that differ less than this, as a share of their variance, up to a sign, are one.
SAME = 1e-4
# A term that changes the output by less than this share of its variance is left out of the formula.
FAINT = 1e-4


@dataclasses.dataclass(frozen=True, eq=False)
class LayerReading:
    """What was read from a network of two hidden layers: f(x) = c + ℓ·z(x) + Σⱼ vⱼ e(zⱼ(x)).

    Attributes:
        source: the network that was read.
        first: the reading of x ↦ z, the inputs of the second hidden layer before its activation. Inputs that are the
            same up to a sign are one.
        groups: for each z the neurons of the second hidden layer that have it, with their signs.
        faithful: the smallest R² of the composed program over the outputs, on fresh inputs.
        wide: the same on inputs twice as wide.
        short: bits of the first layer's program, as a share of the bits of the weights up to z.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> first, second = np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]]), np.array(4 * [[1.0, -1]])
        >>> layers = [(first, np.zeros(4)), (second, np.array([-1.0, 1])), (np.ones((2, 1)), np.zeros(1))]
        >>> print(read_layers(wl.Network(wl.MLP((2, 4, 2, 1), "relu"), layers)).formula)  # ||x₀| + |x₁| − 1|
        z₀ = −1 + 2 Σ[i] e(xᵢ)
        y = 2 e(z₀)
    """

    source: Network
    first: Reading
    groups: tuple[tuple[tuple[int, float], ...], ...]
    faithful: float
    wide: float
    short: float

    @property
    def state(self) -> str:
        """ "read" where the first layer is read and the composition holds, else "unread"."""
        return "unread" if self.reason else "read"

    @property
    def reason(self) -> str:
        """Why the network is unread; empty if it is read."""
        own = self.first.verdict
        checks = (
            (own.faithful, FAITHFUL, "the first layer's program has R²"),
            (own.wide, WIDE, "the first layer's program, on inputs twice as wide, has R²"),
            (own.causal, CAUSAL, "the first layer's program, in the worst replacement, has R²"),
            (own.structured, STRUCTURED, "the share of the first layer that has a pattern is"),
            (self.faithful, FAITHFUL, "the composed program has R²"),
            (self.wide, WIDE, "the composed program, on inputs twice as wide, has R²"),
            (-self.short, -SHORT, "the share of bits that the first layer's program needs is"),
        )
        return next((f"{text} {abs(value):.4f}" for value, least, text in checks if value < least), "")

    @functools.cached_property
    def formula(self) -> str:
        """A line for each z that counts, and one for each output."""
        nonlinearity = NONLINEARITIES[self.source.architecture.activation]
        (readout, constant), slope, parity = self._last, nonlinearity.slope, nonlinearity.parity
        z = self.first.program(normal_inputs(self.first.program.inputs, SAMPLES))
        even = nonlinearity.function(z)
        variance = np.maximum(_second(self.source, z, self.groups).var(axis=0), 1e-300)
        kept: list[int] = []
        lines: list[str] = []
        for output in range(readout.shape[1]):
            sign = float(np.sign(constant[output]) or 1)
            terms = [(sign, number(abs(constant[output])))] if abs(constant[output]) > 1e-9 else []
            for lead, own in enumerate(self.groups):
                straight = slope * sum(side * readout[k, output] for k, side in own)
                curved = sum((1.0 if parity > 0 else side) * readout[k, output] for k, side in own)
                for factor, values, name in ((straight, z, "z{}"), (curved, even, "e(z{})")):
                    if factor**2 * values[:, lead].var() > FAINT * variance[output]:
                        kept += [] if lead in kept else [lead]
                        terms.append((float(factor), name.format(subscripted(str(kept.index(lead))))))
            lines.append(f"{subscripted(f'y{output}') if readout.shape[1] > 1 else 'y'} = {signed(terms, TEXT) or '0'}")
        inner = [f"{subscripted(f'z{place}')} = {formula(self.first.program, TEXT, k)}" for place, k in enumerate(kept)]
        return "\n".join([*inner, *lines])

    @property
    def _last(self) -> tuple[Float[np.ndarray, "hidden outputs"], Float[np.ndarray, " outputs"]]:
        weight, bias = self.source.parameters[-1]
        return np.asarray(weight, np.float64), np.asarray(bias, np.float64)

    def __repr__(self) -> str:
        verdict = f"{self.state}: R² {self.faithful:.4f}, {self.wide:.4f} on inputs twice as wide"
        return f"{self.formula}\n{verdict}" if not self.reason else f"{verdict}; {self.reason}"


def read_layers(network: Network) -> LayerReading:
    """Reads a network of two hidden layers: the first layer as a network of its own, the second as it is.

    The inputs z of the second hidden layer are outputs of a network of one hidden layer, which `weightloom.read` reads.
    The program is composed and compared with the whole network.

    Args:
        network: of two hidden layers.

    Returns:
        The reading. Where it cannot be trusted, its state is "unread" and its `reason` says why.

    Raises:
        InputError: if the network has another number of hidden layers.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> layers = [(np.eye(2), np.zeros(2)), (np.eye(2), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))]
        >>> read_layers(wl.Network(wl.MLP((2, 2, 2, 1), "relu"), layers)).faithful > 0.99
        True
    """
    sizes = network.architecture.sizes
    if not isinstance(network.architecture, MLP) or len(sizes) != 4:
        raise InputError(f"{network.architecture} cannot be read layer by layer: give an MLP with two hidden layers.")
    inner = Network(MLP(sizes[:3], network.architecture.activation), network.parameters[:2])
    whole = canonical(inner)
    groups = _groups(whole(normal_inputs(sizes[0], SAMPLES)))
    leads = [group[0][0] for group in groups]
    weight, bias = network.parameters[1]
    distinct = [network.parameters[0], (weight[:, leads], bias[leads])]
    first = read(Network(MLP((*sizes[:2], len(leads)), network.architecture.activation), distinct))
    fresh = normal_inputs(sizes[0], seed=FRESH)
    each = tuple(((k, 1.0),) for k in range(sizes[2]))
    faithful, wide = (
        r2(_second(network, first.program(x), groups), _second(network, whole(x), each)) for x in (fresh, 2 * fresh)
    )
    bits = network_bits(whole, inner, fresh[:SAMPLES])
    return LayerReading(network, first, groups, faithful, wide, first.verdict.program_bits / max(bits, 1e-300))


def _second(
    network: Network, z: Float[np.ndarray, "samples distinct"], groups: tuple[tuple[tuple[int, float], ...], ...]
) -> Float[np.ndarray, "samples outputs"]:
    """The outputs, from the distinct inputs of the second hidden layer."""
    nonlinearity = NONLINEARITIES[network.architecture.activation]
    weight, bias = (np.asarray(part, np.float64) for part in network.parameters[-1])
    every = np.empty((len(z), len(weight)))
    for values, group in zip(z.T, groups):
        for neuron, side in group:
            every[:, neuron] = side * values
    return (nonlinearity.slope * every + nonlinearity.function(every)) @ weight + bias


def _groups(z: Float[np.ndarray, "samples hidden"]) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Values that are the same up to a sign, each with its sign."""
    groups: list[list[tuple[int, float]]] = []
    for k, own in enumerate(z.T):
        for group in groups:
            lead = z[:, group[0][0]]
            side = float(np.sign(own @ lead) or 1)
            if np.mean((own - side * lead) ** 2) <= SAME * max(float(np.mean(lead**2)), 1e-300):
                group.append((k, side))
                break
        else:
            groups.append([(k, 1.0)])
    return tuple(map(tuple, groups))
