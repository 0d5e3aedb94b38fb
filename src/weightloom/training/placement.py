"""Where seeds are trained: looped over on each CPU device, vmapped on an accelerator, sharded over all."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import PyTree

SEEDS = PartitionSpec("seed")
EVERYWHERE = PartitionSpec()


class Placement:
    """Runs functions of one seed for all seeds, on all the devices that there are.

    A CPU's caches hold one seed's state but not many, so its devices take their seeds one after the
    other; an accelerator takes them together. With several processes the devices of all of them serve.

    Args:
        seeds: the seeds; where they do not divide by the devices, the last one is trained more
            than once and counted once.
        devices: the devices to use; by default all, but no more than there are seeds.
    """

    def __init__(self, seeds: tuple[int, ...], devices: list[jax.Device] | None = None) -> None:
        if devices is None:
            devices = jax.devices()
            devices = devices if jax.process_count() > 1 else devices[: len(seeds)]
        self.count = len(seeds)
        self.mesh = Mesh(np.array(devices), ("seed",))
        self.loops = devices[0].platform == "cpu"
        padding = -len(seeds) % len(devices)
        self.seeds = self.put(np.array([*seeds, *[seeds[-1]] * padding], np.uint32))

    def put(self, tree: PyTree[np.ndarray | jax.Array]) -> PyTree[jax.Array]:
        """Spread host arrays whose first axis is the (padded) seeds over the devices."""
        return jax.device_put(tree, NamedSharding(self.mesh, SEEDS))

    def share(self, tree: PyTree[np.ndarray | jax.Array]) -> PyTree[jax.Array]:
        """Copy host arrays that are the same for all seeds to every device."""
        return jax.device_put(tree, NamedSharding(self.mesh, EVERYWHERE))

    def pad(self, tree: PyTree[np.ndarray | jax.Array]) -> PyTree[np.ndarray]:
        """Repeat the last seed's entries up to the padded number of seeds."""
        extra = self.seeds.shape[0] - self.count
        return jax.tree.map(lambda x: np.concatenate([x, np.repeat(np.asarray(x[-1:]), extra, axis=0)]), tree)

    def get(self, tree: PyTree[jax.Array]) -> PyTree[np.ndarray]:
        """Bring arrays to every process's host memory, the padding cut off."""
        if jax.process_count() > 1:
            tree = multihost_utils.process_allgather(tree, tiled=True)
        return jax.tree.map(lambda x: np.asarray(x)[: self.count], tree)

    def map(
        self, function: Callable[..., Any], *, shared: int = 0, donate: tuple[int, ...] = (), once: bool = False
    ) -> Callable[..., Any]:
        """Compile a function of one seed's arguments into one of all seeds'.

        Args:
            function: takes per-seed arguments, then `shared` arguments that are the same for all.
            shared: how many arguments at the end are the same for all seeds.
            donate: positions of arguments whose memory may be reused.
            once: the function will run once, so that compiling it well would take longer than it saves.
        """

        def over_local_seeds(*arguments: PyTree[jax.Array]) -> PyTree[jax.Array]:
            cut = len(arguments) - shared
            own, common = arguments[:cut], arguments[cut:]
            if self.loops:
                return jax.lax.map(lambda one: function(*one, *common), own)
            return jax.vmap(lambda *one: function(*one, *common))(*own)

        def specs(arguments: Sequence[PyTree[jax.Array]]) -> tuple[PartitionSpec, ...]:
            cut = len(arguments) - shared
            return (*[SEEDS] * cut, *[EVERYWHERE] * shared)

        def sharded(*arguments: PyTree[jax.Array]) -> PyTree[jax.Array]:
            return jax.shard_map(
                over_local_seeds,
                mesh=self.mesh,
                in_specs=specs(arguments),
                out_specs=SEEDS,
                check_vma=False,
            )(*arguments)

        # One thread per CPU device: sums then do not depend on how many devices there are, and devices do not
        # wait for one another's threads.
        options: dict[str, bool | int] = {"xla_cpu_multi_thread_eigen": False} if self.loops else {}
        if once:
            options["xla_backend_optimization_level"] = 0
        return jax.jit(sharded, donate_argnums=donate, compiler_options=options)
