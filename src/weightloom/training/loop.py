"""The one training loop: jitted, over seeds and devices, measured at given steps, resumable."""

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
"""The number of a seed, as a JAX integer."""
Step: TypeAlias = Integer[Array, ""]
"""The number of a step, as a JAX integer."""
Callback: TypeAlias = Callable[[int, Mapping[str, np.ndarray]], None]
"""A function of the step and its scalars, one value per seed."""

SECONDS_PER_CHUNK = 1.0


class Program(NamedTuple):
    """What an application hands to the loop: pure functions of one seed.

    Attributes:
        init: seed, *data → state. `parameters` of it are what a run keeps, the rest is needed to resume.
        step: (state, seed, index of the step, *data) → (state, scalars to report by name). All randomness
            comes from (seed, index) through `key_for`.
        parameters: state → the trained parameters.
        measure: (state, seed, *data) → a tree of arrays.
        dataset: what `measure` returned, each array with a leading axis of seeds → a Dataset of
            one step, without the step dimension.
        data: trees of arrays that `init`, `step` and `measure` get as further arguments, the same for
            all seeds. What they close over would become a constant of the compiled program instead.
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
    """Train to the last measured step, from wherever the run's last checkpoint stands.

    Between two checkpoints the steps run on the devices in chunks of about a second, whose lengths
    do not influence the result.

    Args:
        program: the application.
        store: where checkpoints and measures are committed: a folder, or a run in memory.
        seeds: the seeds, trained independently of one another.
        measured: increasing steps after which to measure; training ends with the last.
        save_every: a checkpoint is also written after each multiple of this many steps.
        callback: called after each chunk with the step and the step's scalars for all seeds.
        log_every: chunks also end at the multiples of this many steps.
        stop: asked after each chunk; when it says True the step is committed and training returns.

    Returns:
        True if the run is complete, False if it was stopped.

    Raises:
        RunError: if a value to store is not finite: the training diverged. The last checkpoint stays.

    Examples:
        See `run_program`.
    """
    placement = Placement(seeds)
    data = placement.share(program.data)
    advance = placement.map(advance_with(program.step), shared=2 + len(data), donate=(0,))
    measure = placement.map(program.measure, shared=len(data))
    start = placement.map(lambda *own: typed(program.init(*own)), shared=len(data), once=True)
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
    """One seed's steps from `begin` up to, not including, `end`, in one call on the device."""
    step = jax.jit(step, inline=True)  # what it returns is asked before the loop: so it is traced once for both

    def advance(state: PyTree, seed: Seed, begin: Step, end: Step, *data: PyTree) -> tuple[PyTree, PyTree]:
        shapes = jax.eval_shape(step, state, seed, begin, *data)[1]
        scalars = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)
        body = lambda index, carry: typed(step(carry[0], seed, index, *data))  # noqa: E731
        return jax.lax.fori_loop(begin, end, body, (state, scalars))

    return advance


def typed(tree: PyTree[Array]) -> PyTree[Array]:
    """The same arrays without JAX's weak types: one that a step turns into another compiles the step again."""
    return jax.tree.map(lambda x: jax.lax.convert_element_type(x, x.dtype), tree)


def _check_finite(tree: PyTree[np.ndarray], seeds: tuple[int, ...], step: int, checkpoint: int | None) -> None:
    finite = [np.isfinite(leaf).reshape(len(seeds), -1).all(axis=1) for leaf in jax.tree.leaves(tree)]
    whole = np.all([np.ones(len(seeds), bool), *finite], axis=0)  # a model may have nothing to train
    diverged = [str(seed) for seed, own in zip(seeds, whole) if not own]
    if diverged:
        kept = "No checkpoint was written yet" if checkpoint is None else f"The checkpoint of step {checkpoint} is kept"
        raise RunError(
            f"training diverged: seed {', '.join(diverged)} has values that are not finite at step {step}; "
            f"lower the learning rate. {kept}."
        )
