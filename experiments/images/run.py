"""Patches of photographs, H(i) → θ_i: one hypernetwork for all of them, a code for each.

Reads: the two photographs that scikit-learn ships (`load_sample_images`), cut into patches of 64 × 64 pixels whose
2 × 2 blocks are averaged. Every fifth patch is unseen: 96 are trained on, 24 are not.
Command: .venv/bin/python -m experiments.images.run [--train [ROW …]]
Expected: seconds; the table and images.svg from images.json. With --train it trains all rows anew first.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_images
from sklearn.decomposition import PCA

from weightloom.architectures import SIREN, Architecture, FourierFeatures, FourierNet
from weightloom.fields.representations import Representations, psnr, represent
from weightloom.figures.saving import save
from weightloom.figures.style import house_style
from weightloom.hypernetworks.base import count
from weightloom.runs import save_tree
from weightloom.runs.atomic import write_file

HERE = Path(__file__).parent
RECORD, IMAGES, FIGURE = HERE / "images.json", HERE / "images.safetensors", HERE / "images.svg"
SIDE, EVERY = 32, 5
WIDTH, STEPS, FIT_STEPS = 64, 600, 200
SHARE = 0.25
SHOWN, SHOWN_UNSEEN = (3, 11, 17), (2, 10, 20)
LINES = ("patches", "represented", "twice as fine", "between two")
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

# Learning rates of the hypernetwork; the codes' is 1e-2 everywhere.
ROWS: dict[str, tuple[Architecture, str, float]] = {
    "SIREN, all weights": (SIREN((2, 64, 64, 3)), "all-weights", 1e-3),
    "SIREN, last layer": (SIREN((2, 64, 64, 3)), "last-layer", 1e-3),
    "SIREN, low rank": (SIREN((2, 64, 64, 3)), "low-rank", 1e-3),
    "SIREN, FiLM": (SIREN((2, 64, 64, 3)), "film", 1e-3),
    "SIREN, shift": (SIREN((2, 64, 64, 3)), "shift", 1e-3),
    "FourierNet, shift": (FourierNet((2, 64, 64, 3)), "shift", 1e-2),
    "Fourier features, shift": (FourierFeatures((2, 64, 64, 3), frequencies=64, scale=2.0), "shift", 1e-2),
}
DRAWN = "SIREN, all weights"


def patches() -> tuple[Float[np.ndarray, "n y x 3"], Float[np.ndarray, "m y x 3"]]:
    """Training and unseen patches, values between 0 and 1."""
    cut = []
    for image in load_sample_images().images:
        rows, columns = (length // (2 * SIDE) for length in image.shape[:2])
        blocks = image[: rows * 2 * SIDE, : columns * 2 * SIDE].astype(np.float32) / 255
        halved = blocks.reshape(rows, SIDE, 2, columns, SIDE, 2, 3).mean(axis=(2, 5))
        cut.append(halved.transpose(0, 2, 1, 3, 4).reshape(-1, SIDE, SIDE, 3))
    every = np.concatenate(cut)
    unseen = np.arange(len(every)) % EVERY == EVERY - 1
    return every[~unseen], every[unseen]


def pixels(side: int) -> Float[np.ndarray, "y x 2"]:
    """The centres of a square image's pixels in [−1, 1]²."""
    centres = (2 * np.arange(side) + 1) / side - 1
    return np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1).astype(np.float32)


def measured(
    found: Representations, seen: Float[np.ndarray, "n y x 3"], unseen: Float[np.ndarray, "m y x 3"]
) -> tuple[dict[str, float], np.ndarray]:
    """PSNR of trained and unseen patches, and codes of the unseen ones from all pixels."""
    grid = pixels(SIDE)
    some = np.random.default_rng(0).permutation(SIDE**2)[: int(SHARE * SIDE**2)]
    flat = unseen.reshape(len(unseen), -1, 3)
    codes = found.fit_codes(unseen, grid, steps=FIT_STEPS)
    sparse = found.fit_codes(flat[:, some], grid.reshape(-1, 2)[some], steps=FIT_STEPS)
    scores = {
        "trained": psnr(found(found.codes, grid), seen),
        "unseen": psnr(found(codes, grid), unseen),
        "unseen, 25 % of pixels": psnr(found(sparse, grid), unseen),
    }
    return {name: round(float(score.mean()), 2) for name, score in scores.items()}, codes


def train(chosen: list[str]) -> None:
    """The chosen rows, or all and the baseline, stored as they are done."""
    seen, unseen = patches()
    known = json.loads(RECORD.read_text())["rows"] if chosen else {}
    record: dict = {"rows": {**known, "principal components": principal_components(seen, unseen)}}
    for name in chosen or ROWS:
        architecture, conditioning, rate = ROWS[name]
        options = {"conditioning": conditioning, "width": WIDTH, "steps": STEPS, "learning_rate": rate}
        found = represent(seen, pixels(SIDE), architecture, **options)
        scores, codes = measured(found, seen, unseen)
        record["rows"][name] = {**scores, "parameters": count(found.hypernetwork)}
        if name == DRAWN:
            save_tree(IMAGES, drawn(found, seen, unseen, codes), {"row": name})
        print(name, record["rows"][name], flush=True)
        write_file(RECORD, (json.dumps(record, indent=1) + "\n").encode())


def principal_components(seen, unseen) -> dict[str, float]:
    """As many components as a code has entries, from and for whole patches: what a linear method makes of them."""
    model = PCA(WIDTH).fit(seen.reshape(len(seen), -1))
    scores = [
        psnr(model.inverse_transform(model.transform(some.reshape(len(some), -1))), some.reshape(len(some), -1))
        for some in (seen, unseen)
    ]
    means = {name: round(float(score.mean()), 2) for name, score in zip(("trained", "unseen"), scores)}
    return {**means, "parameters": int(model.components_.size + model.mean_.size)}


def drawn(found, seen, unseen, codes) -> dict[str, np.ndarray]:
    """The images of the figure, as bytes."""
    chosen, unseen_chosen = np.array(SHOWN), np.array(SHOWN_UNSEEN)
    both = np.concatenate([found.codes[chosen], codes[unseen_chosen]])
    between = found.between(SHOWN[0], SHOWN[1], np.array(SHARES))
    rows = {
        "patches": np.concatenate([seen[chosen], unseen[unseen_chosen]]),
        "represented": found(both, pixels(SIDE)),
        "twice as fine": found(both, pixels(2 * SIDE)),
        "between two": found(between, pixels(SIDE)),
    }
    return {name: np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8) for name, images in rows.items()}


def table(record: dict) -> str:
    """The rows as Markdown."""
    columns = ["trained", "unseen", "unseen, 25 % of pixels", "parameters"]
    lines = [f"| {' | '.join(['', *columns])} |", "|---" * (len(columns) + 1) + "|"]
    for name, row in record["rows"].items():
        lines.append(f"| {name} | {' | '.join(str(row.get(column, '–')) for column in columns)} |")
    return "\n".join(lines)


def figure(rows: dict[str, np.ndarray]) -> Figure:
    """Patches, their representations, the same at twice the resolution, and a path between two codes."""
    drawing = Figure(figsize=(6, 4.4))
    axes = drawing.subplots(len(LINES), len(SHARES), squeeze=False)
    for line, name in zip(axes, LINES):
        for axis, image in zip(line, rows[name]):
            axis.imshow(image, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(name)
    axes[0][1].set_title("trained")
    axes[0][4].set_title("unseen")
    drawing.tight_layout()
    return drawing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--train", nargs="*", metavar="ROW", choices=ROWS, help="train these rows anew; all without one"
    )
    arguments = parser.parse_args()
    if arguments.train is not None:
        train(arguments.train)
    record = json.loads(RECORD.read_text())
    print(table(record))
    with house_style():
        save(figure(safetensors.numpy.load_file(IMAGES)), FIGURE)


if __name__ == "__main__":
    main()
