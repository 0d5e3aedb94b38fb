"""Wide features, long features, and the layers of two models: seconds and peak memory of similarity scores.

    make benchmark-similarity-sizes

- wide: 2 encoders × 256 inputs × 50,176 features, as of the flattened first stage of a ResNet, the default scores.
- long: 12 encoders × 50,000 inputs × 512 features, `cka`, `cka-debiased`, `mutual-knn`, `gulp` and `procrustes`.
- 512:, 495: one pair of encoders × 2,000 inputs, of 512 or 495 and of 512 features, scores that are not computed by
  default.
- layers: two convolutional networks of PyTorch, 1,024 images, 12 × 12 layers, debiased CKA of flattened features, with
  null and interval, beside pytorch-cka 1.1.3 on the same models and one batch, values only. Values must agree first.
- corrected: p of the most similar of 6 × 6 layers, 1,024 inputs, beside calibrated-similarity 0.1.1, 200 permutations.

Every row runs in a process of its own. `CPU s` are the seconds of all threads together: over two cores, what a busy
machine would have needed alone. `--encoders` measures fewer long encoders. Run it on a quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

LONG = ["cka", "cka-debiased", "mutual-knn", "gulp", "procrustes"]
DEAR = ["svcca", "pwcca", "soft-matching", "knn-jaccard", "cknna"]
ROWS = [
    "wide", *(f"long:{name}" for name in LONG), "long:all", *(f"512:{name}" for name in DEAR), "495:soft-matching",
    "layers", "layers:pytorch-cka", "corrected",
]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", help="run one row and print it as JSON")
    parser.add_argument("--encoders", type=int, default=12, help="number of long encoders")
    parser.add_argument("--only", nargs="+", default=ROWS, help="rows to measure")
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(arguments.row, arguments.encoders)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {arguments.encoders} long encoders")
    print(f"{'':24}{'seconds':>10}{'CPU s':>10}{'peak MB':>10}{'load':>8}")
    for name in arguments.only:
        command = [sys.executable, __file__, "--row", name, "--encoders", str(arguments.encoders)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        numbers = f"{found['seconds']:10.1f}{found['cpu']:10.1f}{found['peak']:10.0f}{os.getloadavg()[0]:8.1f}"
        print(f"{name:24}{numbers}  {found.get('note', '')}", flush=True)


def row(name: str, encoders: int) -> dict[str, object]:
    """Seconds, CPU seconds and peak memory in MB of one row."""
    kind, _, part = name.partition(":")
    cases = {"wide": wide, "long": long, "layers": layers, "corrected": corrected}
    prepared = pair(int(kind), part) if kind.isdigit() else cases[kind](part, encoders)
    begun, cpu = time.perf_counter(), time.process_time()
    note = prepared()
    found = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "note": note}
    # Not ru_maxrss, which a child process inherits from its parent.
    status = Path("/proc/self/status").read_text()
    return found | {"peak": int(status.split("VmHWM:")[1].split()[0]) / 1024}


def wide(part: str, encoders: int):
    """The default scores of two encoders with far more features than inputs."""
    from weightloom.similarity import compare

    random = np.random.default_rng(0)
    labels = np.arange(256) % 10
    centres = random.standard_normal((10, 50_176), np.float32)
    features = {name: 0.1 * centres[labels] + random.standard_normal((256, 50_176), np.float32) for name in "ab"}
    return lambda: f"{compare(features, labels).sizes['score']} scores"


def long(part: str, encoders: int):
    """Scores of encoders with many inputs."""
    from weightloom.similarity import compare

    random = np.random.default_rng(0)
    signal = random.standard_normal((50_000, 64), np.float32)
    deviations = (np.arange(1, 513) ** -0.5).astype(np.float32)
    features = {}
    for number in range(encoders):
        features[str(number)] = signal @ (random.standard_normal((64, 512), np.float32) / 8)
        features[str(number)] += random.standard_normal((50_000, 512), np.float32)
        features[str(number)] *= deviations
    scores = LONG if part == "all" else [part]
    return lambda: f"{compare(features, scores=scores).sizes['score']} scores"


def pair(width: int, score: str):
    """One score of an encoder with this many features and one with 512."""
    from weightloom.similarity import compare

    random = np.random.default_rng(0)
    signal = random.standard_normal((2_000, 40))
    a, b = (
        np.maximum(signal @ random.standard_normal((40, own)) + random.standard_normal((2_000, own)), 0)
        for own in (width, 512)
    )
    return lambda: f"{compare({'a': a}, scores=[score], against={'b': b}).value.item():.3f}"


def layers(part: str, encoders: int):
    """Debiased CKA of the layers of two networks."""
    import torch

    torch.manual_seed(0)
    images = torch.randn(1024, 3, 16, 16)
    models = [network(torch, width) for width in (16, 24)]
    names = [name for name, _ in models[0].named_children()]
    if not part:
        from weightloom.similarity import compare_layers

        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=256)
        return lambda: f"{compare_layers(*models, loader, pool='flatten', scores=['cka-debiased']).value.size} pairs"
    from cka import compute_cka

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=len(images))
    agree(torch, compute_cka, models, images[:256], names)
    return lambda: f"{np.asarray(compute_cka(*models, loader, layers=names)[0]).size} pairs, values only"


def network(torch, width: int):
    """Twelve convolutions that halve the image twice."""
    parts, channels = [], 3
    for number in range(12):
        stride = 2 if number in (4, 8) else 1
        convolution = torch.nn.Conv2d(channels, width, 3, stride, 1)
        torch.nn.init.orthogonal_(convolution.weight, 1.5)  # features do not shrink from layer to layer
        parts.append((f"layer{number}", torch.nn.Sequential(convolution, torch.nn.Tanh())))
        channels = width
    from collections import OrderedDict

    return torch.nn.Sequential(OrderedDict(parts))


def agree(torch, compute_cka, models, images, names) -> None:
    """End the script unless pytorch-cka has the same values, where it does not clamp them."""
    from weightloom.similarity import compare_layers

    # In single precision, pytorch-cka loses digits where the mean of the features is large.
    models, images = [model.double() for model in models], images.double()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=len(images))
    theirs = np.asarray(compute_cka(*models, loader, layers=names)[0], float).reshape(len(names), -1)
    ours = compare_layers(*models, images, pool="flatten", scores=["cka-debiased"]).value.values[0]
    for model in models:
        model.float()
    free = (theirs > 0) & (theirs < 1)
    difference = np.abs(theirs - ours)[free].max()
    print(
        f"largest difference from pytorch-cka: {difference:.1e} over {free.sum()} of {free.size} pairs", file=sys.stderr
    )
    if difference > 1e-4:
        raise SystemExit(f"pytorch-cka disagrees by {difference}")


def corrected(part: str, encoders: int):
    """The corrected p of the most similar of 6 × 6 layers, with a weak signal."""
    import torch
    from calibrated_similarity import calibrate_layers

    from weightloom.similarity import compare

    random = np.random.default_rng(0)
    a, b = ({str(number): random.standard_normal((1024, 32)) for number in range(6)} for _ in range(2))
    b["3"] += 0.2 * a["2"]

    def cka(x, y):
        x, y = x - x.mean(0), y - y.mean(0)
        return (x.T @ y).square().sum() / torch.linalg.norm(x.T @ x) / torch.linalg.norm(y.T @ y)

    tensors = [[torch.tensor(one) for one in side.values()] for side in (a, b)]
    begun = time.process_time()
    _, theirs, _ = calibrate_layers(*tensors, cka, K=200)
    seconds = time.process_time() - begun

    def ours() -> str:
        table = compare(a, scores=["cka"], against=b)
        return (
            f"p {float(table.p_corrected.min()):.3g}; calibrated-similarity: {seconds:.1f} CPU s, p {float(theirs):.3g}"
        )

    return ours


if __name__ == "__main__":
    main()
