r"""How often a reading is right: networks built by hand with noise, and controls that run no short program.

Command, about two minutes on one core:
    .venv/bin/python -m experiments.reading.constructions > experiments/reading/constructions.md
Expected: without noise all constructions are read right; the share falls with the noise. A right reading has the
patterns and index sets that the network was built from. Constructions are those of the tests: twenty kinds at two to
four sizes, three seeds each, with neurons shuffled, duplicated, split and flipped at random. Noise is a share of each
neuron's largest weight, on every weight and bias.
The shares are optimistic: RESIDUAL_NUMBERS was chosen on these constructions and seeds, STRUCTURED after controls of
the same kinds had been seen (`weightloom.discovery.reading.verdict`).
"""

import numpy as np

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import read

NOISES = (0.0, 0.01, 0.02, 0.03, 0.05)
SEEDS, CONTROLS = 3, 50


def main() -> None:
    """Print both tables."""
    results = [
        (noise, n, *reading_of(kind, n, seed, noise))
        for noise in NOISES
        for kind in make.KINDS.values()
        for n in kind.sizes
        for seed in range(SEEDS)
    ]
    print("| noise | networks | read right | read right, n ≥ 8 | state `read` |\n|---|---|---|---|---|")
    for noise in NOISES:
        own = [one for one in results if one[0] == noise]
        large = [one for one in own if one[1] >= 8]
        shares = (
            np.mean([one[2] for one in own]),
            np.mean([one[2] for one in large]),
            np.mean([one[3] for one in own]),
        )
        print(f"| {noise:.0%} | {len(own)} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    print("\n| control | networks | `read` | `partly read` |\n|---|---|---|---|")
    for name, control in CONTROL.items():
        states = [read(control(np.random.default_rng([7, seed]), seed)).verdict.state for seed in range(CONTROLS)]
        print(f"| {name} | {CONTROLS} | {states.count('read')} | {states.count('partly read')} |")


def reading_of(kind: make.Kind, n: int, seed: int, noise: float) -> tuple[bool, bool]:
    """Whether the reading of a construction is right, and whether its state is `read`."""
    generator = np.random.default_rng([seed, n])
    known = kind.build(n, generator)
    network = make.built(known)
    for change in make.EXACT.values():
        if generator.random() < 0.6:
            network = change(network, generator)
    reading = read(make.noisy(network, noise, generator))
    return make.said(reading) == make.expected(known), reading.verdict.state == "read"


def _random(generator: np.random.Generator, seed: int) -> wl.Network:
    weight = generator.standard_normal((16, 48)) * generator.choice([0.1, 0.25, 1, 3])
    bias = generator.standard_normal(48) * generator.choice([0, 1])
    return make.layers(weight, bias, generator.standard_normal((48, 1)), np.zeros(1))


def _small(generator: np.random.Generator, seed: int) -> wl.Network:
    n, hidden = int(generator.integers(2, 7)), int(generator.integers(4, 20))
    weight = generator.standard_normal((n, hidden)) * generator.choice([0.3, 1, 3])
    bias = generator.standard_normal(hidden) * generator.choice([0, 1])
    activation = ("swish", "relu", "tanh", "gelu")[seed % 4]
    return make.layers(weight, bias, generator.standard_normal((hidden, 1)), np.zeros(1), activation)


def _trained(generator: np.random.Generator, seed: int) -> wl.Network:
    return wl.open_run("l1-paper").network(seed=seed % 4, beta=float(10 ** generator.uniform(-9, -2)))


def _first_weights_shuffled(generator: np.random.Generator, seed: int) -> wl.Network:
    network = _trained(generator, seed)
    weight, bias, readout, constant = make.arrays(network)
    weight = generator.permutation(weight.ravel()).reshape(weight.shape)
    return make.layers(weight, bias, readout, constant, network.architecture.activation)


def _output_weights_shuffled(generator: np.random.Generator, seed: int) -> wl.Network:
    network = _trained(generator, seed)
    weight, bias, readout, constant = make.arrays(network)
    return make.layers(weight, bias, generator.permutation(readout), constant, network.architecture.activation)


CONTROL = {
    "random, (16, 48, 1)": _random,
    "random, 2–6 inputs and 4–19 neurons": _small,
    "trained, first weights shuffled": _first_weights_shuffled,
    "trained, output weights shuffled": _output_weights_shuffled,
}

if __name__ == "__main__":
    main()
