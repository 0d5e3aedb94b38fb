r"""How often a reading is right where nothing was chosen: new kinds of networks built by hand, and new controls.

Command, about two minutes on one core:
    .venv/bin/python -m experiments.reading.fresh > experiments/reading/fresh.md
Expected: less than the shares of constructions.md, whose constructions some settings were chosen on.
No setting of `weightloom.discovery.reading` was changed after this was run. Sixteen kinds that constructions.py does
not have, at two or three sizes, three seeds each, with neurons shuffled, duplicated, split and flipped at random. A
right reading has the patterns and index sets that the network was built from. Noise is a share of each neuron's
largest weight, on every weight and bias. Controls have no short program in their inputs.
"""

import itertools

import numpy as np

import weightloom as wl
from experiments.reading.constructions import CONTROLS, NOISES, SEEDS, reading_of
from tests.discovery.reading import constructions as make
from tests.discovery.reading.constructions import Kind, Known, eye, scale, unit
from weightloom.discovery.reading import read

FIRST_SEED = 1000
Rows = list[np.ndarray]


def _shifted(n: int, weights: tuple[float, ...], *, around: bool = False) -> Rows:
    """A pattern of weights on inputs that follow one another, at every place."""
    rows = []
    for start in range(n if around else n - len(weights) + 1):
        row = np.zeros(n)
        row[(start + np.arange(len(weights))) % n] = weights
        rows.append(row)
    return rows


def _chosen(n: int, weights: tuple[float, ...]) -> Rows:
    """A pattern of different weights on every ordered choice of inputs."""
    rows = []
    for places in itertools.permutations(range(n), len(weights)):
        row = np.zeros(n)
        row[list(places)] = weights
        rows.append(row)
    return rows


def _levels(rows: Rows) -> list[np.ndarray]:
    """Rows by level, signed, the largest magnitude first."""
    magnitudes = sorted({abs(value) for row in rows for value in row if value}, reverse=True)
    return [np.array([np.sign(v) * (1 + magnitudes.index(abs(v))) if v else 0 for v in row]) for row in rows]


def _known(
    rows: Rows, strength: float, readout: float, *, bias: float = 0.0, slope: float = 0.0, activation: str = "swish"
) -> Known:
    n = len(rows[0])
    units = [unit(strength * row, readout, bias) for row in rows]
    levels = np.array(_levels(rows)).astype(int)
    found = [(make.signature(levels[0]), make.index_set(levels), len(rows))]
    return Known(units, np.full((n, 1), slope), found, 0, activation)


def _joined(*parts: Known) -> Known:
    first = parts[0]
    return first._replace(units=[u for part in parts for u in part.units], roles=[r for p in parts for r in p.roles])


def positive_parts(n: int, rng: np.random.Generator) -> Known:
    """Σ max(xᵢ, 0)."""
    a = scale(rng)
    return _known(eye(n), a, 1 / a, slope=0.5)


def second_differences(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ − 2 xᵢ₊₁ + xᵢ₊₂|."""
    a = scale(rng, 1, 3)
    return _known(_shifted(n, (1, -2, 1)), a, 1 / a)


def sums_of_neighbours(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ + xᵢ₊₁|."""
    a = scale(rng)
    return _known(_shifted(n, (1, 1)), a, 2 / a)


def ring_of_sums(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ + xᵢ₊₁|, the last input beside the first."""
    a = scale(rng)
    return _known(_shifted(n, (1, 1), around=True), a, 2 / a)


def deviations(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ − S/n|."""
    a = scale(rng)
    rows = [row - 1 / n for row in eye(n)]
    return _known(rows, a, 2 / a)


def first_against_others(n: int, rng: np.random.Generator) -> Known:
    """Σ |x₀ − xⱼ|."""
    a = scale(rng)
    return _known([eye(n)[0] - row for row in eye(n)[1:]], a, 2 / a)


def weighted_pairs(n: int, rng: np.random.Generator) -> Known:
    """Σ |2 xᵢ + xⱼ| over ordered pairs."""
    a = scale(rng, 1, 3)
    return _known(_chosen(n, (2, 1)), a, 1 / a)


def triples(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ + xⱼ + xₖ| over all triples."""
    a = scale(rng, 1, 3)
    rows = [eye(n)[i] + eye(n)[j] + eye(n)[k] for i, j, k in itertools.combinations(range(n), 3)]
    return _known(rows, a, 1 / a)


def half_of_the_inputs(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ| over the first half."""
    a = scale(rng)
    return _known(eye(n)[: n // 2], a, 2 / a)


def products_of_neighbours(n: int, rng: np.random.Generator) -> Known:
    """Σ xᵢ xᵢ₊₁ by quarter squares."""
    a = scale(rng, 0.8, 1.5)
    plus, minus = _known(_shifted(n, (1, 1)), a, 1 / a**2), _known(_shifted(n, (1, -1)), a, -1 / a**2)
    return _joined(plus, minus)


def box_by_tanh(n: int, rng: np.random.Generator) -> Known:
    """How many inputs lie between −1 and 1, by steps."""
    a = scale(rng, 4, 6)
    return _joined(
        _known(eye(n), a, 0.5, bias=a, activation="tanh"), _known(eye(n), a, -0.5, bias=-a, activation="tanh")
    )


def waves(n: int, rng: np.random.Generator) -> Known:
    """Σ sin(a xᵢ + b)."""
    return _known(eye(n), scale(rng, 1, 2), 1.0, bias=rng.uniform(0.3, 0.9), activation="sine")


def one_sided_thresholds(n: int, rng: np.random.Generator) -> Known:
    """Σ max(xᵢ − ½, 0) of ReLU."""
    a = scale(rng)
    return _known(eye(n), a, 1 / a, bias=-a / 2, slope=0.5, activation="relu")


def norm_and_sum(n: int, rng: np.random.Generator) -> Known:
    """Σ|xᵢ| + |S|."""
    a, b = scale(rng), scale(rng, 1, 2)
    return _joined(_known(eye(n), a, 2 / a), _known([np.ones(n)], b, 2 / b))


def norm_and_variation(n: int, rng: np.random.Generator) -> Known:
    """Σ|xᵢ| + ½ Σ|xᵢ − xᵢ₊₁| of GELU."""
    a, b = scale(rng), scale(rng)
    return _joined(
        _known(eye(n), a, 2 / a, activation="gelu"), _known(_shifted(n, (1, -1)), b, 1 / b, activation="gelu")
    )


def opposite_halves(n: int, rng: np.random.Generator) -> Known:
    """Σ |xᵢ − xᵢ₊ₕ| with h = n/2."""
    a, h = scale(rng), n // 2
    return _known([eye(n)[i] - eye(n)[i + h] for i in range(h)], a, 2 / a)


KINDS = {
    "positive parts": Kind(positive_parts, (3, 8, 16)),
    "second differences": Kind(second_differences, (5, 9)),
    "sums of neighbours": Kind(sums_of_neighbours, (4, 10)),
    "ring of sums": Kind(ring_of_sums, (5, 9)),
    "deviations": Kind(deviations, (5, 9)),
    "first against others": Kind(first_against_others, (4, 8)),
    "weighted pairs": Kind(weighted_pairs, (3, 4)),
    "triples": Kind(triples, (4, 5)),
    "half of the inputs": Kind(half_of_the_inputs, (6, 12)),
    "products of neighbours": Kind(products_of_neighbours, (4, 6)),
    "box by tanh": Kind(box_by_tanh, (3, 6)),
    "waves": Kind(waves, (3, 6)),
    "one-sided thresholds": Kind(one_sided_thresholds, (3, 9)),
    "norm and sum": Kind(norm_and_sum, (4, 12)),
    "norm and variation": Kind(norm_and_variation, (5, 9)),
    "opposite halves": Kind(opposite_halves, (6, 10)),
}


def main() -> None:
    """Print the tables."""
    results = [
        (noise, name, *reading_of(kind, n, FIRST_SEED + seed, noise))
        for noise in NOISES
        for name, kind in KINDS.items()
        for n in kind.sizes
        for seed in range(SEEDS)
    ]
    print("| noise | networks | read right | state `read` | state `read`, but not right |\n|---|---|---|---|---|")
    for noise in NOISES:
        own = [one[2:] for one in results if one[0] == noise]
        shares = np.mean([(right, state, state and not right) for right, state in own], axis=0)
        print(f"| {noise:.0%} | {len(own)} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    print("\n| kind | " + " | ".join(f"right at {noise:.0%}" for noise in NOISES) + " |\n|---" * 1 + "|---" * 5 + "|")
    for name in KINDS:
        shares = [np.mean([one[2] for one in results if one[:2] == (noise, name)]) for noise in NOISES]
        print(f"| {name} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    print("\n| control | networks | `read` | `partly read` |\n|---|---|---|---|")
    for name, control in CONTROL.items():
        states = [read(control(np.random.default_rng([FIRST_SEED, k]))).verdict.state for k in range(CONTROLS)]
        print(f"| {name} | {CONTROLS} | {states.count('read')} | {states.count('partly read')} |")


def _heavy_tails(generator: np.random.Generator) -> wl.Network:
    weight = generator.standard_t(3, (16, 48)) * generator.choice([0.2, 0.5, 1])
    return make.layers(weight, generator.standard_normal(48), generator.standard_t(3, (48, 1)), np.zeros(1))


def _signs(generator: np.random.Generator) -> wl.Network:
    weight = generator.choice([-1.0, 1.0], (16, 48)) * generator.choice([0.3, 1])
    return make.layers(weight, generator.standard_normal(48), generator.standard_normal((48, 1)), np.zeros(1))


def _small(generator: np.random.Generator) -> wl.Network:
    n, hidden = int(generator.integers(3, 9)), int(generator.integers(8, 25))
    weight = generator.standard_normal((n, hidden)) * generator.choice([0.3, 1, 3])
    activation = str(generator.choice(["swish", "relu", "tanh", "gelu"]))
    bias, readout = generator.standard_normal(hidden), generator.standard_normal((hidden, 1))
    return make.layers(weight, bias, readout, np.zeros(1), activation)


def _rotated(generator: np.random.Generator) -> wl.Network:
    """A trained network behind a random rotation of its inputs."""
    run, beta = wl.open_run("l1-paper"), float(10 ** generator.uniform(-9, -4))
    weight, bias, readout, constant = make.arrays(run.network(seed=int(generator.integers(4)), beta=beta))
    rotation, triangle = np.linalg.qr(generator.standard_normal((16, 16)))
    return make.layers(rotation * np.sign(np.diag(triangle)) @ weight, bias, readout, constant)


CONTROL = {
    "random with heavy tails, (16, 48, 1)": _heavy_tails,
    "random signs, (16, 48, 1)": _signs,
    "random, 3–8 inputs and 8–24 neurons": _small,
    "trained, inputs rotated": _rotated,
}

if __name__ == "__main__":
    main()
