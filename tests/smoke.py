"""What a user does first, each thing once: `scripts/smoke.sh` runs it against an installed wheel.

A script and no test, so that it needs nothing but the wheel's own dependencies.
"""

import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

import weightloom as wl

SHOWN = ("jax", "numpy", "scipy", "zarr")


def discovery(folder: Path) -> None:
    """A tiny run: trained, opened, shown by the command, drawn and exported."""
    options = {"hyperdepth": 2, "measured_betas": 3, "batch": 8, "checkpoints": 2, "warmup": (2, 6)}
    wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=folder / "run", seeds=(0,), steps=12, **options)
    run = wl.open_run(folder / "run")
    assert run.complete
    assert np.isfinite(run.measures.loss.sel(step=12)).all()
    command = Path(sys.executable).with_name("weightloom")
    shown = subprocess.run([command, "show", run.path], check=True, capture_output=True, text=True).stdout
    assert "l1 with (2,3,1)" in shown, shown
    network = run.network(seed=0, beta=1e-6)
    wl.draw(network, folder / "network.svg")
    assert "<svg" in (folder / "network.svg").read_text()
    wl.export(network, folder / "network.safetensors", "safetensors")
    wl.export(network, folder / "network.onnx", "onnx")
    assert all((folder / name).stat().st_size for name in ("network.safetensors", "network.onnx"))


def similarity() -> None:
    """Two encoders of nothing in common, and one beside its own rotation."""
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 60, 5))
    turned = one @ np.linalg.qr(random.normal(size=(5, 5)))[0]
    table = wl.similarity.compare({"one": one, "other": other, "turned": turned}, scores=["cka"])
    value = table.value.sel(score="cka", a="one")
    np.testing.assert_allclose(value.sel(b="turned"), 1, atol=1e-4)
    assert float(value.sel(b="other")) < 0.8


def fields(folder: Path) -> None:
    """A fit to heat from a quarter of its points, and a forecast of what it has not seen."""
    train, test = wl.fields.heat(trajectories=8, frames=6, grid=16, key=0).split(2)
    model = wl.fields.ContinuousPOD(modes=8, quadratic=0, highest=4)
    run = wl.fields.fit(train, model, observed=0.25, in_frames=4, out=folder / "heat")
    found = run.forecast(test.values[0, 0], points=test.points, times=test.times - test.times[0])
    truth = np.asarray(test.values[0]).reshape(found.shape)
    share = ((found - truth) ** 2).mean() / truth.var()
    assert share < 0.5, f"{share:.2f} of the variance is left of 8 trajectories, where the mean leaves all of it"


def main() -> None:
    """All of it, and the versions that it ran with."""
    with tempfile.TemporaryDirectory() as folder:
        discovery(Path(folder))
        similarity()
        fields(Path(folder))
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in SHOWN))


if __name__ == "__main__":
    main()
