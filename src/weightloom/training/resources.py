"""What a training will take, estimated before it starts: memory, disk and time."""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import jax

from weightloom.errors import InputError

COPIES = 2
"""Copies of the state that exist during a step: before it and after it."""
CHECKPOINT_COPIES = 4
"""Copies of the state that exist while a checkpoint is written, and no step runs."""
OPERATIONS_PER_SECOND = 1e10
"""Floating-point operations per second of one CPU core in the training of a hypernetwork for a large target."""
LONG = 3600.0
"""Seconds from which a training's time is worth a line before it starts."""


class Cost(NamedTuple):
    """What the training of one seed takes.

    Attributes:
        parameters: bytes of the parameters that a measured step stores.
        state: bytes of the state: parameters and the optimiser's moments.
        working: bytes of the temporary arrays of one step.
        operations: floating-point operations of one step.
    """

    parameters: int
    state: int
    working: int
    operations: float


def memory_needed(cost: Cost, seeds: int, devices: int, loops: bool) -> int:
    """Estimates the memory of a training in bytes, beside the 0.8 GB of Python, JAX and the compiler.

    It is that of the process if seeds are looped over, and otherwise that of a device.

    Args:
        cost: the cost of one seed.
        seeds: the number of seeds.
        devices: the number of devices.
        loops: whether a device trains its seeds one after the other, as a CPU device does.

    Examples:
        >>> from weightloom.training.resources import Cost, memory_needed
        >>> memory_needed(Cost(0, 10, 100, 0.0), seeds=4, devices=2, loops=True)
        280
        >>> memory_needed(Cost(0, 10, 100, 0.0), seeds=4, devices=2, loops=False)
        240
    """
    own = seeds if loops else -(-seeds // devices)
    at_once = min(seeds, devices) if loops else own
    step = COPIES * own * cost.state + at_once * cost.working
    return max(step, CHECKPOINT_COPIES * own * cost.state) if loops else step


def check_memory(cost: Cost, seeds: int, what: str) -> None:
    """Checks that a training fits into the memory of this machine's devices.

    Args:
        cost: the cost of one seed.
        seeds: the number of seeds.
        what: the training in the error message.

    Raises:
        InputError: if the estimate exceeds the available memory.
    """
    devices = jax.devices() if jax.process_count() > 1 else jax.devices()[:seeds]
    loops = devices[0].platform == "cpu"
    if loops and jax.process_count() > 1:
        here = jax.local_device_count()
        seeds = -(-seeds * here // len(devices))
        devices = jax.local_devices()
    needed = memory_needed(cost, seeds, len(devices), loops)
    free = available_memory() if loops else device_memory(devices[0])
    if free is not None and needed > free:
        raise InputError(
            f"{what} needs about {size(needed)} of memory, and {size(free)} are free: use smaller sizes, a lower "
            "hyperdepth or fewer seeds at once (weightloom join makes one run of several)."
        )


def disk_needed(cost: Cost, seeds: int, steps: int, keep: str, measures: int) -> int:
    """The bytes of the arrays that a run stores, at the moment when they are most.

    Args:
        cost: the cost of one seed.
        seeds: the number of seeds.
        steps: the number of measured steps.
        keep: "last" or "all": the measured steps whose parameters are kept.
        measures: bytes of the measures of one step.

    Examples:
        >>> from weightloom.training.resources import Cost, disk_needed
        >>> disk_needed(Cost(1, 3, 0, 0.0), seeds=10, steps=4, keep="all", measures=100)
        500
    """
    # While a checkpoint is written, the one before it still exists.
    return steps * measures + seeds * (cost.parameters * (steps if keep == "all" else 2) + 2 * cost.state)


def check_disk(needed: int, folder: Path) -> None:
    """Checks that a run fits on the disk of its folder.

    Args:
        needed: the bytes that it needs.
        folder: the run's folder, which need not exist.

    Raises:
        InputError: if it does not fit.
    """
    existing = next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))  # also of a name too long
    disk = shutil.disk_usage(existing)
    free = disk.free
    if disk.total and needed > free:  # a virtual file system has no size, and refuses the folder itself
        raise InputError(
            f"the run will take {size(needed)} on disk, and {size(free)} are free below {existing}: use fewer seeds, "
            "checkpoints or measured_betas, or another disk."
        )


def time_line(name: str, cost: Cost, seeds: int, steps: int) -> str | None:
    """A line that tells the time of a training of more than an hour on CPUs. None for a shorter one.

    Args:
        name: the label of the training.
        cost: the cost of one seed.
        seeds: the number of seeds.
        steps: the number of steps.
    """
    devices = jax.devices() if jax.process_count() > 1 else jax.devices()[:seeds]
    rounds = -(-seeds // len(devices))
    seconds = steps * rounds * cost.operations / OPERATIONS_PER_SECOND
    if devices[0].platform != "cpu" or seconds < LONG:
        return None
    return (
        f"{name}: {cost.operations:.1e} operations for a step of one seed, in all about {seconds / 3600:,.0f} h on "
        f"{len(devices)} CPU core{'s' if len(devices) > 1 else ''}"
    )


def available_memory() -> float | None:
    """Bytes of memory that a process can still take on this machine. None if the system does not tell."""
    found = [limit for limit in (_free_of_machine(), _free_of_group()) if limit is not None]
    return min(found, default=None)


def device_memory(device: jax.Device) -> float | None:
    """Free bytes of an accelerator's memory. None if the device does not tell."""
    statistics = device.memory_stats() or {}
    if "bytes_limit" not in statistics:
        return None
    return float(statistics["bytes_limit"] - statistics.get("bytes_in_use", 0))


def size(number: int | float) -> str:
    """A number of bytes in words.

    Examples:
        >>> size(3.21e9), size(5e7)
        ('3.2 GB', '50 MB')
    """
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"


def _free_of_machine() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        entries = {line.split(":")[0]: float(line.split()[1]) * 1024 for line in lines}
        return entries["MemAvailable"] + entries.get("SwapFree", 0.0)
    except (OSError, KeyError, IndexError, ValueError):
        pass
    try:  # macOS tells what it has, not what is free
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return None


def _free_of_group(groups: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """What the limits of the control groups leave, such as those of a SLURM job or a container."""
    free = []
    try:
        for line in groups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            own = (root / "memory" if controllers else root) / path.lstrip("/")
            for group in (own, *own.parents):
                free += _free_of_one_group(group, 1 if controllers else 2)
                if group == root:
                    break
    except (OSError, ValueError):
        return None
    return min(free, default=None)


def _free_of_one_group(group: Path, version: int) -> list[float]:
    """The bytes that a group's limit leaves, if it has one. The file cache is given up when memory is needed."""
    limit, used, cache = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        2: ("memory.max", "memory.current", "inactive_file"),
    }[version]
    if not (group / limit).exists() or (most := (group / limit).read_text().strip()) == "max":
        return []
    statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    return [float(most) - float((group / used).read_text()) + float(statistics.get(cache, 0))]
