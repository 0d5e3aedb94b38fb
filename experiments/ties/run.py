"""Measure the table of `experiments.ties`, and store it."""

import json
from pathlib import Path

from experiments.ties import KINDS, ROWS, p_values

PAIRS = 2000


def main() -> None:
    table = {}
    for name, kind in KINDS.items():
        found = p_values(kind, PAIRS)
        shares = [(found[start : start + 400] <= 0.05).mean() for start in range(0, PAIRS, 400)]
        table[name] = {
            "share": round(float((found <= 0.05).mean()), 4),
            "of 400 pairs each": [round(float(one), 4) for one in shares],
        }
        print(f"{name:22}{table[name]['share']:8.4f}   {shares}", flush=True)
    record = {"rows": ROWS, "pairs": PAIRS, "share of p <= .05": table}
    (Path(__file__).parent / "table.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
