"""Generalisation of a hypernetwork to untrained sizes of the network (Liao et al. 2023, section 2.4)."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from weightloom.discovery.config import pairs
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import Task
from weightloom.discovery.tasks.losses import LOSSES
from weightloom.errors import InputError


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
    deviation at the new number of inputs, because a network has no information about them. Logits of classes are taken
    as they are.

    At untrained sizes the hypernetwork has no learned variables. Only algorithms with a random assignment of neurons
    generalise. Compiling takes a few seconds per size.

    Args:
        run: a run of the hypernetwork method, with one hidden layer in its networks.
        seed: one of the run's seeds. Give `seed` and `beta` together. The default is the network with the lowest loss
            without the encoder at this step, which relies least on memorisation.
        beta: the price of complexity (loss per nat), any positive number.
        inputs: the numbers of inputs. The default is those of ¼, ½, 1, 2 and 4 times the trained number that the task
            can have.
        hidden: the numbers of hidden neurons. The default is ¼, ½, 1, 2 and 4 times the trained number.
        draws: the number of networks per size, generated with `draw=0`, 1, … in `run.network`. The default is 1.
        step: a measured step whose hypernetwork is stored. The default is the last one.
        task: the task of the run. Required if the run was trained on a user's function, sampler or table, because a run
            stores neither code nor data. The default is the run's bundled task.

    Returns:
        A Dataset over (inputs, hidden, draw). `loss` is in units of the target's variance at that number of inputs.
        `refitted_loss`, not for classes, is the loss after the best shift and scale of the output, the mean over
        several outputs. The attributes are seed, beta, step, task and trained, the trained (inputs, hidden).

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
    inputs = [n for n in _around(config.sizes[0]) if _fits(task, n, config.sizes[-1])] if inputs is None else inputs
    hidden = _around(config.sizes[1]) if hidden is None else hidden
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
    trained = np.array(config.standardisation[::2]), np.array(config.standardisation[1::2])
    for row, n in enumerate(inputs):
        problem = task.at(n)
        if problem.outputs != config.sizes[-1]:
            raise InputError(
                f"task {task.name!r} has {problem.outputs} outputs at {n} inputs, and the run's networks have "
                f"{config.sizes[-1]}: give numbers of inputs with as many outputs."
            )
        x, y = map(np.asarray, problem.evaluation(*problem.data))
        mean, std = map(np.atleast_1d, task.standardisation(n))
        for column, width in enumerate(hidden):
            for draw in range(draws):
                network = run.network(seed, beta, step=step, sizes=(n, width, problem.outputs), draw=draw)
                output = np.asarray(network(x), float)
                if task.is_classes:
                    losses[row, column, draw] = problem.loss.mean(jnp.asarray(output, jnp.float32), jnp.asarray(y))
                    continue
                expected = np.reshape(y, output.shape)
                output = (trained[0] + trained[1] * output - mean) / std
                losses[row, column, draw] = np.square(output - expected).mean()
                refitted[row, column, draw] = np.mean([_unexplained(*one) for one in zip(output.T, expected.T)])
    step = step or run.store.last_step
    over = ("inputs", "hidden", "draw")
    units = {} if config.loss == "squared-error" else {"units": LOSSES[config.loss].label}
    return xr.Dataset(
        {"loss": (over, losses, units)} | ({} if task.is_classes else {"refitted_loss": (over, refitted)}),
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


def _fits(task: Task, inputs: int, outputs: int) -> bool:
    """Whether a task can have a number of inputs, and has as many outputs there."""
    try:
        return task.at(inputs).outputs == outputs
    except InputError:
        return False


def _task_of(run: Run, task: Task | None) -> Task:
    config = run.config
    if task is None:
        if config.bundled_task is None:
            origin = f", from {config.source}" if config.source else ""
            kind = "table" if config.data else "function"
            raise InputError(
                f"task {config.task!r}{origin} is a user's {kind}, which the run does not store: give it as task=…"
            )
        return config.bundled_task
    if not config.is_of(task):
        given = pairs(*task.standardisation(config.sizes[0]))
        (mean, std, *_), (run_mean, run_std, *_) = given, config.standardisation
        raise InputError(
            f"task {task.name!r} is not the task of the run: at {config.sizes[0]} inputs its mean and standard "
            f"deviation are {mean:.4g} and {std:.4g}, and those of the run's task are {run_mean:.4g} and {run_std:.4g}."
        )
    return task
