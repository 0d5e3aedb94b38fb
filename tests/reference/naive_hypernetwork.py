"""The attentional hypernetwork in plain NumPy, one side, neuron and edge at a time.

A second implementation for the fast one to agree with, written from Liao et al. 2023, appendix B.2
(attentional hypernetworks), B.2.1 (the KL axis) and B.2.2 (the hyperhypernetwork). It is meant to be held
beside the paper, so it is slow on purpose and imports nothing from weightloom. What the paper leaves open
follows the project's choices: sinusoidal positional encodings, scores divided by √5, log σ = 5·tanh(s/5).

An edge is (ℓ, i, j): layer ℓ = 1..N, input neuron i, output neuron j, both counted from 0. Edges are numbered
layer by layer, and row by row in (i, j) within a layer. Hyperactivations are a dict from (side, edge) to a
vector of hyperfeatures: the paper's ragged tensor, written out.

The paper has no convolutions. With `kernels` an edge is (ℓ, i, j, p₁, p₂, ...), where the neurons are channels and p is
the position in the kernel; edges are numbered row by row in (i, p, j).
"""

import itertools
import math
from typing import NamedTuple, TypeAlias

import numpy as np
from beartype import beartype
from jaxtyping import Float64, jaxtyped

Edge: TypeAlias = tuple[int, ...]
Kernels: TypeAlias = tuple[tuple[int, ...], ...]
Vector: TypeAlias = Float64[np.ndarray, "_"]
Matrix: TypeAlias = Float64[np.ndarray, "_ _"]
Weight: TypeAlias = Float64[np.ndarray, "..."]
Features: TypeAlias = Float64[np.ndarray, " features"]
Hyperactivations: TypeAlias = dict[tuple[int, Edge], Vector]
checked = jaxtyped(typechecker=beartype)

ENCODER, DECODER = SIDES = (0, 1)

# The rows of a hyperlayer's linear map: which of its 58 outputs go into which operation.
SWISH = slice(0, 20)
FRONT = slice(20, 35)  # query 5, key 5, value 5 for the neuron in front
BEHIND = slice(35, 50)  # query 5, key 5, value 5 for the neuron behind


class Linear(NamedTuple):
    """An affine map: `weight` (outputs, inputs) and `bias` (outputs,)."""

    weight: Matrix
    bias: Vector


class Hyperweights(NamedTuple):
    """All that the hyperhypernetwork generates.

    `hyperlayers`: one map per hyperlayer, from 0 hyperfeatures in the first and 68 in the others to 58.
    `learned_variables`: (hyperlayers, 5, edges). `readout`: the map from 68 hyperfeatures to 2.
    """

    hyperlayers: list[Linear]
    learned_variables: Float64[np.ndarray, "hyperdepth 5 edges"]
    readout: Linear


class NaiveGenerated(NamedTuple):
    """The generated network and the price of its edges.

    `parameters`: a (weight (inputs, outputs), bias (outputs,)) pair per layer. `ledger`: KL in nats.
    """

    parameters: list[tuple[Weight, Vector]]
    ledger: Float64[np.ndarray, "hyperdepth edges"]


@checked
def generate(
    sizes: tuple[int, ...],
    hyperweights: Hyperweights,
    noise: Float64[np.ndarray, "hyperdepth 2 5 edges"],
    channel_noise: Float64[np.ndarray, "hyperdepth channel edges"],
    ignore_encoder: bool = False,
    kernels: Kernels = (),
) -> NaiveGenerated:
    """The weights and biases of an MLP, and the KL that they cost (appendix B.2 and B.2.1).

    Args:
        sizes: widths (n_0, ..., n_N) of the MLP.
        hyperweights: the same for both sides.
        noise: standard normal, per hyperlayer, side, feature and edge.
        channel_noise: standard normal, per hyperlayer, feature and edge: the ε of the channel's sample.
        ignore_encoder: sample the channels from p (decoder side) instead of q (encoder side).
        kernels: of convolutions, a shape per layer; the weights then have the shape (inputs, *kernel, outputs).
    """
    edges = list_edges(sizes, kernels)
    depth = len(hyperweights.hyperlayers)
    ledger = np.full((depth, len(edges)), np.nan)
    # "Nothing" goes into the first hyperlayer.
    hyperactivations = {(side, edge): np.zeros(0) for side in SIDES for edge in edges}
    for k in range(depth):
        hyperactivations, ledger[k] = hyperlayer(
            sizes,
            hyperweights.hyperlayers[k],
            hyperweights.learned_variables[k],
            hyperactivations,
            noise[k],
            channel_noise[k],
            ignore_encoder,
            kernels,
        )
    return NaiveGenerated(read_out(sizes, hyperweights.readout, hyperactivations, kernels), ledger)


@checked
def hyperlayer(
    sizes: tuple[int, ...],
    linear: Linear,
    learned_variables: Float64[np.ndarray, "5 edges"],
    hyperactivations: Hyperactivations,
    noise: Float64[np.ndarray, "2 5 edges"],
    channel_noise: Float64[np.ndarray, "channel edges"],
    ignore_encoder: bool = False,
    kernels: Kernels = (),
) -> tuple[Hyperactivations, Float64[np.ndarray, " edges"]]:
    """One hyperlayer: linear, blocks, concatenation.

    Returns 68 hyperfeatures per side and edge, 8 more for each axis of a kernel, and the KL in nats per edge.
    """
    edges = list_edges(sizes, kernels)
    axes = max(map(len, kernels), default=0)
    last_layer = len(sizes) - 1
    linear_outputs = {}
    for side in SIDES:
        for edge in edges:
            linear_outputs[side, edge] = linear.weight @ hyperactivations[side, edge] + linear.bias
    from_front, from_behind = attend_at_every_neuron(sizes, linear_outputs, edges)
    result, kl = {}, np.zeros(len(edges))
    for e, edge in enumerate(edges):
        layer, i, j, *position = edge
        sample, kl[e] = channel(
            linear_outputs[ENCODER, edge], linear_outputs[DECODER, edge], channel_noise[:, e], ignore_encoder
        )
        for side in SIDES:
            blocks = [
                swish(linear_outputs[side, edge][SWISH]),
                from_front[side, edge],
                from_behind[side, edge],
                sample,
                noise[side, :, e],
                positional_encoding(i) if layer == 1 else np.zeros(8),
                positional_encoding(j) if layer == last_layer else np.zeros(8),
                positional_encoding(layer),
                *(positional_encoding(p) for p in position),
                *(np.zeros(8) for _ in range(axes - len(position))),
                learned_variables[:, e] if side == ENCODER else np.zeros(5),
            ]
            result[side, edge] = np.concatenate(blocks)
    return result, kl


def attend_at_every_neuron(
    sizes: tuple[int, ...], linear_outputs: Hyperactivations, edges: list[Edge]
) -> tuple[Hyperactivations, Hyperactivations]:
    """A self-attention head at every neuron, over its incoming and outgoing edges together, for each side.

    Returns the answers (5) that every edge receives from the neuron in front of it, and from the one behind.
    """
    from_front, from_behind = {}, {}
    for side in SIDES:
        for level, width in enumerate(sizes):
            for neuron in range(width):
                # An incoming edge has this neuron in front of it; an outgoing edge has it behind.
                incoming = [edge for edge in edges if edge[0] == level and edge[2] == neuron]
                outgoing = [edge for edge in edges if edge[0] == level + 1 and edge[1] == neuron]
                messages = [linear_outputs[side, edge][FRONT] for edge in incoming]
                messages += [linear_outputs[side, edge][BEHIND] for edge in outgoing]
                answers = self_attention(messages)
                for edge, answer in zip(incoming, answers[: len(incoming)]):
                    from_front[side, edge] = answer
                for edge, answer in zip(outgoing, answers[len(incoming) :]):
                    from_behind[side, edge] = answer
    return from_front, from_behind


def self_attention(messages: list[Vector]) -> list[Vector]:
    """Softmax attention among messages of query 5, key 5, value 5; each also attends to itself."""
    answers = []
    for message in messages:
        query = message[0:5]
        scores = [float(query @ other[5:10]) / math.sqrt(5) for other in messages]
        largest = max(scores)
        shares = [math.exp(score - largest) for score in scores]
        answer = np.zeros(5)
        for share, other in zip(shares, messages):
            answer += share / sum(shares) * other[10:15]
        answers.append(answer)
    return answers


def channel(
    encoder_output: Vector, decoder_output: Vector, epsilon: Vector, ignore_encoder: bool
) -> tuple[Vector, float]:
    """The information channel of one edge: the sample that both sides receive, and KL(q‖p) in nats."""
    features = len(epsilon)
    mean, spread = slice(50, 50 + features), slice(50 + features, 50 + 2 * features)
    mean_q, sigma_q = encoder_output[mean], np.exp(5 * np.tanh(encoder_output[spread] / 5))
    mean_p, sigma_p = decoder_output[mean], np.exp(5 * np.tanh(decoder_output[spread] / 5))
    mean, sigma = (mean_p, sigma_p) if ignore_encoder else (mean_q, sigma_q)
    return mean + sigma * epsilon, gaussian_kl(mean_q, sigma_q, mean_p, sigma_p)


def read_out(
    sizes: tuple[int, ...], readout: Linear, hyperactivations: Hyperactivations, kernels: Kernels = ()
) -> list[tuple[Weight, Vector]]:
    """Weights, and biases averaged along the input neuron axis, from the decoder side only."""
    parameters = []
    for layer in range(1, len(sizes)):
        own = [edge for edge in list_edges(sizes, kernels) if edge[0] == layer]
        kernel = kernels[layer - 1] if kernels else ()
        weight, bias = np.zeros((sizes[layer - 1], *kernel, sizes[layer])), np.zeros(sizes[layer])
        for edge in own:
            _, i, j, *position = edge
            for_weight, for_bias = readout.weight @ hyperactivations[DECODER, edge] + readout.bias
            weight[i, *position, j] = for_weight
            bias[j] += for_bias / (len(own) / sizes[layer])
        parameters.append((weight, bias))
    return parameters


@checked
def pareto_hyperweights(
    beta: float,
    first: Linear,
    second: Linear,
    to_a: Linear,
    to_b: Linear,
) -> Vector:
    """The flattened vector of hyperweights at β: log β → 100 → 10 → a, b → a·sigmoid(b) (appendix B.2.2).

    Args:
        beta: the price of complexity; log₁₀ β is rescaled so that [1e-12, 1] becomes [−√3, √3].
        first, second: the hidden layers, (100, 1) and (10, 100).
        to_a, to_b: the maps to a and b, (hyperweights, 10).
    """
    condition = np.array([(math.log10(beta) + 6) / 6 * math.sqrt(3)])
    hidden = swish(first.weight @ condition + first.bias)
    hidden = swish(second.weight @ hidden + second.bias)
    a = to_a.weight @ hidden + to_a.bias
    b = to_b.weight @ hidden + to_b.bias
    return a * sigmoid(b)


@checked
def unflatten(vector: Vector, sizes: tuple[int, ...], hyperdepth: int = 4) -> Hyperweights:
    """Hyperweights out of one vector, each array row by row.

    In order: weight and bias of every hyperlayer, learned variables, weight and bias of the readout.
    """
    position = 0

    def take(*shape: int) -> np.ndarray:
        nonlocal position
        start, position = position, position + math.prod(shape)
        return vector[start:position].reshape(shape)

    hyperlayers = [Linear(take(58, 68 if k > 0 else 0), take(58)) for k in range(hyperdepth)]
    learned_variables = take(hyperdepth, 5, len(list_edges(sizes)))
    readout = Linear(take(2, 68), take(2))
    if position != len(vector):
        raise ValueError(f"{len(vector)} hyperweights were given where {position} are needed")
    return Hyperweights(hyperlayers, learned_variables, readout)


def list_edges(sizes: tuple[int, ...], kernels: Kernels = ()) -> list[Edge]:
    """All edges (ℓ, i, j) in the order of their numbers, with kernels (ℓ, i, j, p₁, p₂, ...)."""
    edges = []
    for layer in range(1, len(sizes)):
        kernel = kernels[layer - 1] if kernels else ()
        for i in range(sizes[layer - 1]):
            for position in itertools.product(*map(range, kernel)):
                for j in range(sizes[layer]):
                    edges.append((layer, i, j, *position))
    return edges


def positional_encoding(index: int) -> Float64[np.ndarray, "8"]:
    """Four sines, then four cosines, of the index at frequencies 100^(−f/4), f = 0..3."""
    angles = [index * 100 ** (-f / 4) for f in range(4)]
    return np.array([math.sin(angle) for angle in angles] + [math.cos(angle) for angle in angles])


def swish(x: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """x·sigmoid(x)."""
    return x * sigmoid(x)


def sigmoid(x: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """1/(1 + e^(−x)), written so that no x overflows."""
    return (1 + np.tanh(x / 2)) / 2


@checked
def gaussian_kl(mean_q: Features, sigma_q: Features, mean_p: Features, sigma_p: Features) -> float:
    """KL(q‖p) in nats between diagonal Gaussians, the textbook's closed form."""
    per_feature = np.log(sigma_p / sigma_q) + (sigma_q**2 + (mean_q - mean_p) ** 2) / (2 * sigma_p**2) - 1 / 2
    return float(np.sum(per_feature))


@checked
def monte_carlo_kl(
    mean_q: Features, sigma_q: Features, mean_p: Features, sigma_p: Features, samples: int, seed: int
) -> tuple[float, float]:
    """KL(q‖p) in nats as the average of log q(z) − log p(z) over z ~ q, and its standard error."""
    z = mean_q + sigma_q * np.random.default_rng(seed).standard_normal((samples, len(mean_q)))

    def log_density(mean: Vector, sigma: Vector) -> Vector:
        terms = -(((z - mean) / sigma) ** 2) / 2 - np.log(sigma) - math.log(2 * math.pi) / 2
        return np.sum(terms, axis=1)

    log_ratios = log_density(mean_q, sigma_q) - log_density(mean_p, sigma_p)
    return float(np.mean(log_ratios)), float(np.std(log_ratios, ddof=1) / math.sqrt(samples))


@checked
def mlp(
    parameters: list[tuple[Matrix, Vector]], x: Float64[np.ndarray, "batch inputs"]
) -> Float64[np.ndarray, "batch outputs"]:
    """The generated network's outputs: swish after every layer but the last (appendix B.2)."""
    rows = []
    for row in x:
        activations = row
        for layer, (weight, bias) in enumerate(parameters, start=1):
            sums = []
            for j in range(len(bias)):
                sums.append(bias[j] + sum(weight[i, j] * a for i, a in enumerate(activations)))
            is_last = layer == len(parameters)
            activations = np.array(sums) if is_last else swish(np.array(sums))
        rows.append(activations)
    return np.array(rows)
