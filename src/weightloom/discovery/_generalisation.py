"""Generalisation of a hypernetwork to untrained sizes of the network (Liao et al. 2023, section 2.4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.discovery.measurement import evaluation_inputs
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import TASKS, Task
from weightloom.errors import InputError

# A task's estimated moments can differ slightly between versions and devices.
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
    """Measure the losses of networks that a trained hypernetwork generates at other sizes (figure 5).

    A network's output is converted to the task's units with the mean and standard deviation at the trained number of
    inputs, and compared to the task's values on 4,096 fixed inputs. The conversion does not use the mean and standard
    deviation at the new number of inputs, because a network has no information about them.

    At untrained sizes the hypernetwork has no learned variables. Only algorithms with a random assignment of neurons
    generalise. Compiling takes a few seconds per size.

    Args:
        run: a run of the hypernetwork method, with one hidden layer in its networks.
        seed: one of the run's seeds. Give `seed` and `beta` together. The default is the network with the lowest loss
            without the encoder at this step, which relies least on memorisation.
        beta: the price of complexity (loss per nat), any positive number.
        inputs: the numbers of inputs. The default is ¼, ½, 1, 2 and 4 times the trained number.
        hidden: the numbers of hidden neurons. The default is ¼, ½, 1, 2 and 4 times the trained number.
        draws: the number of networks per size, generated with `draw=0`, 1, … in `run.network`. The default is 1.
        step: a measured step whose hypernetwork is stored. The default is the last one.
        task: the task of the run. Required if the run was trained on a user's function, because a run does not store
            code. The default is the run's bundled task.

    Returns:
        A Dataset over (inputs, hidden, draw). `loss` is in units of the target's variance at that number of inputs.
        `refitted_loss` is the loss after the best shift and scale of the output. The attributes are seed, beta, step,
        task and trained, the trained (inputs, hidden).

    Raises:
        InputError: if the task is missing or differs from the task of the run, if a size is invalid, if only one of
            `seed` and `beta` is given, or if the run does not have the seed, the step or a hypernetwork.

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
        raise InputError(
            f"networks of sizes {config.sizes} cannot be resized: give a run whose networks have one hidden layer."
        )
    inputs, hidden = (
        _around(trained) if given is None else given for given, trained in zip((inputs, hidden), config.sizes)
    )
    if draws < 1 or not len(inputs) or not len(hidden):
        raise InputError(
            f"{draws} draws at {len(inputs)} × {len(hidden)} sizes leave nothing to measure: give at least 1 of each."
        )
    if (seed is None) != (beta is None):
        raise InputError(
            "only one of seed and beta was given: give both, or neither for the network with the lowest loss without "
            "the encoder."
        )
    if seed is None or beta is None:
        seed, beta = _least_memorised(run, step)
    losses, refitted = np.empty((2, len(inputs), len(hidden), draws), np.float32)
    mean, std = config.standardisation
    for row, n in enumerate(inputs):
        x = evaluation_inputs(n)
        size_mean, size_std = task.standardisation(n)
        expected = size_mean + size_std * np.asarray(task.target(n)(x), float)
        for column, width in enumerate(hidden):
            for draw in range(draws):
                network = run.network(seed, beta, step=step, sizes=(n, width, config.sizes[-1]), draw=draw)
                output = mean + std * np.asarray(network(x)[:, 0], float)
                losses[row, column, draw] = np.square(output - expected).mean() / size_std**2
                refitted[row, column, draw] = _unexplained(output, expected) / size_std**2
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


def _unexplained(output: Float[np.ndarray, " x"], expected: Float[np.ndarray, " x"]) -> float:
    """The residual variance of a least-squares fit expected ≈ a + b·output."""
    x, y = output - output.mean(), expected - expected.mean()
    slope = (x @ y) / max(x @ x, np.finfo(float).tiny)
    return float(np.square(y - slope * x).mean())


def _around(trained: int) -> list[int]:
    return sorted({max(1, round(trained * factor)) for factor in (0.25, 0.5, 1, 2, 4)})


def _least_memorised(run: Run, step: int | None) -> tuple[int, float]:
    """The seed and β of the network with the lowest loss without the encoder."""
    if "loss_without_encoder" not in run.measures:
        raise InputError(
            f"{run.name} is a baseline without a hypernetwork and has no networks of other sizes: give a run of the "
            "hypernetwork method."
        )
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
                f"task {config.task!r}{origin} is a user's function, which the run does not store: give it as task=…"
            )
        return TASKS[config.task]
    given = task.standardisation(config.sizes[0])
    if not np.allclose(given, config.standardisation, rtol=SAME_FUNCTION, atol=SAME_FUNCTION):
        (mean, std), (run_mean, run_std) = given, config.standardisation
        raise InputError(
            f"task {task.name!r} is not the task of the run: at {config.sizes[0]} inputs its mean and standard "
            f"deviation are {mean:.4g} and {std:.4g}, and those of the run's task are {run_mean:.4g} and {run_std:.4g}."
        )
    return task
