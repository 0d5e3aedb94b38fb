"""The training loop: compiled, parallel over seeds and devices, and resumable."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Integer, PyTree

from weightloom.errors import RunError
from weightloom.runs import RunStore
from weightloom.training.placement import Placement
from weightloom.training.processes import any_process, barrier

Seed: TypeAlias = Integer[Array, ""]
"""A seed as a JAX integer."""
Step: TypeAlias = Integer[Array, ""]
"""The index of a step as a JAX integer."""
Callback: TypeAlias = Callable[[int, Mapping[str, np.ndarray]], None]
"""A function of the step and its scalars: arrays by name, one value per seed."""

SECONDS_PER_CHUNK = 1.0


class Program(NamedTuple):
    """A training as pure functions of one seed, which `run_program` runs for all seeds.

    Attributes:
        init: (seed, *data) → the initial state.
        step: (state, seed, index of the step, *data) → (new state, scalars by name). Derive all random keys from
            (seed, index) with `key_for`.
        parameters: state → the trained parameters, which a run stores. The rest of the state, such as the optimiser's,
            is stored only for resuming.
        measure: (state, seed, *data) → a pytree of arrays.
        dataset: the output of `measure`, with a leading axis of seeds → a Dataset of one step, without the step
            dimension.
        data: pytrees of arrays, the same for all seeds, passed to `init`, `step` and `measure`. Pass large arrays here:
            the compiler would embed arrays that a function closes over as constants.
    """

    init: Callable[..., PyTree]
    step: Callable[..., tuple[PyTree, Mapping[str, Array]]]
    parameters: Callable[[PyTree], PyTree]
    measure: Callable[..., PyTree]
    dataset: Callable[[PyTree], xr.Dataset]
    data: tuple[PyTree, ...] = ()


def train(
    program: Program,
    store: RunStore,
    *,
    seeds: tuple[int, ...],
    measured: tuple[int, ...],
    save_every: int,
    callback: Callback = lambda step, scalars: None,
    log_every: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Train from the run's last checkpoint to the last measured step.

    The steps run on the devices in chunks of about a second. The length of a chunk does not change the result.

    Args:
        program: the training to run.
        store: the run that checkpoints and measures are written to, in a folder or in memory.
        seeds: the seeds, each trained independently.
        measured: the steps after which to measure, in increasing order. Training ends after the last one.
        save_every: the number of steps between checkpoints. Measured steps are checkpoints too.
        callback: a function called after each chunk with the step and its scalars, one value per seed.
        log_every: chunks also end at multiples of this many steps, so that the callback sees these steps.
        stop: a function called after each chunk. If it returns True, the step is saved and training ends.

    Returns:
        True if the run is complete, False if it was stopped.

    Raises:
        RunError: if the training diverged, so that a value to store is not finite. The last checkpoint is kept.

    Examples:
        See `run_program`.
    """
    placement = Placement(seeds)
    data = placement.share(program.data)
    advance = placement.map(advance_with(program.step), shared=2 + len(data), donate=(0,))
    measure = placement.map(program.measure, shared=len(data))
    start = placement.map(lambda *inputs: typed(program.init(*inputs)), shared=len(data), once=True)
    writes = jax.process_index() == 0

    def commit(step: int, state: PyTree) -> None:
        measures = None
        host = placement.get(state)
        _check_finite(host, seeds, step, store.last_step)
        if step in measured:
            result = placement.get(measure(state, placement.seeds, *data))
            _check_finite(result, seeds, step, store.last_step)
            measures = program.dataset(result)
        if writes:
            kept = program.parameters(host) if measures is not None else None
            store.commit(step, host, parameters=kept, measures=measures)

    step = store.last_step
    if step is None:
        step, state = 0, start(placement.seeds, *data)
    else:
        like = jax.eval_shape(start, placement.seeds, *data)
        cut = jax.tree.map(lambda x: jax.ShapeDtypeStruct((len(seeds), *x.shape[1:]), x.dtype), like)
        state = placement.put(placement.pad(store.load_state(cut)))

    last = measured[-1]
    chunk = 1
    while step < last:
        target = min([s for s in measured if s > step] + [step - step % save_every + save_every])
        end = target if jax.process_count() > 1 else min(target, step + chunk)
        if log_every is not None:
            end = min(end, step - step % log_every + log_every)
        begun = time.perf_counter()
        state, scalars = advance(state, placement.seeds, jnp.uint32(step), jnp.uint32(end), *data)
        scalars = placement.get(scalars)
        seconds = time.perf_counter() - begun
        chunk = max(1, min(4 * chunk, int(chunk * SECONDS_PER_CHUNK / max(seconds, 1e-6))))
        step = end
        callback(step, scalars)
        stopped = any_process(stop())
        if step == target or stopped:
            commit(step, state)
        if stopped and step < last:
            barrier("stopped")
            return False
    if writes:
        store.finish()
    barrier("finished")
    return True


def advance_with(step: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that runs one seed's steps from `begin` to `end`, exclusive, in one call on the device."""
    step = jax.jit(step, inline=True)  # what it returns is asked before the loop: so it is traced once for both

    def advance(state: PyTree, seed: Seed, begin: Step, end: Step, *data: PyTree) -> tuple[PyTree, PyTree]:
        shapes = jax.eval_shape(step, state, seed, begin, *data)[1]
        scalars = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)
        body = lambda index, carry: typed(step(carry[0], seed, index, *data))  # noqa: E731
        return jax.lax.fori_loop(begin, end, body, (state, scalars))

    return advance


def typed(tree: PyTree[Array]) -> PyTree[Array]:
    """The same arrays without JAX's weak types, which would make a step compile twice."""
    return jax.tree.map(lambda x: jax.lax.convert_element_type(x, x.dtype), tree)


def _check_finite(tree: PyTree[np.ndarray], seeds: tuple[int, ...], step: int, checkpoint: int | None) -> None:
    finite = [np.isfinite(leaf).reshape(len(seeds), -1).all(axis=1) for leaf in jax.tree.leaves(tree)]
    all_finite = np.all([np.ones(len(seeds), bool), *finite], axis=0)  # a model without parameters has no leaves
    diverged = [str(seed) for seed, is_finite in zip(seeds, all_finite) if not is_finite]
    if diverged:
        kept = "No checkpoint was written yet" if checkpoint is None else f"The checkpoint of step {checkpoint} is kept"
        raise RunError(
            f"training diverged: seed {', '.join(diverged)} has values that are not finite at step {step}; "
            f"lower the learning rate. {kept}."
        )
