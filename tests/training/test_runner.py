"""From a program to a run on disk: created, stopped, resumed, left alone when complete."""

import itertools
import os
import signal

import jax
import numpy as np
import pytest
import xarray as xr

from tests.runs.example_run import file_bytes
from tests.training.test_config import walk as config_of
from weightloom.errors import InputError
from weightloom.runs import RunFolder
from weightloom.training import Program, Purpose, key_for, run_program
from weightloom.training.runner import template

CONFIG = config_of(steps=6)


def program(config=CONFIG):
    """The sum of one normal sample per step."""

    def step(place, seed, index):
        return place + jax.random.normal(key_for(seed, index, Purpose.INPUTS)), {"place": place}

    def dataset(places):
        return xr.Dataset({"place": ("seed", np.asarray(places))}, {"seed": list(config.seeds)})

    return Program(
        init=lambda seed: jax.numpy.float32(0),
        step=step,
        parameters=lambda place: place,
        measure=lambda place, seed: place,
        dataset=dataset,
    )


def trained(out, **options):
    return run_program(program(), CONFIG, out, name="walk", progress=False, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    trained(out)
    return out


def test_the_folder_holds_the_config_and_a_measure_of_every_measured_step(whole):
    folder = RunFolder.open(whole)
    assert folder.complete
    assert folder.config == CONFIG.to_dict()
    measures = folder.measures()
    assert measures.step.values.tolist() == list(CONFIG.measured_steps)
    samples = [
        [float(jax.random.normal(key_for(seed, index, Purpose.INPUTS))) for index in range(6)] for seed in CONFIG.seeds
    ]
    expected = [[sum(own[:step]) for own in samples] for step in CONFIG.measured_steps]
    np.testing.assert_allclose(measures.place, expected, rtol=1e-5)


def test_a_stopped_run_is_resumed_to_the_same_bytes(whole, tmp_path):
    out = tmp_path / "run"
    runs = (trained(out, stop=lambda: True) for _ in range(50))
    stopped = sum(1 for _ in itertools.takewhile(lambda run: not run.complete, runs))
    assert 0 < stopped < 50
    assert file_bytes(out) == file_bytes(whole)


def test_a_complete_run_is_left_as_it_is(whole):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file() and path.name != "LOCK"}
    assert trained(whole).complete
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_another_config_is_refused_and_nothing_changes(whole):
    before = file_bytes(whole)
    with pytest.raises(InputError, match="stride"):
        run_program(program(), config_of(steps=6, stride=2.0), whole, name="walk", progress=False)
    assert file_bytes(whole) == before


def test_the_template_has_the_shapes_and_types_of_what_will_be_measured(whole):
    expected = RunFolder.open(whole).measures().isel(step=0, drop=True)
    made = template(program(), CONFIG.seeds)
    assert made.place.shape == expected.place.shape == (2,)
    assert made.place.dtype == expected.place.dtype == np.float32


def test_a_run_in_memory_is_saved_as_the_bytes_of_a_folder(whole, tmp_path):
    run = trained(None)
    assert run.path is None
    run.save(tmp_path / "run")
    assert file_bytes(tmp_path / "run") == file_bytes(whole)


def test_a_run_in_memory_that_was_stopped_is_saved_and_resumed_to_the_same_bytes(whole, tmp_path):
    trained(None, stop=lambda: True).save(tmp_path / "run")
    assert not RunFolder.open(tmp_path / "run").complete
    assert trained(tmp_path / "run").complete
    assert file_bytes(tmp_path / "run") == file_bytes(whole)


def test_the_callback_is_told_every_step_that_was_asked_for(tmp_path):
    told = {}
    trained(None, callback=lambda step, scalars: told.update({step: scalars["place"]}), log_every=2)
    assert list(told) == [2, 4, 6]
    for step, places in told.items():
        for seed, place in zip(CONFIG.seeds, places):
            samples = [
                float(jax.random.normal(key_for(seed, index, Purpose.INPUTS))) for index in range(step - 1)
            ]  # the place before the step
            assert place == pytest.approx(sum(samples), rel=1e-5)


def test_an_error_of_the_callback_leaves_a_run_that_can_be_resumed(whole, tmp_path):
    def fail(step, scalars):
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        trained(tmp_path / "run", callback=fail)
    assert trained(tmp_path / "run").complete
    assert file_bytes(tmp_path / "run") == file_bytes(whole)


@pytest.fixture
def _interruptible():
    """Python's own answer to Ctrl-C, which a test runner's workers have taken away."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_saves_the_step_and_then_interrupts(whole, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "run", callback=lambda step, scalars: os.kill(os.getpid(), signal.SIGINT), log_every=3)
    assert RunFolder.open(tmp_path / "run").last_step == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert trained(tmp_path / "run").complete
    assert file_bytes(tmp_path / "run") == file_bytes(whole)


def test_double_precision_is_refused():
    with jax.enable_x64(True), pytest.raises(InputError, match=r"double precision \(jax_enable_x64\)"):
        trained(None)


def test_a_platform_without_a_device_is_refused(monkeypatch):
    def no_devices():
        raise RuntimeError("Unable to initialize backend 'cuda'")

    monkeypatch.setattr(jax, "devices", no_devices)
    with pytest.raises(InputError, match=r"JAX finds no device on the platform .*: unset JAX_PLATFORMS"):
        trained(None)


@pytest.mark.parametrize("name", ["save_every", "log_every"])
def test_a_number_of_steps_below_1_is_refused(name):
    with pytest.raises(InputError, match=f"{name} 0 cannot be used: give at least 1 step"):
        trained(None, **{name: 0})
