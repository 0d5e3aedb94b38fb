"""A small run to write, break and read back."""

import functools

import numpy as np
import xarray as xr

from weightloom.runs import RunFolder

CONFIG = {"task": "l1", "sizes": [2, 3, 1], "seeds": 2, "adam": {"rate": 1e-3}}
STEPS = (0, 10, 25)
ALGORITHMS = "convexity pudding+ pudding- unknown"


def measures_at(step: int) -> xr.Dataset:
    """Measures over seed and beta that differ from step to step."""
    loss = np.float32(step) + np.arange(6, dtype=np.float32).reshape(2, 3)
    algorithms = np.roll(np.resize(ALGORITHMS.split(), (2, 3)), step % 3, axis=1)
    return xr.Dataset(
        {
            "loss": (("seed", "beta"), loss, {"units": "1"}),
            "edges": (("seed", "beta", "edge"), np.stack([loss, -loss], axis=-1)),
            "algorithm": (("seed", "beta"), algorithms, {"flag_meanings": ALGORITHMS}),
            "skipped": (("seed",), np.array([step, 0], np.int32)),
            "seconds": ((), np.float64(step)),
        },
        coords={"seed": [0, 1], "beta": [1e-6, 1e-3, 1.0], "side": ("edge", ["encoder", "decoder"])},
        attrs={"title": "measures of a test"},
    )


def parameters_at(step: int) -> dict:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3) + np.float32(step)
    return {"layers": [{"weight": weight, "bias": np.full(3, step, np.float32)}]}


def state_at(step: int) -> tuple:
    return parameters_at(step), {"count": np.array(step, np.int32)}


@functools.cache
def loss_at(step: int) -> xr.Dataset:
    """A single measure, for tests that store many runs."""
    return measures_at(step)[["loss"]].drop_vars("beta")


def start(path, measures=measures_at, **options) -> RunFolder:
    return RunFolder.create(path, CONFIG, STEPS, measures(0), **options)


def go_on(run: RunFolder, steps=(0, 10, 17, 25), measures=measures_at) -> RunFolder:
    """Commits those of the steps that are not committed yet, as a resumed training does."""
    for step in steps:
        if run.last_step is None or step > run.last_step:
            if step in STEPS:
                run.commit(step, state_at(step), parameters_at(step), measures(step))
            else:
                run.commit(step, state_at(step))
    return run


def read_everything(path) -> dict:
    """All that a run gives, for comparison; every byte of its files matters to it."""
    run = RunFolder.open(path)
    return {
        "config": run.config,
        "last_step": run.last_step,
        "measures": run.measures().to_dict(),
        "parameters": {step: run.load_parameters(step, parameters_at(0)) for step in run.parameter_steps},
        "state": None if run.complete or run.last_step is None else run.load_state(state_at(0)),
    }


def file_bytes(path) -> dict:
    """Contents of all files below a folder, by relative name."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
