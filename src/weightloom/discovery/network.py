"""Networks with parameters."""

import functools
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from weightloom._words import counted, shown
from weightloom.architectures import MLP, Parameters
from weightloom.discovery._order_parameters import OrderParameters, order_parameters
from weightloom.discovery.classification import Classification, classify
from weightloom.discovery.units import Units
from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery.reading import Reading
    from weightloom.discovery.tasks import Problem, Task


# Single precision has seven digits: of the variation of a column that lies further out, fewer than three are left.
FAR = 10_000


class Network:
    """A generated network: an architecture with parameters.

    Args:
        architecture: the architecture, such as `MLP((16, 48, 1))`.
        parameters: a (weight, bias) pair per layer. A weight has shape (inputs, outputs), as in Liao et al. 2023,
            eq. 5, and a bias has shape (outputs,).
        seed_dependence: the order parameter α₃ of the hypernetwork, which needs two networks to be measured. The
            default, None, leaves α₃ unknown.
        norm: False for a network that is known not to compute the L1 norm, because it was trained on another task or
            its loss is 1 or more. Its algorithm is "unknown". The default is True.
        task: the task that the network was trained on, for its reading's verdict. The default is that it is not known.
        units: names and units of the inputs and outputs, which formulas and drawings use. The default has none.
        kl: the KL that the hypernetwork paid for the network, in nats. The default is that it is not known.

    The arrays are copies that cannot be written to; `ablate` gives a network with other weights.

    Raises:
        InputError: if the number of layers, a shape or the units do not fit the architecture, or if a value is not
            finite.

    Examples:
        >>> import numpy as np, weightloom as wl
        >>> net = wl.Network(wl.MLP((2, 1)), [(np.ones((2, 1)), np.zeros(1))])
        >>> net(np.ones((3, 2))).shape
        (3, 1)
    """

    def __init__(
        self,
        architecture: MLP,
        parameters: Parameters | Sequence[Sequence[ArrayLike]],
        seed_dependence: float | None = None,
        norm: bool = True,
        task: "Task | None" = None,
        units: Units | None = None,
        kl: float | None = None,
    ) -> None:
        self.architecture = architecture
        self.parameters = _checked(architecture, parameters)
        self.seed_dependence = seed_dependence
        self.norm = norm
        self.task = task
        self.units = _fitting(architecture, units)
        self.kl = kl

    def __call__(self, x: Float[ArrayLike, "*batch inputs"]) -> Float[np.ndarray, "*batch outputs"]:
        """Evaluate the network.

        Args:
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).

        Raises:
            InputError: if the last axis of `x` does not have the network's number of inputs.
        """
        return np.asarray(_apply(self.architecture, self.parameters, self._inputs(x)))

    def hidden(self, x: Float[ArrayLike, "*batch inputs"]) -> tuple[np.ndarray, ...]:
        """Compute the activations of the hidden layers.

        Args:
            x: inputs, shape (..., sizes[0]).

        Returns:
            For each hidden layer its activations, shape (..., width), the first layer first.

        Raises:
            InputError: if the last axis of `x` does not have the network's number of inputs.

        Examples:
            >>> import numpy as np, weightloom as wl
            >>> net = wl.algorithms.double_sided(n=2, hidden=4, strength=3.0)
            >>> [layer.shape for layer in net.hidden(np.ones((5, 2)))]
            [(5, 4)]
        """
        values, layers = self._inputs(x), []
        for weight, bias in self.parameters[:-1]:
            values = np.asarray(self.architecture.activate(jnp.asarray(values @ weight + bias)))
            layers.append(values)
        return tuple(layers)

    def loss(self, task: "str | Task | Callable[..., Array]") -> float:
        """Compute the loss on a task.

        Args:
            task: a task, its name, or a function from inputs (batch, n) to values (batch,) or (batch, outputs).

        Returns:
            The loss on the inputs that runs measure with: 4,096 fixed inputs, or the rows of a table that are held out.
            The mean squared error is in units of the target's variance, so that the best constant has about 1.

        Raises:
            InputError: if the task cannot be evaluated on the network's inputs, or has another number of outputs.

        Examples:
            >>> import weightloom as wl
            >>> wl.algorithms.double_sided(n=2, hidden=4).loss("l1") < 0.1
            True
        """
        from weightloom.discovery.tasks.load import as_task

        problem = problem_for(self.architecture, as_task(task))
        x, y = problem.evaluation(*problem.data)
        return float(problem.loss.mean(jnp.asarray(self(x)), y))

    def ablate(self, neurons: Iterable[int], layer: int = 1) -> "Network":
        """Make a network in which hidden neurons are switched off.

        Args:
            neurons: numbers of hidden neurons, from 0.
            layer: their hidden layer, from 1. The default is 1.

        Returns:
            A new network, in which these neurons have output weights of 0.

        Raises:
            InputError: if the network has no such hidden layer or neuron.

        Examples:
            >>> import numpy as np, weightloom as wl
            >>> net = wl.algorithms.double_sided(n=2, hidden=4, strength=3.0)
            >>> bool(net(np.ones(2))[0] > net.ablate([0])(np.ones(2))[0])
            True
        """
        if not 1 <= layer < len(self.parameters):
            raise InputError(f"layer {layer} is no hidden layer: give 1 to {len(self.parameters) - 1}.")
        chosen, width = list(neurons), self.architecture.sizes[layer]
        if not all(isinstance(neuron, int | np.integer) and 0 <= neuron < width for neuron in chosen):
            raise InputError(f"neurons {shown(chosen)} cannot be switched off: give numbers from 0 to {width - 1}.")
        parameters = [(weight.copy(), bias) for weight, bias in self.parameters]
        parameters[layer][0][chosen] = 0
        return Network(self.architecture, parameters, norm=self.norm, units=self.units)

    def in_units(self) -> "Network":
        """Make the network that takes inputs in their own units and gives outputs in theirs.

        The standardisation becomes a part of the first and the last layer. The network computes with seven digits:
        where a column's mean is more than 10,000 of its standard deviations, a warning says that few are left.

        Returns:
            A new network. It is this one if the network has no units.

        Examples:
            >>> import numpy as np, weightloom as wl
            >>> X = np.random.default_rng(0).normal(50, 10, size=(100, 1))
            >>> task = wl.Task.from_data(X, 2 * X[:, 0], names=["width"])
            >>> run = wl.discover(task, (1, 2, 1), steps=2, method="adam", batch=8, checkpoints=1, progress=False)
            >>> net = run.network(0)
            >>> standardised = net.units.restored(net(net.units.standardised(X)))
            >>> bool(np.allclose(net.in_units()(X), standardised, rtol=1e-4))
            True
        """
        if self.units is None:
            return self
        units = self.units
        named = zip(units.inputs, units.input_mean, units.input_std)
        if far := [name for name, mean, std in named if abs(mean) > FAR * std]:
            warnings.warn(
                f"column {far[0]!r} lies more than {FAR:,} of its standard deviations from 0: the network in its units "
                "loses digits. Subtract a constant from the column before training.",
                stacklevel=2,
            )
        layers = [(weight.astype(float), bias.astype(float)) for weight, bias in self.parameters]
        weight, bias = layers[0]
        weight = weight / np.array(units.input_std)[:, None]
        layers[0] = weight, bias - np.array(units.input_mean) @ weight
        weight, bias = layers[-1]
        layers[-1] = weight * np.array(units.output_std), units.restored(bias)
        return Network(self.architecture, layers, norm=False)

    def _inputs(self, x: Float[ArrayLike, "*batch inputs"]) -> Float[np.ndarray, "*batch inputs"]:
        x = np.asarray(x, np.float32)
        if x.ndim < 1 or x.shape[-1] != self.architecture.sizes[0]:
            raise InputError(
                f"inputs of shape {x.shape} do not fit the network: the last axis must have "
                f"{self.architecture.sizes[0]} inputs."
            )
        return x

    @functools.cached_property
    def order_parameters(self) -> OrderParameters:
        """The order parameters α₁, α₂ and α₃ (Liao et al. 2023, eqs. 5–7)."""
        return order_parameters(self.parameters[0][0])._replace(seed_dependence=self.seed_dependence)

    @functools.cached_property
    def classification(self) -> Classification:
        """The result of `weightloom.classify` for this network."""
        if not self.norm:
            return Classification("unknown", 0.0, ("unknown",) * self.architecture.sizes[0])
        return classify(self)

    @property
    def algorithm(self) -> str:
        """The name of the algorithm that the network runs, "mixed" or "unknown"."""
        return self.classification.algorithm

    @functools.cached_property
    def reading(self) -> "Reading":
        """The program that the network runs, as `weightloom.read` reads it.

        Raises:
            InputError: if the network has another number of hidden layers than one.
        """
        from weightloom.discovery.reading import read

        return read(self)

    def _repr_svg_(self) -> str | None:
        from weightloom.figures.network import network_svg

        return network_svg(self)

    def __repr__(self) -> str:
        return f"Network({self.architecture})"


def problem_for(architecture: MLP, task: "Task") -> "Problem":
    """The task at an architecture's number of inputs.

    Args:
        architecture: of networks that compute the task.
        task: the task.

    Returns:
        The problem.

    Raises:
        InputError: if the task cannot be evaluated on so many inputs, or has another number of outputs.

    Examples:
        >>> import weightloom as wl
        >>> problem_for(wl.MLP((2, 3, 1)), wl.tasks.max).outputs
        1
    """
    problem, outputs = task.at(architecture.sizes[0]), architecture.sizes[-1]
    if problem.outputs != outputs:
        raise InputError(f"{architecture} has {counted(outputs, 'output')}: task {task.name!r} has {problem.outputs}.")
    return problem


@functools.partial(jax.jit, static_argnums=0)
def _apply(
    architecture: MLP, parameters: Parameters, x: Float[Array, "*batch inputs"]
) -> Float[Array, "*batch outputs"]:
    return architecture.apply(parameters, x)


def _fitting(architecture: MLP, units: Units | None) -> Units | None:
    sizes = architecture.sizes
    if units is not None and (len(units.inputs), len(units.outputs)) != (sizes[0], sizes[-1]):
        raise InputError(
            f"units of {counted(len(units.inputs), 'input')} and {counted(len(units.outputs), 'output')} do not fit "
            f"{architecture}: give units of each input and output."
        )
    return units


def _array(value: ArrayLike, shape: tuple[int, ...], name: str) -> np.ndarray:
    array = np.array(value, np.float32)
    if array.shape != shape:
        raise InputError(f"{name} has shape {array.shape}: the architecture needs {shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} has {(~np.isfinite(array)).sum()} values that are not finite: give finite values.")
    array.flags.writeable = False
    return array


def _checked(
    architecture: MLP, parameters: Parameters | Sequence[Sequence[ArrayLike]]
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    if len(parameters) != len(architecture.shapes):
        raise InputError(
            f"{len(parameters)} layers of parameters do not fit {architecture}: "
            f"give {len(architecture.shapes)} pairs (weight, bias)."
        )
    return tuple(
        (_array(w, shape[0], f"layer {k}'s weight"), _array(b, shape[1], f"layer {k}'s bias"))
        for k, ((w, b), shape) in enumerate(zip(parameters, architecture.shapes))
    )
