"""What all rooms' tests share: virtual devices, one small training, and one compilation of it."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import jax
import jaxtyping
import pytest

from tests.tiny import start_tiny, train_tiny

CACHE = "JAX_COMPILATION_CACHE_DIR"
DEVICES = 3
OWN_CACHE = pytest.StashKey[str]()
QUICK = ("fields", "hypernetworks", "architectures")


def pytest_configure(config):
    """Compiling takes most of the time: programs are kept for the session, also for the commands that tests start.

    The workers share one folder. JAX locks it where its size is limited, since files in it are not written atomically.
    """
    jax.config.update("jax_num_cpu_devices", DEVICES)
    if CACHE not in os.environ:
        os.environ[CACHE] = config.stash[OWN_CACHE] = tempfile.mkdtemp(prefix="weightloom-tests-")
    settings = {"dir": os.environ[CACHE], "max_size": 2**32}
    for name, value in settings.items():
        jax.config.update(f"jax_compilation_cache_{name}", value)
        os.environ[f"JAX_COMPILATION_CACHE_{name.upper()}"] = str(value)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


def pytest_unconfigure(config):
    if own := config.stash.get(OWN_CACHE, None):
        os.environ.pop(CACHE, None)
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly(request):
    """Compiling many small functions well takes most of their tests' time.

    These rooms' tests ask what is computed; what trainings are really compiled to, and their bytes, other rooms test.
    """
    room = request.path.relative_to(Path(__file__).parent).parts[0]
    jax.config.update("jax_disable_most_optimizations", room in QUICK)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


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
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
