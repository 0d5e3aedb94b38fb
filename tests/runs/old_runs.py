"""The runs of weightloom 0.1 that the tests keep, unpacked."""

import zipfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "runs_of_0_1"


def unpacked(name: str, path: Path) -> Path:
    """Unpack `discovery`, `unfinished`, `fields` or `heat.zarr` below a folder, and return where it is."""
    with zipfile.ZipFile(FOLDER / f"{name}.zip") as archive:
        archive.extractall(path)
    return path / name


def numbers() -> dict[str, np.ndarray]:
    """What weightloom 0.1 read from them."""
    with np.load(FOLDER / "numbers.npz", allow_pickle=False) as archive:
        return dict(archive)
