"""Reading a network: from weights to a program and its verdict."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Array, Float

from weightloom.architectures import ACTIVATIONS
from weightloom.discovery.network import Network, problem_for
from weightloom.discovery.own_weights import Source, load_network
from weightloom.discovery.reading._drawn import Drawn, drawn
from weightloom.discovery.reading._named import Named, named
from weightloom.discovery.reading.candidates import Candidates
from weightloom.discovery.reading.canonical import NONLINEARITIES, Canonical, canonical
from weightloom.discovery.reading.code import expression, python
from weightloom.discovery.reading.formulas import LATEX, TEXT, Style, formula
from weightloom.discovery.reading.in_units import expression_in_units, formula_in_units, python_in_units
from weightloom.discovery.reading.merging import Curved, merges
from weightloom.discovery.reading.program import Program, Role, as_network, polished, refitted, resized
from weightloom.discovery.reading.roles import program as program_of
from weightloom.discovery.reading.sampling import normal_inputs, spread
from weightloom.discovery.reading.verdict import Verdict, description_bits, verdict

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from weightloom.discovery.tasks import Task

# From nearly exact to coarse: what is not the same within 3e-2 of the variance is not called the same.
TOLERANCES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
SAMPLES = 512
# So many of the shortest descriptions have all numbers fitted together.
POLISHED = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What was read from a network.

    Attributes:
        source: the network that was read.
        program: the shortest program found for it.
        tolerance: the share of the output's variance that this program may differ by in each stage.
        canonical: the network's exact canonical form, one unit for each neuron.
        task: that the network was trained on, where it is known: the verdict then says how general the program is.

    Examples:
        >>> import weightloom as wl
        >>> reading = wl.read(wl.algorithms.double_sided(n=4, hidden=12, strength=3.0))
        >>> reading.formula, [role.members for role in reading.roles]
        ('−2.13 + 0.516 Σ[i] e(3 xᵢ)', [4])
        >>> reading.network(n=6)
        Network(MLP(sizes=(6, 8, 1), activation='swish'))
    """

    source: Network
    program: Program
    tolerance: float
    canonical: Canonical
    task: "Task | None" = None

    @functools.cached_property
    def verdict(self) -> Verdict:
        """How far the program stands for the network."""
        return verdict(self.source, self.canonical, self.program, self.task)

    @functools.cached_property
    def named(self) -> Named | None:
        """Unless unread, or of several outputs: the program with |t|, t², max, clip or steps in place of e."""
        return None if self.verdict.state == "unread" else named(self)

    @functools.cached_property
    def drawn(self) -> Drawn | None:
        """For an unread network of one output: the program "w ~ D", tested by drawing again, with its own verdict."""
        if self.verdict.state != "unread" or len(self.program.constant) > 1:
            return None
        return drawn(self.source)

    @property
    def samples(self) -> tuple[Float[np.ndarray, "samples inputs"], Float[np.ndarray, "samples outputs"]]:
        """The inputs that the program was fitted on, and the network's values there."""
        x = _inputs(self.canonical)
        return x, self.canonical(x)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The program's roles."""
        return self.program.roles

    @property
    def formula(self) -> str:
        """The program as a formula, one line for each output. S is the sum of all inputs.

        Of a network with units, such as one that learned from a table, it has the names and units of the columns.
        """
        return self._lines(TEXT)

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return self._lines(LATEX)

    @property
    def python(self) -> str:
        """The program as a Python file that needs NumPy alone."""
        units = self.source.units
        return python(self.program) if units is None else python_in_units(self.program, units)

    @property
    def expression(self) -> "sympy.Expr":
        """The first output as a SymPy expression, all sums written out."""
        units = self.source.units
        return expression(self.program) if units is None else expression_in_units(self.program, units)

    def function(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The program as a JAX function: it can be compiled, mapped and differentiated.

        Args:
            x: inputs, shape (..., n).

        Returns:
            Values, shape (..., outputs).
        """
        import jax.numpy as jnp

        program = self.program
        slope = NONLINEARITIES[program.activation].slope
        x = jnp.asarray(x)
        total = jnp.asarray(program.constant)
        if program.linear is not None:
            total = total + x @ np.broadcast_to(program.linear, (program.inputs, len(program.constant)))
        for role in program.roles:
            z = x @ role.weight + role.offsets
            total = total + (ACTIVATIONS[program.activation](z) - slope * z) @ role.readouts
        return jnp.broadcast_to(total, (*x.shape[:-1], len(program.constant)))

    def network(self, n: int | None = None) -> Network:
        """A network that runs the program, with one neuron for each unit.

        Args:
            n: the number of inputs; the default is the network's own.

        Returns:
            The network. It computes the program exactly, but for rounding.

        Raises:
            InputError: if the program names inputs one by one, so that it has no form for another number.

        Examples:
            >>> import weightloom as wl
            >>> reading = wl.algorithms.double_sided(n=4, hidden=12, strength=3.0).reading
            >>> reading.network(), reading.network(n=6).architecture.sizes
            (Network(MLP(sizes=(4, 6, 1), activation='swish')), (6, 8, 1))
        """
        return as_network(self.program if n is None else resized(self.program, n))

    def plot(self, names: Sequence[str] | None = None, *, ax: "Axes | None" = None) -> "Figure":
        """The figure of `weightloom.plot_reading`.

        Args:
            names: of the inputs; the default is x₀, x₁, ….
            ax: existing Axes to draw into. The default is a new figure.

        Returns:
            The figure. Notebooks display it.

        Examples:
            >>> import weightloom as wl
            >>> reading = wl.algorithms.double_sided(n=2, hidden=4, strength=3.0).reading
            >>> reading.plot().axes[0].texts[0].get_text()
            'x₀'
        """
        from weightloom.discovery.plots.reading import plot_reading

        return plot_reading(self, names, ax=ax)

    def _lines(self, style: Style) -> str:
        units, outputs = self.source.units, range(len(self.program.constant))
        if units is None:
            return "\n".join(formula(self.program, style, output) for output in outputs)
        return "\n".join(formula_in_units(self.program, units, style, output) for output in outputs)

    def __repr__(self) -> str:
        more = f"\n{self.drawn}" if self.drawn is not None and self.drawn.state == "drawn" else ""
        more += f"\n{self.named}" if self.named is not None and self.named.state != "not" else ""
        return f"{self.formula}\n{self.verdict}{more}"


def read(
    source: Network | Source,
    activation: str | None = None,
    *,
    orientation: str | None = None,
    task: "str | Task | Callable[..., Array] | None" = None,
) -> Reading:
    """Reads the program that a network runs.

    The stages: the exact canonical form; merging of units that do the same; patterns of weights; roles. They run at
    five tolerances, and the description of fewest bits is taken, its residual included.

    Args:
        source: a network of one hidden layer; or weights of your own, a PyTorch `state_dict` or a file, as for
            `weightloom.load_network`.
        activation: of weights of your own, as for `weightloom.load_network`.
        orientation: of weights of your own, as for `weightloom.load_network`.
        task: that the network was trained on: a task, its name, or a function from inputs (batch, n) to values
            (batch,). The default is what the network's run knows of it, if anything.

    Returns:
        The reading, with its verdict.

    Raises:
        InputError: if the network has another number of hidden layers, the weights cannot be used, or the task has
            another number of inputs or outputs.

    Examples:
        >>> import weightloom as wl
        >>> from weightloom.discovery.reading import read
        >>> print(read(wl.algorithms.double_sided(n=4, hidden=12, strength=3.0)).formula)
        −2.13 + 0.516 Σ[i] e(3 xᵢ)
    """
    network = source if isinstance(source, Network) else load_network(source, activation, orientation=orientation)
    form = canonical(network)
    known = network.task
    if task is not None:
        from weightloom.discovery.tasks.load import as_task

        known = as_task(task)
    if known is not None:
        problem_for(network.architecture, known)
    x = _inputs(form)
    values = form(x)
    curved = Curved(x, spread(values))
    candidates = Candidates(curved)
    programs: dict[float, Program] = {}
    for merged, tolerance in zip(merges(form, curved, TOLERANCES), TOLERANCES):
        programs[tolerance] = refitted(program_of(merged, candidates, tolerance), x, values)
    bits = {tolerance: description_bits(program, x, values) for tolerance, program in programs.items()}
    shortest = sorted(bits, key=bits.__getitem__)[:POLISHED]
    finalists = {tolerance: polished(programs[tolerance], x, values) for tolerance in shortest}
    tolerance, program = min(finalists.items(), key=lambda pair: description_bits(pair[1], x, values))
    return Reading(network, program, tolerance, form, known)


def _inputs(form: Canonical) -> Float[np.ndarray, "samples inputs"]:
    inputs = len(form.weight)
    return normal_inputs(inputs, max(SAMPLES, 1 << int(np.ceil(np.log2(8 * (inputs + 1))))))
