"""Made the files beside it, with weightloom 0.1 (commit b14daa0): `python make.py FOLDER`.

Each zip holds one folder as 0.1 wrote it; `numbers.npz` holds what 0.1 read from them.
"""

import sys
import zipfile
from pathlib import Path

import numpy as np

import weightloom as wl

TINY = {
    "hyperdepth": 1,
    "measured_betas": 3,
    "batch": 8,
    "checkpoints": 2,
    "warmup": (2, 6),
    "seeds": (0, 1),
    "steps": 12,
}


def packed(folder: Path) -> None:
    with zipfile.ZipFile(folder.parent / f"{folder.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.name != "LOCK":
                entry = zipfile.ZipInfo(str(file.relative_to(folder.parent)))
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def measures_of(run, prefix: str) -> dict[str, np.ndarray]:
    dataset = run.folder.measures()
    return {f"{prefix}/{name}": np.asarray(variable.values) for name, variable in dataset.variables.items()}


def main(out: Path) -> None:
    numbers = {}
    run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=out / "discovery", progress=False, **TINY)
    points = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    numbers |= measures_of(run, "discovery")
    numbers["points"] = points
    numbers["measured_network"] = np.asarray(run.network(1, 1e-6)(points))
    numbers["generated_network"] = np.asarray(run.network(1, 3e-4, draw=2)(points))
    part = wl.discover(
        wl.tasks.l1, wl.MLP((2, 3, 1)), out=out / "unfinished", progress=False, method="adam", save_every=2,
        stop=lambda: True, seeds=(0, 1), steps=12, checkpoints=2,
    )  # fmt: skip
    numbers |= measures_of(part, "unfinished")
    data = wl.fields.heat(6, frames=6, grid=8)
    data.save(out / "heat.zarr")
    numbers["heat"] = data.values
    model = wl.fields.ContinuousPOD(modes=3, quadratic=0, highest=2)
    fields = wl.fields.fit(
        str(out / "heat.zarr"), model, out=out / "fields", observed=0.5, test=2, in_frames=4, progress=False
    )
    numbers |= measures_of(fields, "fields")
    numbers["forecast"] = fields.forecast(data.values[5, 0], times=data.times)
    np.savez_compressed(out / "numbers.npz", **numbers)
    for name in ("discovery", "unfinished", "fields", "heat.zarr"):
        packed(out / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
