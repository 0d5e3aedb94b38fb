r"""Which rule would refuse the readings of controls without losing right ones: thresholds chosen on half of the seeds.

Commands, about two minutes on one core, then a second:
    .venv/bin/python -m experiments.reading.false_reads measure
    .venv/bin/python -m experiments.reading.false_reads table > experiments/reading/false_reads.md
Controls are those of constructions.py and fresh.py, constructions the first 30 of the tests, without noise and with
2 %, trained networks those of l1-paper at β between 1e-7 and 1e-5. A rule is chosen on even seeds and stands for what
it says on odd ones. Odd seeds of l1-paper are puddings and even ones double-sided or unread, so the halves differ.
Found: on even seeds a limit on free numbers, max(12, n), refuses all controls and no construction. On odd seeds 1 of
120 controls is left (0.8 %, wanted 2 %) and 28 of 30 constructions; the two that it loses have noise. The verdict does
not have this rule yet: the shares in adam.md, fresh.md and constructions.md would have to be measured again.
Of the 41 controls that are `read`, 37 are trained networks with shuffled weights. Those that were looked at are true
lists: after the output weights were shuffled, still a sum over inputs, with a slope of its own for each input.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

STORE = Path(__file__).with_suffix(".jsonl")
SEEDS = 30
Row = dict[str, Any]


def measure() -> None:
    """Read all networks and store what thresholds need, one line each."""
    import numpy as np

    import weightloom as wl
    from experiments.reading import constructions, fresh
    from tests.discovery.reading import constructions as make

    def row(kind: str, name: str, seed: int, network: wl.Network, known: make.Known | None = None) -> str:
        reading = wl.read(network)
        found = reading.verdict
        right = None if known is None else make.said(reading) == make.expected(known)
        share = {"faithful": round(found.faithful, 5), "short": round(found.short, 5)}
        numbers = {"numbers": reading.program.numbers, "inputs": reading.program.inputs}
        return json.dumps(
            {"kind": kind, "name": name, "seed": seed, "state": found.state, "right": right, **share, **numbers}
        )

    sizes = [(kind, n) for kind in make.KINDS.values() for n in kind.sizes]

    def rows(seed: int) -> Iterator[str]:
        for name, old in constructions.CONTROL.items():
            yield row("control", name, seed, old(np.random.default_rng([7, seed]), seed))
        for name, new in fresh.CONTROL.items():
            yield row("control", name, seed, new(np.random.default_rng([fresh.FIRST_SEED, seed])))
        beta = float(10 ** np.random.default_rng([99, seed]).uniform(-7, -5))
        yield row("trained", "l1-paper", seed, wl.open_run("l1-paper").network(seed % 4, beta))
        for noise in (0.0, 0.02):
            (kind, n), again = sizes[seed % len(sizes)], seed // len(sizes)
            generator = np.random.default_rng([again, n])
            known = kind.build(n, generator)
            network = make.built(known)
            for change in make.EXACT.values():
                if generator.random() < 0.6:
                    network = change(network, generator)
            yield row("built", f"{noise:.0%}", seed, make.noisy(network, noise, generator), known)

    STORE.write_text("".join(f"{line}\n" for seed in range(SEEDS) for line in rows(seed)))


RULES: dict[str, Callable[[Row], bool]] = {
    "as it is": lambda row: True,
    **{f"short ≤ {most}": lambda row, most=most: row["short"] <= most for most in (0.05, 0.1, 0.2)},
    **{f"R² ≥ {least}": lambda row, least=least: row["faithful"] >= least for least in (0.98, 0.99, 0.995)},
    **{
        f"numbers ≤ max({few}, {k:g} n)": lambda row, few=few, k=k: row["numbers"] <= max(few, k * row["inputs"])
        for few in (9, 12)
        for k in (1, 1.25, 1.5)
    },
}


def table() -> None:
    """Print how many networks of each kind have the state `read` under each rule, on either half of the seeds."""
    rows = [json.loads(line) for line in STORE.read_text().splitlines()]
    kinds = {
        "controls": lambda row: row["kind"] == "control",
        "of them not shuffled": lambda row: row["kind"] == "control" and "shuffled" not in row["name"],
        "built": lambda row: row["kind"] == "built",
        "trained": lambda row: row["kind"] == "trained",
    }
    for half, title in enumerate(("Even seeds, to choose on", "Odd seeds")):
        print(f"{title}\n\n| `read` only if | {' | '.join(kinds)} |\n|---{'|---' * len(kinds)}|")
        for name, rule in RULES.items():
            cells = []
            for kind in kinds.values():
                own = [row for row in rows if row["seed"] % 2 == half and kind(row)]
                cells.append(f"{sum(row['state'] == 'read' and rule(row) for row in own)} of {len(own)}")
            print(f"| {name} | {' | '.join(cells)} |")
        print()


if __name__ == "__main__":
    {"measure": measure, "table": table}[sys.argv[1]]()
