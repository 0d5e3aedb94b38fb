"""The attentional hypernetwork with KL channels (Liao et al. 2023, appendices B.2 and B.2.1)."""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from weightloom._checks import check_choice, check_positive, check_whole
from weightloom._deprecated import with_former_arguments
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.architectures import Architecture
from weightloom.errors import InputError
from weightloom.hypernetworks.attentional.attention import attention_of_equals, neuron_attention
from weightloom.hypernetworks.attentional.channel import send, spread_of
from weightloom.hypernetworks.attentional.edges import Edges
from weightloom.hypernetworks.attentional.positional_encoding import WIDTH, positional_encodings
from weightloom.hypernetworks.attentional.targets import edges_of, parameters_of
from weightloom.hypernetworks.base import Generated, Hypernetwork

SWISH, HEAD, NOISE, LEARNED = 20, 5, 5, 5
# What the linear map of a hyperlayer emits before the channel's (μ, s): swish, and (q, k, v) for the neurons in
# front and behind.
EMITTED = SWISH + 2 * 3 * HEAD
# What its blocks make of that, beside the channel's samples: swish, two answers, noise, three positional encodings,
# learned variables. Each axis of a target's kernels adds one positional encoding.
FEATURES = SWISH + 2 * HEAD + NOISE + 3 * WIDTH + LEARNED
# The places of the noise among those features.
NOISY = SWISH + 2 * HEAD
# The gain of a hidden layer is this over √inputs: preactivations then start with a deviation of about 1.8 whatever the
# width, as weights of 0.45 have it at 16 inputs. A gain also multiplies the learning rate, so it is at most 2.
GAIN, LARGEST_GAIN = 4.0, 2.0
SCALINGS = ("fan-in", "none")


class Noise(NamedTuple):
    """The standard normal samples of one generation; sides is 1 where both sides hear the same noise."""

    hidden: Float[Array, "hyperdepth 5 sides edges"]
    channel: Float[Array, "hyperdepth channel edges"]


class Linear(eqx.Module):
    """A linear map over hyperfeatures, shared by all edges and both sides."""

    weight: Float[Array, "emitted features"]
    bias: Float[Array, " emitted"]

    @classmethod
    def create(cls, normal: Float[Array, " count"], emitted: int, features: int) -> "Linear":
        """Weights of variance 1/features and biases of deviation 0.1, from standard normal samples."""
        weight = normal[:-emitted].reshape(emitted, features) / max(features, 1) ** 0.5
        return cls(weight, 0.1 * normal[-emitted:])

    def __call__(
        self, x: Float[Array, "varying *edges"], constant: Float[Array, " constant"] | None = None
    ) -> Float[Array, "emitted *edges"]:
        """Map hyperfeatures of which the first ones may be the same for all edges: they fold into the bias."""
        weight, bias = self.weight, self.bias
        if constant is not None:
            bias = bias + weight[:, : constant.size] @ constant
            weight = weight[:, constant.size :]
        y = _product(weight, x.reshape(x.shape[0], -1)) + bias[:, None]
        return y.reshape(-1, *x.shape[1:])

    def rows(self, start: int) -> "Linear":
        """The map to the emitted features from `start` on."""
        return Linear(self.weight[start:], self.bias[start:])


class AttentionalHypernetwork(Hypernetwork):
    """A graph transformer over the edges of its target, conditioned through KL channels.

    Hyperactivations have one column per edge of the target and per side, 0 the encoder and 1 the
    decoder. Each hyperlayer is a linear map over hyperfeatures followed by the paper's blocks: swish,
    attention at every neuron, channel, noise, positional encodings, and learned variables on the
    encoder side. The decoder side of the last one is read out as weights and biases.

    Its arrays are the hyperweights. They can be trained as they are (one fixed β) or be generated
    from log β by `ParetoHypernetwork`.

    A target is an MLP, or a `ModuleNetwork` that is a chain of convolutions and linear layers. The channels
    of a convolution are its neurons, and there is an edge for each kernel position.

    Args:
        target: the architecture to generate parameters for.
        key: initialises the hyperweights, a whole number or a JAX key.
        hyperdepth: the number of hyperlayers N′.
        channel: the number of features that the channel of each hyperlayer samples.
        shared_noise: give both sides the same noise; the paper does not say whether they share it.
        learned_std: the deviation of the initial learned variables.
        noise_scale: a factor of the initial weights that read the noise. Small values let the learned variables tell
            hidden neurons apart from the start.
        channel_std: the initial deviation σ of the channels' samples, from 0.01 to 10. A channel whose KL falls to 0
            hardly recovers, so it starts open.
        scaling: "fan-in" multiplies the weights and biases of each hidden layer by 4/√inputs of the layer, at most 2,
            so that training starts in the curved part of the activation. "none" does not.

    Raises:
        InputError: if a number cannot be used, or the target is no chain of convolutions and linear layers.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((4, 12, 1)), key=jax.random.key(0))
        >>> parameters, ledger = hypernetwork(None, jax.random.key(1))
        >>> parameters[0][0].shape, ledger.shape
        ((4, 12), (4, 60))
    """

    hyperlayers: tuple[Linear, ...]
    readout: Linear
    learned: Float[Array, "remembering 5 edges"]
    target: Architecture = eqx.field(static=True)
    channel: int = eqx.field(static=True)
    shared_noise: bool = eqx.field(static=True)
    gains: tuple[float, ...] = eqx.field(static=True)

    @with_former_arguments(learned_deviation="learned_std")
    def __init__(
        self,
        target: Architecture,
        *,
        key: AnyKey,
        hyperdepth: int = 4,
        channel: int = 4,
        shared_noise: bool = False,
        learned_std: float = 3.0,
        noise_scale: float = 0.1,
        channel_std: float = 0.036,
        scaling: str = "fan-in",
    ) -> None:
        check_whole(hyperdepth=hyperdepth, channel=channel)
        check_positive(True, learned_std=learned_std, noise_scale=noise_scale)
        check_positive(channel_std=channel_std)
        check_choice("scaling", scaling, SCALINGS)
        if not 0.01 <= channel_std <= 10:
            raise InputError(f"channel_std {channel_std:g} cannot be used: give a number from 0.01 to 10.")
        edges = edges_of(target)
        emitted, features = EMITTED + 2 * channel, FEATURES + channel + WIDTH * edges.axes
        shapes = [(emitted, features if k else 0) for k in range(hyperdepth)] + [(2, features)]
        scales = learned_std, noise_scale, spread_of(channel_std)
        made = _initial(as_key(key), scales, tuple(shapes), channel, edges.total)
        self.hyperlayers, self.readout, self.learned = made
        self.gains = _gains(edges, scaling)
        self.target, self.channel, self.shared_noise = target.description, channel, shared_noise

    @property
    def hyperdepth(self) -> int:
        """The number of hyperlayers N′."""
        return len(self.hyperlayers)

    def __call__(
        self,
        condition: None,
        key: AnyKey,
        *,
        target: Architecture | None = None,
        encoder: bool = True,
    ) -> Generated:
        """Generate the target's parameters.

        Args:
            condition: None, since this hypernetwork depends on nothing but its hyperweights.
            key: draws the noise and the channel's samples, a whole number or a JAX key.
            target: another architecture than the one trained on. Its edges have no learned
                variables: they are zero, and samples come from p.
            encoder: sample from q; False samples from p.

        Returns:
            The parameters and the ledger of KL.

        Raises:
            InputError: if a condition is given, or the target is no chain of convolutions and linear layers or
                has kernels of more axes than the one trained on.
        """
        if condition is not None:
            raise InputError(
                f"an AttentionalHypernetwork was given the condition {shown(condition)}: it has none, give None; "
                "a ParetoHypernetwork around it takes log β."
            )
        if target is None:
            target = self.target
        axes, ours = edges_of(target).axes, edges_of(self.target).axes
        if axes > ours:
            raise InputError(
                f"{target} has kernels of {axes} axes, and this hypernetwork encodes positions along {ours}: give a "
                "target with kernels of as many axes as the one trained on, or fewer."
            )
        return _generate(self, as_key(key), target.description, encoder)

    def draw(self, key: AnyKey, target: Architecture) -> Noise:
        """Draw the noise of one generation.

        Args:
            key: its randomness.
            target: the network to generate, of any sizes.
        """
        edges, sides = edges_of(target).total, 1 if self.shared_noise else 2
        normal = jax.random.normal(as_key(key), (self.hyperdepth, sides * NOISE + self.channel, edges))
        hidden, channel = normal[:, : sides * NOISE], normal[:, sides * NOISE :]
        return Noise(hidden.reshape(self.hyperdepth, NOISE, sides, edges), channel)

    def generate(self, noise: Noise, *, target: Architecture, encoder: bool = True) -> Generated:
        """Generate the target's parameters from given noise: a pure function of it.

        Args:
            noise: as `draw` returns it for this target.
            target: the network to generate, of any sizes.
            encoder: sample from q; False samples from p.

        Returns:
            The parameters and the ledger of KL.
        """
        edges = edges_of(target)
        known = target.description == self.target
        learned = self.learned if known else jnp.zeros((self.hyperdepth - 1, LEARNED, edges.total))
        encodings = jnp.asarray(positional_encodings(edges, edges_of(self.target).axes))[:, None]
        from_encoder = encoder and known

        def blocks(k: int, samples: Array, *computed: Array) -> Array:
            """What hyperlayer k passes on: the last one, whose encoder nobody reads, its decoder only."""
            sides = 1 if k == self.hyperdepth - 1 else 2
            variables = jnp.zeros((LEARNED, sides, edges.total))
            if sides == 2:
                variables = variables.at[:, 0].set(learned[k])
            parts: tuple[Array, ...] = (*computed, samples[:, None], noise.hidden[k][:, -sides:], encodings, variables)
            return jnp.concatenate([jnp.broadcast_to(p, (len(p), sides, edges.total)) for p in parts])

        # The first hyperlayer has no input: all edges and both sides agree on what it emits, so that q
        # equals p, and its swish is folded into the next bias.
        swish, front, behind, normal = _split(self.hyperlayers[0].bias)
        constant: Array | None = jax.nn.silu(swish)
        same = jnp.broadcast_to(normal[:, None], (2 * self.channel, edges.total))
        samples, kl = send(same, same, noise.channel[0], from_encoder=from_encoder)
        answers = attention_of_equals(front, behind, edges)
        x, ledger = blocks(0, samples, answers[:, None]), [kl]
        for k, linear in enumerate(self.hyperlayers[1:], start=1):
            if k < self.hyperdepth - 1:
                swish, front, behind, normal = _split(linear(x, constant))
                ours = normal[:, 0]
            else:
                swish, front, behind, normal = _split(linear(x[:, 1:], constant))
                ours = linear.rows(EMITTED)(x[:, 0], constant)
            samples, kl = send(ours, normal[:, -1], noise.channel[k], from_encoder=from_encoder)
            x = blocks(k, samples, jax.nn.silu(swish), neuron_attention(front, behind, edges))
            constant = None
            ledger.append(kl)
        out = self.readout(x[:, -1], constant)
        pairs = zip(edges.split(out[0]), edges.split(out[1]))
        layers = [(weight, bias.mean(0)) for weight, bias in pairs]
        gains = self._gains_of(len(layers))
        scaled = tuple((g * w, g * b) if g != 1 else (w, b) for g, (w, b) in zip(gains, layers))
        return Generated(parameters_of(target, scaled), jnp.stack(ledger))

    def _gains_of(self, layers: int) -> tuple[float, ...]:
        """The gains of a target's layers; hidden layers that the own target lacks have the last one's of its own."""
        *hidden, last = self.gains
        return (*(hidden + hidden[-1:] * layers)[: layers - 1], last)


# Compiled as a whole, a first call takes a fraction of the time that it takes operation by operation.
@functools.partial(jax.jit, static_argnums=(2, 3), inline=True)
def _generate(
    hypernetwork: AttentionalHypernetwork, key: Key[Array, ""], target: Architecture, encoder: bool
) -> Generated:
    return hypernetwork.generate(hypernetwork.draw(key, target), target=target, encoder=encoder)


@functools.partial(jax.jit, static_argnums=(2, 3, 4), inline=True)
def _initial(
    key: Key[Array, ""],
    scales: tuple[float | Float[Array, ""], ...],
    shapes: tuple[tuple[int, int], ...],
    channel: int,
    edges: int,
) -> tuple[tuple[Linear, ...], Linear, Float[Array, "remembering 5 edges"]]:
    """Hyperlayers, the readout, and learned variables: the last hyperlayer has none, since its encoder is not read."""
    learned_std, noise_scale, channel_spread = scales
    remembering = len(shapes) - 2
    counts = [emitted * (features + 1) for emitted, features in shapes]
    normal = jax.random.normal(key, (sum(counts) + remembering * LEARNED * edges,))
    *normals, learned = jnp.split(normal, np.cumsum(counts))
    first, *others, readout = (Linear.create(n, *shape) for n, shape in zip(normals, shapes))
    noisy = slice(NOISY + channel, NOISY + channel + NOISE)
    others, readout = jax.tree.map(
        lambda linear: Linear(linear.weight.at[:, noisy].multiply(noise_scale), linear.bias),
        (others, readout),
        is_leaf=lambda node: isinstance(node, Linear),
    )
    opened = tuple(Linear(linear.weight, linear.bias.at[-channel:].set(channel_spread)) for linear in (first, *others))
    return opened, readout, learned_std * learned.reshape(remembering, LEARNED, edges)


def _gains(edges: Edges, scaling: str) -> tuple[float, ...]:
    if scaling == "none":
        return (1.0,) * len(edges.layers)
    return (*(min(GAIN / inputs**0.5, LARGEST_GAIN) for inputs, _ in edges.arriving[:-1]), 1.0)


@jax.custom_vjp
def _product(
    weight: Float[Array, "emitted features"], x: Float[Array, "features columns"]
) -> Float[Array, "emitted columns"]:
    """weight @ x, with each product of it and its derivative in the form that XLA's CPU kernels run fastest."""
    transposed = jax.lax.optimization_barrier(weight.T)
    return jax.lax.dot_general(transposed, x, (((0,), (0,)), ((), ())))


def _product_forward(weight: Array, x: Array) -> tuple[Array, tuple[Array, Array]]:
    return _product(weight, x), (weight, x)


def _product_backward(residuals: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    weight, x = residuals
    along_columns = (((1,), (1,)), ((), ()))
    return jax.lax.dot_general(gradient, x, along_columns), weight.T @ gradient


_product.defvjp(_product_forward, _product_backward)


def _split(emitted: Float[Array, "emitted *edges"]) -> list[Array]:
    """Swish, heads for the neurons in front, heads for those behind, and (μ, s) of the channel."""
    return jnp.split(emitted, (SWISH, SWISH + 3 * HEAD, EMITTED))
