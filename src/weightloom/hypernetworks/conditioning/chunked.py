"""Conditioning of all parameters of a large network, in chunks."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom._checks import check_whole
from weightloom._keys import AnyKey
from weightloom.architectures import Architecture
from weightloom.hypernetworks.conditioning.all_weights import AllWeights
from weightloom.hypernetworks.conditioning.base import Block


class Chunked(AllWeights):
    """θ₀ + H(c), where one shared map emits the changes of all parameters in chunks with a learned code per chunk.

    The parameters are cut into chunks of equal length (von Oswald et al., ICLR 2020, section 2.2; Ha et al., ICLR 2017,
    section 3.1, have one code per kernel). Chunk i is ((h(c) M) ⊙ zᵢ) E with the trunk's features h(c), the code zᵢ and
    shared matrices M and E. For n parameters the map has about 2 · `code` · √n entries. `AllWeights` needs n times the
    number of features.

    Condition and code are multiplied instead of concatenated. So the condition 0 generates the base network, and a
    linear trunk is linear in c, as in every conditioning. A chunk may cross the border between two arrays; a learned
    size per array keeps the changes in proportion.

    Args:
        target: architecture of the generated network.
        chunk: parameters per chunk. The default, None, is the root of the number of parameters.
        code: length of a chunk's code. Changes of different chunks are less correlated with longer codes.

    For the other arguments and errors see `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.Chunked(wl.MLP((100, 100, 10)), width=3, code=16, key=0)
        >>> hypernetwork.codes.shape, hypernetwork.emission.shape
        ((105, 16), (16, 106))
        >>> [(weight, bias), _] = hypernetwork(jnp.ones(3))
        >>> weight.shape
        (100, 100)
    """

    mixing: Float[Array, "features code"]
    codes: Float[Array, "chunks code"]
    sizes: Float[Array, " blocks"]
    chunk: int | None = eqx.field(static=True)
    code: int = eqx.field(static=True)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        chunk: int | None = None,
        code: int = 64,
        frozen: bool = False,
        key: AnyKey,
    ) -> None:
        check_whole(code=code, **{} if chunk is None else {"chunk": chunk})
        self.chunk, self.code = chunk, code
        super().__init__(target, width=width, hidden=hidden, scale=scale, frozen=frozen, key=key)

    @property
    def first_map(self) -> Float[Array, "features code"]:
        """M, which multiplies the features."""
        return self.mixing

    def start(self, key: Key[Array, ""], inputs: int, blocks: Sequence[Block], scale: float) -> None:
        """Draws M, the codes and E for outputs of variance 1, and sets the sizes of the arrays."""
        count = sum(math.prod(block.shape) for block in blocks)
        chunk = self.chunk or math.isqrt(max(count - 1, 0)) + 1
        mixing_key, codes_key, emission_key = jax.random.split(key, 3)
        self.mixing = jax.random.normal(mixing_key, (inputs, self.code)) / math.sqrt(inputs)
        self.codes = jax.random.normal(codes_key, (-(-count // chunk), self.code))
        self.emission = jax.random.normal(emission_key, (self.code, chunk)) / math.sqrt(self.code)
        self.sizes = jnp.stack([jnp.asarray(scale * block.spread) for block in blocks])

    def emitted(self, features: Float[Array, " features"]) -> Float[Array, " emitted"]:
        """The output of the trunk: all chunks as one vector, multiplied by the size of each array.

        Args:
            features: output of the last hidden layer, or the condition.
        """
        chunks = (features @ self.mixing * self.codes) @ self.emission
        counts = [math.prod(shape) for shape in self.shapes]
        pieces, start = [], 0
        flat = chunks.ravel()
        for size, count in zip(self.sizes, counts):
            pieces.append(size * flat[start : start + count])
            start += count
        return jnp.concatenate(pieces)
