"""Programs: a constant, a line, and roles, each a sum of one pattern over a set of inputs."""

import dataclasses
import functools
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import least_squares

from weightloom.architectures import MLP
from weightloom.discovery.network import Network
from weightloom.discovery.reading.canonical import NONLINEARITIES
from weightloom.discovery.reading.index_sets import index_set, members
from weightloom.discovery.reading.patterns import signature, spread
from weightloom.errors import InputError

# Beyond so many numbers a program is fitted as it is: polishing would take seconds and change little.
MOST_POLISHED = 64


@dataclasses.dataclass(frozen=True)
class Role:
    """Units of one pattern: Σₘ vₘ e(wₘ·x + bₘ), where each wₘ has the same few levels on other inputs.

    `levels`, `bias` and `readout` have one row where all members share it, and else one for each member.

    Attributes:
        assignment: which level each member has on each input, signed, 0 for none; shape (members, inputs).
        levels: magnitudes of weights, shape (1 or members, levels).
        bias: offsets, shape (1 or members,); None where they are 0.
        readout: output weights, shape (1 or members, outputs).
        neurons: the hidden neurons that each member consists of.

    Examples:
        >>> import numpy as np
        >>> role = Role(np.eye(2, dtype=int), np.array([[1.0]]), None, np.array([[2.0]]), ((0,), (1,)))
        >>> role.values(np.array([[-3.0, 1.0]]), "relu").tolist()  # |x₀| + |x₁|
        [[4.0]]
    """

    assignment: Int[np.ndarray, "members inputs"]
    levels: Float[np.ndarray, "_ levels"]
    bias: Float[np.ndarray, " _"] | None
    readout: Float[np.ndarray, "_ outputs"]
    neurons: tuple[tuple[int, ...], ...]

    @property
    def members(self) -> int:
        """How many units the role has."""
        return len(self.assignment)

    @property
    def dense(self) -> bool:
        """Whether every input has a level of its own, so that no pattern was found."""
        inputs = self.assignment.shape[1]
        return self.levels.shape[1] == inputs and inputs > 1

    @property
    def tied(self) -> bool:
        """Whether all members share their numbers."""
        return max(len(self.levels), len(self.readout), 1 if self.bias is None else len(self.bias)) == 1

    @property
    def signature(self) -> tuple[tuple[int, int], ...]:
        """How many inputs have each level with either sign."""
        return signature(self.assignment[0])

    @property
    def numbers(self) -> int:
        """How many free numbers the role has."""
        return self.levels.size + (0 if self.bias is None else self.bias.size) + self.readout.size

    @functools.cached_property
    def weight(self) -> Float[np.ndarray, "inputs members"]:
        """The members' weights."""
        return spread(self.assignment, self.levels).T

    @functools.cached_property
    def offsets(self) -> Float[np.ndarray, " members"]:
        """The members' offsets."""
        return np.broadcast_to(np.zeros(1) if self.bias is None else self.bias, (self.members,))

    @functools.cached_property
    def readouts(self) -> Float[np.ndarray, "members outputs"]:
        """The members' output weights."""
        return np.broadcast_to(self.readout, (self.members, self.readout.shape[1]))

    def values(self, x: Float[np.ndarray, "samples inputs"], activation: str) -> Float[np.ndarray, "samples outputs"]:
        """The role's part of the output.

        Args:
            x: inputs.
            activation: the name of the activation that e belongs to.
        """
        return NONLINEARITIES[activation].function(x @ self.weight + self.offsets) @ self.readouts


@dataclasses.dataclass(frozen=True)
class Program:
    """f(x) = c + ℓ·x + the roles' sums.

    Attributes:
        activation: the name of the activation that e belongs to.
        constant: c, shape (outputs,).
        linear: ℓ, shape (inputs, outputs), (1, outputs) where all inputs share it; None where it is 0.
        roles: the roles, the one with most of the output's variance first.
        inputs: n.

    Examples:
        >>> import numpy as np
        >>> role = Role(np.eye(2, dtype=int), np.array([[1.0]]), None, np.array([[2.0]]), ((0,), (1,)))
        >>> program = Program("relu", np.array([0.5]), None, (role,), 2)
        >>> program(np.array([[-3.0, 1.0]])).tolist(), program.numbers
        ([[4.5]], 3)
    """

    activation: str
    constant: Float[np.ndarray, " outputs"]
    linear: Float[np.ndarray, "rows outputs"] | None
    roles: tuple[Role, ...]
    inputs: int

    def __call__(self, x: Float[np.ndarray, "samples inputs"]) -> Float[np.ndarray, "samples outputs"]:
        """The program's values, shape (samples, outputs)."""
        x = np.asarray(x, np.float64)
        values = NONLINEARITIES[self.activation].function(x @ self.weight + self.offsets)
        return self.affine(x) + values @ self.readouts

    @functools.cached_property
    def weight(self) -> Float[np.ndarray, "inputs units"]:
        """The weights of all roles' members."""
        return np.concatenate([np.zeros((self.inputs, 0)), *(role.weight for role in self.roles)], axis=1)

    @functools.cached_property
    def offsets(self) -> Float[np.ndarray, " units"]:
        """The offsets of all roles' members."""
        return np.concatenate([np.zeros(0), *(role.offsets for role in self.roles)])

    @functools.cached_property
    def readouts(self) -> Float[np.ndarray, "units outputs"]:
        """The output weights of all roles' members."""
        return np.concatenate([np.zeros((0, len(self.constant))), *(role.readouts for role in self.roles)])

    def affine(self, x: Float[np.ndarray, "samples inputs"]) -> Float[np.ndarray, "samples outputs"]:
        """The constant and the line.

        Args:
            x: inputs.
        """
        if self.linear is None:
            return np.broadcast_to(self.constant, (len(x), len(self.constant)))
        return self.constant + x @ np.broadcast_to(self.linear, (self.inputs, len(self.constant)))

    @property
    def leaves(self) -> list[Float[np.ndarray, "..."] | None]:
        """The arrays of numbers: constant, line, and each role's levels, offsets and output weights; None where 0."""
        roles = [leaf for role in self.roles for leaf in (role.levels, role.bias, role.readout)]
        return [self.constant, self.linear, *roles]

    @property
    def numbers(self) -> int:
        """How many free numbers the program has."""
        linear = 0 if self.linear is None else self.linear.size
        return self.constant.size + linear + sum(role.numbers for role in self.roles)


def resized(program: Program, inputs: int) -> Program:
    """The same program for another number of inputs: its roles run over more or fewer of them.

    Args:
        program: any program.
        inputs: the number of inputs wanted.

    Raises:
        InputError: if an input has numbers of its own, or is named by its number.
    """
    if inputs == program.inputs:
        return program
    if program.linear is not None and len(program.linear) > 1:
        raise InputError("each input has a slope of its own: the program has no form for another number of inputs.")
    roles = []
    for place, role in enumerate(program.roles):
        if role.dense or not role.tied:
            raise InputError(
                f"the units of role {place + 1} have numbers of their own: "
                "the program has no form for another number of inputs."
            )
        assignment = members(role.assignment[0], index_set(role.assignment), inputs)
        roles.append(dataclasses.replace(role, assignment=assignment, neurons=((),) * len(assignment)))
    return dataclasses.replace(program, roles=tuple(roles), inputs=inputs)


def as_network(program: Program) -> Network:
    """A network of one hidden layer that computes the program: one neuron a unit, and two for a line if one is left.

    Args:
        program: of an activation that is half a line, so that a line can be written: swish, ReLU or GELU; or a program
            without a line.

    Raises:
        InputError: if the activation cannot compute the program's line.
    """
    nonlinearity = NONLINEARITIES[program.activation]
    outputs = len(program.constant)
    weight, bias, readout = program.weight, program.offsets, program.readouts
    linear = np.zeros((program.inputs, outputs)) if program.linear is None else program.linear
    linear = np.broadcast_to(linear, (program.inputs, outputs)) - nonlinearity.slope * weight @ readout
    constant = program.constant - nonlinearity.slope * bias @ readout
    if np.abs(linear).max() > 1e-9:
        if not nonlinearity.slope:
            raise InputError(f"{program.activation} units cannot compute the line of this program exactly.")
        # z = σ(z) − σ(−z), for one z for each output.
        weight = np.concatenate([weight, linear, -linear], axis=1)
        bias = np.concatenate([bias, np.zeros(2 * outputs)])
        readout = np.concatenate([readout, np.eye(outputs), -np.eye(outputs)])
    if not len(bias):
        # A constant: a network needs a neuron.
        weight, bias, readout = np.zeros((program.inputs, 1)), np.zeros(1), np.zeros((1, outputs))
    architecture = MLP((program.inputs, len(bias), outputs), program.activation)
    return Network(architecture, [(weight, bias), (readout, constant)])


def polished(
    program: Program, x: Float[np.ndarray, "samples inputs"], values: Float[np.ndarray, "samples outputs"]
) -> Program:
    """The program with its numbers fitted to a function by least squares.

    Args:
        program: where the fit starts.
        x: inputs.
        values: of the function there.
    """
    if program.numbers > MOST_POLISHED:
        return program
    program = refitted(program, x, values)
    start = _flat(program)
    scale = np.maximum(np.abs(start), 1e-2)

    def error(scaled: Float[np.ndarray, " numbers"]) -> Float[np.ndarray, " errors"]:
        return (_filled(program, scaled * scale)(x) - values).ravel()

    def slopes(scaled: Float[np.ndarray, " numbers"]) -> Float[np.ndarray, "errors numbers"]:
        columns = sensitivities(_filled(program, scaled * scale), x)
        return columns.reshape(-1, columns.shape[-1]) * scale

    return _filled(program, least_squares(error, start / scale, slopes, max_nfev=20, xtol=1e-6, ftol=1e-9).x * scale)


def refitted(
    program: Program, x: Float[np.ndarray, "samples inputs"], values: Float[np.ndarray, "samples outputs"]
) -> Program:
    """The program with its constant, line and output weights fitted to a function, which is a linear problem.

    Args:
        program: where levels and offsets are from.
        x: inputs.
        values: of the function there.
    """
    columns, parts = [np.ones((len(x), 1))], []
    if program.linear is not None:
        columns.append(x if len(program.linear) == program.inputs else x.sum(axis=1, keepdims=True))
    units = NONLINEARITIES[program.activation].function(x @ program.weight + program.offsets)
    for role, own in zip(program.roles, np.split(units, np.cumsum([role.members for role in program.roles]), axis=1)):
        parts.append(own if len(role.readout) == role.members else own.sum(axis=1, keepdims=True))
    design = np.concatenate([*columns, *parts], axis=1)
    found = np.linalg.lstsq(design, values, rcond=1e-9)[0]
    ends = np.cumsum([column.shape[1] for column in (*columns, *parts)])[:-1]
    pieces = np.split(found, ends)
    readouts = pieces[len(columns) :]
    return dataclasses.replace(
        program,
        constant=pieces[0][0],
        linear=None if program.linear is None else pieces[1],
        roles=tuple(dataclasses.replace(role, readout=own) for role, own in zip(program.roles, readouts)),
    )


def sensitivities(
    program: Program, x: Float[np.ndarray, "samples inputs"]
) -> Float[np.ndarray, "samples outputs numbers"]:
    """How the output changes with each number of the program: constant, line, then levels, offsets and output weights.

    Args:
        program: any program.
        x: inputs.
    """
    outputs, nonlinearity = len(program.constant), NONLINEARITIES[program.activation]
    columns = [_spread_over_outputs(np.ones((len(x), 1)), outputs)]
    if program.linear is not None:
        read = x if len(program.linear) == program.inputs else x.sum(axis=1, keepdims=True)
        columns.append(_spread_over_outputs(read, outputs))
    z = x @ program.weight + program.offsets
    values, carried = nonlinearity.function(z), nonlinearity.derivative(z)[:, None, :] * program.readouts.T
    # What each level of each member reads, level by level where members share it.
    rows = [_level_rows(role) for role in program.roles]
    reads = x @ np.concatenate([np.zeros((0, program.inputs)), *rows]).T
    unit = entry = 0
    for role, own in zip(program.roles, rows):
        units, entries = slice(unit, unit + role.members), slice(entry, entry + len(own))
        unit, entry = units.stop, entries.stop
        shape = (len(x), 1, -1, role.members) if len(role.levels) == 1 else (len(x), 1, role.members, -1)
        read = reads[:, entries].reshape(shape)
        if len(role.levels) == 1:
            columns.append((carried[:, :, None, units] * read).sum(axis=3))
        else:
            columns.append((carried[:, :, units, None] * read).reshape(len(x), outputs, -1))
        if role.bias is not None:
            columns.append(_tied(carried[:, :, units], len(role.bias)))
        columns.append(_spread_over_outputs(_tied(values[:, units], len(role.readout)), outputs))
    return np.concatenate(columns, axis=-1)


def _spread_over_outputs(values: Float[np.ndarray, "samples rows"], outputs: int) -> np.ndarray:
    """Every value for every output by itself, shape (samples, outputs, rows · outputs)."""
    if outputs == 1:
        return values[:, None]
    return np.einsum("sr,op->sorp", values, np.eye(outputs)).reshape(len(values), outputs, -1)


def _tied(values: np.ndarray, rows: int) -> np.ndarray:
    """The members' values, or their sum where members share a number."""
    return values if rows > 1 else values.sum(axis=-1, keepdims=True)


def _level_rows(role: Role) -> Float[np.ndarray, "entries inputs"]:
    """The signs of the inputs with each level: all members for each shared level, all levels for each member if not."""
    levels = np.arange(1, role.levels.shape[1] + 1)
    if len(role.levels) == 1:
        signs = np.sign(role.assignment) * (np.abs(role.assignment) == levels[:, None, None])
    else:
        signs = np.sign(role.assignment)[:, None] * (np.abs(role.assignment)[:, None] == levels[:, None])
    return signs.reshape(-1, role.assignment.shape[1]).astype(float)


def _flat(program: Program) -> Float[np.ndarray, " numbers"]:
    return np.concatenate([leaf.ravel() for leaf in program.leaves if leaf is not None])


def _filled(program: Program, numbers: Float[np.ndarray, " numbers"]) -> Program:
    """The program with other numbers, in the order of `_flat`."""
    sizes = [0 if leaf is None else leaf.size for leaf in program.leaves]
    pieces = np.split(numbers, np.cumsum(sizes)[:-1])
    shaped: list[Any] = [
        None if leaf is None else piece.reshape(leaf.shape) for leaf, piece in zip(program.leaves, pieces)
    ]
    constant, linear, *rest = shaped
    triples = [rest[k : k + 3] for k in range(0, len(rest), 3)]
    roles = tuple(
        dataclasses.replace(role, levels=levels, bias=bias, readout=readout)
        for role, (levels, bias, readout) in zip(program.roles, triples)
    )
    return dataclasses.replace(program, constant=constant, linear=linear, roles=roles)
