"""Masks: how many points, the same for all or new for each frame, and what cannot be observed."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from weightloom.errors import InputError
from weightloom.fields import Trajectories, sensor_mask


def fields(frames=5, points=200):
    return Trajectories(np.zeros((1, frames, points, 1)), np.arange(frames), np.zeros((points, 2)), ("u",))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 1.0), st.integers(0, 2**31), st.booleans())
def test_every_frame_has_the_share(share, key, per_frame):
    mask = sensor_mask(fields(), share, key, per_frame)
    assert mask.shape == (5, 200)
    assert (mask.sum(1) == round(200 * share)).all()
    np.testing.assert_array_equal(mask, sensor_mask(fields(), share, key, per_frame))


def test_sensors_stay_unless_told_otherwise():
    mask = sensor_mask(fields(), 0.3)
    assert (mask == mask[0]).all()
    moving = sensor_mask(fields(), 0.3, per_frame=True)
    assert len({row.tobytes() for row in moving}) == 5


def test_keys_give_different_masks_that_cover_the_grid_evenly():
    counts = sum(sensor_mask(fields(), 0.25, key)[0].astype(int) for key in range(400))
    assert abs(counts - 100).max() < 5 * np.sqrt(400 * 0.25 * 0.75)


def test_a_larger_share_of_the_same_key_sees_the_same_points_and_more():
    assert (sensor_mask(fields(), 0.05) <= sensor_mask(fields(), 0.25)).all()


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan"), 0.002])
def test_shares_that_observe_nothing_are_refused(share):
    with pytest.raises(InputError, match="the observed share"):
        sensor_mask(fields(), share)


def test_a_negative_key_is_refused():
    with pytest.raises(InputError, match="mask_key -1 cannot be used"):
        sensor_mask(fields(), 0.5, key=-1)
