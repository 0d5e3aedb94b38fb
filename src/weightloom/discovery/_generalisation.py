"""Generalisation: networks of sizes that a hypernetwork was never trained on (Liao et al. 2023, section 2.4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.discovery.measurement import evaluation_inputs
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import TASKS, Task
from weightloom.errors import InputError

# A task's sampled moments may differ in the last digits between versions and devices.
SAME_FUNCTION = 1e-3


def generalisation(
    run: Run,
    seed: int | None = None,
    beta: float | None = None,
    inputs: Sequence[int] | None = None,
    hidden: Sequence[int] | None = None,
    draws: int = 1,
    step: int | None = None,
    task: Task | None = None,
) -> xr.Dataset:
    """Losses of the networks that a trained hypernetwork generates at other sizes (figure 5).

    Every network is read in the units that it was trained in: its outputs, times the deviation and plus the mean of the
    task at the trained number of inputs, against the task's own values on the 4,096 fixed inputs of the other
    number. No network could know the mean of a size that it was not trained on.
    Other sizes than the trained one have no learned variables, so that only an assignment that the
    hypernetwork makes at random carries over. Every size is compiled anew, which takes a few seconds.

    Args:
        run: a run of the hypernetwork method with networks of one hidden layer.
        seed: one of the run's seeds; unless it and `beta` are given, both are those of the network of the step that
            computes best without its encoder, which is the one that memorises least.
        beta: the price of complexity (loss per nat), any positive number.
        inputs: numbers of inputs; from a quarter of the trained number to four times as many unless given.
        hidden: numbers of hidden neurons; likewise.
        draws: how many networks of each size: those of `run.network(…, draw=0)`, 1, ….
        step: a measured step whose hypernetwork was kept; the last one unless given.
        task: what the run was trained on, where that is a user's function; a run holds none, since
            opening it executes nothing.

    Returns:
        A Dataset over (inputs, hidden, draw): `loss`, in variances of the target at that number of inputs, and
        `refitted_loss`, what is left of it after the best shift and scale of the output; and the attributes seed,
        beta, step, task and trained, the (inputs, hidden) that were trained on.

    Raises:
        InputError: if the task cannot be found or is another one, a size cannot be used, or the run
            has no such seed, step or hypernetwork.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> from weightloom.discovery import generalisation
        >>> tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8, "seeds": 2}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=f"{folder}/run", **tiny)
        ...     dict(generalisation(run, seed=0, beta=1e-6, inputs=(4,), hidden=(6,), draws=2).sizes)
        {'inputs': 1, 'hidden': 1, 'draw': 2}
    """
    config = run.config
    task = _task_of(run, task)
    if len(config.sizes) != 3:
        raise InputError(f"networks of sizes {config.sizes} cannot be resized: the run needs one hidden layer.")
    inputs, hidden = (
        _around(trained) if given is None else given for given, trained in zip((inputs, hidden), config.sizes)
    )
    if draws < 1 or not len(inputs) or not len(hidden):
        raise InputError(f"{draws} draws at {len(inputs)} × {len(hidden)} sizes are nothing to measure: give some.")
    if (seed is None) != (beta is None):
        raise InputError("a network needs its seed and its β: give both, or neither for the one that memorises least.")
    if seed is None or beta is None:
        seed, beta = _least_memorised(run, step)
    losses, refitted = np.empty((2, len(inputs), len(hidden), draws), np.float32)
    mean, std = config.standardisation
    for row, n in enumerate(inputs):
        x = evaluation_inputs(n)
        own_mean, own_deviation = task.standardisation(n)
        wanted = own_mean + own_deviation * np.asarray(task.target(n)(x), float)
        for column, width in enumerate(hidden):
            for draw in range(draws):
                network = run.network(seed, beta, step=step, sizes=(n, width, config.sizes[-1]), draw=draw)
                found = mean + std * np.asarray(network(x)[:, 0], float)
                losses[row, column, draw] = np.square(found - wanted).mean() / own_deviation**2
                refitted[row, column, draw] = _unexplained(found, wanted) / own_deviation**2
    step = step or run.store.last_step
    over = ("inputs", "hidden", "draw")
    return xr.Dataset(
        {"loss": (over, losses), "refitted_loss": (over, refitted)},
        {"inputs": list(inputs), "hidden": list(hidden), "draw": np.arange(draws)},
        {
            "seed": seed,
            "beta": beta,
            "step": step or run.store.last_step,
            "task": config.task,
            "trained": config.sizes[:2],
        },
    )


def _unexplained(found: Float[np.ndarray, " x"], wanted: Float[np.ndarray, " x"]) -> float:
    """The variance of what is wanted around the best a + b·found."""
    away, goal = found - found.mean(), wanted - wanted.mean()
    slope = (away @ goal) / max(away @ away, np.finfo(float).tiny)
    return float(np.square(goal - slope * away).mean())


def _around(trained: int) -> list[int]:
    return sorted({max(1, round(trained * factor)) for factor in (0.25, 0.5, 1, 2, 4)})


def _least_memorised(run: Run, step: int | None) -> tuple[int, float]:
    """Seed and β of the network that computes best with samples from p."""
    if "loss_without_encoder" not in run.measures:
        raise InputError(f"{run.name} is a baseline without a hypernetwork: it generates no networks of other sizes.")
    losses = run.measures.loss_without_encoder
    losses = losses.isel(step=-1) if step is None else losses.sel(step=step)
    best = losses.argmin(("seed", "beta"))
    return int(losses.seed[best["seed"]]), float(losses.beta[best["beta"]])


def _task_of(run: Run, task: Task | None) -> Task:
    config = run.config
    if task is None:
        if config.source is not None or config.task not in TASKS:
            origin = f", from {config.source}" if config.source else ""
            raise InputError(
                f"task {config.task!r}{origin} is a user's own, which a run does not hold: give it as task=…"
            )
        return TASKS[config.task]
    given = task.standardisation(config.sizes[0])
    if not np.allclose(given, config.standardisation, rtol=SAME_FUNCTION, atol=SAME_FUNCTION):
        (mean, std), (run_mean, run_std) = given, config.standardisation
        raise InputError(
            f"task {task.name!r} is not what the run was trained on: its mean and deviation are {mean:.4g} and "
            f"{std:.4g} at {config.sizes[0]} inputs, and the run's {run_mean:.4g} and {run_std:.4g}."
        )
    return task
