"""The verdict on a program: how far it stands for the network that it was read from."""

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from weightloom.discovery.network import Network
from weightloom.discovery.reading.canonical import NONLINEARITIES, Canonical
from weightloom.discovery.reading.index_sets import index_set
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.patterns import Pattern
from weightloom.discovery.reading.program import Program, Role, resized, sensitivities
from weightloom.discovery.reading.sampling import FRESH, normal_inputs, spread
from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery.tasks import Task

SUBSETS = 64
# The residual of a description is paid for like so many numbers. Chosen on the constructions of experiments/reading.
RESIDUAL_NUMBERS = 32
# Bits are measured on so many of the fresh inputs.
DESCRIBED = 512
# The error of a description: numbers are as precise as it asks for, and a larger error is paid for in bits.
PRECISION = 1e-3
FAITHFUL, WIDE, CAUSAL, SHORT = 0.95, 0.9, 0.9, 0.45
STRUCTURED, PARTLY = 0.9, 0.5
# A network with less curvature, as a share of its variance, is a line.
FLAT = 1e-3


class Verdict(NamedTuple):
    """How far a program stands for its network, on inputs from N(0, I).

    Programs are fitted there too, whatever the network was trained on: bits or a box are other inputs.

    Attributes:
        faithful: R² of the program against the network on fresh inputs, the smallest over outputs.
        wide: the same on inputs twice as wide.
        causal: the worst R² of the network after a random subset of its roles was replaced by the program's, over 64
            subsets. Errors of two roles that cancel each other show here. Lines count as one role.
        program_bits: bits of the program and of its residual.
        network_bits: bits of the network's weights at the same precision.
        structured: the share of the network's curvature that roles with a pattern carry; the rest is dense.
        general: the task's loss of the program at other numbers of inputs, as `generality` measures it; None where the
            task is not known or has no other numbers, or the program has no form for them.
        kl_bits: the KL that the hypernetwork paid for the network, in bits; None where it is not known. It prices
            what differs from network to network; what decoder and hyperweights hold is free.

    Examples:
        >>> import weightloom as wl
        >>> found = wl.algorithms.double_sided(n=4, hidden=12, strength=3.0).reading.verdict
        >>> found.state, found.faithful > 0.99, found.short < 0.4
        ('read', True, True)
    """

    faithful: float
    wide: float
    causal: float
    program_bits: float
    network_bits: float
    structured: float
    general: float | None = None
    kl_bits: float | None = None

    @property
    def short(self) -> float:
        """Bits of program and residual, as a share of the bits of the weights."""
        return self.program_bits / self.network_bits if self.network_bits else 1.0

    @property
    def state(self) -> str:
        """ "read", "partly read" or "unread"."""
        holds = self.faithful >= FAITHFUL and self.wide >= WIDE and self.causal >= CAUSAL
        holds = holds and self.structured >= STRUCTURED
        if holds and self.short <= SHORT:
            return "read"
        return "partly read" if self.structured >= PARTLY and self.faithful >= FAITHFUL else "unread"

    def __str__(self) -> str:
        share = f" ({self.structured:.0%})" if self.state == "partly read" else ""
        kl = "" if self.kl_bits is None else f", KL {self.kl_bits:.0f} bits"
        general = "" if self.general is None else f"; loss {self.general:.3g} at other numbers of inputs"
        return (
            f"{self.state}{share}: R² {self.faithful:.4f}, {self.wide:.4f} on inputs twice as wide, "
            f"{self.causal:.4f} in the worst replacement; "
            f"{self.program_bits:.0f} bits of {self.network_bits:.0f}{kl}{general}"
        )


def verdict(network: Network, form: Canonical, program: Program, task: "Task | None" = None) -> Verdict:
    """Compares a program with its network.

    Args:
        network: the network.
        form: its canonical form, one unit for each neuron.
        program: read from it.
        task: that the network was trained on, where it is known.
    """
    fresh = normal_inputs(program.inputs, seed=FRESH)
    target = form(fresh)
    curved = Curved(fresh, spread(target))
    few = slice(DESCRIBED)
    return Verdict(
        faithful=r2(program(fresh), target),
        wide=r2(program(2 * fresh), form(2 * fresh)),
        causal=_causal(form, program, curved, target),
        program_bits=description_bits(program, fresh[few], target[few]),
        network_bits=network_bits(form, network, fresh[few]),
        structured=_structured(program, curved, target),
        general=None if task is None else generality(program, task),
        kl_bits=None if network.kl is None else network.kl / math.log(2),
    )


def generality(program: Program, task: "Task") -> float | None:
    """The loss of a program at n + 1 and at 2n inputs, the larger one, in units of the target's variance.

    The program runs at its trained constants, but its value is first fitted by a scale and a constant: those hold the
    mean and the variance of the target at n inputs, by which it is standardised.

    Args:
        program: a program for n inputs.
        task: a function of any number of inputs.

    Returns:
        The loss; None where the program has no form for other numbers of inputs, it or the task has several outputs,
        the task fails there, or its inputs are not standard normal.

    Examples:
        >>> import weightloom as wl
        >>> reading = wl.algorithms.double_sided(n=4, hidden=12, strength=5.0).reading
        >>> generality(reading.program, wl.tasks.l1) < 0.02
        True
    """
    if len(program.constant) > 1 or not task.is_normal:
        return None
    losses = []
    for inputs in (program.inputs + 1, 2 * program.inputs):
        try:
            larger, target = resized(program, inputs), _target(task, inputs)
        except InputError:
            return None
        if target is None:
            return None
        values = larger(normal_inputs(inputs, seed=FRESH))[:, 0]
        alike = np.corrcoef(values, target)[0, 1] if values.std() > FLAT else 0.0
        losses.append(1 - float(alike) ** 2)
    return max(losses)


@functools.lru_cache(maxsize=16)
def _target(task: "Task", inputs: int) -> Float[np.ndarray, " samples"] | None:
    """The task's values; None for several outputs."""
    import jax.numpy as jnp

    if task.outputs(inputs) > 1:
        return None
    x = jnp.asarray(normal_inputs(inputs, seed=FRESH), jnp.float32)
    return np.asarray(task.target(inputs)(x), np.float64)


def r2(values: Float[np.ndarray, "samples outputs"], target: Float[np.ndarray, "samples outputs"]) -> float:
    """The share of the target's variance that values explain, the smallest over outputs.

    Args:
        values: any values.
        target: what they should be.

    Returns:
        R², at most 1.

    Examples:
        >>> r2(np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]]))
        0.5
    """
    error = np.mean((values - target) ** 2, axis=0)
    return float((1 - error / spread(target) ** 2).min())


def _causal(form: Canonical, program: Program, curved: Curved, target: Float[np.ndarray, "samples outputs"]) -> float:
    x, values = curved.x, form.values(curved.x)
    errors = [_affine(curved, program(x)) - _affine(curved, target)]
    left = set(range(len(form.bias)))
    place = {own[0]: unit for unit, own in enumerate(form.neurons)}
    for role in program.roles:
        units = [place[neuron] for own in role.neurons for neuron in own]
        left -= set(units)
        ideal = role.values(x, program.activation)
        errors.append(curved.part(ideal - values[:, units] @ form.readout[units]))
    if left:
        units = sorted(left)
        errors.append(-curved.part(values[:, units] @ form.readout[units]))
    chosen = np.random.default_rng(0).random((SUBSETS, len(errors))) < 0.5
    chosen[0], chosen[1 : len(errors) + 1] = True, np.eye(len(errors), dtype=bool)[: SUBSETS - 1]
    changes = np.einsum("rk,kso->rso", chosen.astype(float), np.array(errors))
    return float((1 - np.mean(changes**2, axis=1) / curved.scale**2).min())


def _affine(curved: Curved, values: Float[np.ndarray, "samples outputs"]) -> Float[np.ndarray, "samples outputs"]:
    return values - curved.part(values)


def _structured(program: Program, curved: Curved, target: Float[np.ndarray, "samples outputs"]) -> float:
    whole = curved.part(target)
    if curved.share(whole) < FLAT:
        return 1.0
    roles = [role for role in program.roles if not role.dense]
    explained = curved.part(sum((role.values(curved.x, program.activation) for role in roles), np.zeros_like(target)))
    return max(0.0, 1 - curved.share(whole - explained) / max(curved.share(whole), 1e-300))


def number_bits(numbers: Float[np.ndarray, " numbers"], sensitivity: Float[np.ndarray, " numbers"]) -> float:
    """Bits of numbers that are as precise as the output needs: all of them may cause the same share of the error.

    A number that may be 0 costs one bit, its sign.

    Args:
        numbers: the numbers.
        sensitivity: the mean squared change of the outputs, in units of their variances, per change of each number.
    """
    steps = numbers**2 * sensitivity * len(numbers) / PRECISION
    return float((1 + 0.5 * np.log2(1 + steps)).sum())


def network_bits(form: Canonical, network: Network, x: Float[np.ndarray, "samples inputs"]) -> float:
    """Bits of the network's own parameters.

    Args:
        form: its canonical form.
        network: the network.
        x: inputs.
    """
    (weight, bias), (readout, constant) = ((np.asarray(w, float), np.asarray(b, float)) for w, b in network.parameters)
    nonlinearity = form.nonlinearity
    z = x @ weight + bias
    hidden = nonlinearity.slope * z + nonlinearity.function(z)
    slope = nonlinearity.slope + nonlinearity.derivative(z)
    variance = spread(form(x)) ** 2
    reach = np.mean(readout**2 / variance, axis=1)
    ones, outputs = np.ones(len(constant)), len(constant)
    numbers = np.concatenate([weight.ravel(), bias, readout.ravel(), constant])
    sensitivity = np.concatenate(
        [
            (((x**2).T @ slope**2) / len(x) * reach).ravel(),
            (slope**2).mean(axis=0) * reach,
            np.outer((hidden**2).mean(axis=0), 1 / variance / outputs).ravel(),
            ones / variance / outputs,
        ]
    )
    return number_bits(numbers, sensitivity)


def structure_bits(role: Role) -> float:
    """Bits of which inputs the members of a role read: of one member, where they run over a set of inputs.

    Args:
        role: a role that is not dense.

    Returns:
        The bits.
    """
    listed = role.members if index_set(role.assignment) == "listed" else 1
    return listed * Pattern(role.assignment[0], role.levels[0]).structure_bits


def description_bits(
    program: Program,
    x: Float[np.ndarray, "samples inputs"],
    target: Float[np.ndarray, "samples outputs"],
) -> float:
    """Bits of a program: its numbers, which inputs its members read, and its residual.

    Args:
        program: any program.
        x: inputs.
        target: values of the network there.
    """
    variance = spread(target) ** 2
    # Dense roles have a number for each input, whose mean squares are products of means.
    rest = dataclasses.replace(program, roles=tuple(role for role in program.roles if not _own_levels(role)))
    numbers = [leaf.ravel() for leaf in rest.leaves if leaf is not None]
    influence = [np.mean(sensitivities(rest, x) ** 2 / variance[:, None], axis=(0, 1))]
    for role in filter(_own_levels, program.roles):
        numbers += [leaf.ravel() for leaf in (role.levels, role.bias, role.readout) if leaf is not None]
        influence += _influence(role, program.activation, x, variance)
    bits = number_bits(np.concatenate(numbers), np.concatenate(influence))
    bits = sum((structure_bits(role) for role in program.roles if not role.dense), bits)
    residual = float(np.mean((program(x) - target) ** 2 / variance))
    return bits + RESIDUAL_NUMBERS * 0.5 * float(np.log2(1 + residual / PRECISION))


def _own_levels(role: Role) -> bool:
    """Whether members are dense and share no levels."""
    return role.dense and len(role.levels) == role.members


def _influence(
    role: Role, activation: str, x: Float[np.ndarray, "samples inputs"], variance: Float[np.ndarray, " outputs"]
) -> list[Float[np.ndarray, " numbers"]]:
    """The mean squared `sensitivities` of a dense role, in units of the outputs' variances."""
    nonlinearity = NONLINEARITIES[activation]
    z = x @ role.weight + role.offsets
    reach = np.mean(role.readouts**2 / variance, axis=1)
    slopes, values = nonlinearity.derivative(z) ** 2, nonlinearity.function(z)
    read = np.take_along_axis((slopes.T @ x**2), np.argsort(np.abs(role.assignment), axis=1), axis=1) / len(x)
    parts = [(read * reach[:, None]).ravel()]
    if role.bias is not None and len(role.bias) > 1:
        parts.append(slopes.mean(axis=0) * reach)
    elif role.bias is not None:
        carried = (nonlinearity.derivative(z) @ role.readouts) ** 2
        parts.append(np.mean(carried / variance, axis=(0, 1), keepdims=True)[0])
    values = values if len(role.readout) > 1 else values.sum(axis=1, keepdims=True)
    parts.append(np.outer((values**2).mean(axis=0), 1 / variance / len(variance)).ravel())
    return parts
