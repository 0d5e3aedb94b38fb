"""What all rooms' tests share: virtual devices, one small training, and one compilation of it."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import jaxtyping
import pytest

from tests.tiny import start_tiny, train_tiny

CACHE = "JAX_COMPILATION_CACHE_DIR"
# XLA's newer way to write loops on CPUs gives faster programs and takes five times as long.
CHEAPLY = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
DEVICES = 3
OWN_CACHE = pytest.StashKey[str]()
TESTS = Path(__file__).parent
QUICK = "jax_disable_most_optimizations"
# Rooms whose tests ask for the bytes of trainings as they are really compiled, also by commands.
OPTIMISED = [TESTS / room for room in ("cli", "figures/test_network.py", "runs", "training")]


def pytest_configure(config):
    """Compiling takes most of the time: it is made cheap, and what still takes long is kept for the session.

    The workers and the commands that they start share one folder of programs. JAX locks it only where its size is
    limited, and then reads the age of every file in it before it writes one: so only few programs are written.
    The slow tests compile as users do.
    """
    jax.config.update("jax_num_cpu_devices", DEVICES)
    if CACHE not in os.environ:
        os.environ[CACHE] = config.stash[OWN_CACHE] = tempfile.mkdtemp(prefix="weightloom-tests-")
        if config.option.markexpr != "slow":
            os.environ["XLA_FLAGS"] = flags = f"{os.environ.get('XLA_FLAGS', '')} {CHEAPLY}"
            if not are_known(flags):
                os.environ["XLA_FLAGS"] = flags.removesuffix(CHEAPLY)
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2**32)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"
    jax.config.update("jax_compilation_cache_dir", os.environ[CACHE])
    jax.config.update("jax_compilation_cache_max_size", 2**32)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    config.pluginmanager.register(Compilation())


def are_known(flags):
    """XLA ends a process with flags that its release does not know."""
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    ask = [sys.executable, "-c", "import jax; jax.devices()"]
    return subprocess.run(ask, env=environment, capture_output=True, check=False).returncode == 0


def compile_quickly(quick):
    """Compile without optimisation from now on, or as users do. What was compiled otherwise is not used again."""
    if jax.config.read(QUICK) != quick:
        jax.clear_caches()
        jax.config.update(QUICK, quick)


class Compilation:
    """Compiles quickly for all tests but those of some rooms, also for examples in docstrings."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        compile_quickly(not any(item.path.is_relative_to(room) for room in OPTIMISED))


def pytest_unconfigure(config):
    if own := config.stash.get(OWN_CACHE, None):
        os.environ.pop(CACHE, None)
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """The folder of a finished run, for all tests that only read one."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    with open(root / "trained.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        quick = jax.config.read(QUICK)
        compile_quickly(False)
        train_tiny(root / "trained", keep="all")
        compile_quickly(quick)
    return root / "trained"


@pytest.fixture
def started():
    """`start_tiny`, whose processes end with the test at the latest."""
    processes = []

    def start(*arguments, **options):
        processes.append(start_tiny(*arguments, **options))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def unchecked():
    """The package without the tests' type checker, which would refuse wrong types before the package does."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
