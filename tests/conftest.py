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
# For the commands that tests start, and for the workers, which read it before they import JAX.
# One BLAS thread per worker: two workers with two threads each wait for one another.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "JAX_COMPILATION_CACHE_MAX_SIZE": str(2**32),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2",
}
OWN_CACHE = pytest.StashKey[str]()


def pytest_configure(config):
    """Compiling takes most of the time: it is made cheap, and what still takes long is kept for the session.

    The slow tests run as users' code does: compiled with all optimisations, so those of the bytes of trainings are
    among them, and without checks of types, which make small functions ten times as slow.

    The workers and the commands that they start share one folder of programs. JAX locks it only where its size is
    limited, and then reads the age of every file in it before it writes one: so only few programs are written.
    """
    jax.config.update("jax_num_cpu_devices", DEVICES)
    if CACHE not in os.environ:
        os.environ[CACHE] = config.stash[OWN_CACHE] = tempfile.mkdtemp(prefix="weightloom-tests-")
        os.environ.update(ENVIRONMENT)
        if config.option.markexpr == "slow":
            os.environ["JAXTYPING_DISABLE"] = "1"
        else:
            os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "true"
            flags = f"{os.environ.get('XLA_FLAGS', '')} {CHEAPLY}"
            if are_known(flags):
                os.environ["XLA_FLAGS"] = flags
    jaxtyping.config.update("jaxtyping_disable", "JAXTYPING_DISABLE" in os.environ)
    jax.config.update("jax_compilation_cache_dir", os.environ[CACHE])
    jax.config.update("jax_compilation_cache_max_size", 2**32)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_disable_most_optimizations", "JAX_DISABLE_MOST_OPTIMIZATIONS" in os.environ)


def pytest_collection_modifyitems(items):
    """The examples of docstrings are documentation: they run with that of README and `docs/`."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            item.add_marker(pytest.mark.example)


@pytest.fixture(autouse=True)
def _examples_are_unchecked(request):
    """Examples run without checks of types, too."""
    if request.node.get_closest_marker("example"):
        request.getfixturevalue("unchecked")


def are_known(flags):
    """XLA ends a process with flags that its release does not know."""
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    ask = [sys.executable, "-c", "import jax; jax.devices()"]
    return subprocess.run(ask, env=environment, capture_output=True, check=False).returncode == 0


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
        train_tiny(root / "trained", keep="all")
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
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
