"""Tables and error curves of the stored cells of `experiments.dino.run`.

Command: .venv/bin/python -m experiments.dino.draw
Expected: seconds; `table.md`, and a figure of errors per frame for every data set and observed share.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from experiments.dino.run import CELLS, IN_FRAMES
from weightloom.drawing.fields import draw_errors


def main() -> None:
    """Write the table, draw the curves."""
    groups = grouped([json.loads(path.read_text()) for path in sorted(CELLS.glob("*.json"))])
    lines = ["| data | observed | model | seeds | In-t MSE | Out-t MSE | training s |", "|---|---|---|---|---|---|---|"]
    for (data, observed), models in groups.items():
        for model, cells in models.items():
            errors = np.array([cell["errors"] for cell in cells])
            seconds = "–" if cells[0]["seconds"] is None else f"{np.mean([cell['seconds'] for cell in cells]):.0f}"
            parts = (errors[:, :IN_FRAMES].mean(1), errors[:, IN_FRAMES:].mean(1))
            written = " | ".join(f"{part.mean():.1e} ± {part.std():.0e}" for part in parts)
            lines.append(f"| {data} | {observed} | {model} | {len(cells)} | {written} | {seconds} |")
        curves = {model: np.array([cell["errors"] for cell in cells]) for model, cells in models.items()}
        print(draw_errors(curves, CELLS.with_name(f"{data}-{observed}.svg"), in_frames=IN_FRAMES))
    CELLS.with_name("table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def grouped(cells: list[dict]) -> dict[tuple[str, str], dict[str, list[dict]]]:
    """By data and share, then by model: errors per frame of each seed; baselines once each."""
    groups: dict = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        arguments = cell["arguments"]
        share = arguments["observed"] + (" per frame" if arguments["per_frame"] == "True" else "")
        models = groups[Path(arguments["data"]).stem, share]
        own, *baselines = cell["mse"]
        models[own].append({"errors": cell["mse"][own], "seconds": cell["train_seconds"]})
        for name in baselines:
            if not models[name]:
                models[name].append({"errors": cell["mse"][name], "seconds": None})
    return groups


if __name__ == "__main__":
    main()
