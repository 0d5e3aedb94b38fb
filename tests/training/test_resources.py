"""What a training takes, by exact sizes; and the sentence for one that cannot fit."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.tiny import train_tiny
from weightloom.discovery.config import configure
from weightloom.discovery.methods import METHODS, find_method
from weightloom.errors import InputError
from weightloom.training import resources
from weightloom.training.resources import Cost, disk_needed, memory_needed, time_line


def bytes_of(tree):
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("sizes", [(2, 3, 1), (3, 4, 2, 1)])
@pytest.mark.parametrize("method", METHODS)
def test_parameters_and_state_are_those_of_the_program(method, sizes):
    config = configure(wl.tasks.l1, wl.MLP(sizes), method=method, hyperdepth=3, channel=2)
    program = find_method(method).program(config, wl.tasks.l1)
    cost = find_method(method).cost(config)
    state = jax.eval_shape(program.init, jnp.uint32(0))
    assert cost.parameters == bytes_of(jax.eval_shape(program.parameters, state))
    assert 0 <= bytes_of(state) - cost.state <= 16  # counters of steps


def test_attention_dominates_a_large_target():
    """Twice as wide has four times the edges, and eight times the numbers in attention."""
    tiny = configure(wl.tasks.l1, wl.MLP((2, 3, 1)))
    costs = [find_method("hypernetwork").cost(tiny.replace(sizes=(n, 3 * n, 1))) for n in (400, 800)]
    assert 7 < costs[1].working / costs[0].working < 8
    assert costs[1].state == pytest.approx(4 * costs[0].state, rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_a_training_that_cannot_fit_is_refused_before_anything_is_written(method, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "available_memory", lambda: 1e5)
    with pytest.raises(
        InputError, match=r"l1 with 2 seeds needs about \d+ MB of memory, and 0 MB are free: use smaller"
    ):
        train_tiny(tmp_path / "run", method=method)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_no_machine_trains_thousands_of_inputs(tmp_path):
    with pytest.raises(InputError, match=r"l1 with 1 seed needs about [\d,]+\.\d GB of memory"):
        wl.discover("l1", (2000, 6000, 1), out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_returned_without_memory_or_disk(trained, monkeypatch):
    monkeypatch.setattr(resources, "available_memory", lambda: 0.0)
    monkeypatch.setattr(resources.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    assert train_tiny(trained, keep="all").complete
    with pytest.raises(InputError, match="of memory"):
        train_tiny(None)


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(resources.shutil, "disk_usage", lambda path: SimpleNamespace(total=1000, free=100))
    with pytest.raises(InputError, match=r"will take 0 MB on disk, and 0 MB are free below .*: use fewer seeds"):
        train_tiny(tmp_path / "deep" / "run", method="adam")
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_of_the_disk_is_the_size_of_the_files(trained):
    """All but the headers of the files of measures and parameters; the state is gone at the end."""
    run, files = wl.open_run(trained), file_bytes(trained)
    stored = [len(files[name]) for name in files if name.startswith(("measures/0", "parameters/"))]
    single = run.store.measures().isel(step=0, drop=True)
    strings = single.algorithm.nbytes - single.algorithm.size  # names are stored as one byte each
    cost = run.method.cost(run.config)._replace(state=0)
    seeds, steps = len(run.config.seeds), len(run.store.steps)
    needed = disk_needed(cost, seeds, steps, "all", single.nbytes - strings)
    assert sum(stored) - 3000 * len(stored) < needed < sum(stored)
    assert disk_needed(cost, seeds, steps, "last", 0) == 2 * seeds * cost.parameters


def test_seeds_share_a_machine_or_its_devices():
    cost = Cost(parameters=5, state=10, working=100, operations=0.0)
    assert memory_needed(cost, 4, 2, loops=True) == 4 * 2 * 10 + 2 * 100
    assert memory_needed(cost, 1, 2, loops=True) == 2 * 10 + 100
    assert memory_needed(cost, 5, 2, loops=False) == 3 * (2 * 10 + 100)
    assert memory_needed(cost, 50, 2, loops=True) == 50 * 4 * 10  # while a checkpoint is written


def test_only_a_long_training_is_announced():
    cost = Cost(1, 1, 1, resources.OPERATIONS_PER_SECOND)  # one second per step
    assert time_line("l1", cost, 1, 3599) is None
    assert (
        time_line("l1", cost, 6, 3600)
        == "l1: 1.0e+10 operations for a step of one seed, in all about 2 h on 3 CPU cores"
    )


@pytest.mark.parametrize("version", [1, 2])
def test_the_limits_of_control_groups_count(tmp_path, version):
    limit, used, cache = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
                          2: ("memory.max", "memory.current", "inactive_file")}[version]  # fmt: skip
    base = tmp_path / "memory" if version == 1 else tmp_path
    (base / "slurm" / "job").mkdir(parents=True)
    for group, most in (("slurm", 3000), ("slurm/job", 2**63 if version == 1 else "max")):
        (base / group / limit).write_text(f"{most}\n")
        (base / group / used).write_text("1000\n")
        (base / group / "memory.stat").write_text(f"anon 1\n{cache} 200\n")
    groups = tmp_path / "cgroup"
    groups.write_text("4:cpu:/other\n" + ("5:memory:/slurm/job\n" if version == 1 else "0::/slurm/job\n"))
    assert resources._free_of_group(groups, tmp_path) == 2200
    assert resources._free_of_group(tmp_path / "missing", tmp_path) is None


def test_this_machine_tells_its_memory():
    assert 0 < resources.available_memory() < 2**50
