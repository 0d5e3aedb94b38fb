"""Ragged hyperactivations: one column per edge of the target, grouped at will by neuron."""

import dataclasses
import functools
import math
from collections.abc import Iterator

import jax.numpy as jnp
from jaxtyping import Array, Shaped


@dataclasses.dataclass(frozen=True)
class Edges:
    """The edges (ℓ, i, p, j) of a target with the given sizes, one axis for all layers.

    Edges are numbered layer by layer and row-major in (i, p, j) within a layer, so that a ragged tensor
    W⁽ˡ⁾ᵢⱼ is one axis of length `total` (Liao et al. 2023, appendix B.2). p is the position in a convolution's kernel,
    whose channels are the neurons i and j. A layer without a kernel has one position.

    Args:
        sizes: numbers of neurons, or channels, from input to output.
        kernels: shape of each layer's kernel without its channels, () for a layer without one. The default is no
            kernel in any layer.
    """

    sizes: tuple[int, ...]
    kernels: tuple[tuple[int, ...], ...] = ()

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of each layer."""
        return tuple(zip(self.sizes, self.sizes[1:]))

    @property
    def axes(self) -> int:
        """The largest number of axes of a kernel."""
        return max(map(len, self.kernels), default=0)

    @functools.cached_property
    def arriving(self) -> tuple[tuple[int, int], ...]:
        """Shape of each layer's edges, grouped by the neuron at which they arrive: (inputs · positions, outputs)."""
        kernels = self.kernels or ((),) * len(self.layers)
        return tuple((inputs * math.prod(kernel), outputs) for (inputs, outputs), kernel in zip(self.layers, kernels))

    @functools.cached_property
    def leaving(self) -> tuple[tuple[int, int], ...]:
        """Shape of each layer's edges, grouped by the neuron that they leave: (inputs, positions · outputs)."""
        return tuple(
            (inputs, rows * outputs // inputs) for (inputs, _), (rows, outputs) in zip(self.layers, self.arriving)
        )

    @functools.cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each layer starts on the edge axis, and where the last one ends."""
        offsets = [0]
        for rows, outputs in self.arriving:
            offsets.append(offsets[-1] + rows * outputs)
        return tuple(offsets)

    @property
    def total(self) -> int:
        """The number of edges."""
        return self.offsets[-1]

    def split(
        self, x: Shaped[Array, "*shape edges"], *, leaving: bool = False
    ) -> Iterator[Shaped[Array, "*shape rows columns"]]:
        """The edge axis of x as one grid per layer, of shape `arriving` or `leaving`."""
        grids = self.leaving if leaving else self.arriving
        for grid, start, stop in zip(grids, self.offsets, self.offsets[1:]):
            yield x[..., start:stop].reshape(*x.shape[:-1], *grid)

    def join(self, grids: list[Shaped[Array, "..."]]) -> Shaped[Array, "*shape edges"]:
        """The inverse of `split`."""
        return jnp.concatenate([g.reshape(*g.shape[:-2], -1) for g in grids], axis=-1)
