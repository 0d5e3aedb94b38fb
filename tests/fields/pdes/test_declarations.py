"""What holds of every PDE, tested on every row of the table."""

import dataclasses
import functools
import inspect

import numpy as np
import pytest

import weightloom.fields
from weightloom.errors import InputError
from weightloom.fields.pdes import PDES

GRID, FRAMES = 16, 3


@pytest.fixture(params=PDES)
def law(request):
    return PDES[request.param](burn_in=0)


@functools.cache
def simulated(law, trajectories=3, key=0):
    return law.simulate(trajectories, FRAMES, GRID, key)


def test_shapes_times_and_channels(law):
    data = simulated(law)
    assert data.values.shape == (3, FRAMES, *data.grid, len(law.channels))
    assert data.grid[0] == GRID
    assert data.channels == law.channels
    np.testing.assert_allclose(data.times, law.frame * np.arange(FRAMES))
    assert np.ptp(data.values[:, :, ..., 0]) > 0.01


def test_the_first_trajectories_are_the_same_to_the_bit_however_many_are_asked_for(law):
    np.testing.assert_array_equal(simulated(law).values, simulated(law, 9).values[:3])


def test_the_last_trajectories_can_be_asked_for_alone(law):
    later = law.simulate(2, FRAMES, GRID, 0, first=3)
    np.testing.assert_array_equal(later.values, simulated(law, 9).values[3:5])


def test_trajectories_and_keys_differ_and_the_same_key_repeats(law):
    data = simulated(law, 9)
    starts = np.concatenate([data.values[:, 0], simulated(law, key=1).values[:, 0]])
    assert len({start.tobytes() for start in starts}) == 12
    assert law.simulate(3, FRAMES, GRID, 0).fingerprint == simulated(law).fingerprint


def test_a_frame_leads_to_the_next_one_whatever_was_dropped_before(law):
    later = dataclasses.replace(law, burn_in=1).simulate(1, FRAMES - 1, GRID, 0)
    np.testing.assert_array_equal(later.values, simulated(law).values[:1, 1:])
    assert later.times[0] == 0


def test_attributes_rebuild_the_law(law):
    told = dict(simulated(law).attributes)
    assert (told.pop("grid"), told.pop("key"), told.pop("first")) == (GRID, 0, 0)
    assert PDES[told.pop("pde")](**told) == law


def test_the_function_is_the_law_with_its_defaults(law):
    function = getattr(weightloom.fields, law.name.replace("-", "_"))
    defaults = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    assert (defaults.pop("progress"), defaults.pop("grid"), defaults.pop("key")) == (None, 64, 0)
    assert defaults.pop("trajectories") == law.default_trajectories
    assert defaults.pop("frames") == law.default_frames
    assert {"burn_in": 0} | defaults == {"burn_in": 0} | dataclasses.asdict(type(law)())
    given = {"burn_in": 0} if "burn_in" in defaults else {}
    assert function(3, FRAMES, GRID, 0, **given).fingerprint == simulated(law).fingerprint


def test_progress_is_told_after_every_frame(law):
    told = []
    dataclasses.replace(law, burn_in=2).simulate(1, 2, GRID, 0, lambda *numbers: told.append(numbers))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({"trajectories": 0}, "trajectories 0 cannot be used: give a whole number"),
        ({"frames": -1}, "frames -1 cannot be used"),
        ({"grid": 15}, "grid is 15: give an even number"),
        ({"grid": 2}, "of at least 4"),
        ({"key": -1}, "key -1 cannot be used"),
        ({"key": 2**32}, "whole number from 0 to 4294967295"),
        ({"first": -1}, "first -1 cannot be used: give a whole number of at least 0"),
    ],
)
def test_sizes_that_cannot_be_used(law, sizes, sentence):
    with pytest.raises(InputError, match=sentence):
        law.simulate(**({"trajectories": 1, "frames": 1, "grid": GRID} | sizes))


def test_parameters_that_cannot_be_used(law):
    positive = [one.name for one in dataclasses.fields(law) if one.name not in ("burn_in", "forcing")]
    for name in positive:
        for value in (0.0, -1.0, float("nan"), float("inf")):
            with pytest.raises(InputError, match=f"{name} {value} cannot be used: give a positive number"):
                dataclasses.replace(law, **{name: value})
    with pytest.raises(InputError, match="burn_in -1 cannot be used: give a whole number of at least 0"):
        dataclasses.replace(law, burn_in=-1)
