"""Seconds and peak memory of every similarity score, beside public and plain implementations on the same arrays.

    make benchmark-similarity

8 encoders × 4,000 inputs × 384 features, 20 classes, 200 nulls, 10 hypernetworks. The arrays are random: a signal that
all share, noise, and variances that fall as an encoder's do. Every row runs in a process of its own, one after the
other. Its seconds include compilation, and `values only` is without null and interval where an implementation can part
them. `CPU s` are the seconds of all threads together: over two cores, what a busy machine would have needed alone.

Beside ours: torch-cka 0.21, debiased CKA of all layers of two models, values only. Nothing else that was found on the
package index takes arrays of this size: netrep is not there, deep-reps loops over pairs of rows in Python. So a plain
NumPy implementation of the same formula stands for the others: a value per pair and, for the null, a loop over
permutations. These loops are timed over `DRAWS` of 200 permutations and `PAIRS` of 28 pairs, torch-cka over 3 of 8
encoders, and scaled up to the whole. Values must agree before anything is timed. Run it on a quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ENCODERS, ROWS, WIDTH, CLASSES = 8, 4000, 384, 20
NULLS, SEEDS = 200, 10
DRAWS, PAIRS, TORCH_CKA_ENCODERS = 3, 2, 3
ALL_PAIRS = ENCODERS * (ENCODERS - 1) // 2
PENALTY, NEIGHBOURS, MEDIAN_ROWS, COMPONENTS = 0.01, 10, 500, 100


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", help="run one row and print it as JSON: a score, all, plain:SCORE or torch-cka")
    parser.add_argument("--rows", type=int, default=ROWS, help="inputs, fewer to try the script")
    parser.add_argument("--without-torch", action="store_true", help="leave out torch-cka")
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(arguments.row, arguments.rows)))
        return
    from weightloom.similarity import DEFAULT_SCORES

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {ENCODERS} × {arguments.rows} × {WIDTH}")
    print(f"plain values differ from ours by at most {agreement():.1e}")
    names = [
        *DEFAULT_SCORES,
        "default",
        *(f"plain:{name}" for name in PLAIN),
        *([] if arguments.without_torch else ["torch-cka"]),
    ]
    print(f"{'':24}{'seconds':>10}{'values only':>14}{'CPU s':>10}{'peak MB':>10}{'load':>8}")
    for name in names:
        found = in_own_process(name, arguments.rows)
        seconds, values, cpu = (f"{found[key]:.1f}" if key in found else "" for key in ("seconds", "values", "cpu"))
        print(f"{name:24}{seconds:>10}{values:>14}{cpu:>10}{found['peak']:10.0f}{os.getloadavg()[0]:8.1f}", flush=True)


def in_own_process(name: str, rows: int) -> dict[str, float]:
    """Measure a row in a fresh Python."""
    command = [sys.executable, __file__, "--row", name, "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, rows: int) -> dict[str, float]:
    """Seconds with and without the null where there are both, and peak memory in MB."""
    features, labels = arrays(rows)
    kind, _, score = name.rpartition(":")
    if kind == "plain":
        found = plain_seconds(PLAIN[score], features)
    elif name == "torch-cka":
        found = torch_cka_seconds(features)
    else:
        from weightloom.similarity import compare

        named = {str(number): own for number, own in enumerate(features)}
        begun, cpu = time.perf_counter(), time.process_time()
        compare(named, labels, "default" if name == "default" else [name], nulls=NULLS, seeds=SEEDS)
        found = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    # Not ru_maxrss, which a child process inherits from its parent.
    status = Path("/proc/self/status").read_text()
    return found | {"peak": int(status.split("VmHWM:")[1].split()[0]) / 1024}


def arrays(rows: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Features of every encoder, and labels that they tell."""
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(rows) % CLASSES)
    signal = random.standard_normal((CLASSES, 64))[labels] + random.standard_normal((rows, 64))
    deviations = np.arange(1, WIDTH + 1) ** -0.5
    features = []
    for _ in range(ENCODERS):
        mixed = signal @ random.standard_normal((64, WIDTH)) / 8 + random.standard_normal((rows, WIDTH))
        features.append(mixed * deviations @ np.linalg.qr(random.standard_normal((WIDTH, WIDTH)))[0])
    return features, labels


def plain_seconds(score, features: list[np.ndarray]) -> dict[str, float]:
    """A value per pair, and a loop over permutations, the way that one writes it down first."""
    prepare, value = score
    random = np.random.default_rng(1)
    begun = time.perf_counter()
    prepared = [prepare(own.astype(np.float32)) for own in features]
    preparing = time.perf_counter() - begun
    times, draws = [], []
    for other in range(1, PAIRS + 1):
        start = time.perf_counter()
        value(prepared[0], prepared[other])
        times.append(time.perf_counter() - start)
        for _ in range(DRAWS):
            order = random.permutation(len(features[0]))
            start = time.perf_counter()
            value(prepared[0], shuffled(prepared[other], order))
            draws.append(time.perf_counter() - start)
    values = preparing + ALL_PAIRS * float(np.mean(times))
    return {"values": values, "seconds": values + ALL_PAIRS * NULLS * float(np.mean(draws))}


def shuffled(prepared: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Permuted rows; of a matrix over the rows, its columns too."""
    square = len(prepared) == prepared.shape[1]
    return prepared[np.ix_(order, order)] if square else prepared[order]


def centred(features: np.ndarray) -> np.ndarray:
    away = features - features.mean(0)
    return away / np.sqrt(np.square(away).sum(1).mean())


def normed(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.linalg.norm(matrix)


def cka(a: np.ndarray, b: np.ndarray) -> float:
    """In feature space, which is faster than Gram matrices here; inputs are divided by √‖AᵀA‖."""
    return float(np.square(a.T @ b).sum())


def for_cka(features: np.ndarray) -> np.ndarray:
    away = features - features.mean(0)
    return away / np.sqrt(np.linalg.norm(away.T @ away))


def for_debiased(features: np.ndarray) -> np.ndarray:
    """The U-centred Gram matrix (Székely and Rizzo 2014)."""
    away = centred(features)
    gram = away @ away.T
    np.fill_diagonal(gram, 0)
    rows, sums = len(gram), gram.sum(0)
    gram += sums.sum() / ((rows - 1) * (rows - 2)) - (sums + sums[:, None]) / (rows - 2)
    np.fill_diagonal(gram, 0)
    return normed(gram)


def for_gaussian(features: np.ndarray) -> np.ndarray:
    away = centred(features)
    lengths = np.square(away).sum(1)
    squares = np.maximum(lengths + lengths[:, None] - 2 * away @ away.T, 0)
    off = squares[~np.eye(len(squares), dtype=bool)]
    kernel = np.exp(-squares / (2 * np.median(off)))
    kernel += kernel.mean() - kernel.mean(0) - kernel.mean(1)[:, None]
    return normed(kernel)


def inner(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.vdot(a, b))


def for_procrustes(features: np.ndarray) -> np.ndarray:
    away = centred(features)
    return normed(away @ np.linalg.svd(away, full_matrices=False)[2][:COMPONENTS].T)


def procrustes(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(max(2 - 2 * np.linalg.norm(a.T @ b, "nuc"), 0)))


def for_neighbours(features: np.ndarray) -> np.ndarray:
    away = centred(features)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    farness = -away @ away.T
    np.fill_diagonal(farness, np.inf)
    adjacency = np.zeros(farness.shape, np.float32)
    np.put_along_axis(adjacency, np.argpartition(farness, NEIGHBOURS, axis=1)[:, :NEIGHBOURS], 1, axis=1)
    return adjacency / np.sqrt(np.float32(NEIGHBOURS * len(adjacency)))


def for_gulp(features: np.ndarray) -> np.ndarray:
    """Whitened features A (Σ + λ)^(−1/2) / √rows: products of these are the kernel's."""
    away = centred(features)
    values, vectors = np.linalg.eigh(away.T @ away / len(away) + PENALTY * np.eye(away.shape[1], dtype=np.float32))
    return away @ (vectors / np.sqrt(values)) @ vectors.T / np.sqrt(np.float32(len(away)))


def gulp(a: np.ndarray, b: np.ndarray) -> float:
    own = np.square(a.T @ a).sum() + np.square(b.T @ b).sum()
    return float(np.sqrt(max(own - 2 * np.square(a.T @ b).sum(), 0)))


PLAIN = {
    "cka": (for_cka, cka),
    "cka-debiased": (for_debiased, inner),
    "cka-rbf": (for_gaussian, inner),
    "procrustes": (for_procrustes, procrustes),
    "mutual-knn": (for_neighbours, inner),
    "gulp": (for_gulp, gulp),
}


def agreement() -> float:
    """The largest difference between plain values and ours on 600 rows."""
    from weightloom.similarity import compare

    features, _ = arrays(600)
    ours = compare({"a": features[0], "b": features[1]}, scores=list(PLAIN)).value.sel(a="a", b="b")
    differences = {}
    for name, (prepare, value) in PLAIN.items():
        found = value(*(prepare(own.astype(np.float32)) for own in features[:2]))
        # The median distance is read from 500 rows of random order there, from all here.
        allowed = 2e-3 if name == "cka-rbf" else 2e-4
        difference = abs(found - float(ours.sel(score=name)))
        if difference > allowed:
            raise SystemExit(f"the implementations of {name} disagree: {found} and {float(ours.sel(score=name))}")
        differences[name] = difference
    return max(differences.values())


def torch_cka_seconds(features: list[np.ndarray]) -> dict[str, float]:
    """torch-cka takes models: one whose layers hand on the features of one encoder each, in a single batch."""
    import torch
    from torch_cka import CKA

    torch.set_num_threads(os.cpu_count() or 1)
    some = [torch.tensor(centred(own), dtype=torch.float32) for own in features[:TORCH_CKA_ENCODERS]]

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList(torch.nn.Identity() for _ in some)

        def forward(self, x):
            for layer, own in zip(self.layers, some):
                layer(own)
            return x

    names = [f"layers.{number}" for number in range(len(some))]
    compared = CKA(Model(), Model(), "first", "second", names, names)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(some[0]), batch_size=len(some[0]))
    begun = time.perf_counter()
    with torch.no_grad():
        compared.compare(data, data)
    seconds = time.perf_counter() - begun
    found = float(compared.export()["CKA"][0, 1])
    mine = inner(*(for_debiased(own.astype(np.float32)) for own in features[:2]))
    if abs(found - mine) > 1e-3:
        raise SystemExit(f"torch-cka disagrees: {found} and {mine}")
    whole, part = (encoders + 2 * encoders**2 for encoders in (ENCODERS, TORCH_CKA_ENCODERS))
    return {"values": seconds * whole / part}


if __name__ == "__main__":
    main()
