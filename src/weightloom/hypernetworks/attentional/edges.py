"""Ragged hyperactivations: one column per edge of the target, grouped at will by neuron."""

import dataclasses
import functools
from collections.abc import Iterator

import jax.numpy as jnp
from jaxtyping import Array, Shaped


@dataclasses.dataclass(frozen=True)
class Edges:
    """The edges (ℓ, i, j) of a target with the given sizes, one axis for all layers.

    Edges are numbered layer by layer and row-major in (i, j) within a layer, so that a ragged tensor
    W⁽ˡ⁾ᵢⱼ is one axis of length `total` (Liao et al. 2023, appendix B.2).
    """

    sizes: tuple[int, ...]

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of each layer."""
        return tuple(zip(self.sizes, self.sizes[1:]))

    @functools.cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each layer starts on the edge axis, and where the last one ends."""
        offsets = [0]
        for inputs, outputs in self.layers:
            offsets.append(offsets[-1] + inputs * outputs)
        return tuple(offsets)

    @property
    def total(self) -> int:
        """The number of edges."""
        return self.offsets[-1]

    def split(self, x: Shaped[Array, "*shape edges"]) -> Iterator[Shaped[Array, "*shape inputs outputs"]]:
        """The edge axis of x as one (inputs, outputs) grid per layer."""
        for (inputs, outputs), start, stop in zip(self.layers, self.offsets, self.offsets[1:]):
            yield x[..., start:stop].reshape(*x.shape[:-1], inputs, outputs)

    def join(self, grids: list[Shaped[Array, "..."]]) -> Shaped[Array, "*shape edges"]:
        """The inverse of `split`."""
        return jnp.concatenate([g.reshape(*g.shape[:-2], -1) for g in grids], axis=-1)
