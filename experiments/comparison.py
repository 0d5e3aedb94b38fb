"""What the two experiments on encoders share: their tables, and the figures that are drawn from them."""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.figure import Figure

import weightloom as wl
from weightloom.figures.saving import figure_path, save
from weightloom.figures.style import INK, PALE, house_style
from weightloom.similarity.scores import CalibratedTransfer, HypernetworkTransfer, Score

LITERAL, CALIBRATED = "hypernetwork-transfer", "calibrated-transfer"
ABLATED: Mapping[str, Score] = {
    **{f"{LITERAL}, {codes}": HypernetworkTransfer(codes=codes) for codes in ("random", "shared", "none")},
    **{f"{CALIBRATED}, {codes}": CalibratedTransfer(codes=codes) for codes in ("learned", "random", "none")},
}
# Copies show where scores break; the rest of them has nothing to add.
OF_COPIES = (
    *(name for name in ABLATED if name.startswith(LITERAL)), f"{CALIBRATED}, none",
    "cka-debiased", "procrustes", "mutual-knn", "stitching", "disagreement",
)  # fmt: skip
# Colour, marker and whether it is filled.
SHOWN = {
    LITERAL: ("#cf2234", "o", True),
    f"{LITERAL}, shared": ("#cf2234", "o", False),
    CALIBRATED: ("#2456b8", "D", True),
    "cka-debiased": ("#6f6f6f", "s", True),
}
TABLES = ("encoders", "copies")
KEY, COPY_KEY = 0, 0


def run(folder: Path, of: str, floors: Sequence[str], description: str) -> None:
    """Compute the tables that are asked for, both unless told, then draw them and print their main lines.

    Args:
        folder: the experiment's, with features/ and labels.safetensors.
        of: the encoder to copy.
        floors: encoders that should be alike to nothing.
        description: of the command.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--draw-only", action="store_true", help="redraw from what is stored")
    parser.add_argument("--table", choices=TABLES, help="compute this one only; the other stays as it is stored")
    arguments = parser.parse_args()
    if not arguments.draw_only:
        compute(folder, of, floors, [arguments.table] if arguments.table else TABLES)
    if all((folder / f"{name}.nc").exists() for name in TABLES):
        draw(folder, of)


def compute(folder: Path, of: str, floors: Sequence[str], tables: Sequence[str]) -> None:
    """Store encoders.nc, all scores of all encoders, and copies.nc, some scores of one encoder's copies."""
    labels = wl.similarity.read_labels(folder / "labels.safetensors")
    encoders = {}
    for path in sorted((folder / "features").glob("*.safetensors")):
        encoders |= wl.similarity.read(path)
    controls = {name: encoders.pop(name) for name in floors}
    given = {"encoders": (encoders, controls), "copies": (copies(encoders[of].values), {})}
    for name in tables:
        compared, below = given[name]
        begun = time.perf_counter()
        own_labels = labels if name == "encoders" else labels.values
        scores = {one: wl.similarity.SCORES[one] for one in wl.similarity.DEFAULT_SCORES} | ABLATED
        if name == "copies":
            scores = {one: scores[one] for one in (LITERAL, CALIBRATED, *OF_COPIES)}
        table = wl.similarity.compare(compared, own_labels, scores, floors=below, gaussian=True, key=KEY)
        stored = table.astype(np.float32)
        for boolean in [key for key, one in stored.coords.items() if one.dtype == bool]:
            stored[boolean] = stored[boolean].astype(np.int8)
        stored.to_netcdf(folder / f"{name}.nc", engine="scipy")
        print(f"{folder / name}.nc: {time.perf_counter() - begun:.0f} s", flush=True)


def copies(features: Float[np.ndarray, "rows d"]) -> dict[str, Float[np.ndarray, "rows d"]]:
    """An encoder, and what is the same to every linear reader: itself again, moved about, or under noise."""
    random = np.random.default_rng(COPY_KEY)
    features = features.astype(np.float64)
    width = features.shape[1]
    rotation = np.linalg.qr(random.standard_normal((width, width)))[0]
    return {
        "itself": features,
        "again": features,
        "permuted": features[:, random.permutation(width)],
        "rotated": features @ rotation,
        "times 3": 3 * features,
        "noisy": features + features.std() * random.standard_normal(features.shape),
    }


def stored(folder: Path, name: str) -> xr.Dataset:
    """A table as `compare` returned it."""
    table = xr.load_dataset(folder / f"{name}.nc", engine="scipy")
    for boolean in ("a_is_floor", "b_is_floor", "larger_is_more_similar", "symmetric"):
        table[boolean] = table[boolean].astype(bool)
    return table


def draw(folder: Path, of: str) -> None:
    """Draw similarity.svg, copies.svg and grounding.svg, and print the numbers behind the last two."""
    table, copied = stored(folder, "encoders"), stored(folder, "copies")
    found = wl.similarity.score_correlations(table)
    own = [name for name in wl.similarity.SCORES if name in table.score.values]
    print(wl.draw_similarity(table.sel(score=own), folder / "similarity.svg"))
    with house_style():
        for name, figure in (("copies", _copies(copied, of)), ("grounding", _grounding(found))):
            save(figure, figure_path(folder / f"{name}.svg"))
            print(folder / f"{name}.svg")
    print(copies_table(copied))
    print(grounding_table(found))


def over_itself(table: xr.Dataset, score: str) -> xr.Dataset:
    """What every copy has of the original's own value, and where 95 % of its null lie."""
    one = table.sel(score=score, a="itself")
    own = float(one.value.sel(b="itself"))
    return one[["value", "null_low", "null_high", "low", "high"]] / own


def copies_table(table: xr.Dataset) -> str:
    """Markdown: the score of the original and each copy; the literal score over the original's own."""
    names = [name for name in table.b.values if name != "itself"]
    lines = ["| from the original to | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for score in table.score.values:
        literal = score.startswith(LITERAL)
        values = (over_itself(table, score) if literal else table.sel(score=score, a="itself")).value
        p = table.p.sel(score=score, a="itself")
        cells = [f"{float(values.sel(b=name)):.2f}" + (" (n.s.)" if p.sel(b=name) > 0.05 else "") for name in names]
        lines.append(f"| {score}{', over itself' if literal else ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def grounding_table(found: xr.Dataset) -> str:
    """Markdown: rank correlation with disagreement, debiased CKA and calibrated transfer."""
    others = ("disagreement", "cka-debiased", CALIBRATED)
    lines = ["| score | " + " | ".join(others) + " |", "|---|" + "---|" * len(others)]
    for score in found.score.values:
        cells = []
        for other in others:
            one = found.sel(score=score, other=other)
            cells.append(f"{float(one.correlation):.2f} [{float(one.low):.2f}, {float(one.high):.2f}]")
        lines.append(f"| {score} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _copies(table: xr.Dataset, of: str) -> Figure:
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    names = [name for name in table.b.values if name != "itself"]
    axes.axhline(1, color=PALE, linewidth=0.8, zorder=0)
    axes.axhline(0, color=PALE, linewidth=0.8, zorder=0)
    for place, (score, (colour, marker, filled)) in enumerate(SHOWN.items()):
        one = over_itself(table, score).sel(b=names)
        x = np.arange(len(names)) + 0.18 * (place - (len(SHOWN) - 1) / 2)
        axes.vlines(x, one.null_low, one.null_high, color=colour, alpha=0.25, linewidth=8)
        axes.vlines(x, one.low, one.high, color=colour, linewidth=1)
        face = colour if filled else "white"
        axes.plot(x, one.value, marker, color=colour, markerfacecolor=face, markersize=5, label=score)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("score over the original's own")
    axes.set_title(f"from {of} to copies of itself; pale: 95 % of the null")
    figure.legend(loc="outside lower center", ncols=len(SHOWN), fontsize=8)
    return figure


def _grounding(found: xr.Dataset) -> Figure:
    scores = [name for name in found.score.values if name != "disagreement"]
    one = found.sel(score=scores, other="disagreement")
    order = np.argsort(np.nan_to_num(one.correlation.values))
    figure = Figure(figsize=(6.0, 0.2 * len(scores) + 0.9), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color=PALE, linewidth=0.8, zorder=0)
    for place, number in enumerate(order):
        score = scores[number]
        colour = SHOWN[score.split(",")[0]][0] if score.split(",")[0] in SHOWN else INK
        axes.hlines(place, one.low[number], one.high[number], color=colour, linewidth=1)
        axes.plot(one.correlation[number], place, "o", color=colour, markersize=5)
    axes.set_yticks(range(len(scores)), [scores[number] for number in order])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(-1.03, 1.03)
    axes.set_xlabel("rank correlation with the probes' agreement")
    axes.set_title("intervals leave out one encoder at a time")
    return figure
