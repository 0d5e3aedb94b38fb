"""Equinox modules with every kind of layer and leaf, small and of different sizes."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

# Its draws compile several times as quickly as those of JAX's default generator.
KEY = jax.random.key(0, impl="unsafe_rbg")


class Everything(eqx.Module):
    """Layers of every kind: image (2, 8, 8), words (5,) and state to 3 numbers and the new state."""

    kernel: eqx.nn.Conv2d
    batch: eqx.nn.BatchNorm
    up: eqx.nn.ConvTranspose2d
    group: eqx.nn.GroupNorm
    line: eqx.nn.Conv1d
    slope: eqx.nn.PReLU
    volume: eqx.nn.Conv3d
    tied: eqx.nn.Shared
    attention: eqx.nn.MultiheadAttention
    norm: eqx.nn.LayerNorm
    root: eqx.nn.RMSNorm
    cell: eqx.nn.GRUCell
    memory: eqx.nn.LSTMCell
    drop: eqx.nn.Dropout
    fixed_norm: eqx.nn.WeightNorm
    head: eqx.nn.Linear
    gain: jax.Array
    order: jax.Array
    mask: np.ndarray
    noise: jax.Array
    activation: object
    label: str = eqx.field(static=True)

    def __init__(self, key=KEY):
        keys = iter(jax.random.split(key, 16))
        self.kernel = eqx.nn.Conv2d(2, 4, 3, groups=2, key=next(keys))
        self.batch = eqx.nn.BatchNorm(4, "batch", mode="batch")
        self.up = eqx.nn.ConvTranspose2d(4, 6, 2, key=next(keys))
        self.group = eqx.nn.GroupNorm(2, 6)
        self.line = eqx.nn.Conv1d(6, 5, 3, use_bias=False, key=next(keys))
        self.slope = eqx.nn.PReLU(0.3)
        self.volume = eqx.nn.Conv3d(1, 2, 2, key=next(keys))
        table, back = eqx.nn.Embedding(7, 4, key=next(keys)), eqx.nn.Linear(4, 7, key=next(keys))
        self.tied = eqx.nn.Shared((table, back), lambda pair: pair[1].weight, lambda pair: pair[0].weight)
        self.attention = eqx.nn.MultiheadAttention(2, 4, use_output_bias=True, key=next(keys))
        self.norm = eqx.nn.LayerNorm((5, 4))
        self.root = eqx.nn.RMSNorm(7)
        self.cell = eqx.nn.GRUCell(7, 3, key=next(keys))
        self.memory = eqx.nn.LSTMCell(3, 3, key=next(keys))
        self.drop = eqx.nn.Dropout(0.5)
        self.fixed_norm = eqx.nn.WeightNorm(eqx.nn.Linear(3, 3, key=next(keys)))
        self.head = eqx.nn.Linear(5, 3, key=next(keys))
        self.gain = jnp.array(1.5)
        self.order = jnp.array([2, 0, 1])
        self.mask = np.array([True, False, True])
        self.noise = jax.random.key(3)
        self.activation = jnp.tanh
        self.label = "everything"

    def __call__(self, image, words, state, *, key=None):
        h, state = self.batch(self.kernel(image), state)
        h = self.slope(self.group(self.up(self.activation(h))))
        h = self.line(h.mean(1)).mean(1)
        bulk = self.volume(jnp.broadcast_to(h[:4], (1, 3, 3, 4))).mean()
        table, back = self.tied()
        tokens = self.norm(jax.vmap(table)(words))
        tokens = tokens + self.attention(tokens, tokens, tokens)
        logits = self.root(jax.vmap(back)(tokens).mean(0))
        told = self.cell(logits, jnp.ones(3))
        told = self.fixed_norm(self.memory(told, (told, jnp.zeros(3)))[0])
        told = jnp.where(self.mask, told, 0.1)[self.order]
        out = self.head(self.drop(h, key=key)) + told + bulk * jax.random.normal(self.noise, (3,))
        return self.gain * out, state


@functools.cache
def everything():
    """The module and its state, with numbers from NumPy: drawing them layer by layer would compile for seconds."""
    forms, state = eqx.filter_eval_shape(lambda: eqx.nn.make_with_state(Everything)(KEY))
    draw = np.random.default_rng(2).standard_normal

    def filled(form):
        is_float = isinstance(form, jax.ShapeDtypeStruct) and jnp.issubdtype(form.dtype, jnp.floating)
        return jnp.asarray(0.5 * draw(form.shape), jnp.float32) if is_float else form

    fixed = (jnp.array([2, 0, 1]), np.array([True, False, True]), jax.random.key(3))
    module = eqx.tree_at(lambda m: (m.order, m.mask, m.noise), jax.tree.map(filled, forms), fixed)
    return module, jax.tree.map(lambda form: jnp.zeros(form.shape, form.dtype), state)


IMAGES = np.random.default_rng(0).standard_normal((4, 2, 8, 8)).astype(np.float32)
WORDS = np.random.default_rng(1).integers(0, 7, (4, 5))
