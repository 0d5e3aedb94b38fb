"""Runs that nobody trained, for what a tiny training does not show: depth, size, hostile names."""

from pathlib import Path

import numpy as np
import xarray as xr

import weightloom as wl
from weightloom.discovery import measurement


class FabricatedRun(wl.Run):
    """A run of random networks, measured by the package's own code."""

    def __init__(self, path: Path, sizes=(2, 3, 1), steps=(1, 10, 100), seeds=(0, 1), betas=3, **options) -> None:
        entries = {"task": "l1", "standardisation": (0.0, 1.0), "learning_rate": 1e-3, "warmup": (1, 2), **options}
        self.path = path
        path.mkdir(exist_ok=True)
        self.config = wl.Config(sizes=sizes, seeds=seeds, steps=steps[-1], measured_betas=betas, **entries)
        rng = np.random.default_rng(0)
        datasets = [self._dataset(rng) for _ in steps]
        self.measures = xr.concat(datasets, xr.DataArray(list(steps), dims="step", name="step"))

    complete = True

    def _dataset(self, rng: np.random.Generator) -> xr.Dataset:
        config = self.config
        grid = (len(config.seeds), len(config.betas))
        draw = lambda *shape: rng.standard_normal((*grid, *shape)).astype(np.float32)  # noqa: E731
        parameters = [(draw(*weight), draw(*bias)) for weight, bias in config.architecture.shapes]
        scalars = {"loss": np.exp(draw())}
        if config.method == "adam":
            return measurement.dataset(config, parameters, scalars)
        edges = sum(inputs * outputs for (inputs, outputs), _ in config.architecture.shapes)
        paid = np.exp(draw(config.hyperdepth, edges))
        scalars["loss_without_encoder"] = np.exp(draw())
        scalars |= {"kl": paid.sum((2, 3)), "kl_hyperlayer": paid.sum(3), "kl_edge": paid.sum(2)}
        return measurement.dataset(config, parameters, scalars, siblings=draw(*config.sizes[:2]))
