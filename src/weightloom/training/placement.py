"""Distribution of seeds over devices: sharded over all devices, looped on a CPU, vmapped on an accelerator."""

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
    """A mapping of seeds to devices, which runs a function of one seed for all seeds.

    A CPU device runs its seeds one after the other, because the state of several seeds does not fit into a CPU's
    caches. An accelerator runs its seeds in one batch.

    Args:
        seeds: the seeds. If their number is not a multiple of the number of devices, copies of the last seed fill up
            the devices, and `get` drops the copies.
        devices: the devices to use. The default is all devices of all processes; a single process uses at most one per
            seed.
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
        """Shard host arrays over the devices, along a first axis of padded seeds."""
        return jax.device_put(tree, NamedSharding(self.mesh, SEEDS))

    def share(self, tree: PyTree[np.ndarray | jax.Array]) -> PyTree[jax.Array]:
        """Replicate host arrays on every device."""
        return jax.device_put(tree, NamedSharding(self.mesh, EVERYWHERE))

    def pad(self, tree: PyTree[np.ndarray | jax.Array]) -> PyTree[np.ndarray]:
        """Extend the axis of seeds to the padded length with copies of the last seed's entries."""
        extra = self.seeds.shape[0] - self.count
        return jax.tree.map(lambda x: np.concatenate([x, np.repeat(np.asarray(x[-1:]), extra, axis=0)]), tree)

    def get(self, tree: PyTree[jax.Array]) -> PyTree[np.ndarray]:
        """Gather arrays in the host memory of every process, without the padding."""
        if jax.process_count() > 1:
            tree = multihost_utils.process_allgather(tree, tiled=True)
        return jax.tree.map(lambda x: np.asarray(x)[: self.count], tree)

    def map(
        self, function: Callable[..., Any], *, shared: int = 0, donate: tuple[int, ...] = (), once: bool = False
    ) -> Callable[..., Any]:
        """Compile a function of one seed into a function of all seeds.

        Args:
            function: a function of per-seed arguments, followed by the shared arguments.
            shared: the number of trailing arguments that are the same for all seeds.
            donate: the positions of arguments whose memory may be reused.
            once: True for a function that runs only once. Skips compiler optimisations to save time.

        Returns:
            The compiled function. Its per-seed arguments and its results have a leading axis of padded seeds.
        """

        def over_local_seeds(*arguments: PyTree[jax.Array]) -> PyTree[jax.Array]:
            cut = len(arguments) - shared
            per_seed, common = arguments[:cut], arguments[cut:]
            if self.loops:
                return jax.lax.map(lambda one: function(*one, *common), per_seed)
            return jax.vmap(lambda *one: function(*one, *common))(*per_seed)

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

        # One thread per CPU device makes sums independent of the number of devices, and devices do not compete for
        # threads.
        options: dict[str, bool | int] = {"xla_cpu_multi_thread_eigen": False} if self.loops else {}
        if once:
            options["xla_backend_optimization_level"] = 0
        return jax.jit(sharded, donate_argnums=donate, compiler_options=options)
