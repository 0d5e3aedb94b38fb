"""BERT's forward pass (Devlin et al. 2019, 1810.04805, section 3) in JAX, as far as sentence encoders need it."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

Parameters = Mapping[str, Float[Array, "..."]]

EPSILON = 1e-12
INITIAL_DEVIATION = 0.02


def sentence_vectors(
    parameters: Parameters,
    tokens: Int[Array, "batch length"],
    mask: Bool[Array, "batch length"],
    heads: int,
) -> Float[Array, "layers+1 batch d"]:
    """One unit vector per text after the embedding layer and after every encoder layer.

    Each is the mean of the layer's states over the tokens, divided by its norm: the last one is what
    all-MiniLM-L6-v2's card defines, the others are the same head on the network cut off after that layer.

    Args:
        parameters: by the names of the checkpoint, `embeddings.…` and `encoder.layer.K.…`; those of the pooler,
            which sentence encoders do not use, are ignored.
        tokens: numbers of the vocabulary.
        mask: True where there is a token, False where there is padding.
        heads: attention heads.

    Returns:
        The vectors, layer by layer, the embedding layer first.
    """
    states = embedded(parameters, tokens)
    bias = jnp.where(mask, 0.0, -jnp.inf)[:, None, None, :]

    def step(states: Array, layer: Parameters) -> tuple[Array, Array]:
        states = encoder_layer(layer, states, bias, heads)
        return states, pooled(states, mask)

    _, vectors = jax.lax.scan(step, states, stacked(parameters))
    return jnp.concatenate([pooled(states, mask)[None], vectors])


def embedded(parameters: Parameters, tokens: Int[Array, "batch length"]) -> Float[Array, "batch length d"]:
    """Word, position and segment embeddings (all texts are of segment 0), normalised."""
    words = parameters["embeddings.word_embeddings.weight"][tokens]
    positions = parameters["embeddings.position_embeddings.weight"][: tokens.shape[1]]
    segment = parameters["embeddings.token_type_embeddings.weight"][0]
    return layer_norm(parameters, "embeddings.LayerNorm", words + positions + segment)


def encoder_layer(
    layer: Parameters,
    states: Float[Array, "batch length d"],
    bias: Float[Array, "batch 1 1 length"],
    heads: int,
) -> Float[Array, "batch length d"]:
    """Self-attention and a two-layer perceptron, each followed by its residual sum and normalisation."""
    batch, length, width = states.shape

    def split(name: str) -> Array:
        return linear(layer, f"attention.self.{name}", states).reshape(batch, length, heads, width // heads)

    scores = jnp.einsum("bqhd,bkhd->bhqk", split("query"), split("key")) / jnp.sqrt(width // heads)
    mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores + bias), split("value")).reshape(states.shape)
    attended = linear(layer, "attention.output.dense", mixed)
    states = layer_norm(layer, "attention.output.LayerNorm", states + attended)
    hidden = jax.nn.gelu(linear(layer, "intermediate.dense", states), approximate=False)
    return layer_norm(layer, "output.LayerNorm", states + linear(layer, "output.dense", hidden))


def linear(parameters: Parameters, name: str, x: Float[Array, "... m"]) -> Float[Array, "... n"]:
    """x Wᵀ + b, with W stored as (outputs, inputs)."""
    return x @ parameters[f"{name}.weight"].T + parameters[f"{name}.bias"]


def layer_norm(parameters: Parameters, name: str, x: Float[Array, "... d"]) -> Float[Array, "... d"]:
    """Mean 0 and variance 1 over the last axis, then the learned scale and shift."""
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt(jnp.mean(centred**2, -1, keepdims=True) + EPSILON)
    return scaled * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]


def pooled(states: Float[Array, "batch length d"], mask: Bool[Array, "batch length"]) -> Float[Array, "batch d"]:
    """The mean over the tokens, divided by its norm."""
    mean = jnp.einsum("bld,bl->bd", states, mask.astype(states.dtype)) / mask.sum(1, keepdims=True)
    return mean / jnp.linalg.norm(mean, axis=1, keepdims=True)


def stacked(parameters: Parameters) -> dict[str, Float[Array, "layers ..."]]:
    """The parameters of all encoder layers by their names within one layer."""
    prefix = "encoder.layer.0."
    names = [name.removeprefix(prefix) for name in parameters if name.startswith(prefix)]
    layers = range(len({name.split(".")[2] for name in parameters if name.startswith("encoder.layer.")}))
    return {name: jnp.stack([parameters[f"encoder.layer.{k}.{name}"] for k in layers]) for name in names}


def initialised(parameters: Parameters, key: Key[Array, ""]) -> dict[str, Float[Array, "..."]]:
    """Parameters of the same shapes as BERT starts with: weights N(0, 0.02²), norms' scales 1, shifts and biases 0."""

    def fresh(name: str, shape: tuple[int, ...], key: Key[Array, ""]) -> Array:
        if name.endswith("bias"):
            return jnp.zeros(shape)
        if name.endswith("LayerNorm.weight"):
            return jnp.ones(shape)
        return INITIAL_DEVIATION * jax.random.normal(key, shape)

    names = sorted(parameters)
    return {name: fresh(name, parameters[name].shape, jax.random.fold_in(key, k)) for k, name in enumerate(names)}
