"""Networks of one hidden layer whose program is known, and what leaves a network's program as it is."""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import weightloom as wl
from weightloom.discovery.reading.canonical import NONLINEARITIES
from weightloom.discovery.reading.index_sets import index_set
from weightloom.discovery.reading.patterns import signature


class Unit(NamedTuple):
    """v e(w·x + b), with one output weight for each output."""

    weight: np.ndarray
    bias: float
    readout: np.ndarray


class Known(NamedTuple):
    """A program by its units, its line and its constant, with the roles and numbers that a reading must find."""

    units: list[Unit]
    line: np.ndarray
    roles: list[tuple]
    numbers: int
    activation: str = "swish"

    def __call__(self, x):
        function = NONLINEARITIES[self.activation].function
        return x @ self.line + sum(function(x @ w + b)[:, None] * v for w, b, v in self.units)


def unit(weight, readout=1.0, bias=0.0):
    return Unit(np.array(weight, float), float(bias), np.atleast_1d(np.array(readout, float)))


def network(units, line, activation="swish", constant=None):
    """The network of these units, with two neurons for each output whose line the units do not have by themselves."""
    inputs, outputs = line.shape
    weight = np.array([one.weight for one in units]).reshape(-1, inputs).T
    bias, readout = np.array([one.bias for one in units]), np.array([one.readout for one in units])
    readout = readout.reshape(-1, outputs)
    slope = NONLINEARITIES[activation].slope
    constant = (np.zeros(outputs) if constant is None else constant) - slope * bias @ readout
    left = line - slope * weight @ readout
    if not slope and np.abs(line).max() > 0:
        raise ValueError("units of this activation have no line")
    for output in np.flatnonzero(np.abs(left).max(axis=0) > 1e-12) if slope else ():
        weight = np.column_stack([weight, left[:, output], -left[:, output]])
        bias = np.append(bias, [0.0, 0.0])
        readout = np.vstack([readout, np.eye(outputs)[output], -np.eye(outputs)[output]])
    return layers(weight, bias, readout, constant, activation)


def layers(weight, bias, readout, constant, activation="swish"):
    sizes = (weight.shape[0], weight.shape[1], readout.shape[1])
    return wl.Network(wl.MLP(sizes, activation), [(weight, bias), (readout, constant)])


def built(known):
    return network(known.units, known.line, known.activation)


def arrays(net):
    """First weights, biases, output weights and constants in double precision."""
    (weight, bias), (readout, constant) = net.parameters
    return tuple(np.array(part, float) for part in (weight, bias, readout, constant))


def in_double(net, x):
    """The network's values in double precision, as the definition of its activation says."""
    weight, bias, readout, constant = arrays(net)
    z = x @ weight + bias
    function = {
        "swish": lambda z: z / (1 + np.exp(-z)),
        "relu": lambda z: np.maximum(z, 0),
        "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
        "tanh": np.tanh,
        "sine": np.sin,
    }[net.architecture.activation]
    return function(z) @ readout + constant


# The same function, written by other neurons.


def shuffled(net, rng):
    weight, bias, readout, constant = arrays(net)
    order = rng.permutation(len(bias))
    return layers(weight[:, order], bias[order], readout[order], constant, net.architecture.activation)


def split(net, rng, shares=None):
    """Some neurons become two with the same input weights: v = v₁ + v₂."""
    weight, bias, readout, constant = arrays(net)
    chosen = np.flatnonzero(rng.random(len(bias)) < 0.5)
    share = rng.uniform(-0.5, 1.5, len(chosen))[:, None] if shares is None else shares
    second = readout[chosen] * share
    readout[chosen] -= second
    return layers(
        np.column_stack([weight, weight[:, chosen]]),
        np.append(bias, bias[chosen]),
        np.vstack([readout, second]),
        constant,
        net.architecture.activation,
    )


def duplicated(net, rng):
    """Some neurons stand there twice, with half of the output weight each."""
    return split(net, rng, shares=0.5)


def flipped(net, rng):
    """Some neurons read −w and −b, and two more for each output bring the line back."""
    weight, bias, readout, constant = arrays(net)
    activation = net.architecture.activation
    slope, parity = NONLINEARITIES[activation].slope, NONLINEARITIES[activation].parity
    chosen = rng.random(len(bias)) < 0.5
    line = 2 * slope * weight[:, chosen] @ readout[chosen]
    constant = constant + 2 * slope * bias[chosen] @ readout[chosen]
    weight[:, chosen], bias[chosen] = -weight[:, chosen], -bias[chosen]
    readout[chosen] *= parity
    if slope:
        outputs = np.eye(readout.shape[1])
        weight, bias = np.column_stack([weight, line, -line]), np.append(bias, np.zeros(2 * len(outputs)))
        readout = np.vstack([readout, outputs, -outputs])
    return layers(weight, bias, readout, constant, activation)


EXACT = {"shuffled": shuffled, "duplicated": duplicated, "split": split, "flipped": flipped}


def dead(net, count, rng):
    """With neurons that have no input weights, or no output weights."""
    weight, bias, readout, constant = arrays(net)
    idle = rng.standard_normal((weight.shape[0], count))
    return layers(
        np.column_stack([weight, np.zeros((weight.shape[0], count)), idle]),
        np.concatenate([bias, rng.standard_normal(2 * count)]),
        np.vstack([readout, rng.standard_normal((count, readout.shape[1])), np.zeros((count, readout.shape[1]))]),
        constant,
        net.architecture.activation,
    )


def noisy(net, noise, rng):
    """With normal noise on the input weights, as a share of each neuron's largest, and on biases and output weights."""
    weight, bias, readout, constant = arrays(net)
    weight = weight + noise * np.abs(weight).max(axis=0) * rng.standard_normal(weight.shape)
    bias = bias * (1 + noise * rng.standard_normal(bias.shape))
    readout = readout * (1 + noise * rng.standard_normal(readout.shape))
    return layers(weight, bias, readout, constant, net.architecture.activation)


# Programs that are known.


def eye(n):
    return list(np.eye(n))


def pairs(n, sign=-1):
    return [np.eye(n)[i] + sign * np.eye(n)[j] for i, j in itertools.combinations(range(n), 2)]


def neighbours(n):
    return [np.eye(n)[i] - np.eye(n)[i + 1] for i in range(n - 1)]


def ring(n):
    return [np.eye(n)[i] - np.eye(n)[(i + 1) % n] for i in range(n)]


def role(rows):
    """A role as a reading must find it: signature, index set, number of members."""
    rows = np.array([np.sign(row) for row in rows]).astype(int)
    return signature(rows[0]), index_set(rows), len(rows)


def simple(rows, strength, readout, numbers=3, line=None, activation="swish", roles=None):
    rows = list(rows)
    outputs = len(np.atleast_1d(readout))
    return Known(
        [unit(strength * row, readout) for row in rows],
        np.zeros((len(rows[0]), outputs)) if line is None else np.broadcast_to(line, (len(rows[0]), outputs)),
        [role(rows)] if roles is None else roles,
        numbers,
        activation,
    )


def scale(rng, low=2.0, high=5.0):
    return rng.uniform(low, high)


def l1(n, rng, activation="swish"):
    a = scale(rng)
    return simple(eye(n), a, 2 / a, activation=activation)


def double(n, rng):
    """Two neurons for each input, whose lines cancel."""
    known = l1(n, rng)
    halves = [Unit(sign * w, b, v / 2) for w, b, v in known.units for sign in (1, -1)]
    return known._replace(units=halves)


def pudding_with_background(n, rng):
    """c + ℓS + v Σ e(a xᵢ + g S + b) + u e(h S + d), as the paper's network has it."""
    a, g, h = scale(rng, 2, 3), rng.uniform(0.15, 0.3), rng.uniform(0.5, 1.0)
    rows = [a * row + g for row in eye(n)]
    units = [unit(row, 0.5, 0.6) for row in rows] + [unit(np.full(n, h), -0.6, 1.0)]
    found = [(((1, 0), (n - 1, 0)), "all", n), (((n, 0),), "once", 1)]
    return Known(units, np.full((n, 1), 0.3), found, 9)


def product(n, rng):
    """xy by quarter squares; for more inputs the sum of all products."""
    a = scale(rng, 0.8, 1.5)
    plus, minus = pairs(n, 1), pairs(n, -1)
    units = [unit(a * row, 1 / a**2) for row in plus] + [unit(a * row, -1 / a**2) for row in minus]
    return Known(units, np.zeros((n, 1)), [role(plus), role(minus)], 5)


def maximum(n, rng):
    a = scale(rng, 3, 6)
    return simple(pairs(n), a, 1 / a, 4, np.full((n, 1), 0.5))


def gini(n, rng, activation="swish"):
    a = scale(rng)
    return simple(pairs(n), a, 2 / a, activation=activation)


def variation(n, rng, activation="swish"):
    a = scale(rng)
    return simple(neighbours(n), a, 2 / a, activation=activation)


def ring_differences(n, rng):
    a = scale(rng)
    return simple(ring(n), a, 2 / a)


def clipped(n, rng):
    """Σ clip(xᵢ, −1, 1) = ½ Σ |xᵢ + 1| − |xᵢ − 1|."""
    a = scale(rng, 3, 5)
    units = [unit(a * row, 1 / a, a) for row in eye(n)] + [unit(a * row, -1 / a, -a) for row in eye(n)]
    return Known(units, np.zeros((n, 1)), [role(eye(n))] * 2, 7)


def positives(n, rng):
    """How many inputs are positive: steps out of two ramps each."""
    a, b = scale(rng, 8, 12), scale(rng, 2, 3)
    units = [unit(a * row, 0.5 / b, b) for row in eye(n)] + [unit(a * row, -0.5 / b, -b) for row in eye(n)]
    return Known(units, np.zeros((n, 1)), [role(eye(n))] * 2, 7)


def positives_by_tanh(n, rng):
    return simple(eye(n), scale(rng, 4, 8), 0.5, activation="tanh")


def pairs_against_pairs(n, rng):
    assert n == 4
    a = scale(rng)
    rows = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])
    return simple(rows, a, 1 / a)


def sort_of_two(n, rng):
    assert n == 2
    a = scale(rng, 3, 6)
    return simple(pairs(2), a, [1 / a, -1 / a], 7, np.full((2, 2), 0.5))


def absolute_sum(n, rng):
    a = scale(rng, 1, 3)
    return simple([np.ones(n)], a, 2 / a)


def squares(n, rng):
    a = scale(rng, 0.5, 0.8)
    return simple(eye(n), a, 4 / a**2)


def two_outputs(n, rng):
    """Σ|xᵢ| and Σ|xᵢ − xᵢ₊₁|."""
    a, b = scale(rng), scale(rng)
    units = [unit(a * row, [1 / a, 0]) for row in eye(n)] + [unit(b * row, [0, 1 / b]) for row in neighbours(n)]
    return Known(units, np.zeros((n, 2)), [role(eye(n)), role(neighbours(n))], 8)


def of_activation(kind, activation):
    def made(n, rng):
        return kind(n, rng, activation)

    return made


class Kind(NamedTuple):
    """A construction, and the numbers of inputs that it is tested at."""

    build: Callable[[int, np.random.Generator], Known]
    sizes: tuple[int, ...]


KINDS = {
    "l1": Kind(l1, (2, 3, 5, 8, 16)),
    "double-sided": Kind(double, (3, 4, 8, 16)),
    "pudding with background": Kind(pudding_with_background, (4, 8, 16)),
    "product": Kind(product, (2, 3, 4)),
    "maximum of two": Kind(maximum, (2,)),
    "gini": Kind(gini, (3, 4, 5, 8)),
    "variation": Kind(variation, (4, 5, 8, 12)),
    "ring": Kind(ring_differences, (4, 5, 8)),
    "clipped": Kind(clipped, (2, 4, 8)),
    "positives": Kind(positives, (2, 4, 8)),
    "positives by tanh": Kind(positives_by_tanh, (2, 4, 8)),
    "pairs against pairs": Kind(pairs_against_pairs, (4,)),
    "sort of two": Kind(sort_of_two, (2,)),
    "absolute sum": Kind(absolute_sum, (1, 2, 4, 8)),
    "squares": Kind(squares, (3, 8)),
    "two outputs": Kind(two_outputs, (4, 8)),
    "l1 by relu": Kind(of_activation(l1, "relu"), (4, 8)),
    "gini by gelu": Kind(of_activation(gini, "gelu"), (4,)),
    "l1 by sine": Kind(of_activation(l1, "sine"), (3,)),
}


# What a reading says, so that it can be compared.


def said(reading):
    """Signature, index set and number of members of every role; dense roles by their number of units."""
    return sorted(
        (((), "dense", role.members) if role.dense else (role.signature, index_set(role.assignment), role.members))
        for role in reading.roles
    )


def expected(known):
    return sorted(known.roles)
