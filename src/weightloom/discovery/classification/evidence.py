"""The evidence for the algorithm of a network. It does not depend on the scale of weights and outputs."""

import functools
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from weightloom.architectures import MLP, Parameters
from weightloom.discovery.classification.idealised import Reading, idealise
from weightloom.discovery.classification.responses import mean_responses
from weightloom.discovery.classification.rows import Rows, localities, per_input, read_rows
from weightloom.discovery.classification.thresholds import LOCALITY, WEAKER_SIDE

# With this sample, squared correlations are within 0.02 of their limit.
SAMPLES = 2**11
VARIANCE_OF_MAGNITUDE = 1 - 2 / np.pi
CURVATURE_OF_MAGNITUDE = np.sqrt(2 / np.pi)


class Evidence(NamedTuple):
    """The evidence for the algorithm of a network. All numbers are shares.

    Attributes:
        norm: the share of the network's variance over x ~ N(0, I) that a·‖x‖₁ + b with a > 0 explains.
        explained: the share of variance that the idealised network, which keeps only what the algorithms explain,
            shares with the network or with the L1 norm, whichever is larger. The comparison with the norm is for
            networks with noise, which the idealised network does not have.
        one_signed: the share of the absolute curvature that comes from hidden neurons whose output weights have the
            prevailing sign. If any input runs a pudding, only neurons with a strong weight count, because the linear
            term that the others compute can have either sign.
        kink: the share of Σ|xᵢ| in a fit of the idealised network by Σ|xᵢ| and Σxᵢ², both standardised.
        locality: the share of each input's curvature that comes from neurons that read only this input, rescaled: 1 for
            single weights, and 0 on average for independent normal weights. Shape (inputs,).
        negative: the share of negative weights in this local curvature, shape (inputs,).
        evenness: the share of |xᵢ| in a fit of the idealised network's mean by |xᵢ| and xᵢ, shape (inputs,).
    """

    norm: float
    explained: float
    one_signed: float
    kink: float
    locality: Float[np.ndarray, " inputs"]
    negative: Float[np.ndarray, " inputs"]
    evenness: Float[np.ndarray, " inputs"]


def gather_evidence(architecture: MLP, parameters: Parameters) -> Evidence:
    """Gather the evidence for the algorithm of a network with one hidden layer.

    Args:
        architecture: an MLP with one hidden layer and one output.
        parameters: the (weight, bias) pairs of its two layers.

    Returns:
        The evidence.

    Examples:
        >>> from weightloom.discovery.algorithms import double_sided
        >>> from weightloom.discovery.classification import gather_evidence
        >>> net = double_sided(n=4, hidden=12, strength=3.0)
        >>> evidence = gather_evidence(net.architecture, net.parameters)
        >>> round(evidence.norm, 2), evidence.negative.round(2).tolist()
        (0.99, [0.5, 0.5, 0.5, 0.5])
    """
    (weight, bias), (readout, _) = ((np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in parameters)
    # The evidence ignores the scale and constant of the output. Removing them avoids rounding errors in float32.
    readout = readout[:, 0] / (np.abs(readout).max() or 1.0)
    rows = read_rows(weight)
    curvatures = mean_responses(architecture.activation, weight, bias, readout).curvatures
    locality = localities(rows, curvatures)
    negative = _negative_share(rows, curvatures)
    reading = _suggested(locality, negative)
    counted = rows.has_plum if reading.sign.any() else np.ones(len(bias), bool)
    ideal_weight, ideal_readout = idealise(weight, readout, rows, reading)
    outputs = _outputs(architecture, weight, bias, readout)
    ideal_outputs = _outputs(architecture, ideal_weight, bias, ideal_readout)
    norm, squares = _features(len(weight))
    return Evidence(
        norm=_common_variance(outputs, norm),
        explained=max(_common_variance(ideal_outputs, outputs), _common_variance(ideal_outputs, norm)),
        one_signed=_one_signed_share(readout[counted], curvatures[:, counted]),
        kink=_kink_share(ideal_outputs, norm, squares),
        locality=locality,
        negative=negative,
        evenness=_evenness(architecture, ideal_weight, bias, ideal_readout),
    )


def _suggested(locality: Float[np.ndarray, " inputs"], negative: Float[np.ndarray, " inputs"]) -> Reading:
    dense = locality < LOCALITY
    double = ~dense & (np.minimum(negative, 1 - negative) >= WEAKER_SIDE)
    return Reading(dense, double, np.where(dense | double, 0.0, np.where(negative > 1 / 2, 1.0, -1.0)))


def _negative_share(rows: Rows, curvatures: Float[np.ndarray, "inputs hidden"]) -> Float[np.ndarray, " inputs"]:
    inputs, hidden = curvatures.shape
    local = np.maximum(curvatures[rows.strongest, np.arange(hidden)], 0) * rows.has_plum
    negative = per_input(rows.strongest, local * (rows.excess < 0), inputs)
    total = per_input(rows.strongest, local, inputs)
    return np.divide(negative, total, out=np.full(inputs, 0.5), where=total > 0)


def _one_signed_share(readout: Float[np.ndarray, " hidden"], curvatures: Float[np.ndarray, "inputs hidden"]) -> float:
    magnitudes = np.abs(curvatures).sum(axis=0)
    positive, total = magnitudes[readout > 0].sum(), magnitudes.sum()
    return float(max(positive, total - positive) / total) if total > 0 else 0.0


def _evenness(
    architecture: MLP,
    weight: Float[np.ndarray, "inputs hidden"],
    bias: Float[np.ndarray, " hidden"],
    readout: Float[np.ndarray, " hidden"],
) -> Float[np.ndarray, " inputs"]:
    responses = mean_responses(architecture.activation, weight, bias, readout)
    slope = responses.slopes.sum(axis=1)
    # Σ gᵢ|xᵢ| has mean curvature gᵢ √(2/π) along input i.
    gain = np.maximum(responses.curvatures.sum(axis=1) / CURVATURE_OF_MAGNITUDE, 0)
    even = gain**2 * VARIANCE_OF_MAGNITUDE
    return np.divide(even, even + slope**2, out=np.zeros_like(even), where=even > 0)


def _kink_share(
    outputs: Float[np.ndarray, " samples"],
    norm: Float[np.ndarray, " samples"],
    squares: Float[np.ndarray, " samples"],
) -> float:
    # Least squares on two unit vectors.
    common = norm @ squares
    kink = norm @ outputs - common * (squares @ outputs)
    bend = squares @ outputs - common * (norm @ outputs)
    total = abs(kink) + abs(bend)
    return float(kink / total) if total > 0 else 0.0


def _common_variance(a: Float[np.ndarray, " samples"], b: Float[np.ndarray, " samples"]) -> float:
    # The squared correlation, or 0 for a negative correlation, because −‖x‖₁ is another function.
    return float(max(a @ b, 0.0) ** 2)


def _outputs(
    architecture: MLP,
    weight: Float[np.ndarray, "inputs hidden"],
    bias: Float[np.ndarray, " hidden"],
    readout: Float[np.ndarray, " hidden"],
) -> Float[np.ndarray, " samples"]:
    parameters = ((weight, bias), (readout[:, None], np.zeros(1)))
    parameters = jax.tree.map(np.float32, parameters)
    return _standardised(np.asarray(_apply(architecture, parameters, _sample(len(weight))), np.float64))


@functools.partial(jax.jit, static_argnums=0)
def _apply(architecture: MLP, parameters: Parameters, x: Float[Array, "samples inputs"]) -> Float[Array, " samples"]:
    return architecture.apply(parameters, x)[:, 0]


def _standardised(values: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " samples"]:
    """Centre the values and scale them to unit length. Constant or infinite values become zeros."""
    if not np.isfinite(values).all():
        return np.zeros_like(values)
    centred = values - values.mean()
    length = np.sqrt(centred @ centred)
    # A constant has a small length due to float32 rounding errors.
    is_constant = length <= 1e-6 * np.sqrt(values @ values)
    return np.zeros_like(values) if is_constant else centred / length


@functools.lru_cache(maxsize=8)
def _sample(inputs: int) -> Float[Array, "samples inputs"]:
    # The sample contains −x for each x, so that odd and even functions are uncorrelated.
    half = np.random.default_rng(0).standard_normal((SAMPLES // 2, inputs), np.float32)
    return jax.numpy.asarray(np.concatenate([half, -half]))


@functools.lru_cache(maxsize=8)
def _features(inputs: int) -> tuple[Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]:
    x = np.asarray(_sample(inputs), np.float64)
    return _standardised(np.abs(x).sum(axis=1)), _standardised(np.square(x).sum(axis=1))
