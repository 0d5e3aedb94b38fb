"""Keys from (seed, step, purpose)."""

import jax
import numpy as np

from weightloom.training import Purpose, key_for


def test_no_two_places_share_a_key():
    grid = [(seed, step, purpose) for seed in range(6) for step in range(40) for purpose in Purpose]
    seeds, steps, purposes = (np.array(column, np.uint32) for column in zip(*grid))
    keys = jax.vmap(lambda s, t, p: jax.random.key_data(jax.random.fold_in(jax.random.fold_in(jax.random.key(s), t), p)))
    data = np.asarray(keys(seeds, steps, purposes))
    assert len(np.unique(data, axis=0)) == len(grid)
    np.testing.assert_array_equal(jax.random.key_data(key_for(*grid[77])), data[77])
