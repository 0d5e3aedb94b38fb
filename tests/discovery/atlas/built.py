"""A run whose networks were built by hand, so that its atlas is known."""

import numpy as np

import weightloom as wl
from tests.discovery.page.fabricated import FabricatedRun
from tests.discovery.reading import constructions as make

INPUTS = 4
L1, PAIRS = "Σ[i] e(xᵢ)", "Σ[i<j] e(xᵢ − xⱼ)"
KINDS = {L1: make.l1, PAIRS: make.gini}


def padded(network, hidden):
    """With neurons that do nothing, so that all networks have one size."""
    weight, bias, readout, constant = make.arrays(network)
    more = hidden - len(bias)
    return make.layers(
        np.pad(weight, ((0, 0), (0, more))), np.pad(bias, (0, more)), np.pad(readout, ((0, more), (0, 0))), constant
    )


class BuiltRun(FabricatedRun):
    """Σ|xᵢ| at the first step and at the largest β, Σ|xᵢ − xⱼ| elsewhere."""

    def __init__(self, path, steps=(1, 10, 100), **options) -> None:
        super().__init__(path, sizes=(INPUTS, 12, 1), steps=steps, **options)

    def family(self, step, beta):
        first, largest = self.measures.step.values[0], self.measures.beta.values.max()
        return L1 if step == first or np.isclose(beta, largest) else PAIRS

    def network(self, seed, beta=None, *, step=None, **options) -> wl.Network:
        name = self.family(step, beta)
        return padded(make.built(KINDS[name](INPUTS, np.random.default_rng(seed))), 12)
