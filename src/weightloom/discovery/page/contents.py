"""The data that a page embeds: the measures and networks of a run."""

import base64
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from jaxtyping import Shaped
from matplotlib.markers import MarkerStyle

from weightloom.discovery import Run
from weightloom.discovery._representatives import representatives
from weightloom.discovery.algorithms.names import ALGORITHMS, Algorithm
from weightloom.discovery.plots.generalisation import losses_by_size
from weightloom.discovery.plots.measures import DIMENSIONS
from weightloom.discovery.tasks.losses import LOSSES
from weightloom.errors import InputError
from weightloom.figures import style
from weightloom.figures.layouts._force_directed import (
    COINCIDENCE,
    FLATTENING_STEPS,
    LARGEST_WEIGHT,
    LONGEST_STEP,
    MOST_STARTS,
    PAIRS,
    SETTLING_STEPS,
    TYPICAL_WEIGHT,
)
from weightloom.figures.network import FAINTEST

if TYPE_CHECKING:
    from weightloom.discovery.atlas import Atlas

NOT_READ = Algorithm("not read", "not read", "#f4f4f2", "o", "default", "")
LARGEST_NETWORKS = 10_500_000  # characters for all networks
LARGEST_EDGES = 1_500_000  # characters for the KL of each edge
SCALARS = (
    "loss",
    "loss_without_encoder",
    "kl",
    "double_sidedness",
    "strongest_connection",
    "seed_dependence",
    "margin",
)


def contents(run: Run, generalisation: xr.Dataset | None = None, atlas: "Atlas | None" = None) -> dict[str, Any]:
    """Make the data for the page's script.

    Arrays are encoded as little-endian bytes in base64. Their first axes are (seed, step, beta). Networks are numbered
    along these three axes. The weights of a network are one string, layer by layer, in row-major order (inputs,
    outputs) and half precision. They are divided by the layer's `scale`, a power of two, so that the strongest weight
    is between ½ and 1.

    Args:
        run: a run with at least one measured step.
        generalisation: the loss over inputs and hidden, as for `weightloom.report`. The default leaves it out.
        atlas: the run's atlas. If the task is no L1 norm, its families take the place of the algorithms.

    Returns:
        A dict of JSON types.

    Raises:
        InputError: if `generalisation` is invalid, or if a network is too large for a page.
    """
    heat = None if generalisation is None else _generalisation(generalisation)
    measures = run.measures.sortby(list(DIMENSIONS)).transpose(*DIMENSIONS, ...)
    shown = _shown(measures)
    layers = len(run.config.sizes) - 1
    weights = [shown[f"weight_{layer}"].values for layer in range(layers)]
    named, labels = shown.algorithm.values.astype(object), ALGORITHMS
    if atlas is not None and not run.config.norm:
        labels = {**atlas.labels, NOT_READ.name: NOT_READ}
        named = _families(shown, atlas)
    codes = np.zeros(named.shape, np.uint8)
    for code, name in enumerate(labels):
        codes[named == name] = code
    return {
        "method": run.config.method,
        "sizes": list(run.config.sizes),
        "inputs": list(run.config.inputs),
        "outputs": list(run.config.outputs),
        "loss_label": LOSSES[run.config.loss].label,
        "seeds": shown.seed.values.tolist(),
        "steps": shown.step.values.tolist(),
        "betas": shown.beta.values.tolist(),
        "start": _start(shown),
        "measured": {"steps": measures.sizes["step"], "betas": measures.sizes["beta"]},
        "scalars": {name: _encoded(shown[name].values, "<f4") for name in SCALARS if name in shown},
        "algorithm": _encoded(codes, "<u1"),
        "hyperlayers": _encoded(shown.kl_hyperlayer.values, "<f4") if "kl_hyperlayer" in shown else None,
        "edges": _edges(shown),
        "weights": _networks(weights),
        "generalisation": heat,
        "palette": _palette(labels),
        "drawing": _drawing(),
    }


def _shown(measures: xr.Dataset) -> xr.Dataset:
    """The measures of the networks that fit into the page: of all steps if possible, or else of some."""
    seeds, steps, betas = (measures.sizes[name] for name in DIMENSIONS)
    edges = sum(np.prod(measures[name].shape[3:]) for name in measures if str(name).startswith("weight_"))
    each = 4 * math.ceil(2 * edges / 3) + 3
    room = LARGEST_NETWORKS // (each * seeds)
    if room < 1:
        raise InputError(
            f"networks of {edges:,} weights from {seeds} seeds are too large for a page: "
            "draw single networks with weightloom draw."
        )
    if room >= betas:
        return measures.isel(step=_spread(steps, room // betas))
    return measures.isel(step=[steps - 1], beta=_spread(betas, room))


def _start(shown: xr.Dataset) -> int:
    """The index of the network that the page shows first, a representative network of the last step."""
    [(seed, beta)] = representatives(shown, 1)
    place = (shown.seed.values.tolist().index(seed), shown.sizes["step"] - 1, shown.beta.values.tolist().index(beta))
    return int(np.ravel_multi_index(place, [shown.sizes[name] for name in DIMENSIONS]))


def _spread(count: int, room: int) -> list[int]:
    chosen = min(count, room)
    return sorted({count - 1 - round(k * (count - 1) / max(chosen - 1, 1)) for k in range(chosen)})


def _networks(weights: list[np.ndarray]) -> dict[str, Any]:
    networks = [weight.reshape(-1, *weight.shape[3:]) for weight in weights]
    strongest = np.stack([np.abs(weight).max((1, 2)) for weight in networks], axis=1)
    scale = np.ldexp(np.float32(1), np.frexp(strongest)[1])
    flat = [
        (weight / scale[:, layer, None, None]).astype("<f2").reshape(len(weight), -1)
        for layer, weight in enumerate(networks)
    ]
    joined = np.concatenate(flat, axis=1)
    return {"scale": _encoded(scale, "<f4"), "networks": [_encoded(one, "<f2") for one in joined]}


def _edges(measures: xr.Dataset) -> str | None:
    """The KL of each edge at the last step. An empty string if it is too large for the page."""
    if "kl_edge" not in measures:
        return None
    last = _encoded(measures.kl_edge.isel(step=-1).values, "<f4")
    return last if len(last) <= LARGEST_EDGES else ""


def _generalisation(given: xr.Dataset) -> dict[str, Any]:
    loss = losses_by_size(given)
    rows = [[float(v) if math.isfinite(v) else None for v in row] for row in loss.values.tolist()]
    return {"loss": rows, **{str(axis): loss[axis].values.tolist() for axis in loss.dims}}


def _families(shown: xr.Dataset, atlas: "Atlas") -> Shaped[np.ndarray, "seeds steps betas"]:
    """The family of each network of the page that was read."""
    read = atlas.measures.algorithm.reindex_like(shown.algorithm, method=None, fill_value=NOT_READ.name)
    return read.transpose(*DIMENSIONS).values.astype(object)


def _palette(labels: Mapping[str, Algorithm]) -> dict[str, Any]:
    names = ("INPUT", "OUTPUT", "HIDDEN", "POSITIVE", "NEGATIVE", "INK", "PALE")
    algorithms = [
        {"colour": label.colour, "marker": _outline(label.marker), "name": label.legend} for label in labels.values()
    ]
    return {name.lower(): getattr(style, name) for name in names} | {"algorithms": algorithms}


def _outline(marker: str) -> str:
    """Convert a Matplotlib marker to an SVG path of about unit width."""
    shape = MarkerStyle(marker)
    polygons = [np.asarray(one) for one in shape.get_path().transformed(shape.get_transform()).to_polygons()]
    return "".join("M" + "L".join(f"{x:.3f} {-y:.3f}" for x, y in polygon.tolist()) + "Z" for polygon in polygons)


def _drawing() -> dict[str, float]:
    return {
        "faintest": FAINTEST,
        "flattening": FLATTENING_STEPS,
        "settling": SETTLING_STEPS,
        "starts": MOST_STARTS,
        "pairs": PAIRS,
        "typical": TYPICAL_WEIGHT,
        "largest": LARGEST_WEIGHT,
        "longest": LONGEST_STEP,
        "coincidence": COINCIDENCE,
    }


def _encoded(array: Shaped[np.ndarray, "..."], dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()
