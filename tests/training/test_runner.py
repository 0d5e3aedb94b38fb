"""From a program to a run on disk: created, stopped, resumed, left alone when complete."""

import itertools

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


def test_a_save_every_of_0_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="save_every 0 cannot be used: give at least 1 step"):
        trained(tmp_path / "run", save_every=0)
    assert not any(tmp_path.iterdir())


def test_the_template_has_the_shapes_and_types_of_what_will_be_measured(whole):
    expected = RunFolder.open(whole).measures().isel(step=0, drop=True)
    made = template(program(), CONFIG.seeds)
    assert made.place.shape == expected.place.shape == (2,)
    assert made.place.dtype == expected.place.dtype == np.float32
